// Indicators to the bytes of an output, renderer by renderer; and the predicates that choose which.

using BenchmarkDotNet.Attributes;
using Cti.Core;
using Cti.Core.Predicates;

namespace Cti.Bench.Micro;

/// <summary>Per record of the feed (nearly one indicator each).</summary>
public class RenderBenchmarks
{
    private readonly IndicatorBatch[] _batches = Sample.Indicators();
    private readonly int[] _all = [.. Enumerable.Range(0, Sample.BatchRecords)];
    private readonly Utf8Writer _writer = new(1 << 22);

    public static IEnumerable<string> Formats =>
        [
            "stix_bundle",
            "stix_bundle observables",
            "plain_list",
            "rpz",
            "ndjson",
            "nftables",
            "ipset",
            "hosts",
            "unbound_zone",
            "edl palo_alto",
            "edl check_point",
            "squid",
            "haproxy",
            "nginx",
            "clamav_hashes",
            "yara_hashes",
            "osquery_pack",
            "sigma_rules",
            "splunk_lookup",
            "suricata_rules",
            "suricata_dataset",
            "suricata_iprep",
            "snort_rules",
            "zeek_intel",
            "csv",
            "openioc",
            "misp_event",
            "cef",
            "leef",
            "ecs",
        ];

    [ParamsSource(nameof(Formats))]
    public string Format { get; set; } = "";

    [Benchmark(OperationsPerInvoke = Sample.Records)]
    public long Render()
    {
        IRenderer renderer = Format switch
        {
            "stix_bundle" => new StixBundleRenderer(false, false),
            "stix_bundle observables" => new StixBundleRenderer(true, false),
            "plain_list" => new PlainListRenderer(),
            "rpz" => new RpzRenderer(Rpz.defaults),
            "nftables" => new NftablesRenderer(Nftables.defaults),
            "ipset" => new IpsetRenderer(Ipset.defaults),
            "hosts" => new HostsRenderer(HostsAddress.Both),
            "unbound_zone" => new UnboundZoneRenderer(UnboundAnswer.Nxdomain),
            "edl palo_alto" => new EdlRenderer(EdlVendor.PaloAlto, EdlList.Urls),
            "edl check_point" => new CheckPointFeedRenderer(CheckPointLevel.High),
            "squid" => new SquidRenderer(HostList.Domains),
            "haproxy" => new HaproxyRenderer(HostList.Domains),
            "nginx" => new NginxRenderer(NginxBlock.Map),
            "clamav_hashes" => new ClamAvHashesRenderer(ClamAvKind.Hsb),
            "yara_hashes" => new YaraHashesRenderer(),
            "osquery_pack" => new OsqueryPackRenderer(OsqueryPackOptionsModule.defaults),
            "sigma_rules" => new SigmaRulesRenderer(SigmaRules.defaults),
            "splunk_lookup" => new SplunkLookupRenderer(new SplunkLookupOptions(SplunkCollection.File, 1)),
            "suricata_rules" => new SuricataRulesRenderer(RuleOptionsModule.defaults),
            "suricata_dataset" => new SuricataDatasetRenderer(DatasetKind.Domain),
            "suricata_iprep" => new SuricataIpRepRenderer(IpRepOptionsModule.defaults),
            "snort_rules" => new SnortRulesRenderer(RuleOptionsModule.defaults),
            "zeek_intel" => new ZeekIntelRenderer(),
            "csv" => new CsvRenderer(Microsoft.FSharp.Collections.ListModule.OfSeq(CsvColumnModule.all)),
            "openioc" => new OpenIocRenderer(new OpenIocOptions("bench")),
            "misp_event" => new MispEventRenderer(new MispOptions("bench", "bench", default, MispThreat.Medium, [], 1)),
            "cef" => new LinesRenderer(ChangeFormat.Cef),
            "leef" => new LinesRenderer(ChangeFormat.Leef),
            "ecs" => new LinesRenderer(ChangeFormat.Ecs),
            _ => new NdjsonRenderer(),
        };
        var bytes = 0L;
        foreach (var batch in _batches)
        {
            _writer.Clear();
            renderer.Rows(batch, _all.AsSpan(0, batch.Count), _writer);
            bytes += _writer.Length;
        }

        return bytes;
    }
}

/// <summary>Per record of the feed (nearly one indicator each).</summary>
public class PredicateBenchmarks
{
    private readonly IndicatorBatch[] _batches = Sample.Indicators();
    private readonly IndicatorRow _row = new();
    private Evaluator? _evaluator;

    [Params(
        "type = 'ipv4' or type = 'domain' and score >= 40",
        "value like '%login%' and not has(labels, 'benign')",
        "last_seen >= TIMESTAMP '2026-01-10T00:00:00Z' and source_count > 1"
    )]
    public string Where { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _evaluator = new Evaluator(PredicateModule.parse(Where).ResultValue);

    [Benchmark(OperationsPerInvoke = Sample.Records)]
    public int Select()
    {
        var selected = 0;
        foreach (var batch in _batches)
        {
            for (var row = 0; row < batch.Count; row++)
            {
                _row.MoveTo(batch, row);
                selected += _evaluator!.Selects(_row) ? 1 : 0;
            }
        }

        return selected;
    }
}
