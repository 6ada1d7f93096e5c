// `plan`: what it costs to find out that a set of a million entries has changed in a few: a store with so many delivered and so many desired, and `cti plan` on it
// as a whole process.

using System.Globalization;
using System.Text;
using Cti.Bench.Macro;

namespace Cti.Bench.Plan;

/// <summary>Half of what a sink holds is replaced by as many others, so that the two sets are as large and differ.</summary>
internal static class PlanCommand
{
    public const string Usage = """
        plan [--entries COUNT] [--cti FILE]
                                         plans a list sink that holds COUNT entries and shall hold as many, by default 1000000
        """;

    private const int StandardEntries = 1_000_000;

    // The bounds of a million entries.
    private const double MostSeconds = 3;
    private const double MostMegabytes = 500;

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
        int.TryParse(count, CultureInfo.InvariantCulture, out var parsed) && parsed > 0 ? parsed : null;

    private static int Measure(int entries, string? given)
    {
        var cti = Built.Cti(given);
        var folder = Directory.CreateTempSubdirectory("cti-plan-bench-").FullName;
        try
        {
            var pipeline = Path.Combine(folder, "p.yaml");
            File.WriteAllText(pipeline, Pipeline);
            Write(Path.Combine(folder, "list.txt"), 0, entries);
            Demand(ChildProcess.Run(cti, ["run", pipeline, "--now", "2026-01-02T00:00:00Z", "--quiet"]));
            // Read, and not applied: the sink is manual in the second run.
            Write(Path.Combine(folder, "list.txt"), entries / 2, entries);
            File.WriteAllText(pipeline, Pipeline + "    apply: manual\n");
            ChildProcess.Run(cti, ["run", pipeline, "--now", "2026-01-03T00:00:00Z", "--quiet"]);
            var plan = ChildProcess.Run(cti, ["plan", pipeline, "--now", "2026-01-03T00:00:00Z"]);
            Demand(plan);
            var told = string.Create(
                CultureInfo.InvariantCulture,
                $"+{entries - (entries - (entries / 2)):N0} ~0 -{entries / 2:N0}"
            );
            if (!plan.Output.Contains(told, StringComparison.Ordinal))
            {
                throw new MacroException($"The plan is not {told}: {plan.Output}");
            }

            Console.WriteLine("| delivered | desired | wall s | CPU s | peak RSS MB |");
            Console.WriteLine("| ---: | ---: | ---: | ---: | ---: |");
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {entries} | {entries} | {plan.Wall.TotalSeconds:F2} | {plan.Processor.TotalSeconds:F2} | {plan.PeakBytes / 1e6:F0} |"
                )
            );
            return
                entries == StandardEntries
                && (plan.Wall.TotalSeconds > MostSeconds || plan.PeakBytes / 1e6 > MostMegabytes)
                ? 1
                : 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Demand(ChildResult result)
    {
        if (result.ExitCode != 0)
        {
            throw new MacroException($"cti ended with {result.ExitCode}: {result.Error}");
        }
    }

    private static void Write(string path, int first, int count)
    {
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 20);
        for (var number = first; number < first + count; number++)
        {
            writer.Write("host");
            writer.Write(number.ToString(CultureInfo.InvariantCulture));
            writer.Write(".example.com\n");
        }
    }

    private const string Pipeline = """
        pipeline: plan
        store: plan.duckdb
        sources:
          - name: list
            from: { type: file, path: list.txt }
            read: { type: lines }
            mode: snapshot
            map: [ { value: { field: line }, type: domain } ]
            trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
        sinks:
          - name: list
            render: { type: plain_list }
            to: { type: file, path: out.txt }

        """;
}
