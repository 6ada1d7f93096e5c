// Shows diagnostics: to a person with the line and a caret under it, to a program as JSON.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Core.Declare;
using Cti.Host.Cli;

namespace Cti.Host.Config;

/// <summary>Prints what is wrong with pipeline files.</summary>
public static class DiagnosticPrinter
{
    // Columns of the file's line that are shown.
    private const int Width = 110;

    /// <summary>
    /// For a person:
    /// <code>
    /// error[CTI-CFG-004]: there is no key `trsut` here
    ///   --> urlhaus.yaml:12:5
    ///    |
    /// 12 |     trsut: { reliability: B }
    ///    |     ^^^^^
    ///    = hint: did you mean `trust`? …
    /// </code>
    /// </summary>
    public static void Print(TextWriter writer, PipelineFile file)
    {
        foreach (var part in file.Diagnostics.GroupBy(diagnostic => diagnostic.File, StringComparer.Ordinal))
        {
            var lines = SourceLines.Split(file.TextOf(part.Key));

            foreach (var diagnostic in part)
            {
                Print(writer, file.PathOf(part.Key), lines, diagnostic);
            }
        }

        if (file.Diagnostics.Count > 0)
        {
            writer.WriteLine(
                $"{TerminalText.Visible(file.Path)}: {TerminalText.Count(file.Diagnostics.Count, "error")}"
            );
        }
    }

    /// <summary>For a program: a JSON list of <c>{file,line,column,code,message,hint}</c>, one for each diagnostic of all files.</summary>
    public static string ToJson(IEnumerable<PipelineFile> files)
    {
        using var stream = new MemoryStream();

        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartArray();

            foreach (var file in files)
            {
                foreach (var diagnostic in file.Diagnostics)
                {
                    writer.WriteStartObject();
                    writer.WriteString("file", file.PathOf(diagnostic.File));
                    writer.WriteNumber("line", diagnostic.Line);
                    writer.WriteNumber("column", diagnostic.Column);
                    writer.WriteString("code", diagnostic.Code);
                    writer.WriteString("message", diagnostic.Message);
                    writer.WriteString("hint", diagnostic.Hint);
                    writer.WriteEndObject();
                }
            }

            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Print(TextWriter writer, string file, string[] lines, Diagnostic diagnostic)
    {
        var number = diagnostic.Line.ToString(CultureInfo.InvariantCulture);
        var margin = new string(' ', number.Length);
        writer.WriteLine($"error[{diagnostic.Code}]: {TerminalText.Visible(diagnostic.Message)}");
        writer.WriteLine($"{margin}--> {TerminalText.Visible(file)}:{number}:{diagnostic.Column}");

        if (diagnostic.Line <= lines.Length)
        {
            var line = lines[diagnostic.Line - 1];
            var column = Math.Clamp(diagnostic.Column - 1, 0, line.Length);
            // A long line is shown around the place that matters.
            var from = column < Width ? 0 : column - (Width / 2);
            var shown = line.Substring(from, Math.Min(Width, line.Length - from));
            var carets = Math.Max(1, Math.Min(diagnostic.Length, shown.Length - (column - from)));
            writer.WriteLine($"{margin} |");
            writer.WriteLine($"{number} | {TerminalText.Visible(shown)}".TrimEnd());
            writer.WriteLine($"{margin} | {new string(' ', column - from)}{new string('^', carets)}");
        }

        if (diagnostic.Hint.Length > 0)
        {
            writer.WriteLine($"{margin} = hint: {TerminalText.Visible(diagnostic.Hint)}");
        }

        writer.WriteLine();
    }
}
