// How a whole pipeline is written in YAML, its cross-checks, its JSON Schema and its reference page.
namespace Cti.Core.Declare

open System
open Cti.Core

[<RequireQualifiedAccess>]
module private Settings =
    let private paths = Decode.list Decode.path

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
                let! lists = Field.optional "warninglists" "MISP warninglist files, as globs" paths

                and! allow =
                    Field.optional "allow" "files of values that are no news here, as globs" paths

                and! never =
                    Field.optional
                        "never"
                        "files of values that must never be blocked, nor anything that would block them along, as globs"
                        paths

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
                        Never = Option.defaultValue [] never
                        MinPrefixV4 = v4
                        MinPrefixV6 = v6
                        Private = privateSpace
                    }
            }
        )

    // Addresses change hands within weeks, names within months; what malware leaves behind stays as long as its authors keep their
    // habits; a hash or a wallet stays what it is; a catalogue number means the same for ever.
    let private defaultDays (kind: ObservableType) =
        match kind with
        | ObservableType.Ipv4
        | ObservableType.Ipv6
        | ObservableType.Cidr
        | ObservableType.IpPort
        | ObservableType.Url -> 30
        | ObservableType.Asn
        | ObservableType.Domain -> 90
        | ObservableType.Email
        | ObservableType.FileName
        | ObservableType.FilePath
        | ObservableType.Mutex
        | ObservableType.RegistryKey
        | ObservableType.UserAgent
        | ObservableType.Ja3
        | ObservableType.Mac -> 180
        | ObservableType.Md5
        | ObservableType.Sha1
        | ObservableType.Sha256
        | ObservableType.Sha512
        | ObservableType.Ssdeep
        | ObservableType.Tlsh
        | ObservableType.CertificateSha1
        | ObservableType.CertificateSha256
        | ObservableType.CryptoAddress
        | ObservableType.StixPattern
        | ObservableType.YaraRule
        | ObservableType.SigmaRule
        | ObservableType.SuricataRule
        | ObservableType.SnortRule -> 365
        | ObservableType.Cve
        | ObservableType.AttackId -> 3650

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
                         + "where not given 30d for IP addresses and URLs, 90d for domains and networks of an asn, 365d for hashes, certificates, wallets, patterns and rules, "
                         + "3650d for cve and attack_id, 180d for the rest")
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

    let deadLetters: Decoder<LetterBound> =
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

/// What stands where a pipeline says nothing.
[<RequireQualifiedAccess>]
module PipelineDefaults =
    /// Path of the store, relative to the pipeline's file.
    let store = "../out/cti.duckdb"

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
        // Where nothing is declared there is another error, which says more.
        names
        |> List.filter (fun (_, scalar) -> not (List.isEmpty known || List.contains scalar.Text known))
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

    // Paths that are the same file.
    let private repeated what (scalars: (Path * ScalarNode) list) : Diagnostic list =
        scalars
        |> List.groupBy (fun (_, scalar) -> scalar.Text |> RelativePath.from scalar.Span.File |> RelativePath.normalise)
        |> List.collect (fun (text, group) ->
            match group with
            | (_, first) :: others ->
                others
                |> List.map (fun (path, scalar) ->
                    Fault.DuplicateName(what, text, first.Span)
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

    // Standard input is read by whoever comes first: of two sources one would get nothing.
    let private sharedInputs (path: Path) (document: Node) : Diagnostic list =
        match
            itemsOf "sources" (path, document)
            |> List.collect (scalarAt [ "from"; "type" ])
            |> List.filter (fun (_, scalar) -> scalar.Text = "stdin")
        with
        | (_, first) :: others ->
            others
            |> List.map (fun (inner, scalar) ->
                Fault.SharedInput first.Span.Start.Line |> Diagnostic.create inner scalar.Span)
        | [] -> []

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

            and! screen = Field.section "screen" "what is never listed" Settings.screen

            and! enrich =
                Field.optional
                    "enrich"
                    "what tables and services say of indicators, for predicates and people"
                    EnrichDecoder.decoder

            and! score = Field.section "score" "how fast indicators wear off" Settings.score

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
                Field.section
                    "dead_letters"
                    "how much that could not be used is kept for another try"
                    Settings.deadLetters

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
        |> Decode.checkNode (fun path node ->
            strangersInTests path node
            @ sharedOutputs path node
            @ sharedGoldenFiles path node
            @ sharedInputs path node)

    /// The whole document's decoder: what `cti validate` runs and what the schema is printed from. What enrichers give is known before predicates
    /// are read.
    let decoder: Decoder<Pipeline> =
        {
            Schema = (decoderWith []).Schema
            Run = fun path node -> (decoderWith (EnrichDecoder.named node)).Run path node
        }

    /// The typed pipeline, or everything that is wrong with the document, in its order.
    let decode (document: Node) : Result<Pipeline, Diagnostic list> = Decode.run decoder document

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
            match Cti.Core.Suggest.nearest known key, known with
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
