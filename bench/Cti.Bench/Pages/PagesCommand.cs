// `pages`: what a page of a TAXII collection costs, wherever it stands: a collection of a million objects is published, served by a process of its own, and
// read from its beginning to its end.

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Cti.Bench.Macro;

namespace Cti.Bench.Pages;

internal static class PagesCommand
{
    public const string Usage = """
        pages [--entries COUNT] [--cti FILE]
                                         publishes COUNT indicators, by default 1000000, and reads them in pages of 1,000
        """;

    private const int StandardEntries = 1_000_000;
    private const int PageObjects = 1_000;
    private const int Parts = 10;

    // The last tenth of the pages may take so much longer than the first.
    private const double MostRatio = 1.5;

    public static int Run(string[] arguments)
    {
        switch (arguments)
        {
            case []:
                return Measure(StandardEntries, null);
            case ["--entries", var count] when Number(count) is { } entries:
                return Measure(entries, null);
            case ["--cti", var cti]:
                return Measure(StandardEntries, cti);
            case ["--entries", var count, "--cti", var cti] when Number(count) is { } entries:
                return Measure(entries, cti);
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    private static int? Number(string count) =>
        int.TryParse(count, CultureInfo.InvariantCulture, out var parsed) && parsed >= PageObjects * Parts
            ? parsed
            : null;

    private static int Measure(int entries, string? given)
    {
        var cti = Built.Cti(given);
        var folder = Directory.CreateTempSubdirectory("cti-pages-bench-").FullName;
        try
        {
            var pipeline = Path.Combine(folder, "p.yaml");
            File.WriteAllText(pipeline, Pipeline);
            using (
                var writer = new StreamWriter(Path.Combine(folder, "list.txt"), false, new UTF8Encoding(false), 1 << 20)
            )
            {
                for (var number = 0; number < entries; number++)
                {
                    writer.Write(string.Create(CultureInfo.InvariantCulture, $"host{number}.example.com\n"));
                }
            }

            var run = ChildProcess.Run(cti, ["run", pipeline, "--quiet"]);
            if (run.ExitCode != 0)
            {
                throw new MacroException($"cti ended with {run.ExitCode}: {run.Error}");
            }

            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"published: {entries} indicators in {run.Wall.TotalSeconds:F1} s wall, {run.Processor.TotalSeconds:F1} s CPU, {run.PeakBytes / 1e6:F0} MB"
                )
            );
            return Read(cti, folder, entries);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Read(string cti, string folder, int entries)
    {
        var port = FreePort();
        var start = new ProcessStartInfo(cti) { WorkingDirectory = folder, RedirectStandardError = true };
        foreach (
            var argument in (string[])
                ["serve", "p.yaml", "--listen", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")]
        )
        {
            start.ArgumentList.Add(argument);
        }

        using var server = Process.Start(start) ?? throw new MacroException("cti did not start");
        try
        {
            while (server.StandardError.ReadLine() is { } line && !line.Contains("ready:", StringComparison.Ordinal))
            {
                // Its source was read just before: no run comes between.
            }

            // What it says later must not fill the pipe.
            _ = server.StandardError.ReadToEndAsync();
            using var http = new HttpClient
            {
                BaseAddress = new Uri(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"http://127.0.0.1:{port}/intel/collections/list.all/objects/"
                    )
                ),
            };
            var times = new List<double>();
            var objects = 0;
            string? next = null;
            do
            {
                var clock = Stopwatch.StartNew();
                var bytes = http.GetByteArrayAsync(new Uri(next is null ? "" : "?next=" + next, UriKind.Relative))
                    .GetAwaiter()
                    .GetResult();
                times.Add(clock.Elapsed.TotalMilliseconds);
                using var page = JsonDocument.Parse(bytes);
                objects += page.RootElement.GetProperty("objects").GetArrayLength();
                next = page.RootElement.TryGetProperty("next", out var value) ? value.GetString() : null;
            } while (next is not null);

            if (objects < entries)
            {
                throw new MacroException($"only {objects} objects came of {entries}");
            }

            server.Refresh();
            return Tell(times, objects, server.PeakWorkingSet64);
        }
        finally
        {
            server.Kill();
            server.WaitForExit();
        }
    }

    private static int Tell(List<double> times, int objects, long peakBytes)
    {
        // The first pages compile the server.
        var medians = times
            .Skip(Parts)
            .Chunk((times.Count - Parts + Parts - 1) / Parts)
            .Select(part => part.Order().ElementAt(part.Length / 2))
            .ToList();
        Console.WriteLine("| tenth of the collection | median ms a page |");
        Console.WriteLine("| ---: | ---: |");
        for (var part = 0; part < medians.Count; part++)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {part + 1} | {medians[part]:F1} |"));
        }

        var ratio = medians[^1] / medians[0];
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{objects} objects in {times.Count} pages, {times.Sum() / 1000:F1} s; last tenth to first {ratio:F2}; server {peakBytes / 1e6:F0} MB"
            )
        );
        return ratio > MostRatio ? 1 : 0;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private const string Pipeline = """
        pipeline: list
        store: list.duckdb
        schedule: { every: 1d }
        sources:
          - name: list
            from: { type: file, path: list.txt }
            read: { type: lines }
            map: [ { value: { field: line }, type: domain } ]
            trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
        sinks:
          - name: all
            render: { type: stix_bundle }
            to: { type: taxii_collection, api_root: intel }
        """;
}
