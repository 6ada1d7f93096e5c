// A reader of every format, and the stages behind it. Promises: what is cut does not depend on where blocks end or how many records a call may
// cut; every record is accounted for at every stage; a block of the documented size is always enough.

using System.IO.Hashing;
using System.Text;
using Cti.Core;
using Cti.Host.Config;

namespace Cti.Fuzz;

internal sealed class ReadTarget(string name, string read, string? map) : ITarget
{
    private static readonly ScreenSet NoLists = ScreenSet.Build([], BroadEntry.defaults).ResultValue;
    private readonly Cti.Core.Declare.Source _source = Declare(name, read, map);

    public string Name => name;

    /// <summary>Every format, some in several dialects.</summary>
    public static IEnumerable<ReadTarget> All()
    {
        const string FirstColumns =
            "[{ value: { column: 1, split: [',', '|'] } }, { value: { column: 2 }, first_seen: { column: 3 } }]";
        const string Value = "[{ value: { field: value } }]";
        const string Paths =
            "[{ value: { field: ip }, labels: [{ field: tags }] }, { value: { field: a.b }, description: { field: c.0 } }]";
        yield return new("lines", "{ type: lines }", "[{ value: { field: line } }]");
        yield return new(
            "lines !",
            "{ type: lines, comment: ['!', '//'], trailing_comment: false }",
            "[{ value: { column: 1 } }]"
        );
        yield return new("csv", "{ type: csv }", FirstColumns);
        yield return new("csv no header", "{ type: csv, header: none }", FirstColumns);
        yield return new("csv in comment", "{ type: csv, comment: '#', header: in_comment }", FirstColumns);
        yield return new(
            "csv semicolon",
            "{ type: csv, separator: ';', escape: backslash, header: none, skip: 2 }",
            FirstColumns
        );
        yield return new(
            "csv tab",
            "{ type: csv, separator: \"\\t\", quote: none, header: none, comment: '#' }",
            FirstColumns
        );
        yield return new(
            "csv blanks",
            "{ type: csv, separator: whitespace, header: none, comment: '#' }",
            FirstColumns
        );
        yield return new("csv arrow", "{ type: csv, separator: '::', header: none }", FirstColumns);
        yield return new("hosts", "{ type: hosts }", "[{ value: { field: host } }]");
        yield return new("dnsmasq", "{ type: dnsmasq }", "[{ value: { field: domain } }]");
        yield return new("rpz", "{ type: rpz }", Value);
        yield return new("adblock", "{ type: adblock }", Value);
        yield return new("unbound", "{ type: unbound }", "[{ value: { field: domain } }]");
        yield return new("bind_zone", "{ type: bind_zone }", "[{ value: { field: domain } }]");
        yield return new("ids_rules", "{ type: ids_rules }", Value);
        yield return new("json", "{ type: json }", Paths);
        yield return new("json nested", "{ type: json, records: 'data.*' }", Paths);
        yield return new("ndjson", "{ type: ndjson }", Paths);
        yield return new("openioc", "{ type: openioc }", null);
        yield return new("stix1", "{ type: stix1 }", null);
        yield return new("suricata", "{ type: ids_rules, take: suricata }", null);
        yield return new("yara", "{ type: yara }", null);
        yield return new("sigma", "{ type: sigma }", null);
        yield return new("cve5", "{ type: cve5 }", null);
        yield return new("nvd", "{ type: nvd }", null);
        yield return new("auto", "{ type: auto }", null);
    }

    public void Try(byte[] input, Random random)
    {
        var whole = Run(input, input.Length, 4096, observe: true);
        var pieces = Run(input, random.Next(16, 9000), random.Next(1, 300), observe: false);
        if (whole != pieces)
        {
            throw new BrokenPromise($"what is cut depends on the blocks: {whole} as a whole, {pieces} in pieces");
        }
    }

    // Hash and number of what was cut: fields, positions, rejections.
    private (ulong Fields, ulong Rejections, int Records, int Rejected) Run(
        byte[] input,
        int blockBytes,
        int maxRecords,
        bool observe
    )
    {
        var reader = ReaderSpecModule.reader(_source.Read, ReaderStartModule.beginning);
        var most = Math.Max(blockBytes, 1) + reader.MaxRecordBytes + 16;
        // Two, because records and rejections of one call stand in two lists.
        var (fields, rejections) = (new XxHash3(), new XxHash3());
        var raw = new RawBatch(16);
        var observer = NewObserver(_source.Map);
        MapSpec? recognised = null;
        var target = new ObservationBatch(16);
        var (begin, end, records, rejected) = (0, Math.Min(blockBytes, input.Length), 0, 0);
        while (true)
        {
            raw.Clear();
            raw.Uri = "fuzz";
            var isFinal = end == input.Length;
            // The reader gets its own array, so that a read outside of the block is a fault.
            var block = input.AsSpan(begin, end - begin).ToArray();
            var progress = reader.Read(block, 0, block.Length, isFinal, maxRecords, raw);
            if (progress.Consumed < 0 || progress.Consumed > block.Length)
            {
                throw new BrokenPromise($"{progress.Consumed} bytes consumed of {block.Length}");
            }

            Digest(raw, fields, rejections);
            records += raw.Count;
            rejected += raw.Rejections.Count;
            if (observe)
            {
                // What is recognised has a mapping of its own, and a mapping an observer of its own.
                if (recognised is null && reader.Recognition is { IsSome: true, Value: var found })
                {
                    recognised = AutoMap.complete(_source.Map, found);
                    observer = NewObserver(recognised);
                }

                Observe(reader, recognised ?? _source.Map, observer, raw, target);
            }

            begin += progress.Consumed;
            // A document that is broken is not read any further; where it broke is part of what was found.
            var isBroken = reader.Fault.IsSome && raw.Items == 0;
            if (isBroken || (isFinal && progress.NeedMore))
            {
                if (reader.Fault is { IsSome: true, Value: var fault })
                {
                    rejections.Append(Encoding.UTF8.GetBytes($"{fault.Error.code} {fault.Offset}"));
                }

                return (fields.GetCurrentHashAsUInt64(), rejections.GetCurrentHashAsUInt64(), records, rejected);
            }

            if (progress.NeedMore)
            {
                end = Math.Min(input.Length, end + blockBytes);
                if (end - begin > most)
                {
                    throw new BrokenPromise($"{end - begin} bytes are not enough for one record");
                }
            }
            else if (progress.Consumed == 0 && raw.Items == 0)
            {
                throw new BrokenPromise("nothing consumed, nothing cut, nothing asked for");
            }
        }
    }

    private static Observer NewObserver(MapSpec map) => new(map, NoLists, 1_800_000_000_000_000L, Sightings.Recorded);

    private static void Observe(Reader reader, MapSpec map, Observer observer, RawBatch raw, ObservationBatch target)
    {
        BoundMap? bound = null;
        if (raw.Count > 0)
        {
            var binding = MapPlan.bind(map, reader.Columns);
            if (binding.IsError)
            {
                return;
            }

            bound = binding.ResultValue;
        }

        observer.Apply(raw, bound, target);
        foreach (var stage in StageModule.all)
        {
            var missing = StageCountsModule.missing(target.Books[StageModule.index(stage)]);
            if (missing != 0)
            {
                throw new BrokenPromise($"the books of {StageModule.name(stage)} lack {missing}");
            }
        }
    }

    private static void Digest(RawBatch raw, XxHash3 fields, XxHash3 rejections)
    {
        for (var record = 0; record < raw.Count; record++)
        {
            fields.Append(BitConverter.GetBytes(raw.Offset(record)));
            fields.Append(BitConverter.GetBytes(raw.Line(record)));
            for (var field = 0; field < raw.FieldCount(record); field++)
            {
                fields.Append(raw.Field(record, field));
                fields.Append([0]);
            }
        }

        foreach (var rejection in raw.Rejections)
        {
            rejections.Append(
                Encoding.UTF8.GetBytes($"{rejection.Code} {rejection.Position.Line} {rejection.Position.Offset}")
            );
        }
    }

    private static Cti.Core.Declare.Source Declare(string name, string read, string? map)
    {
        var file = PipelineFile.Parse(
            name,
            $$"""
            pipeline: fuzz
            sources:
              - name: fuzz
                from: { type: file, path: x }
                read: {{read}}
                {{(map is null ? "mode: append" : $"map: {map}")}}
            sinks: [{ name: s, render: { type: ndjson }, to: { type: file, path: y } }]
            """
        );
        return file.Pipeline?.Sources.Single()
            ?? throw new BrokenPromise($"{name}: {string.Join("; ", file.Diagnostics)}");
    }
}
