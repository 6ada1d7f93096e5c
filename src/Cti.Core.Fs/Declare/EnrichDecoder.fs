// How enrichers are written in YAML, and what must hold between them, the public suffix list and the predicates that ask for facts.
namespace Cti.Core.Declare

open Cti.Core
open Cti.Core.Predicates

[<RequireQualifiedAccess>]
module internal EnrichDecoder =
    /// Top level: screening and enrichment ask one list.
    let publicSuffixes: Decoder<PublicSuffixSettings> =
        Decode.block (
            block {
                let! path =
                    Field.required "path" "the list as publicsuffix.org publishes it, relative to this file" Decode.path

                and! sections =
                    Field.defaulted
                        "sections"
                        "all, or icann: without names that companies hand out below theirs (github.io)"
                        Words.suffixSections
                        SuffixSections.All

                return { Path = path; Sections = sections }
            }
        )

    let private paths (doc: string) =
        Field.required "path" doc (Decode.oneOrMany "path" Decode.path)

    // A table of ranges as written; which of its facts count is settled by `faults` and `toSettings`.
    type private Written =
        {
            Paths: string list
            Format: RangeFormat
            Gives: Fact list option
        }

    let private format =
        Field.exactlyOne
            [
                "format", "as whom the table is published", Decode.literal Words.rangeFormat
                "columns",
                "what its columns hold, from the left",
                Decode.nonEmpty "columns" (Decode.literal Words.rangeColumn)
                |> Decode.map RangeFormat.Columns
            ]

    let private columnFaults (format: RangeFormat) : (Step list * Fault) list =
        match format with
        | RangeFormat.Delegated -> []
        | RangeFormat.Columns columns ->
            let at = [ Step.Key "columns" ]
            let has column = List.contains column columns
            let byEnds = has RangeColumn.Start && has RangeColumn.End
            let either = has RangeColumn.Start || has RangeColumn.End

            let twice =
                columns
                |> List.countBy id
                |> List.exists (fun (column, count) -> count > 1 && column <> RangeColumn.Skip)

            if has RangeColumn.Network = either || (either && not byEnds) then
                [
                    at,
                    Fault.Enrichment(
                        "CTI-CFG-074",
                        "the columns do not say one range of addresses",
                        "name `start` and `end`, or `network`"
                    )
                ]
            elif twice then
                [
                    at,
                    Fault.Enrichment("CTI-CFG-074", "a column is named twice", "write `skip` for what is not wanted")
                ]
            elif List.isEmpty (RangeFormat.facts format) then
                [
                    at,
                    Fault.Enrichment(
                        "CTI-CFG-074",
                        "the columns hold no fact",
                        "name `country`, `asn` or `as_name` where they stand"
                    )
                ]
            else
                []

    let private givesFaults (written: Written) : (Step list * Fault) list =
        let held = RangeFormat.facts written.Format

        written.Gives
        |> Option.defaultValue []
        |> List.indexed
        |> List.filter (fun (_, fact) -> not (List.contains fact held))
        |> List.map (fun (index, fact) ->
            let names = held |> List.map Fact.name |> String.concat ", "

            [ Step.Key "gives"; Step.Index index ],
            Fault.Enrichment("CTI-CFG-073", $"the table does not hold `%s{Fact.name fact}`", $"it holds: %s{names}"))

    let private ranges: Fields<EnrichSettings> =
        block {
            let! paths =
                paths "files of one table, as paths or globs, relative to this file; gzip is understood"

            and! format = format

            and! gives =
                Field.optional
                    "gives"
                    "which of the table's facts to take; all where not given"
                    (Decode.nonEmpty "gives" (Decode.literal Words.rangeFact))

            return
                {
                    Paths = paths
                    Format = format
                    Gives = gives
                }
        }
        |> Field.check (fun written -> columnFaults written.Format @ givesFaults written)
        |> Field.map (fun written ->
            EnrichSettings.IpRanges
                {
                    Paths = written.Paths
                    Format = written.Format
                    Gives = written.Gives |> Option.defaultValue (RangeFormat.facts written.Format)
                })

    let private enricher: Decoder<EnrichSettings> =
        Decode.union
            "an enricher"
            "type"
            [
                Decode.case
                    "registered_domain"
                    "The registered domain of names, URLs and e-mail addresses, by public_suffix_list"
                    (Field.none EnrichSettings.RegisteredDomain)
                Decode.case "ip_ranges" "Country and network of addresses, by a table of ranges" ranges
                Decode.case
                    "kev"
                    "Which vulnerabilities are known to be exploited, by CISA's catalogue"
                    (Field.required "path" "the catalogue, JSON or CSV, relative to this file" Decode.path
                     |> Field.map EnrichSettings.Kev)
                Decode.case
                    "epss"
                    "How likely vulnerabilities are exploited, by FIRST's scores"
                    (paths "files of scores, as paths or globs, relative to this file; gzip is understood"
                     |> Field.map EnrichSettings.Epss)
                Decode.case
                    "cvss"
                    "How severe vulnerabilities are and of which kind, by CVE or NVD records"
                    (paths
                        "files of CVE 5 or NVD 2.0 records, as paths or globs, relative to this file; gzip is understood"
                     |> Field.map EnrichSettings.Cvss)
                Decode.case
                    "attack"
                    "Names, tactics and successors of entries of MITRE ATT&CK"
                    (paths "the catalogue's STIX bundles, as paths or globs, relative to this file; gzip is understood"
                     |> Field.map EnrichSettings.Attack)
                Decode.case
                    "http"
                    "What a service answers about one value at a time, as JSON"
                    (ServiceDecoder.fields |> Field.map EnrichSettings.Http)
            ]

    let decoder: Decoder<EnrichSettings list> = Decode.list enricher

    /// The facts a document's enrichers name; none where they do not decode, which is told elsewhere.
    let named (document: Node) : NamedFact list =
        match Node.tryKey "enrich" document with
        | Some written ->
            match decoder.Run Path.root written with
            | Ok enrichers -> List.collect EnrichSettings.named enrichers
            | Error _ -> []
        | None -> []

    // Which enricher to add for a fact, as YAML.
    let private example (fact: Fact) =
        match fact with
        | Fact.Country
        | Fact.Asn
        | Fact.AsName -> "{ type: ip_ranges, path: …, format: … }"
        | Fact.RegisteredDomain -> "{ type: registered_domain }"
        | Fact.Kev
        | Fact.KevRansomware
        | Fact.KevAdded -> "{ type: kev, path: … }"
        | Fact.Epss
        | Fact.EpssPercentile -> "{ type: epss, path: … }"
        | Fact.Cvss
        | Fact.CvssSeverity
        | Fact.CvssVersion
        | Fact.CvssVector
        | Fact.Cwe -> "{ type: cvss, path: … }"
        | Fact.AttackName
        | Fact.AttackTactics
        | Fact.AttackStatus
        | Fact.AttackReplacement -> "{ type: attack, path: … }"

    let private twice (enrichers: EnrichSettings list) =
        enrichers
        |> List.indexed
        |> List.collect (fun (index, settings) ->
            let before = enrichers |> List.take index |> List.collect EnrichSettings.facts

            EnrichSettings.facts settings
            |> List.filter (fun fact -> List.contains fact before)
            |> List.truncate 1
            |> List.map (fun fact ->
                [ Step.Key "enrich"; Step.Index index ],
                Fault.Enrichment(
                    "CTI-CFG-071",
                    $"`%s{Fact.name fact}` is given by an enricher above already",
                    "say with `gives` what each table is for, or name several files under one `path`"
                )))

    // Of names that a pipeline gives: each one fact, each enricher its own answers.
    let private namedTwice (enrichers: EnrichSettings list) =
        enrichers
        |> List.indexed
        |> List.collect (fun (index, settings) ->
            let earlier = List.take index enrichers
            let at = [ Step.Key "enrich"; Step.Index index ]

            let nameOf (settings: EnrichSettings) =
                match settings with
                | EnrichSettings.Http service -> Some service.Name
                | _ -> None

            [
                match nameOf settings with
                | Some name when earlier |> List.exists (fun other -> nameOf other = Some name) ->
                    at @ [ Step.Key "name" ],
                    Fault.Enrichment(
                        "CTI-CFG-071",
                        $"an enricher above is called `%O{name}` already",
                        "give it a name of its own"
                    )
                | _ -> ()

                let taken = earlier |> List.collect EnrichSettings.named |> List.map _.Name

                for fact in EnrichSettings.named settings do
                    if List.contains fact.Name taken then
                        at @ [ Step.Key "facts"; Step.Key fact.Name ],
                        Fault.Enrichment(
                            "CTI-CFG-071",
                            $"`%s{fact.Name}` is given by an enricher above already",
                            "give the fact a name of its own"
                        )
            ])

    let private withoutSuffixes (suffixes: PublicSuffixSettings option) (enrichers: EnrichSettings list) =
        enrichers
        |> List.indexed
        |> List.filter (fun (_, settings) -> settings = EnrichSettings.RegisteredDomain && Option.isNone suffixes)
        |> List.map (fun (index, _) ->
            [ Step.Key "enrich"; Step.Index index ],
            Fault.Enrichment(
                "CTI-CFG-072",
                "registered domains are not known without a public suffix list",
                "add `public_suffix_list: { path: … }` at the top of the file"
            ))

    let private unknownFacts (enrichers: EnrichSettings list) (predicates: (Step list * Predicate) list) =
        let given = enrichers |> List.collect EnrichSettings.facts

        predicates
        |> List.collect (fun (steps, predicate) ->
            Predicate.fields predicate
            |> List.choose (fun field ->
                match Field.fact field with
                | ValueSome fact when not (List.contains fact given) -> Some fact
                | _ -> None)
            |> List.map (fun fact ->
                steps,
                Fault.Enrichment(
                    "CTI-CFG-070",
                    $"`%s{Fact.name fact}` is asked for, but no enricher gives it: it would be NULL, and select nothing",
                    $"add `enrich: [ %s{example fact} ]`"
                )))

    /// What does not fit together in a pipeline.
    let faults (pipeline: Pipeline) : (Step list * Fault) list =
        let predicates =
            pipeline.Sinks
            |> List.indexed
            |> List.choose (fun (index, sink) ->
                sink.Where
                |> Option.map (fun predicate -> [ Step.Key "sinks"; Step.Index index; Step.Key "where" ], predicate))

        let asked =
            pipeline.Enrich
            |> List.indexed
            |> List.choose (fun (index, settings) ->
                match settings with
                | EnrichSettings.Http { Where = Some predicate } ->
                    Some([ Step.Key "enrich"; Step.Index index; Step.Key "where" ], predicate)
                | _ -> None)

        withoutSuffixes pipeline.PublicSuffixes pipeline.Enrich
        @ twice pipeline.Enrich
        @ namedTwice pipeline.Enrich
        @ unknownFacts pipeline.Enrich (predicates @ asked)
