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

                return
                    {
                        Records = records
                        MaxRejected = rejected
                        MaxAge = age
                    }
            }
        )

    // Needs a reader that decodes, not a mapping that does: a mapping's other mistakes hide none of these.
    let private unknownFields (path: Path) (source: Node) : Diagnostic list =
        match Node.tryKey "read" source, Node.tryKey "map" source with
        | Some read, Some map ->
            match ReadDecoder.decoder.Run path read with
            | Ok(reader, columns) -> MapDecoder.faults reader columns (Step.Key "map" :: path) map
            | Error _ -> []
        | _ -> []

    let decoder: Decoder<Source> =
        Decode.block (
            block {
                let! name =
                    Field.required "name" "names the source in tables and reports" (Decode.literal Literal.name)

                and! origin = Field.required "from" "where the bytes come from" OriginDecoder.decoder

                and! format =
                    Field.required "read" "how the bytes are cut into records" ReadDecoder.decoder

                and! mode =
                    Field.defaulted
                        "mode"
                        "append adds to what is known; snapshot also withdraws what a complete read lacks"
                        Words.mode
                        SourceMode.Append

                and! templates =
                    Field.required
                        "map"
                        "how candidates are made of a record; one record may yield several"
                        (Decode.nonEmpty "map" MapDecoder.template)

                and! trust = Field.section "trust" "how far the source is believed" trust
                and! expect = Field.section "expect" "what a healthy read looks like" expect

                let reader, columns = format

                return
                    {
                        Name = name
                        From = origin
                        Read = ReaderSpec.withFields (MapTemplate.fieldNames templates) reader
                        Columns = columns
                        Mode = mode
                        Map =
                            {
                                Source = name.Value
                                Trust = trust
                                Templates = templates
                            }
                        Trust = trust
                        Expect = expect
                    }
            }
        )
        |> Decode.checkNode unknownFields
