// Normalising a batch of candidates into columns, as the fused stage does it but without screening: for samples, and for the batch benchmark.

using Cti.Core;

namespace Cti.Bench.Micro;

/// <summary>The columnar way.</summary>
internal static class Columns
{
    // A feed that names its sources row by row alternates between few of them.
    private static readonly Dictionary<string, long> s_seeds = new(ReferenceEqualityComparer.Instance);

    /// <summary>The part of a record's fingerprint that is the source's; remembered by the name's object.</summary>
    public static long Seed(string source)
    {
        if (!s_seeds.TryGetValue(source, out var seed))
        {
            seed = Payload.seed(System.Text.Encoding.UTF8.GetBytes(source));
            s_seeds.Add(source, seed);
        }

        return seed;
    }

    /// <summary>Fills <paramref name="target"/> (cleared first) with all columns but the ids.</summary>
    public static void Normalise(RawBatch raw, CandidateBatch candidates, ObservationBatch target)
    {
        target.Clear();
        target.DeclaredSource = Sample.SourceName;
        target.Uri = raw.Uri;
        for (var candidate = 0; candidate < candidates.Count; candidate++)
        {
            var record = candidates.Record[candidate];
            var value = raw.Slice(candidates.ValueStart[candidate], candidates.ValueEnd[candidate]);
            var room = target.Value.Reserve(Core.Normalise.bound(value.Length));
            var found = Core.Normalise.into(candidates.Hint[candidate], value, room);
            if (!found.Error.IsNone)
            {
                continue;
            }

            var source = candidates.Source[candidate];
            var row = target.Add();
            target.Value.Commit(found.Length);
            target.Type[row] = found.Type;
            target.EventTime[row] = candidates.FirstSeen[candidate];
            target.FirstSeen[row] = candidates.FirstSeen[candidate];
            target.Confidence[row] = candidates.Confidence[candidate];
            target.Tlp[row] = candidates.Tlp[candidate];
            target.Labels[row] = candidates.Labels[candidate];
            target.Source[row] = source;
            target.Line[row] = raw.Line(record);
            target.Offset[row] = raw.Offset(record);
            target.Payload[row] = Payload.hashSeeded(Seed(source), raw.Record(record));
        }
    }
}
