// Which kill comes next: half of them after a random time, half at the beginning of a span of the engine's that stands for a window in which data can
// be lost or doubled.

using Cti.Bench.Macro;

namespace Cti.Bench.Crash;

/// <summary>How one process is to die.</summary>
/// <param name="Window">As the report counts it.</param>
/// <param name="Span">`NAME:N` for CTI_CRASH_AT; null where time decides.</param>
/// <param name="Share">Where time decides: when, as a share of a whole run.</param>
internal sealed record Kill(string Window, string? Span, double Share);

/// <summary>Plans kills.</summary>
internal static class KillPlan
{
    public const string AtRandom = "random";

    // Every window with the spans it is met at, and how often each of them begins in a run of one round at least.
    private static readonly (string Window, string Span, int Most)[] Named =
    [
        ("begin_commit", "epoch.commit", 5),
        ("commit_sink", "sink.send", 5),
        ("acknowledgement_cursor", "cursor.commit", 5),
        ("file_replacement", "file.replace", 2),
        ("file_replacement", "plan.commit", 2),
        ("start_up", "store.open", 1),
    ];

    /// <summary>The windows, in the order they are shown.</summary>
    public static IReadOnlyList<string> Windows { get; } =
    [AtRandom, .. Named.Select(named => named.Window).Distinct()];

    /// <summary>Kill number <paramref name="number"/>, counted from 0.</summary>
    public static Kill Next(int number, ulong seed)
    {
        var dice = new Dice(seed + 1, (ulong)number);
        if (number % 2 == 0)
        {
            return new Kill(AtRandom, null, dice.Below(1_000) / 1_000.0);
        }

        var (window, span, most) = Named[number / 2 % Named.Length];
        return new Kill(window, $"{span}:{dice.Between(1, most)}", 0);
    }
}
