// What a tap sees behind the store: entries of the change log, and what sinks acknowledged. Both are in the store already; they are asked for only
// while somebody listens.

using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Serve;

internal static class StoreTap
{
    /// <summary>Offers what the log got between two entries, the first left out.</summary>
    public static void Changes(PipelineGauges gauges, DuckDbConnection connection, long after, long last)
    {
        if (last > after && Listeners(gauges, "store") is { Count: > 0 } taps)
        {
            Offer(
                taps,
                connection.Rows(
                    $"""
                    SELECT h.op, i.type, i.value, i.tlp FROM changes h JOIN indicators i ON i.indicator = h.indicator
                    WHERE h.sequence > $1 AND h.sequence <= $2 ORDER BY h.sequence LIMIT {TapSession.MostSamples}
                    """,
                    Sample,
                    after,
                    last
                )
            );
        }
    }

    /// <summary>Offers what a sink acknowledged since a time.</summary>
    public static void Deliveries(PipelineGauges gauges, DuckDbConnection connection, string sink, DateTime since)
    {
        if (Listeners(gauges, "sink:" + sink) is { Count: > 0 } taps)
        {
            Offer(
                taps,
                connection.Rows(
                    $"""
                    SELECT d.op, i.type, i.value, i.tlp FROM deliveries d JOIN indicators i ON i.indicator = d.indicator
                    WHERE d.sink = $1 AND d.pipeline = $2 AND d.acknowledged_at >= $3 LIMIT {TapSession.MostSamples}
                    """,
                    Sample,
                    sink,
                    gauges.Pipeline,
                    since
                )
            );
        }
    }

    private static List<TapSession> Listeners(PipelineGauges gauges, string stage) =>
        [.. (gauges.Taps ?? []).Where(tap => tap.Stage == stage && tap.IsOpen)];

    private static TapSample Sample(DuckDbDataReader row) =>
        new(row.GetString(0), null)
        {
            Type = row.GetString(1),
            Value = row.GetString(2),
            Tlp = row.GetString(3),
        };

    private static void Offer(List<TapSession> taps, List<TapSample> samples)
    {
        foreach (var sample in samples)
        {
            taps.ForEach(tap => tap.Offer(sample));
        }
    }
}
