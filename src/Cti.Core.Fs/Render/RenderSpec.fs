// Which renderer an output asks for: the data a pipeline declares, and the one place that makes renderers of it.
namespace Cti.Core

/// What an output looks like.
[<RequireQualifiedAccess>]
type RenderSpec =
    /// With observables, every indicator brings its cyber-observable object, observed data and a relationship. With objects, the bundle also has
    /// the foreign objects of the pipeline's sources, word for word, and what was made of which.
    | StixBundle of {| Observables: bool; Objects: bool |}
    | PlainList
    | Rpz of RpzOptions
    | OpenIoc of OpenIocOptions
    | AttackNavigator of AttackNavigatorOptions
    | RuleFile of RuleLanguage
    | Csv of CsvColumn list
    /// A line for each: what a stream is told, as a set.
    | Lines of ChangeFormat
    | Nftables of NftablesOptions
    | Ipset of IpsetOptions
    | Hosts of HostsAddress
    | UnboundZone of UnboundAnswer
    | Edl of EdlVendor * EdlList
    | CheckPointFeed of severity: CheckPointLevel
    | Squid of HostList
    | Haproxy of HostList
    | Nginx of NginxBlock
    | MispEvent of MispOptions
    /// A folder of events; as one stream it is one event.
    | MispFeed of MispOptions
    | ClamAvHashes of ClamAvKind
    | YaraHashes
    | OsqueryPack of OsqueryPackOptions
    | SigmaRules of SigmaRulesOptions
    | SplunkLookup of SplunkLookupOptions
    | SuricataRules of RuleOptions
    | SuricataDataset of DatasetKind
    | SuricataIpRep of IpRepOptions
    | SnortRules of RuleOptions
    | ZeekIntel

[<RequireQualifiedAccess>]
module RenderSpec =
    /// The name used in YAML (`render: { type: … }`).
    let name (spec: RenderSpec) =
        match spec with
        | RenderSpec.StixBundle _ -> "stix_bundle"
        | RenderSpec.PlainList -> "plain_list"
        | RenderSpec.Rpz _ -> "rpz"
        | RenderSpec.OpenIoc _ -> "openioc"
        | RenderSpec.AttackNavigator _ -> "attack_navigator"
        | RenderSpec.RuleFile _ -> "rule_file"
        | RenderSpec.Csv _ -> "csv"
        | RenderSpec.Lines format -> ChangeFormat.name format
        | RenderSpec.Nftables _ -> "nftables"
        | RenderSpec.Ipset _ -> "ipset"
        | RenderSpec.Hosts _ -> "hosts"
        | RenderSpec.UnboundZone _ -> "unbound_zone"
        | RenderSpec.Edl _
        | RenderSpec.CheckPointFeed _ -> "edl"
        | RenderSpec.Squid _ -> "squid"
        | RenderSpec.Haproxy _ -> "haproxy"
        | RenderSpec.Nginx _ -> "nginx"
        | RenderSpec.MispEvent _ -> "misp_event"
        | RenderSpec.MispFeed _ -> "misp_feed"
        | RenderSpec.ClamAvHashes _ -> "clamav_hashes"
        | RenderSpec.YaraHashes -> "yara_hashes"
        | RenderSpec.OsqueryPack _ -> "osquery_pack"
        | RenderSpec.SigmaRules _ -> "sigma_rules"
        | RenderSpec.SplunkLookup _ -> "splunk_lookup"
        | RenderSpec.SuricataRules _ -> "suricata_rules"
        | RenderSpec.SuricataDataset _ -> "suricata_dataset"
        | RenderSpec.SuricataIpRep _ -> "suricata_iprep"
        | RenderSpec.SnortRules _ -> "snort_rules"
        | RenderSpec.ZeekIntel -> "zeek_intel"

    /// Which entries of the format stand for others: `fold: true` leaves those out.
    let coverage (spec: RenderSpec) : CoverageRule =
        let fill isWanted =
            if isWanted then RangeRule.Fill else RangeRule.Alone

        match spec with
        | RenderSpec.Rpz options ->
            {
                Names = options.Subdomains
                Ranges = RangeRule.Fill
            }
        | RenderSpec.UnboundZone _ ->
            {
                Names = true
                Ranges = RangeRule.Alone
            }
        | RenderSpec.Nftables _
        | RenderSpec.Ipset _
        | RenderSpec.Edl(_, EdlList.Addresses) ->
            {
                Names = false
                Ranges = RangeRule.Fill
            }
        | RenderSpec.Squid list ->
            {
                Names = (list = HostList.Domains)
                Ranges = fill (list = HostList.Addresses)
            }
        | RenderSpec.Haproxy list ->
            {
                Names = false
                Ranges = fill (list = HostList.Addresses)
            }
        | RenderSpec.Nginx block ->
            {
                Names = (block = NginxBlock.Map)
                Ranges = fill (block <> NginxBlock.Map)
            }
        // An entry has a number, a score or a source of its own, which a range of several would not.
        | RenderSpec.SuricataRules _
        | RenderSpec.SnortRules _ ->
            {
                Names = true
                Ranges = RangeRule.Cover
            }
        // Zeek knows networks, and of names only the whole.
        | RenderSpec.SuricataIpRep _
        | RenderSpec.ZeekIntel ->
            {
                Names = false
                Ranges = RangeRule.Cover
            }
        | RenderSpec.SuricataDataset _
        | RenderSpec.StixBundle _
        | RenderSpec.PlainList
        | RenderSpec.OpenIoc _
        | RenderSpec.AttackNavigator _
        | RenderSpec.RuleFile _
        | RenderSpec.Csv _
        | RenderSpec.Lines _
        | RenderSpec.Hosts _
        | RenderSpec.Edl _
        | RenderSpec.CheckPointFeed _
        | RenderSpec.MispEvent _
        | RenderSpec.MispFeed _
        | RenderSpec.ClamAvHashes _
        | RenderSpec.YaraHashes
        | RenderSpec.OsqueryPack _ -> CoverageRule.nothing
        | RenderSpec.SigmaRules options ->
            {
                Names = options.Subdomains
                Ranges = RangeRule.Cover
            }
        | RenderSpec.SplunkLookup _ -> CoverageRule.nothing

    /// Whether entries of the format go by a number that stays an indicator's own (`IndicatorBatch.Number`).
    let isNumbered (spec: RenderSpec) : bool =
        match spec with
        | RenderSpec.SuricataRules _
        | RenderSpec.SnortRules _ -> true
        | _ -> false

    /// A fresh renderer: one for each time an output is rendered.
    let create (spec: RenderSpec) : IRenderer =
        match spec with
        | RenderSpec.StixBundle options -> StixBundleRenderer(options.Observables, options.Objects)
        | RenderSpec.PlainList -> PlainListRenderer()
        | RenderSpec.Rpz options -> RpzRenderer options
        | RenderSpec.OpenIoc options -> OpenIocRenderer options
        | RenderSpec.AttackNavigator options -> AttackNavigatorRenderer options
        | RenderSpec.RuleFile language -> RuleFileRenderer language
        | RenderSpec.Csv columns -> CsvRenderer columns
        | RenderSpec.Lines ChangeFormat.Ndjson -> NdjsonRenderer()
        | RenderSpec.Lines format -> LinesRenderer format
        | RenderSpec.Nftables options -> NftablesRenderer options
        | RenderSpec.Ipset options -> IpsetRenderer options
        | RenderSpec.Hosts address -> HostsRenderer address
        | RenderSpec.UnboundZone answer -> UnboundZoneRenderer answer
        | RenderSpec.Edl(vendor, list) -> EdlRenderer(vendor, list)
        | RenderSpec.CheckPointFeed severity -> CheckPointFeedRenderer severity
        | RenderSpec.Squid list -> SquidRenderer list
        | RenderSpec.Haproxy list -> HaproxyRenderer list
        | RenderSpec.Nginx block -> NginxRenderer block
        | RenderSpec.MispEvent options
        | RenderSpec.MispFeed options -> MispEventRenderer options
        | RenderSpec.ClamAvHashes kind -> ClamAvHashesRenderer kind
        | RenderSpec.YaraHashes -> YaraHashesRenderer()
        | RenderSpec.OsqueryPack options -> OsqueryPackRenderer options
        | RenderSpec.SigmaRules options -> SigmaRulesRenderer options
        | RenderSpec.SplunkLookup options -> SplunkLookupRenderer options
        | RenderSpec.SuricataRules options -> SuricataRulesRenderer options
        | RenderSpec.SuricataDataset kind -> SuricataDatasetRenderer kind
        | RenderSpec.SuricataIpRep options -> SuricataIpRepRenderer options
        | RenderSpec.SnortRules options -> SnortRulesRenderer options
        | RenderSpec.ZeekIntel -> ZeekIntelRenderer()
