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
    | RuleFile of RuleLanguage
    | Csv of CsvColumn list
    | Ndjson

[<RequireQualifiedAccess>]
module RenderSpec =
    /// The name used in YAML (`render: { type: … }`).
    let name (spec: RenderSpec) =
        match spec with
        | RenderSpec.StixBundle _ -> "stix_bundle"
        | RenderSpec.PlainList -> "plain_list"
        | RenderSpec.Rpz _ -> "rpz"
        | RenderSpec.RuleFile _ -> "rule_file"
        | RenderSpec.Csv _ -> "csv"
        | RenderSpec.Ndjson -> "ndjson"

    /// A fresh renderer: one for each time an output is rendered.
    let create (spec: RenderSpec) : IRenderer =
        match spec with
        | RenderSpec.StixBundle options -> StixBundleRenderer(options.Observables, options.Objects)
        | RenderSpec.PlainList -> PlainListRenderer()
        | RenderSpec.Rpz options -> RpzRenderer options
        | RenderSpec.RuleFile language -> RuleFileRenderer language
        | RenderSpec.Csv columns -> CsvRenderer columns
        | RenderSpec.Ndjson -> NdjsonRenderer()
