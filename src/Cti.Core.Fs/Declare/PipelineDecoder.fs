// How a whole pipeline is written in YAML, its cross-checks, its JSON Schema and its reference rows.
namespace Cti.Core.Declare

open System
open Cti.Core

[<RequireQualifiedAccess>]
module private Settings =
    let private texts = Decode.list (Decode.literal Literal.text)

    let private minPrefix: Decoder<struct (int * int)> =
        Decode.block (
            block {
                let! v4 =
                    Field.defaulted "ipv4" "shortest IPv4 prefix let through" (Literal.int "ipv4" 0 32) 16

                and! v6 =
                    Field.defaulted "ipv6" "shortest IPv6 prefix let through" (Literal.int "ipv6" 0 128) 32

                return struct (v4, v6)
            }
        )

    let screen: Decoder<ScreenSettings> =
        Decode.block (
            block {
                let! lists = Field.optional "warninglists" "MISP warninglist files, as globs" texts
                and! allow = Field.optional "allow" "files of values that are never listed" texts

                and! prefix =
                    Field.section "min_prefix" "networks broader than this are screened" minPrefix

                and! privateSpace =
                    Field.defaulted
                        "private"
                        "what happens to private and reserved addresses"
                        Words.privateSpace
                        PrivateSpace.Screen

                let struct (v4, v6) = prefix

                return
                    {
                        Warninglists = Option.defaultValue [] lists
                        Allow = Option.defaultValue [] allow
                        MinPrefixV4 = v4
                        MinPrefixV6 = v6
                        Private = privateSpace
                    }
            }
        )

    // Addresses change hands within weeks, names within months; a hash stays what it is.
    let private defaultDays (kind: ObservableType) =
        match kind with
        | ObservableType.Ipv4
        | ObservableType.Ipv6
        | ObservableType.Cidr
        | ObservableType.IpPort
        | ObservableType.Url -> 30
        | ObservableType.Domain -> 90
        | ObservableType.Email -> 180
        | ObservableType.Md5
        | ObservableType.Sha1
        | ObservableType.Sha256
        | ObservableType.Sha512 -> 365

    // By type code; code 0 is no type.
    let private table (zero: 'V) (fallback: ObservableType -> 'V) (given: (ObservableType * 'V) list option) : 'V[] =
        let given = Option.defaultValue [] given

        let value (kind: ObservableType) =
            given
            |> List.tryFind (fun (named, _) -> named = kind)
            |> Option.map snd
            |> Option.defaultValue (fallback kind)

        Array.append [| zero |] (ObservableType.all |> Array.map value)

    let private microseconds (span: TimeSpan) : int64<us> =
        LanguagePrimitives.Int64WithMeasure(span.Ticks / TimeSpan.TicksPerMicrosecond)

    let score: Decoder<ScoreSettings> =
        Decode.block (
            block {
                let! lifetime =
                    Field.optional
                        "lifetime"
                        ("per type, the time after which an indicator that is not seen again is worth nothing; "
                         + "30d for addresses and URLs, 90d for domains, 180d for e-mail, 365d for hashes where not given")
                        (Decode.mapping Words.observableType (Decode.literal Words.lifetime))

                and! speed =
                    Field.optional
                        "decay_speed"
                        "per type, how the score falls: 1 in a straight line, above 1 early, below 1 late; 1.0 where not given"
                        (Decode.mapping Words.observableType (Decode.literal (Literal.float "decay speed" 0.1 10.0)))

                return
                    {
                        Lifetime =
                            lifetime
                            |> Option.map (List.map (fun (kind, span) -> kind, microseconds span))
                            |> table Timestamp.day (fun kind -> int64 (defaultDays kind) * Timestamp.day)
                        DecaySpeed = table 1.0 (fun _ -> 1.0) speed
                    }
            }
        )

[<RequireQualifiedAccess>]
module PipelineDecoder =
    // The items of the list under `key`, with their paths.
    let private itemsOf (key: string) (path: Path, node: Node) : (Path * Node) list =
        Node.tryKey key node
        |> Option.map Node.items
        |> Option.defaultValue []
        |> List.mapi (fun index item -> Step.Index index :: Step.Key key :: path, item)

    // The value at the end of `keys`, with its path.
    let private valueAt (keys: string list) (path: Path, node: Node) : (Path * Node) list =
        keys
        |> List.fold
            (fun found key ->
                found
                |> List.collect (fun (path, node) ->
                    Node.tryKey key node
                    |> Option.map (fun value -> Step.Key key :: path, value)
                    |> Option.toList))
            [ path, node ]

    let private scalarAt (keys: string list) (place: Path * Node) : (Path * ScalarNode) list =
        valueAt keys place
        |> List.choose (fun (path, node) ->
            match node with
            | Node.Scalar scalar -> Some(path, scalar)
            | Node.Sequence _
            | Node.Mapping _ -> None)

    let private entriesAt (keys: string list) (place: Path * Node) : (Path * Entry) list =
        valueAt keys place
        |> List.collect (fun (path, node) ->
            match node with
            | Node.Mapping mapping ->
                mapping.Entries
                |> List.map (fun entry -> Step.Key entry.Key.Text :: path, entry)
            | Node.Scalar _
            | Node.Sequence _ -> [])

    let private namesOf (list: string) (document: Node) =
        itemsOf list (Path.root, document)
        |> List.collect (scalarAt [ "name" ])
        |> List.map (fun (_, scalar) -> scalar.Text)

    let private unresolved what known (names: (Path * ScalarNode) list) : Diagnostic list =
        names
        |> List.filter (fun (_, scalar) -> not (List.contains scalar.Text known))
        |> List.map (fun (path, scalar) ->
            Fault.Unresolved(what, scalar.Text, known) |> Diagnostic.create path scalar.Span)

    // Sources and sinks that tests speak of and nobody declares.
    let private strangersInTests (path: Path) (document: Node) : Diagnostic list =
        let tests = itemsOf "tests" (path, document)

        let sources =
            tests @ List.collect (itemsOf "also") tests
            |> List.collect (scalarAt [ "source" ])

        let sinks =
            tests
            |> List.collect (fun test -> entriesAt [ "expect"; "sinks" ] test @ entriesAt [ "expect"; "files" ] test)
            |> List.map (fun (path, entry) -> path, entry.Key)

        unresolved "source" (namesOf "sources" document) sources
        @ unresolved "sink" (namesOf "sinks" document) sinks

    let private repeated what (scalars: (Path * ScalarNode) list) : Diagnostic list =
        scalars
        |> List.groupBy (fun (_, scalar) -> scalar.Text)
        |> List.collect (fun (text, group) ->
            match group with
            | (_, first) :: others ->
                others
                |> List.map (fun (path, scalar) ->
                    Fault.DuplicateName(what, text, first.Span.Start.Line)
                    |> Diagnostic.create path scalar.Span)
            | [] -> [])

    let private sharedOutputs (path: Path) (document: Node) : Diagnostic list =
        itemsOf "sinks" (path, document)
        |> List.collect (scalarAt [ "to"; "path" ])
        |> repeated "output path"

    // What one test writes with --update another would find changed.
    let private sharedGoldenFiles (path: Path) (document: Node) : Diagnostic list =
        itemsOf "tests" (path, document)
        |> List.collect (entriesAt [ "expect"; "files" ])
        |> List.collect (fun (path, entry) -> scalarAt [] (path, entry.Value))
        |> repeated "golden file"

    /// The whole document's decoder: what `cti validate` runs and what the schema is printed from.
    let decoder: Decoder<Pipeline> =
        Decode.block (
            block {
                let! name =
                    Field.required "pipeline" "the pipeline's name" (Decode.literal Literal.name)

                and! description =
                    Field.optional "description" "what it is for" (Decode.literal Literal.text)

                and! store =
                    Field.defaulted
                        "store"
                        "the DuckDB file, relative to this file; pipelines may share one"
                        Literal.text
                        "../out/cti.duckdb"

                and! sources =
                    Field.required
                        "sources"
                        "where records come from"
                        (Decode.nonEmpty "sources" SourceDecoder.decoder
                         |> Decode.uniqueBy "source name" "name")

                and! screen = Field.section "screen" "what is never listed" Settings.screen
                and! score = Field.section "score" "how fast indicators wear off" Settings.score

                and! sinks =
                    Field.required
                        "sinks"
                        "where indicators go"
                        (Decode.nonEmpty "sinks" SinkDecoder.decoder
                         |> Decode.uniqueBy "sink name" "name")

                and! tests =
                    Field.optional
                        "tests"
                        "tests of this pipeline"
                        (Decode.list TestDecoder.decoder |> Decode.uniqueBy "test name" "name")

                return
                    {
                        Name = name
                        Description = Option.defaultValue "" description
                        Store = store
                        Sources = sources
                        Screen = screen
                        Score = score
                        Sinks = sinks
                        Tests = Option.defaultValue [] tests
                    }
            }
        )
        |> Decode.checkNode (fun path node ->
            strangersInTests path node
            @ sharedOutputs path node
            @ sharedGoldenFiles path node)

    /// The typed pipeline, or everything that is wrong with the document, in its order.
    let decode (document: Node) : Result<Pipeline, Diagnostic list> = Decode.run decoder document

[<RequireQualifiedAccess>]
module PipelineSchema =
    /// JSON Schema (draft 2020-12) of a pipeline's file, for editors.
    let json () : string =
        JsonSchema.print "Cti.Pipelines pipeline" PipelineDecoder.decoder.Schema

    /// Every key of a pipeline's file, for the reference page.
    let reference () : ReferenceRow list =
        Schema.reference "" PipelineDecoder.decoder.Schema
