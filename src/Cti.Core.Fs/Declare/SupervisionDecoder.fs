// How a source's supervision is written in YAML: what is decided, stage by stage, when something fails.
namespace Cti.Core.Declare

open Cti.Core

[<RequireQualifiedAccess>]
module internal SupervisionDecoder =
    [<Struct; RequireQualifiedAccess>]
    type private SourceWord =
        | Resume
        | Stop
        | Restart

    let private sourceWord: Literal<SourceWord> =
        Literal.choice
            "a decision about a source"
            [
                SourceWord.Resume, "resume"
                SourceWord.Stop, "stop"
                SourceWord.Restart, "restart"
            ]

    let private recordWord: Literal<RecordDirective> =
        Literal.choice "a decision about a record" [ RecordDirective.Resume, "resume"; RecordDirective.Stop, "stop" ]

    let private recordField (stage: string) (what: string) =
        Field.defaulted
            stage
            $"a record that cannot be %s{what}: resume makes it a dead letter, stop ends the run at it"
            recordWord
            RecordDirective.Resume

    let decoder: Decoder<Supervision> =
        Decode.block (
            block {
                let! source =
                    Field.defaulted
                        "source"
                        "a source that cannot be read: resume goes on with the others, stop ends the run, restart asks it again"
                        sourceWord
                        SourceWord.Resume

                and! restart =
                    Field.optional "restart" "how often and how soon (with `source: restart`)" RetryDecoder.decoder

                and! read = recordField "read" "cut out of what came"
                and! map = recordField "map" "mapped"
                and! normalise = recordField "normalise" "normalised"
                return struct (source, restart, read, map, normalise)
            }
            |> Field.check (fun (struct (source, restart, _, _, _)) ->
                match source, restart with
                | (SourceWord.Resume | SourceWord.Stop), Some _ ->
                    [
                        [ Step.Key "restart" ],
                        Fault.Conflict("`restart` is for `source: restart`", "write `source: restart`, or remove it")
                    ]
                | _ -> [])
            |> Field.map (fun (struct (source, restart, read, map, normalise)) ->
                {
                    Source =
                        match source with
                        | SourceWord.Resume -> SourceDirective.Resume
                        | SourceWord.Stop -> SourceDirective.Stop
                        | SourceWord.Restart ->
                            SourceDirective.Restart(Option.defaultValue RetryPolicy.defaults restart)
                    Read = read
                    Map = map
                    Normalise = normalise
                })
        )
