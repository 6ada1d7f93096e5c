// `crash`: a real `cti` is killed again and again over a seeded workload, and a program that shares no code with it judges what is left.

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cti.Bench.Macro;

namespace Cti.Bench.Crash;

/// <summary>Runs the harness.</summary>
internal static class CrashCommand
{
    // Kills that fall on the input of one round before it is let come to its end.
    private const int KillsPerRound = 5;

    // What the oracle reads, and how the store is asked for it.
    private static readonly (string Name, string Query)[] Dumps =
    [
        ("observations", "SELECT id, value, source, event_time FROM observations"),
        ("claims", "SELECT subject AS indicator, value, source, withdrawn_at IS NULL AS stands FROM claims"),
        ("changes", "SELECT sequence, indicator, revision, op FROM changes"),
    ];

    /// <summary>Kills, judges, prints. Exit code 0 when nothing was lost, invented, doubled or left undelivered, and every window was hit.</summary>
    public static int Run(CrashOptions options)
    {
        var cti = Built.Cti(options.Cti);
        if (Directory.Exists(options.WorkDir))
        {
            Directory.Delete(options.WorkDir, recursive: true);
        }

        var workload = new CrashWorkload(Directory.CreateDirectory(options.WorkDir).FullName, options.Seed);
        workload.WritePipeline();
        var windows = KillPlan.Windows.ToDictionary(window => window, _ => 0, StringComparer.Ordinal);
        var clock = Stopwatch.StartNew();
        var (kills, rounds) = KillAll(cti, workload, options, windows);
        Dump(cti, workload, options.WorkDir);
        var verdict = Judge(options.WorkDir);
        Print(options, kills, rounds, windows, verdict, clock.Elapsed);
        var missed = windows.Where(window => window.Value == 0).Select(window => window.Key).ToList();
        if (missed.Count > 0)
        {
            Console.Error.WriteLine($"no kill fell into: {string.Join(", ", missed)}");
        }

        return missed.Count == 0 && verdict.Faults == 0 ? 0 : 1;
    }

    private static (int Kills, int Rounds) KillAll(
        string cti,
        CrashWorkload workload,
        CrashOptions options,
        Dictionary<string, int> windows
    )
    {
        // Before the first whole run nobody knows how long one takes.
        var whole = TimeSpan.FromSeconds(1);
        var kills = 0;
        var round = 0;
        while (kills < options.Kills)
        {
            round++;
            workload.WriteRound(round);
            for (var attempt = 0; attempt < KillsPerRound && kills < options.Kills; attempt++)
            {
                var kill = KillPlan.Next(kills, options.Seed);
                if (Victim.Run(cti, workload, round, kill, whole).WasKilled)
                {
                    windows[kill.Window]++;
                    kills++;
                }
                else
                {
                    // Nothing was left to do where the kill was to fall: it is tried on the next round's input.
                    break;
                }
            }

            whole = Victim.Run(cti, workload, round, null, whole).Wall;
            Console.Error.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"round {round}: {kills} of {options.Kills} kills, a run takes {whole.TotalSeconds:0.0} s"
                )
            );
        }

        return (kills, round);
    }

    private static void Dump(string cti, CrashWorkload workload, string folder)
    {
        foreach (var (name, query) in Dumps)
        {
            var child = ChildProcess.Run(
                cti,
                [
                    "sql",
                    query,
                    "--store",
                    workload.StorePath,
                    "--format",
                    "csv",
                    "--out",
                    Path.Combine(folder, "dump", name + ".csv"),
                ]
            );
            if (child.ExitCode != 0)
            {
                throw new MacroException($"the store cannot be read:\n{child.Error}");
            }
        }
    }

    private static Verdict Judge(string folder)
    {
        var child = ChildProcess.Run("dotnet", [Built.Oracle(), folder]);
        if (child.ExitCode != 0)
        {
            throw new MacroException($"the oracle ended with {child.ExitCode}:\n{child.Error}");
        }

        foreach (var line in child.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Console.Error.WriteLine(line);
        }

        using var json = JsonDocument.Parse(child.Output);
        return new Verdict(
            Number("observations"),
            Number("lost"),
            Number("invented"),
            Number("duplicated"),
            Number("undelivered"),
            Number("disordered")
        );

        long Number(string name) => json.RootElement.GetProperty(name).GetInt64();
    }

    private static void Print(
        CrashOptions options,
        int kills,
        int rounds,
        Dictionary<string, int> windows,
        Verdict verdict,
        TimeSpan elapsed
    )
    {
        if (options.Json)
        {
            Console.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        kills,
                        windows,
                        rounds,
                        observations = verdict.Observations,
                        lost = verdict.Lost,
                        invented = verdict.Invented,
                        duplicated = verdict.Duplicated,
                        undelivered = verdict.Undelivered,
                        disordered = verdict.Disordered,
                        seconds = Math.Round(elapsed.TotalSeconds, 1),
                    }
                )
            );
            return;
        }

        var hit = string.Join(", ", windows.Select(window => $"{window.Key} {window.Value}"));
        Console.WriteLine($"{kills} kills in {rounds} rounds and {elapsed.TotalSeconds:0} s: {hit}");
        Console.WriteLine(
            $"{verdict.Observations:N0} observations: {verdict.Lost} lost, {verdict.Invented} invented, {verdict.Duplicated} duplicated, {verdict.Undelivered} undelivered, {verdict.Disordered} out of order"
        );
    }
}

/// <summary>What the oracle found.</summary>
internal sealed record Verdict(
    long Observations,
    long Lost,
    long Invented,
    long Duplicated,
    long Undelivered,
    long Disordered
)
{
    public long Faults => Lost + Invented + Duplicated + Undelivered + Disordered;
}
