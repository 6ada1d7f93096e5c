// `stix --run`: a made bundle of any size through the built program, as a run and as a conversion: how long it takes and how much memory it holds.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Bench.Macro;

namespace Cti.Bench.Stix;

/// <summary>Writes the bundle once, to a folder that is removed again.</summary>
internal static class StixRun
{
    public const string Usage = """
        stix --run [--objects COUNT] [--cti FILE]
                                         runs and converts a made bundle with the built cti; default 200000, 112 MB
        """;

    private const int PieceBytes = 1 << 20;
    private const string Now = "2026-03-01T00:00:00Z";

    /// <exception cref="MacroException">A program did not do what it is measured for.</exception>
    public static int Run(int objects, string? cti)
    {
        var program = Built.Cti(cti);
        var folder = Directory.CreateTempSubdirectory("cti-bench-stix-");
        try
        {
            var bundle = Path.Combine(folder.FullName, "bundle.json");
            var bytes = Write(bundle, objects);
            var pipeline = Path.Combine(folder.FullName, "stix.yaml");
            File.WriteAllText(
                pipeline,
                """
                pipeline: stix
                store: cti.duckdb
                sources:
                  - name: bundle
                    from: { type: file, path: bundle.json }
                    read: { type: stix }
                    trust: { reliability: B, credibility: 2, confidence: 80, tlp: clear }
                sinks:
                  - { name: list, render: { type: plain_list }, to: { type: file, path: list.txt } }
                  - { name: objects, render: { type: stix_bundle, objects: true }, to: { type: file, path: out.json } }
                """
            );
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{objects:N0} objects, {bytes / 1e6:N0} MB")
            );
            Tell(
                "run",
                objects,
                Check(ChildProcess.Run(program, ["run", pipeline, "--now", Now, "--json", "--quiet"]))
            );
            var converted = Path.Combine(folder.FullName, "converted.txt");
            Tell(
                "convert",
                objects,
                Done(
                    ChildProcess.Run(
                        program,
                        ["convert", bundle, "--to", "plain_list", "--out", converted, "--now", Now]
                    )
                )
            );
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static long Write(string path, int objects)
    {
        var bundle = new BundleStream(objects);
        var text = new StringBuilder(PieceBytes + 4096);
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false));
        var more = true;
        while (more)
        {
            text.Clear();
            more = bundle.Append(text, PieceBytes);
            file.Write(text);
        }

        file.Flush();
        return file.BaseStream.Length;
    }

    private static ChildResult Check(ChildResult child)
    {
        using var report = JsonDocument.Parse(Done(child).Output);
        var rejected = report.RootElement.GetProperty("rejected").GetInt64();
        return rejected == 0 ? child : throw new MacroException($"{rejected} records of a sound bundle were rejected");
    }

    private static ChildResult Done(ChildResult child) =>
        child.ExitCode == 0
            ? child
            : throw new MacroException($"cti ended with {child.ExitCode}:\n{child.Error}{child.Output}");

    private static void Tell(string what, int objects, ChildResult child) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{what, -8} {child.Wall.TotalSeconds:F1} s, CPU {child.Processor.TotalSeconds:F1} s ({child.Processor.TotalMicroseconds / objects:F1} us per object), peak {child.PeakBytes / 1e6:F0} MB"
            )
        );
}
