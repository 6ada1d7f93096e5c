// How a sink is written in YAML. Which of its keys make sense depends on what its renderer prints: a set or a stream.
namespace Cti.Core.Declare

open System
open Cti.Core
open Cti.Core.Predicates

[<RequireQualifiedAccess>]
module internal SinkDecoder =
    [<RequireQualifiedAccess>]
    type private Render =
        | State of StateRender
        | Stream of StreamRender

    let private title (doc: string) (standard: string) : Fields<string> =
        Field.defaulted "title" doc Words.title standard

    let private render: Decoder<Render> =
        Decode.union
            "a renderer"
            "type"
            [
                Decode.case
                    "stix_bundle"
                    "A STIX 2.1 bundle (a state sink)"
                    (block {
                        let! observables =
                            Field.defaulted
                                "observables"
                                "also write the observables (SCOs) beside the indicators"
                                Literal.bool
                                false

                        and! objects =
                            Field.defaulted
                                "objects"
                                "also write the foreign objects of the pipeline's sources, word for word"
                                Literal.bool
                                false

                        return Render.State(StateRender.StixBundle(observables, objects))
                    })
                Decode.case
                    "plain_list"
                    "One value per line (a state sink)"
                    (Field.none (Render.State StateRender.PlainList))
                Decode.case
                    "rule_file"
                    "Carried rules of one language, of each the newest revision (a state sink)"
                    (Field.required "language" "whose rules" (Decode.literal Words.ruleLanguage)
                     |> Field.map (fun language -> Render.State(StateRender.RuleFile language)))
                Decode.case
                    "rpz"
                    "A DNS response policy zone (a state sink)"
                    (block {
                        let! zone =
                            Field.defaulted "zone" "name of the zone" Words.zoneName Rpz.defaults.Zone

                        and! ttl =
                            Field.defaulted
                                "ttl"
                                "time to live of the records, whole seconds"
                                Words.ttl
                                (TimeSpan.FromSeconds(int64 Rpz.defaults.Ttl))

                        and! action =
                            Field.defaulted
                                "action"
                                "what a resolver does with a listed name"
                                Words.rpzAction
                                Rpz.defaults.Action

                        and! subdomains =
                            Field.defaulted
                                "subdomains"
                                "whether a listed name stands for all names under it too"
                                Literal.bool
                                Rpz.defaults.Subdomains

                        return
                            Render.State(
                                StateRender.Rpz
                                    {
                                        Zone = zone
                                        Ttl = int ttl.TotalSeconds
                                        Action = action
                                        Subdomains = subdomains
                                    }
                            )
                    })
                Decode.case
                    "misp_event"
                    "One MISP event (a state sink)"
                    (MispDecoder.event |> Field.map (StateRender.MispEvent >> Render.State))
                Decode.case
                    "misp_feed"
                    "A MISP feed: manifest, hashes and events in a folder (a state sink)"
                    (MispDecoder.feed |> Field.map (StateRender.MispFeed >> Render.State))
                Decode.case
                    "openioc"
                    "An OpenIOC 1.1 document (a state sink)"
                    (title "what the document is called; its id follows from it" "Cti.Pipelines indicators"
                     |> Field.map (fun title -> Render.State(StateRender.OpenIoc { Title = title })))
                Decode.case
                    "attack_navigator"
                    "A layer of the ATT&CK Navigator (a state sink)"
                    (block {
                        let! title = title "what the layer is called" "Cti.Pipelines techniques"

                        and! domain =
                            Field.defaulted
                                "domain"
                                "the matrix the techniques stand in"
                                Words.attackDomain
                                AttackDomain.Enterprise

                        return Render.State(StateRender.AttackNavigator { Title = title; Domain = domain })
                    })
                Decode.case
                    "csv"
                    "A table under a header, for spreadsheets (a state sink)"
                    (Field.optional
                        "columns"
                        "what stands in it, in this order; all but score by default"
                        (Decode.nonEmpty "columns" (Decode.literal Words.csvColumn))
                     |> Field.map (fun columns ->
                         columns
                         |> Option.defaultValue CsvColumn.standard
                         |> StateRender.Csv
                         |> Render.State))
                Decode.case
                    "ndjson"
                    "One JSON object per change (a stream sink)"
                    (Field.none (Render.Stream StreamRender.Ndjson))
            ]

    // A sink as written; the keys that only state sinks have are kept apart.
    type private Written =
        {
            Name: Name
            Render: Render
            To: Target
            Where: Predicate option
            MaxTlp: Tlp
            Apply: ApplyMode option
            MaxChange: float option
            MinEntries: int64 option
            Delivery: WrittenDelivery
        }

    let private fields (facts: NamedFact list) : Fields<Written> =
        block {
            let! name =
                Field.required "name" "names the sink in tables and reports" (Decode.literal Literal.name)

            and! render = Field.required "render" "what the output looks like" render
            and! target = Field.required "to" "where the output goes" TargetDecoder.decoder

            and! where =
                Field.optional
                    "where"
                    "which indicators: a predicate like type = 'url' AND score >= 60"
                    (PredicateDecoder.ofIndicators facts)

            and! maxTlp =
                Field.defaulted "max_tlp" "the strictest marking that may leave through this sink" Words.tlp Tlp.Clear

            and! apply =
                Field.noted "apply" "manual waits for `cti apply` (state sinks only)" Words.apply ApplyMode.Auto

            and! maxChange =
                Field.noted
                    "max_change"
                    "a plan that changes a larger share of the set needs approval (state sinks only)"
                    (Literal.percentage 1_000_000m)
                    1.0

            and! minEntries =
                Field.noted
                    "min_entries"
                    "a plan that leaves fewer entries needs approval (state sinks only)"
                    (Literal.int64 "min_entries" 0L Int64.MaxValue)
                    0L

            and! delivery = DeliveryDecoder.fields

            return
                {
                    Name = name
                    Render = render
                    To = target
                    Where = where
                    MaxTlp = maxTlp
                    Apply = apply
                    MaxChange = maxChange
                    MinEntries = minEntries
                    Delivery = delivery
                }
        }

    let private faults (sink: Written) =
        let misplaced (key: string) (given: 'T option) =
            match sink.Render, given with
            | Render.Stream _, Some _ ->
                [
                    [ Step.Key key ],
                    Fault.Conflict(
                        $"`%s{key}` is for sinks that hold a set; this one is a stream of changes",
                        $"remove `%s{key}`"
                    )
                ]
            | _ -> []

        let sent =
            match sink.Render, sink.To with
            | Render.State(StateRender.MispFeed _), Target.Directory _ -> []
            | Render.State(StateRender.MispFeed _), _ ->
                [
                    [ Step.Key "to" ],
                    Fault.Conflict("a MISP feed is a folder of files", "write `to: { type: directory, path: … }`")
                ]
            | (Render.State _ | Render.Stream _), Target.Directory _ ->
                [
                    [ Step.Key "to" ],
                    Fault.Conflict("this output is a single file", "write `to: { type: file, path: … }`")
                ]
            | Render.Stream _, _
            | Render.State _, Target.File _ -> []
            | Render.State _, (Target.Http _ | Target.Syslog _ | Target.Command _ | Target.RabbitMq _) ->
                [
                    [ Step.Key "to" ],
                    Fault.Conflict(
                        "a sink that holds a set writes it to a file; only changes can be sent",
                        "write `to: { type: file, … }`, or `render: { type: ndjson }`"
                    )
                ]

        let undelivered =
            match sink.Render with
            | Render.State _ ->
                DeliveryDecoder.given sink.Delivery
                |> List.map (fun key ->
                    [ Step.Key key ],
                    Fault.Conflict(
                        $"`%s{key}` is for sinks that are told changes; this one holds a set and is planned once a run",
                        $"remove `%s{key}`"
                    ))
            | Render.Stream _ -> []

        let single =
            match sink.To, sink.Delivery.Batch with
            | Target.Http { Body = BodyForm.Single }, Some { Records = Some _ } ->
                [
                    [ Step.Key "batch"; Step.Key "records" ],
                    Fault.Conflict("`body: single` sends one record with each request", "remove `records`, or `body`")
                ]
            | _ -> []

        sent
        @ single
        @ misplaced "apply" sink.Apply
        @ misplaced "max_change" sink.MaxChange
        @ misplaced "min_entries" sink.MinEntries
        @ undelivered

    // What `faults` let pass: a set goes into a file or a folder.
    let private pathOf (target: Target) =
        match target with
        | Target.File path
        | Target.Directory path -> path
        | Target.Http _
        | Target.Syslog _
        | Target.Command _
        | Target.RabbitMq _ -> ""

    let private toSink (sink: Written) : Sink =
        match sink.Render with
        | Render.State render ->
            Sink.State
                {
                    Name = sink.Name
                    Render = render
                    Path = pathOf sink.To
                    Where = sink.Where
                    MaxTlp = sink.MaxTlp
                    Apply = Option.defaultValue ApplyMode.Auto sink.Apply
                    Limits =
                        {
                            MaxChange = Option.defaultValue 1.0 sink.MaxChange
                            MinEntries = Option.defaultValue 0L sink.MinEntries
                        }
                }
        | Render.Stream render ->
            Sink.Stream
                {
                    Name = sink.Name
                    Render = render
                    To = sink.To
                    Where = sink.Where
                    MaxTlp = sink.MaxTlp
                    Delivery = DeliveryDecoder.settings sink.Delivery
                }

    /// `facts`: those the pipeline names.
    let decoder (facts: NamedFact list) : Decoder<Sink> =
        fields facts |> Field.check faults |> Decode.block |> Decode.map toSink
