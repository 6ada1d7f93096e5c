// How a source is written in YAML: from, read, map, trust, expect put together.
namespace Cti.Core.Declare

open System
open Cti.Core

[<RequireQualifiedAccess>]
module internal SourceDecoder =
    let private text = Decode.literal Literal.text

    let private trust: Decoder<Trust> =
        Decode.block (
            block {
                let! reliability =
                    Field.defaulted
                        "reliability"
                        "Admiralty reliability of the source: A completely reliable to E unreliable, F cannot be judged"
                        Words.reliability
                        Reliability.F

                and! credibility =
                    Field.defaulted
                        "credibility"
                        "Admiralty credibility: 1 confirmed to 5 improbable, 6 cannot be judged"
                        Words.credibility
                        Credibility.Six

                and! confidence =
                    Field.defaulted "confidence" "confidence of records that bring none" Words.confidence 50uy

                and! tlp =
                    Field.defaulted "tlp" "marking of records that bring none" Words.tlp Tlp.Clear

                and! group =
                    Field.optional "group" "sources of one group count once in corroboration" text

                and! license = Field.optional "license" "SPDX id or name of the feed's licence" text

                return
                    ({
                        Reliability = reliability
                        Credibility = credibility
                        Confidence = confidence
                        Tlp = tlp
                        Group = Option.toValueOption group
                        License = Option.toValueOption license
                    }
                    : Trust)
            }
        )

    let private expect: Decoder<Expectation> =
        Decode.block (
            block {
                let! records =
                    Field.optional "records" "how many records a complete read brings" (Decode.literal Literal.range)

                and! rejected =
                    Field.optional
                        "max_rejected"
                        "largest share of rejected records"
                        (Decode.literal (Literal.percentage 100m))

                and! age =
                    Field.optional "max_age" "how old the newest record may be" (Decode.literal Literal.duration)

                and! shrink =
                    Field.defaulted
                        "shrink"
                        "largest share of its records that a snapshot of 20 or more may lose; asked where `records` says nothing"
                        (Literal.percentage 100m)
                        FeedRules.shrink

                and! growth =
                    Field.defaulted
                        "growth"
                        "largest size of a snapshot in percent of the one before, of 20 or more; asked where `records` says nothing"
                        ScheduleWords.growth
                        FeedRules.growth

                and! unchanged =
                    Field.optional
                        "max_unchanged"
                        "how long the feed may say the same; else ten times the usual distance of its changes, at least a day, once it has changed five times"
                        (Decode.literal ScheduleWords.distance)

                return
                    {
                        Records = records
                        MaxRejected = rejected
                        MaxAge = age
                        Shrink = shrink
                        Growth = growth
                        MaxUnchanged = unchanged
                    }
            }
        )

    // TAXII serves STIX, and nothing else that anybody wants.
    let private ofTaxii: ReadSpec =
        {
            Format = ReaderSpec.Rich(StixFormat())
            Columns = []
            Encoding = TextEncoding.Auto
        }

    let private isTaxii (source: Node) : bool =
        match Node.tryKey "from" source |> Option.bind (Node.tryKey "type") with
        | Some(Node.Scalar kind) -> kind.Text = "taxii"
        | _ -> false

    // How a source is read: as it says, or as its transport's nature is; errors where it says neither, or what does not decode.
    let private reader (path: Path) (source: Node) : Result<ReadSpec, Diagnostic list> =
        match Node.tryKey "read" source with
        | Some read -> ReadDecoder.decoder.Run path read
        | None -> if isTaxii source then Ok ofTaxii else Error []

    // Needs a reader that decodes, not a mapping that does: a mapping's other mistakes hide none of these.
    let private unknownFields (path: Path) (source: Node) : Diagnostic list =
        match reader path source, Node.tryKey "map" source with
        | Ok spec, Some map -> MapFields.faults spec.Format spec.Columns (Step.Key "map" :: path) map
        | _ -> []

    // Recognition may find the fields of observables, and rich formats have fields of their own; any other reader has to be told. A reader that
    // does not decode is fault enough.
    let private isMapNeeded (source: Node) : bool =
        match reader [] source with
        | Ok spec -> not (spec.Format.IsAuto || ReaderSpec.hasStandardFields spec.Format)
        | Error problems -> problems.IsEmpty

    let decoder: Decoder<Source> =
        Decode.block (
            block {
                let! name =
                    Field.required "name" "names the source in tables and reports" (Decode.literal Literal.name)

                and! origin = Field.required "from" "where the bytes come from" OriginDecoder.decoder

                and! format =
                    Field.requiredIf
                        (isTaxii >> not)
                        "read"
                        "how the bytes are cut into records; stix where `from` is taxii and this is left out"
                        ReadDecoder.decoder
                    |> Field.map (Option.defaultValue ofTaxii)

                and! mode =
                    Field.defaulted
                        "mode"
                        "append adds to what is known; snapshot also withdraws what a complete read lacks"
                        Words.mode
                        SourceMode.Append

                and! templates =
                    Field.requiredIf
                        isMapNeeded
                        "map"
                        "how candidates are made of a record; one record may yield several; may be left out where `read` is auto or a rich format"
                        (Decode.nonEmpty "map" MapDecoder.template)

                and! trust = Field.section "trust" "how far the source is believed" trust
                and! expect = Field.section "expect" "what a healthy read looks like" expect

                and! schedule =
                    Field.optional
                        "schedule"
                        "when `cti run --watch` reads it, instead of the pipeline's schedule"
                        ScheduleDecoder.decoder

                and! supervision =
                    Field.section "on_failure" "what is decided when something fails" SupervisionDecoder.decoder

                let templates =
                    match templates with
                    | Some templates -> templates
                    | None when ReaderSpec.hasStandardFields format.Format -> StandardMap.templates
                    | None -> []

                return
                    {
                        Name = name
                        From = origin
                        Read = ReaderSpec.withFields (MapTemplate.fieldNames templates) format.Format
                        Encoding = format.Encoding
                        Mode = mode
                        Map =
                            {
                                Source = name.Value
                                Trust = trust
                                Templates = templates
                            }
                        Trust = trust
                        Expect = expect
                        Schedule = schedule
                        Supervision = supervision
                    }
            }
        )
        |> Decode.checkNode (fun path node -> unknownFields path node @ ScheduleDecoder.twice path node)
