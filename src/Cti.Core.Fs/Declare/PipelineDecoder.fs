// How a whole pipeline is written in YAML.
namespace Cti.Core.Declare

open Cti.Core

/// What stands where a pipeline says nothing.
[<RequireQualifiedAccess>]
module PipelineDefaults =
    /// Path of the store, relative to the pipeline's file.
    let store = "../out/cti.duckdb"

[<RequireQualifiedAccess>]
module PipelineDecoder =
    let private deadLetters: Decoder<LetterBound> =
        Decode.block (
            block {
                let! count =
                    Field.defaulted
                        "max_count"
                        "open dead letters of this pipeline at which its runs stop"
                        (Literal.int64 "max_count" 1L 100_000_000L)
                        LetterBound.standard.MaxCount

                and! bytes =
                    Field.defaulted
                        "max_bytes"
                        "bytes of their original records at which its runs stop"
                        Literal.size
                        LetterBound.standard.MaxBytes

                return { MaxCount = count; MaxBytes = bytes }
            }
        )

    let private decoderWith (facts: NamedFact list) : Decoder<Pipeline> =
        (block {
            let! name =
                Field.required "pipeline" "the pipeline's name" (Decode.literal Literal.name)

            and! description =
                Field.optional "description" "what it is for" (Decode.literal Literal.text)

            and! store =
                Field.defaultedTo
                    "store"
                    "the DuckDB file, relative to this file; pipelines may share one"
                    Decode.path
                    PipelineDefaults.store
                    PipelineDefaults.store

            and! schedule =
                Field.optional
                    "schedule"
                    "when `cti run --watch` reads the sources that do not say it themselves; else files every 5m, everything else every 1h"
                    ScheduleDecoder.decoder

            and! sources =
                Field.required
                    "sources"
                    "where records come from"
                    (Decode.nonEmpty "sources" SourceDecoder.decoder
                     |> Decode.uniqueBy "source name" "name")

            and! suffixes =
                Field.optional
                    "public_suffix_list"
                    "under which names strangers register names: such a name is too broad to list"
                    EnrichDecoder.publicSuffixes

            and! screen = Field.section "screen" "what is never listed" ScreenDecoder.decoder

            and! enrich =
                Field.optional
                    "enrich"
                    "what tables and services say of indicators, for predicates and people"
                    EnrichDecoder.decoder

            and! score =
                Field.section "score" "how fast indicators wear off" ScoreDecoder.decoder

            and! sinks =
                Field.required
                    "sinks"
                    "where indicators go"
                    (Decode.nonEmpty "sinks" (SinkDecoder.decoder facts)
                     |> Decode.uniqueBy "sink name" "name")

            and! tests =
                Field.optional
                    "tests"
                    "tests of this pipeline"
                    (Decode.list TestDecoder.decoder |> Decode.uniqueBy "test name" "name")

            and! deadLetters =
                Field.section "dead_letters" "how much that could not be used is kept for another try" deadLetters

            return
                {
                    Name = name
                    Description = Option.defaultValue "" description
                    Store = store
                    Schedule = schedule
                    Sources = sources
                    PublicSuffixes = suffixes
                    Screen = screen
                    Enrich = Option.defaultValue [] enrich
                    Score = score
                    Sinks = sinks
                    Tests = Option.defaultValue [] tests
                    DeadLetters = deadLetters
                }
        })
        |> Field.check EnrichDecoder.faults
        |> Decode.block
        |> Decode.checkNode CrossChecks.find

    /// The whole document's decoder: what `cti validate` runs and what the schema is printed from. What enrichers give is known before predicates
    /// are read.
    let decoder: Decoder<Pipeline> =
        {
            Schema = (decoderWith []).Schema
            Run = fun path node -> (decoderWith (EnrichDecoder.named node)).Run path node
        }

    /// The typed pipeline, or everything that is wrong with the document, in its order.
    let decode (document: Node) : Result<Pipeline, Diagnostic list> = Decode.run decoder document
