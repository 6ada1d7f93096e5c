// What every stage benchmark works on: 65,536 records of the macro feed, in batches of 4,096 as the host cuts them, and what each stage before
// makes of them. Large enough that a processor cannot learn the records by heart; small enough to lie in its outer cache.

using Cti.Bench.Macro;
using Cti.Core;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace Cti.Bench.Micro;

/// <summary>The sample's batches, stage by stage. Everything in it is read only by convention.</summary>
internal static class Sample
{
    /// <summary>Records of the sample: the divisor of every figure.</summary>
    public const int Records = 65_536;

    /// <summary>Raw records per batch, the host's default.</summary>
    public const int BatchRecords = 4_096;

    public const string SourceName = "feed";

    /// <summary>The run's now.</summary>
    public static long Now { get; } = TimestampModule.ofDateTimeOffset(FeedWriter.Now);

    /// <summary>How far the feed is believed.</summary>
    public static Trust Trust { get; } =
        new(
            Reliability.B,
            Credibility.Two,
            80,
            Tlp.Clear,
            FSharpValueOption<string>.None,
            FSharpValueOption<string>.None
        );

    /// <summary>Thirty days and a straight line for every type.</summary>
    public static ScoreSettings Settings { get; } =
        new([.. Enumerable.Repeat(30 * TimestampModule.day, 256)], [.. Enumerable.Repeat(1.0, 256)]);

    /// <summary>The feed's bytes.</summary>
    public static byte[] Bytes { get; } = MakeBytes();

    /// <summary>The macro feed's mapping.</summary>
    public static MapSpec Map { get; } =
        new(
            SourceName,
            Trust,
            ListModule.OfSeq([
                new MapTemplate(
                    ValueRuleModule.ofField(FieldRef.NewName("value")),
                    FSharpValueOption<Core.Predicates.RecordPredicate>.None,
                    TypeRule.NewField(
                        new TypeColumn(
                            FieldRef.NewName("type"),
                            FSharpList<Tuple<string, TypeChoice>>.Empty,
                            OtherType.Known
                        )
                    ),
                    FSharpValueOption<TimeRule>.NewValueSome(
                        new TimeRule(
                            FieldRef.NewName("first_seen"),
                            TimePattern.tryParse("yyyy-MM-dd HH:mm:ss", 0).ResultValue,
                            FSharpList<byte[]>.Empty
                        )
                    ),
                    FSharpValueOption<TimeRule>.None,
                    FSharpValueOption<TimeRule>.None,
                    FSharpList<LabelRule>.Empty,
                    ConfidenceRule.Default,
                    TlpRule.Default,
                    FSharpValueOption<FieldRef>.NewValueSome(FieldRef.NewName("source")),
                    FSharpValueOption<DescriptionRule>.None,
                    FSharpList<ReferenceRule>.Empty
                ),
            ])
        );

    /// <summary>A reader at the feed's beginning.</summary>
    public static Reader Reader() => new CsvReader(CsvDialectModule.standard, ReaderStartModule.beginning);

    /// <summary>How <see cref="Json"/> is read: the feed's columns are its fields.</summary>
    public static JsonDialect JsonDialect { get; } =
        new(
            ListModule.OfSeq([JsonStep.NewKey("data"), JsonStep.Every]),
            ListModule.OfSeq(["value", "type", "source", "first_seen"]),
            ReadLimitsModule.standard
        );

    /// <summary>The feed's records as JSON: a document keyed by id, or one object a line.</summary>
    public static byte[] Json(bool isDocument)
    {
        using var target = new MemoryStream();
        var number = 0;
        target.Write(isDocument ? "{\"data\":{\n"u8 : ""u8);
        foreach (var batch in Raw())
        {
            for (var record = 0; record < batch.Count; record++)
            {
                target.Write(
                    System.Text.Encoding.UTF8.GetBytes(
                        isDocument ? $"{(number == 0 ? "" : ",\n")}\"{number}\":"
                        : number == 0 ? ""
                        : "\n"
                    )
                );
                using (var json = new System.Text.Json.Utf8JsonWriter(target))
                {
                    json.WriteStartObject();
                    for (var field = 0; field < JsonDialect.Fields.Length; field++)
                    {
                        json.WriteString(JsonDialect.Fields[field], batch.Field(record, field));
                    }

                    json.WriteEndObject();
                }

                number++;
            }
        }

        target.Write(isDocument ? "\n}}\n"u8 : "\n"u8);
        return target.ToArray();
    }

    /// <summary>The mapping bound to the feed's columns.</summary>
    public static BoundMap Bound() => MapPlan.bind(Map, ["value", "type", "source", "first_seen"]).ResultValue;

    /// <summary>Raw records, batch by batch.</summary>
    public static RawBatch[] Raw()
    {
        var reader = Reader();
        var batches = new List<RawBatch>();
        var at = 0;
        while (at < Bytes.Length)
        {
            var batch = new RawBatch(BatchRecords) { Uri = "feed.csv" };
            at += reader.Read(Bytes, at, Bytes.Length - at, true, BatchRecords, batch).Consumed;
            batches.Add(batch);
        }

        return [.. batches];
    }

    /// <summary>Candidates of the raw batches.</summary>
    public static CandidateBatch[] Candidates(RawBatch[] raw)
    {
        var bound = Bound();
        var memory = new MapMemory(Map);
        return
        [
            .. raw.Select(batch =>
            {
                var candidates = new CandidateBatch(BatchRecords);
                _ = bound.Apply(batch, candidates, [], memory);
                return candidates;
            }),
        ];
    }

    /// <summary>Observations of the raw batches, without screening.</summary>
    public static ObservationBatch[] Observations()
    {
        var raw = Raw();
        var candidates = Candidates(raw);
        var hasher = new Uuid5Hasher();
        return
        [
            .. raw.Select(
                (batch, index) =>
                {
                    var target = new ObservationBatch(BatchRecords);
                    Columns.Normalise(batch, candidates[index], target);
                    Identity.fill(hasher, target);
                    return target;
                }
            ),
        ];
    }

    /// <summary>The sources of the sample, as a run's table.</summary>
    public static SourceTable Sources()
    {
        var sources = new SourceTable();
        _ = sources.Set(new SourceInfo(SourceName, "bench", Trust, true));
        return sources;
    }

    /// <summary>The sample's observations merged as one epoch.</summary>
    public static EpochMerge Merged(SourceTable sources, NameSetTable labels)
    {
        var merge = new EpochMerge(sources, labels, Records);
        foreach (var batch in Observations())
        {
            for (var row = 0; row < batch.Count; row++)
            {
                _ = merge.Add(batch, row, Now);
            }
        }

        merge.Resolve(new ClaimBatch(4), Now, Settings);
        return merge;
    }

    /// <summary>The epoch's claims in the order the store gives them back in: subject by subject.</summary>
    public static ClaimBatch Claims(EpochMerge merge)
    {
        var ordered = new ClaimBatch(Records);
        foreach (var head in merge.Heads)
        {
            for (var row = head; row >= 0; row = merge.Next(row))
            {
                ordered.AddFrom(merge.Claims, row);
            }
        }

        return ordered;
    }

    /// <summary>Indicators of the sample in batches, as a sink of the running pipeline sees them.</summary>
    public static IndicatorBatch[] Indicators()
    {
        var sources = Sources();
        var labels = new NameSetTable();
        var claims = Claims(Merged(sources, labels));
        var fold = new Fold(new Viewer(Tlp.Red, Now, Settings, true), sources, labels, VerdictTable.Empty);
        var batches = new List<IndicatorBatch>();
        var batch = new IndicatorBatch(BatchRecords);
        for (var first = 0; first < claims.Count; )
        {
            var last = LastOf(claims, first);
            if (batch.Count == BatchRecords)
            {
                batches.Add(batch);
                batch = new IndicatorBatch(BatchRecords);
            }

            _ = fold.Add(claims, first, last, batch);
            first = last + 1;
        }

        batches.Add(batch);
        return [.. batches];
    }

    /// <summary>The last row of the subject that begins at <paramref name="first"/>.</summary>
    public static int LastOf(ClaimBatch claims, int first)
    {
        var last = first;
        while (last + 1 < claims.Count && claims.Subject[last + 1] == claims.Subject[first])
        {
            last++;
        }

        return last;
    }

    private static byte[] MakeBytes()
    {
        using var bytes = new MemoryStream();
        _ = new FeedWriter(1, []).Write(Records, bytes);
        return bytes.ToArray();
    }
}
