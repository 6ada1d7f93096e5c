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
    | Ndjson
    | MispEvent of MispOptions
    /// A folder of events; as one stream it is one event.
    | MispFeed of MispOptions
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
        | RenderSpec.Ndjson -> "ndjson"
        | RenderSpec.MispEvent _ -> "misp_event"
        | RenderSpec.MispFeed _ -> "misp_feed"
        | RenderSpec.SuricataRules _ -> "suricata_rules"
        | RenderSpec.SuricataDataset _ -> "suricata_dataset"
        | RenderSpec.SuricataIpRep _ -> "suricata_iprep"
        | RenderSpec.SnortRules _ -> "snort_rules"
        | RenderSpec.ZeekIntel -> "zeek_intel"

    /// Which entries of the format stand for others: `fold: true` leaves those out.
    let coverage (spec: RenderSpec) : CoverageRule =
        match spec with
        | RenderSpec.Rpz options ->
            {
                Names = options.Subdomains
                Ranges = true
            }
        | RenderSpec.SuricataRules _
        | RenderSpec.SnortRules _ -> { Names = true; Ranges = true }
        // Zeek knows networks, and of names only the whole.
        | RenderSpec.SuricataIpRep _
        | RenderSpec.ZeekIntel -> { Names = false; Ranges = true }
        | RenderSpec.SuricataDataset _
        | RenderSpec.StixBundle _
        | RenderSpec.PlainList
        | RenderSpec.OpenIoc _
        | RenderSpec.AttackNavigator _
        | RenderSpec.RuleFile _
        | RenderSpec.Csv _
        | RenderSpec.Ndjson
        | RenderSpec.MispEvent _
        | RenderSpec.MispFeed _ -> CoverageRule.nothing

    /// Whether entries of the format go by a number that stays an indicator's own (`IndicatorBatch.Number`).
    let isNumbered (spec: RenderSpec) : bool =
        match spec with
        | RenderSpec.SuricataRules _
        | RenderSpec.SnortRules _ -> true
        | RenderSpec.SuricataDataset _
        | RenderSpec.SuricataIpRep _
        | RenderSpec.ZeekIntel
        | RenderSpec.StixBundle _
        | RenderSpec.PlainList
        | RenderSpec.Rpz _
        | RenderSpec.OpenIoc _
        | RenderSpec.AttackNavigator _
        | RenderSpec.RuleFile _
        | RenderSpec.Csv _
        | RenderSpec.Ndjson
        | RenderSpec.MispEvent _
        | RenderSpec.MispFeed _ -> false

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
        | RenderSpec.Ndjson -> NdjsonRenderer()
        | RenderSpec.MispEvent options
        | RenderSpec.MispFeed options -> MispEventRenderer options
        | RenderSpec.SuricataRules options -> SuricataRulesRenderer options
        | RenderSpec.SuricataDataset kind -> SuricataDatasetRenderer kind
        | RenderSpec.SuricataIpRep options -> SuricataIpRepRenderer options
        | RenderSpec.SnortRules options -> SnortRulesRenderer options
        | RenderSpec.ZeekIntel -> ZeekIntelRenderer()
