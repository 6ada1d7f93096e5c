// How a renderer is written in YAML (`render: { type: … }`): one case for each.
namespace Cti.Core.Declare

open System
open Cti.Core

/// What a sink prints, as declared.
[<RequireQualifiedAccess>]
type internal Render =
    | State of RenderSpec
    | Stream of ChangeFormat

[<RequireQualifiedAccess>]
module internal RenderDecoder =
    let private title (doc: string) (standard: string) : Fields<string> =
        Field.defaulted "title" doc Words.title standard

    // A case of a family of renderers.
    let private state (case: Case<RenderSpec>) : Case<Render> =
        {
            Case = case.Case
            Fields = Field.map Render.State case.Fields
        }

    let decoder: Decoder<Render> =
        Decode.union
            "a renderer"
            "type"
            ([
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

                        return
                            Render.State(
                                RenderSpec.StixBundle
                                    {|
                                        Observables = observables
                                        Objects = objects
                                    |}
                            )
                    })
                Decode.case
                    "plain_list"
                    "One value per line (a state sink)"
                    (Field.none (Render.State RenderSpec.PlainList))
                Decode.case
                    "rule_file"
                    "Carried rules of one language, of each the newest revision (a state sink)"
                    (Field.required "language" "whose rules" (Decode.literal Words.ruleLanguage)
                     |> Field.map (fun language -> Render.State(RenderSpec.RuleFile language)))
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
                                RenderSpec.Rpz
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
                    (MispDecoder.event |> Field.map (RenderSpec.MispEvent >> Render.State))
                Decode.case
                    "misp_feed"
                    "A MISP feed: manifest, hashes and events in a folder (a state sink)"
                    (MispDecoder.feed |> Field.map (RenderSpec.MispFeed >> Render.State))
                Decode.case
                    "openioc"
                    "An OpenIOC 1.1 document (a state sink)"
                    (title "what the document is called; its id follows from it" "Cti.Pipelines indicators"
                     |> Field.map (fun title -> Render.State(RenderSpec.OpenIoc { Title = title })))
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

                        return Render.State(RenderSpec.AttackNavigator { Title = title; Domain = domain })
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
                         |> RenderSpec.Csv
                         |> Render.State))
                Decode.case
                    "ndjson"
                    "One JSON object per change (a stream sink)"
                    (Field.none (Render.Stream ChangeFormat.Ndjson))
                Decode.case
                    "cef"
                    "One line of the Common Event Format per change (a stream sink)"
                    (Field.none (Render.Stream ChangeFormat.Cef))
                Decode.case
                    "leef"
                    "One line of the Log Event Extended Format 2.0 per change (a stream sink)"
                    (Field.none (Render.Stream ChangeFormat.Leef))
                Decode.case
                    "ecs"
                    "One document of the Elastic Common Schema per change (a stream sink)"
                    (Field.none (Render.Stream ChangeFormat.Ecs))
                Decode.case
                    "stix_changes"
                    "A TAXII envelope of STIX 2.1 objects per change (a stream sink)"
                    (Field.none (Render.Stream ChangeFormat.Stix))
             ]
             @ List.map
                 state
                 (NetworkRenderDecoder.cases
                  @ EndpointRenderDecoder.cases
                  @ IdsRenderDecoder.cases))
