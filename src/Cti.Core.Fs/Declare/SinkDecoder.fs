// How a sink is written in YAML. Which of its keys make sense depends on what its renderer prints: a set or a stream.
namespace Cti.Core.Declare

open System
open Cti.Core
open Cti.Core.Predicates

[<RequireQualifiedAccess>]
module internal SinkDecoder =
    // A sink as written; the keys that only state sinks have are kept apart.
    type private Written =
        {
            Name: Name
            Render: Render
            RenderDeclared: string
            To: Target
            Where: Predicate option
            MaxTlp: Tlp
            Guards: WrittenGuards
            Delivery: WrittenDelivery
        }

    let private fields (facts: NamedFact list) : Fields<Written> =
        block {
            let! name =
                Field.required "name" "names the sink in tables and reports" (Decode.literal Literal.name)

            and! render, renderDeclared =
                Field.required "render" "what the output looks like" (Decode.declared RenderDecoder.decoder)

            and! target = Field.required "to" "where the output goes" TargetDecoder.decoder

            and! where =
                Field.optional
                    "where"
                    "which indicators: a predicate like type = 'url' AND score >= 60"
                    (PredicateDecoder.ofIndicators facts)

            and! maxTlp =
                Field.defaulted "max_tlp" "the strictest marking that may leave through this sink" Words.tlp Tlp.Clear

            and! guards = GuardDecoder.fields
            and! delivery = DeliveryDecoder.fields

            return
                {
                    Name = name
                    Render = render
                    RenderDeclared = renderDeclared
                    To = target
                    Where = where
                    MaxTlp = maxTlp
                    Guards = guards
                    Delivery = delivery
                }
        }

    // What a format cannot do.
    let private unguarded (render: RenderSpec) (target: Target) (guards: WrittenGuards) =
        let name = RenderSpec.name render

        let misplaced key why =
            [ Step.Key key ], Fault.Conflict(why, $"remove `%s{key}`")

        [
            match target with
            | Target.TaxiiCollection _ ->
                if guards.Check.IsSome then
                    misplaced "check" "a checker looks at a file, and a collection is none"

                if guards.Reload.IsSome then
                    misplaced "reload" "clients of a collection come and ask"

                if guards.Served = Some true then
                    misplaced "serve" "a collection is served anyway"
            | Target.Directory _ when guards.Served = Some true ->
                misplaced "serve" "one file is served, and this output is many"
            | _ -> ()

            match render, guards.Check, guards.Reload with
            | RenderSpec.MispFeed _, Some _, _ ->
                [ Step.Key "check" ],
                Fault.Conflict("a checker looks at one file, and a MISP feed is many", "remove `check`")
            | RenderSpec.MispFeed _, _, Some _ ->
                [ Step.Key "reload" ], Fault.Conflict("many files cannot be put back as they were", "remove `reload`")
            | _, Some(SinkCheck.BuiltIn _), _ when (FormatCheck.command render).IsNone ->
                [ Step.Key "check"; Step.Key "type" ],
                Fault.Conflict(
                    $"no tool is known that checks `%s{name}`",
                    "write `check: { type: command, run: [ … , \"{file}\" ] }`, or remove `check`"
                )
            | _ -> ()

            match render, guards.Probe with
            | RenderSpec.MispFeed _, Some _ ->
                [ Step.Key "probe" ], Fault.Conflict("a MISP feed is many files, and is not probed", "remove `probe`")
            | _ -> ()

            match render, guards.Capacity with
            | RenderSpec.Ipset options, Some capacity when capacity > options.MaxElements ->
                [ Step.Key "capacity" ],
                Fault.Conflict(
                    $"a set takes %d{options.MaxElements} entries (`max_elements`)",
                    $"write `capacity: %d{options.MaxElements}`, or raise `max_elements`"
                )
            | _ -> ()

            if guards.Fold = Some true && RenderSpec.coverage render = CoverageRule.nothing then
                [ Step.Key "fold" ],
                Fault.Conflict($"every entry of `%s{name}` stands for itself alone", "remove `fold`")
        ]

    // Facts that a ticket shows in custom fields.
    let private unknownFacts (facts: NamedFact list) (target: Target) =
        let known =
            TicketChange.facts @ (facts |> List.map (fun (fact: NamedFact) -> fact.Name))

        match target with
        | Target.RequestTracker tracker ->
            [
                for field, fact in tracker.Rules.Fields do
                    if not (List.contains fact known) then
                        [ Step.Key "to"; Step.Key "fields"; Step.Key field ], Fault.Unresolved("fact", fact, known)
            ]
        | _ -> []

    let private faults (facts: NamedFact list) (sink: Written) =
        let misplaced =
            match sink.Render with
            | Render.Stream _ ->
                GuardDecoder.given sink.Guards
                |> List.map (fun key ->
                    [ Step.Key key ],
                    Fault.Conflict(
                        $"`%s{key}` is for sinks that hold a set; this one is a stream of changes",
                        $"remove `%s{key}`"
                    ))
            | Render.State render -> unguarded render sink.To sink.Guards

        let sent =
            match sink.Render, sink.To with
            | Render.State(RenderSpec.MispFeed _), Target.Directory _ -> []
            | Render.State(RenderSpec.MispFeed _), _ ->
                [
                    [ Step.Key "to" ],
                    Fault.Conflict("a MISP feed is a folder of files", "write `to: { type: directory, path: … }`")
                ]
            | (Render.State _ | Render.Stream _), Target.Directory _ ->
                [
                    [ Step.Key "to" ],
                    Fault.Conflict("this output is a single file", "write `to: { type: file, path: … }`")
                ]
            | Render.State(RenderSpec.StixBundle _), Target.TaxiiCollection _ -> []
            | _, Target.TaxiiCollection _ ->
                [
                    [ Step.Key "to" ],
                    Fault.Conflict(
                        "a TAXII collection holds STIX objects",
                        "write `render: { type: stix_bundle }`, or another `to`"
                    )
                ]
            | Render.Stream format, Target.RequestTracker _ when format <> ChangeFormat.Ndjson ->
                [
                    [ Step.Key "render" ],
                    Fault.Conflict("a ticket is made of what `ndjson` says", "write `render: { type: ndjson }`")
                ]
            | Render.Stream format, Target.Taxii _ when format <> ChangeFormat.Stix ->
                [
                    [ Step.Key "render"; Step.Key "type" ],
                    Fault.Conflict("a TAXII server takes objects of STIX", "write `render: { type: stix_changes }`")
                ]
            | Render.State _, Target.Taxii _ ->
                [
                    [ Step.Key "render"; Step.Key "type" ],
                    Fault.Conflict(
                        "a TAXII server is told changes; this output is a set",
                        "write `render: { type: stix_changes }`"
                    )
                ]
            | Render.Stream _, _
            | Render.State _, Target.File _ -> []
            | Render.State _,
              (Target.Http _ | Target.Syslog _ | Target.Command _ | Target.RabbitMq _ | Target.RequestTracker _) ->
                [
                    [ Step.Key "to" ],
                    Fault.Conflict(
                        "a sink that holds a set writes it to a file; only changes can be sent",
                        "write `to: { type: file, … }`, or `render: { type: ndjson }`"
                    )
                ]

        let misnamed =
            match sink.Render, sink.To with
            | Render.State(RenderSpec.ClamAvHashes kind), Target.File path when
                not (path.EndsWith("." + ClamAvKind.name kind, StringComparison.Ordinal))
                ->
                [
                    [ Step.Key "to"; Step.Key "path" ],
                    Fault.Conflict(
                        "ClamAV knows what a database holds by its file's name",
                        $"let it end in `.%s{ClamAvKind.name kind}`"
                    )
                ]
            | _ -> []

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
            | Target.RequestTracker _, Some { Records = Some _ } ->
                [
                    [ Step.Key "batch"; Step.Key "records" ],
                    Fault.Conflict("tickets are written one after the other", "remove `records`")
                ]
            | _ -> []

        sent @ misnamed @ single @ unknownFacts facts sink.To @ misplaced @ undelivered

    let private toSink (sink: Written) : Sink =
        match sink.Render with
        | Render.State render ->
            Sink.State
                {
                    Name = sink.Name
                    Render = render
                    RenderDeclared = sink.RenderDeclared
                    To = sink.To
                    Where = sink.Where
                    MaxTlp = sink.MaxTlp
                    Apply = Option.defaultValue ApplyMode.Auto sink.Guards.Apply
                    Limits = GuardDecoder.limits sink.Guards
                    Capacity = sink.Guards.Capacity
                    Fold = Option.defaultValue false sink.Guards.Fold
                    Check = sink.Guards.Check
                    Reload = sink.Guards.Reload
                    Served = Option.defaultValue false sink.Guards.Served
                    Probe = sink.Guards.Probe
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
        fields facts |> Field.check (faults facts) |> Decode.block |> Decode.map toSink
