// What editors and people are told of a pipeline's file: its JSON Schema, that of a part, and the reference page.
namespace Cti.Core.Declare

open Cti.Core

[<RequireQualifiedAccess>]
module PipelineSchema =
    /// JSON Schema (draft 2020-12) of a pipeline's file, for editors.
    let json () : string =
        JsonSchema.print "Cti.Pipelines pipeline" PipelineDecoder.decoder.Schema

    /// JSON Schema of a file that a block takes keys from with `use`; `block` is the way to it, `sources.trust`. The error says what
    /// could have been meant.
    let part (block: string) : Result<string, string> =
        match PipelineDecoder.decoder.Schema |> Schema.at (List.ofArray (block.Split '.')) with
        | Ok(Schema.Block _ | Schema.Union _ as found) ->
            Ok(JsonSchema.printPart $"Cti.Pipelines part, %s{block}" found)
        | Ok _ -> Error $"%s{block} is a value, not a block: only blocks take keys from files"
        | Error(key, known) ->
            match Suggest.nearest known key, known with
            | Some near, _ -> Error $"no block %s{block}: %s{key} is unknown; did you mean %s{near}?"
            | None, [] -> Error $"no block %s{block}: %s{key} is unknown, there are no keys in its place"
            | None, _ ->
                let words = String.concat ", " known
                Error $"no block %s{block}: %s{key} is unknown; in its place stand %s{words}"

    /// Every key of a pipeline's file in tables: `docs/reference.md`.
    let markdown () : string =
        ReferencePage.page
            "Reference"
            [
                "Every key of a pipeline's file. Generated from the decoders that read it by `cti schema --format markdown`;"
                "a test holds this page current. [quickstart.yaml](../pipelines/quickstart.yaml) shows most of it at work."
                ""
                "Any block may also say `use: FILE`, or a list of files, and take keys from there"
                "([how](decisions/0012-includes.md)). A key left out has its default; without one it is not set."
            ]
            PipelineDecoder.decoder.Schema
