// `extract`: how fast reports are read, and that no text can make it slow: CPU time per byte of text as people write it, of pages, and of text made to
// be hard, each with its ratio to the first.

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Cti.Core;

namespace Cti.Bench.Extract;

/// <summary>Runs the table.</summary>
internal static class ExtractBench
{
    public const string Usage = """
        extract [FOLDER]   MB/s of extraction from text, HTML and adversarial text; FOLDER: reports to take the text from instead of our own
        """;

    private const int Bytes = 10_000_000;
    private const int Runs = 5;

    // Named in the issue: at most three times the time per byte of normal text.
    private static readonly (string Name, ReportFormat Format, string Piece)[] Hard =
    [
        ("dots", ReportFormat.Text, "."),
        ("colons", ReportFormat.Text, ":"),
        ("brackets", ReportFormat.Text, "[("),
        ("a.a.a.", ReportFormat.Text, "a."),
        ("a[.]a[.]", ReportFormat.Text, "a[.]"),
        ("a:a:a:", ReportFormat.Text, "a:"),
        ("hex run", ReportFormat.Text, "0123456789abcdef"),
        ("1.2.3.4.", ReportFormat.Text, "1.2.3.4."),
        ("slashes", ReportFormat.Text, "/"),
        ("a@a@", ReportFormat.Text, "a@"),
        ("http://http://", ReportFormat.Text, "http://"),
        (" dot ", ReportFormat.Text, "a dot "),
        ("table, no blanks", ReportFormat.Html, "<table><tr><td>a.b.c</td><td>1.2.3</td></tr></table>"),
        ("<<<<", ReportFormat.Html, "<"),
        ("&&&&", ReportFormat.Html, "&"),
        ("open tags", ReportFormat.Html, "<td>a"),
        ("open quote", ReportFormat.Html, "<a x=\""),
        ("open script", ReportFormat.Html, "<script></"),
    ];

    private const string Prose = """
        The group sent a document to several people last week, and those who opened it were asked to enable its macros. The loader then waits for a few
        minutes, looks at the language of the system, and fetches its second stage from hxxps://cdn.example[.]com/assets/logo.png, which is no picture.
        We have seen it talk to 192.0.2[.]17 over port 443 and, when that is not to be reached, to a list of names it carries with it. Nothing of this
        is new: the same people did so two years ago, as our colleagues wrote then. What is new is the way in which it stays on the machine: a task that
        runs setup-helper.exe every hour from a folder below the user's profile. Its hash is
        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855. Remove the task first, then the file, and change the passwords of the accounts.

        """;

    public static int Run(string? folder)
    {
        var (text, html) = folder is null
            ? (Repeat(Prose), Repeat("<p>" + Prose.Replace(". ", ".</p>\n<p>", StringComparison.Ordinal) + "</p>"))
            : (From(folder, "*.txt", "*.md", "*.adoc"), From(folder, "*.html"));
        var normal = Measure(ReportFormat.Text, text);
        Print("text", normal, normal);
        Print("HTML", Measure(ReportFormat.Html, html), normal);
        foreach (var (name, format, piece) in Hard)
        {
            Print(name, Measure(format, Repeat(piece)), normal);
        }

        return 0;
    }

    // Nanoseconds of CPU per byte, the best of some runs: what disturbs only adds.
    private static double Measure(ReportFormat format, byte[] document)
    {
        var extractor = new Extractor();
        extractor.Document(format, document);
        var best = double.MaxValue;
        using var process = Process.GetCurrentProcess();
        for (var run = 0; run < Runs; run++)
        {
            process.Refresh();
            var before = process.UserProcessorTime;
            extractor.Document(format, document);
            process.Refresh();
            best = Math.Min(best, (process.UserProcessorTime - before).TotalNanoseconds / document.Length);
        }

        return best;
    }

    private static void Print(string name, double nanoseconds, double normal) =>
        Console.Out.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name, -18} {1000 / nanoseconds, 8:N1} MB/s {nanoseconds, 7:N2} ns/byte {nanoseconds / normal, 6:N2} x"
            )
        );

    private static byte[] Repeat(string piece) =>
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, Math.Max(1, Bytes / piece.Length))));

    private static byte[] From(string folder, params string[] patterns)
    {
        var all = patterns
            .SelectMany(pattern => Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal)
            .SelectMany(File.ReadAllBytes)
            .ToArray();
        return [.. Enumerable.Repeat(all, Math.Max(1, Bytes / Math.Max(1, all.Length))).SelectMany(part => part)];
    }
}
