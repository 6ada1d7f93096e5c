// cti extract: what reports warn of and what they cite, with positions. Reads files and prints; opens no store.

using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Core;

namespace Cti.Host.Cli;

/// <summary>How a report is written.</summary>
internal enum ExtractFormat
{
    Auto,
    Text,
    Markdown,
    AsciiDoc,
    Html,
    Feed,
    Pdf,
}

internal static class ExtractCommand
{
    // A report is read whole. Larger files are feeds, which pipelines read.
    private const long MaxBytes = 256L * 1024 * 1024;
    private const int ValueColumns = 72;

    public static Command Create()
    {
        var files = new Argument<string[]>("file")
        {
            Description = "Reports: text, Markdown, AsciiDoc, HTML, RSS, Atom, PDF; - is standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        var json = new Option<bool>("--json") { Description = "One JSON object per finding and line." };
        var ioc = new Option<bool>("--ioc") { Description = "Only indicators, not what reports cite." };
        var text = new Option<bool>("--text")
        {
            Description =
                "The text that is searched, instead of what is found; in a PDF offsets and lines count in it.",
        };
        var format = new Option<ExtractFormat>("--format")
        {
            Description = "How the reports are written, when the name and the first bytes do not tell.",
            HelpName = "FORMAT",
        };
        var command = new Command(
            "extract",
            """
            Find indicators in reports, defanged or not, with their positions and their role: ioc (the report warns of it) or context (it cites it).

            Examples:
              cti extract report.html
              cti extract --json *.md | jq -r 'select(.role == "ioc") | .value'
              curl -s https://blog.example/post | cti extract --ioc -
            """
        )
        {
            files,
            json,
            ioc,
            text,
            format,
        };
        command.SetAction(result =>
        {
            using var io = Invocation.IoOf(result);
            return result.GetValue(text)
                ? PrintText(io, result.GetValue(files)!, result.GetValue(format))
                : Run(
                    io,
                    result.GetValue(files)!,
                    result.GetValue(json),
                    result.GetValue(ioc),
                    result.GetValue(format)
                );
        });
        return command;
    }

    private static int Run(CommandIo io, string[] files, bool json, bool onlyIoc, ExtractFormat format)
    {
        var extractor = new Extractor();
        var exit = ExitCode.Done;
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        using var writer = json ? new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }) : null;
        foreach (var file in files)
        {
            if (TryRead(io, file) is not { } document)
            {
                exit = ExitCode.Failed;
                continue;
            }

            var result = extractor.Document(FormatOf(file, document, format), document);
            if (result.IsError)
            {
                Tell(io, file, result.ErrorValue);
                exit = ExitCode.Failed;
                continue;
            }

            var found = result.ResultValue;
            foreach (var page in found.UnreadPages)
            {
                io.Error.WriteLine($"cti extract: {file}: page {page} cannot be read: the PDF is damaged there");
                exit = ExitCode.Failed;
            }

            if (writer is null)
            {
                Print(io, file, document.Length, found, onlyIoc, files.Length > 1);
                continue;
            }

            for (var index = 0; index < found.Count; index++)
            {
                if (onlyIoc && !found.Role(index).IsIoc)
                {
                    continue;
                }

                WriteJson(writer, file, found, index);
                writer.Flush();
                writer.Reset();
                buffer.Write("\n"u8);
                if (buffer.WrittenCount > 48 * 1024)
                {
                    io.Bytes.Write(buffer.WrittenSpan);
                    buffer.ResetWrittenCount();
                }
            }
        }

        io.Bytes.Write(buffer.WrittenSpan);
        return exit;
    }

    private static int PrintText(CommandIo io, string[] files, ExtractFormat format)
    {
        var exit = ExitCode.Done;
        foreach (var file in files)
        {
            if (TryRead(io, file) is not { } document)
            {
                exit = ExitCode.Failed;
                continue;
            }

            var text = Extract.plainText(FormatOf(file, document, format), document);
            if (text.IsError)
            {
                Tell(io, file, text.ErrorValue);
                exit = ExitCode.Failed;
            }
            else
            {
                foreach (var line in text.ResultValue.AsSpan().EnumerateLines())
                {
                    io.Out.WriteLine(TerminalText.Visible(line.ToString()));
                }
            }
        }

        return exit;
    }

    private static void Tell(CommandIo io, string file, ReadError error) =>
        io.Error.WriteLine($"cti extract: {file}: {error.code}: {error.message}");

    // A file that cannot be read is told, and the others are read.
    private static byte[]? TryRead(CommandIo io, string file)
    {
        try
        {
            return Read(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            io.Error.WriteLine($"cti extract: {file}: {error.Message}");
            return null;
        }
    }

    private static byte[] Read(string file)
    {
        using var input = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        using var bytes = new MemoryStream();
        var block = new byte[128 * 1024];
        int count;
        while ((count = input.Read(block)) > 0)
        {
            bytes.Write(block, 0, count);
            if (bytes.Length > MaxBytes)
            {
                throw new IOException(
                    $"the report is longer than {MaxBytes >> 20} MiB; split it, or read it with a pipeline"
                );
            }
        }

        return bytes.ToArray();
    }

    // The name tells text formats apart better than their first bytes do.
    private static ReportFormat FormatOf(string file, byte[] document, ExtractFormat format) =>
        format switch
        {
            ExtractFormat.Text => ReportFormat.Text,
            ExtractFormat.Markdown => ReportFormat.Markdown,
            ExtractFormat.AsciiDoc => ReportFormat.AsciiDoc,
            ExtractFormat.Html => ReportFormat.Html,
            ExtractFormat.Feed => ReportFormat.Feed,
            ExtractFormat.Pdf => ReportFormat.Pdf,
            _ when HasExtension(file, ".md") || HasExtension(file, ".markdown") => ReportFormat.Markdown,
            _ when HasExtension(file, ".adoc") || HasExtension(file, ".asciidoc") => ReportFormat.AsciiDoc,
            _ => ReportFormatModule.guess(document),
        };

    private static bool HasExtension(string file, string extension) =>
        file.EndsWith(extension, StringComparison.OrdinalIgnoreCase);

    private static void WriteJson(Utf8JsonWriter json, string file, Findings found, int index)
    {
        json.WriteStartObject();
        json.WriteString("type", ObservableTypeModule.name(found.Type(index)));
        json.WriteString("value", found.Value(index));
        json.WriteString("as_written", AsWritten(found, index));
        json.WriteNumber("offset", found.Offset(index));
        json.WriteNumber("length", found.Length(index));
        json.WriteNumber("line", found.Line(index));
        if (found.Page(index) > 0)
        {
            json.WriteNumber("page", found.Page(index));
        }

        json.WriteString("file", file);
        json.WriteString("role", RoleName(found.Role(index)));
        json.WriteEndObject();
    }

    private static string AsWritten(Findings found, int index) =>
        Encoding.UTF8.GetString(found.Source, found.Offset(index), found.Length(index));

    private static string RoleName(FindingRole role) => role.IsIoc ? "ioc" : "context";

    // A table on a terminal, tabs elsewhere: line, role, type, value. The file stands in front where there are several.
    private static void Print(CommandIo io, string file, int size, Findings found, bool onlyIoc, bool isOneOfMany)
    {
        var rows = Enumerable.Range(0, found.Count).Where(index => !onlyIoc || found.Role(index).IsIoc).ToArray();
        if (io.Terminal is null)
        {
            foreach (var index in rows)
            {
                io.Out.WriteLine(
                    string.Join(
                        '\t',
                        file,
                        found.Line(index).ToString(CultureInfo.InvariantCulture),
                        RoleName(found.Role(index)),
                        ObservableTypeModule.name(found.Type(index)),
                        TerminalText.Visible(found.ValueText(index))
                    )
                );
            }

            return;
        }

        if (isOneOfMany)
        {
            io.Out.WriteLine(TerminalText.Visible(file));
        }

        foreach (var index in rows)
        {
            var value = TerminalText.Cut(TerminalText.Visible(found.ValueText(index)), ValueColumns);
            io.Out.WriteLine(
                $"{found.Line(index), 6}  {RoleName(found.Role(index)), -7}  {ObservableTypeModule.name(found.Type(index)), -18}  {value}"
            );
        }

        var warned = rows.Count(index => found.Role(index).IsIoc);
        io.Out.WriteLine(
            $"{TerminalText.Count(warned, "indicator")}, {TerminalText.Count(rows.Length - warned, "other value")} in {TerminalText.Count(size, "byte")}"
        );
    }
}
