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

                and! allow =
                    Field.optional "allow" "files of values that are no news here, as globs" texts

                and! never =
                    Field.optional
                        "never"
                        "files of values that must never be blocked, nor anything that would block them along, as globs"
                        texts

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
        | ObservableType.CryptoAddress -> 365
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
                         + "where not given 30d for IP addresses and URLs, 90d for domains and networks of an asn, 365d for hashes, certificates and wallets, "
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

    let test: Decoder<PipelineTest> =
        Decode.block (
            block {
                let! name =
                    Field.required "name" "what must hold, as a sentence" (Decode.literal Literal.text)

                and! source =
                    Field.required "source" "the source that is fed" (Decode.literal Literal.name)

                and! now =
                    Field.required "now" "the time the test runs at" (Decode.literal Literal.time)

                and! given =
                    Field.required "given" "what the source brings, as bytes" (Decode.literal Literal.text)

                and! expect = Field.required "expect" "what must come of it" Decode.any

                return
                    {
                        Name = name
                        Source = source
                        Now = now
                        Given = given
                        Expect = expect
                    }
            }
        )

[<RequireQualifiedAccess>]
module PipelineDecoder =
    // The scalars at `keys` of every item of the list under `list`, with their paths.
    let private scalarsOf (list: string) (keys: string list) (document: Node) : (Path * ScalarNode) list =
        Node.tryKey list document
        |> Option.map Node.items
        |> Option.defaultValue []
        |> List.mapi (fun index item ->
            let start = Some item, [ Step.Index index; Step.Key list ]

            let found, path =
                keys
                |> List.fold (fun (node, path) key -> Option.bind (Node.tryKey key) node, Step.Key key :: path) start

            match found with
            | Some(Node.Scalar scalar) -> [ path, scalar ]
            | _ -> [])
        |> List.concat

    let private unknownSources (path: Path) (document: Node) : Diagnostic list =
        let known =
            scalarsOf "sources" [ "name" ] document
            |> List.map (fun (_, scalar) -> scalar.Text)

        scalarsOf "tests" [ "source" ] document
        |> List.filter (fun (_, scalar) -> not (List.contains scalar.Text known))
        |> List.map (fun (inner, scalar) ->
            Fault.Unresolved("source", scalar.Text, known)
            |> Diagnostic.create (inner @ path) scalar.Span)

    let private sharedOutputs (path: Path) (document: Node) : Diagnostic list =
        scalarsOf "sinks" [ "to"; "path" ] document
        |> List.groupBy (fun (_, scalar) -> scalar.Text)
        |> List.collect (fun (output, group) ->
            match group with
            | (_, first) :: others ->
                others
                |> List.map (fun (inner, scalar) ->
                    Fault.DuplicateName("output path", output, first.Span.Start.Line)
                    |> Diagnostic.create (inner @ path) scalar.Span)
            | [] -> [])

    /// The whole document's decoder: what `cti validate` runs and what the schema is printed from.
    let decoder: Decoder<Pipeline> =
        (block {
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

            and! suffixes =
                Field.optional
                    "public_suffix_list"
                    "under which names strangers register names: such a name is too broad to list"
                    EnrichDecoder.publicSuffixes

            and! screen = Field.section "screen" "what is never listed" Settings.screen

            and! enrich =
                Field.optional "enrich" "what tables say of indicators, for predicates and people" EnrichDecoder.decoder

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
                    (Decode.list Settings.test |> Decode.uniqueBy "test name" "name")

            return
                {
                    Name = name
                    Description = Option.defaultValue "" description
                    Store = store
                    Sources = sources
                    PublicSuffixes = suffixes
                    Screen = screen
                    Enrich = Option.defaultValue [] enrich
                    Score = score
                    Sinks = sinks
                    Tests = Option.defaultValue [] tests
                }
        })
        |> Field.check EnrichDecoder.faults
        |> Decode.block
        |> Decode.checkNode (fun path node -> unknownSources path node @ sharedOutputs path node)

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
