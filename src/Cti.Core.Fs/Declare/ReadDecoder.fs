// How a reader and its dialect are written in YAML: `read`.
namespace Cti.Core.Declare

open Cti.Core

/// What `read` says: the format, the column names a file without a header is given, and the encoding.
[<NoComparison; NoEquality>]
type ReadSpec =
    {
        Format: ReaderSpec
        Columns: string list
        Encoding: TextEncoding
    }

[<RequireQualifiedAccess>]
module internal ReadDecoder =
    let private text = Decode.literal Literal.text

    // A reader, and the column names a file without a header is given.
    let private lines: Fields<ReaderSpec * string list> =
        block {
            let! comments =
                Field.optional "comment" "what a comment begins with, or a list of such marks; default `#`"
                <| Decode.oneOrMany "comment" text

            and! trailing =
                Field.defaulted
                    "trailing_comment"
                    "whether a comment may also follow a value on its line"
                    Literal.bool
                    true

            return
                ReaderSpec.Lines
                    { LinesDialect.standard with
                        Comments = Option.defaultValue [ "#" ] comments
                        TrailingComments = trailing
                    },
                []
        }

    let private blockList (dialect: BlockListDialect) : Fields<ReaderSpec * string list> =
        Field.none (ReaderSpec.BlockList(dialect, ReadLimits.standard), [])

    let private rich (format: RichFormat) : Fields<ReaderSpec * string list> = Field.none (ReaderSpec.Rich format, [])

    let private report: Fields<ReaderSpec * string list> =
        block {
            let! format =
                Field.optional
                    "format"
                    "how the report is written; told from its first bytes where it is left out"
                    (Decode.literal Words.reportFormat)

            and! roles =
                Field.defaulted
                    "roles"
                    "which findings become records: ioc, what the report warns of; all, what it cites too, with the label `context`"
                    Words.reportRoles
                    ReportRoles.Ioc

            return
                ReaderSpec.Rich(
                    ReportReading
                        {
                            Format =
                                (match format with
                                 | Some format -> ValueSome format
                                 | None -> ValueNone)
                            Roles = roles
                        }
                ),
                []
        }

    // Every reader's source has an encoding.
    let private encoding: Fields<TextEncoding> =
        Field.defaulted
            "encoding"
            "how characters are written as bytes; auto tells UTF-16 from UTF-8"
            Words.encoding
            TextEncoding.Auto

    let private withEncoding (case: Case<ReaderSpec * string list>) : Case<ReadSpec> =
        Field.zip case.Fields encoding
        |> Field.map (fun ((format, columns), encoding) ->
            {
                Format = format
                Columns = columns
                Encoding = encoding
            })
        |> Decode.case case.Case.Tag case.Case.Doc

    let decoder: Decoder<ReadSpec> =
        [
            Decode.case "lines" "One value per line; the only field is `line`" lines
            Decode.case "csv" "Delimited text" CsvDecoder.fields
            Decode.case "hosts" "A hosts file: `address host [host…]`" (blockList BlockListDialect.Hosts)
            Decode.case "dnsmasq" "dnsmasq options: `address=/domain/…`" (blockList BlockListDialect.Dnsmasq)
            Decode.case "rpz" "A DNS response policy zone" (blockList BlockListDialect.Rpz)
            Decode.case
                "adblock"
                "A browser's filter list (Adblock Plus, uBlock Origin, AdGuard)"
                (blockList BlockListDialect.Adblock)
            Decode.case "unbound" "unbound options: `local-zone`, `local-data`" (blockList BlockListDialect.Unbound)
            Decode.case "bind_zone" "BIND statements: `zone \"domain\" { … };`" (blockList BlockListDialect.BindZone)
            Decode.case
                "ids_rules"
                "Suricata and Snort rules: what they look for, or the rules themselves"
                (block {
                    let! take =
                        Field.defaulted
                            "take"
                            "observables: hosts, paths and addresses that rules look for; suricata or snort: the rules themselves, as whose"
                            Words.idsTake
                            (ReaderSpec.BlockList(BlockListDialect.IdsRules, ReadLimits.standard))

                    return take, []
                })
            Decode.case "yara" "YARA rules, carried as they are" (rich (YaraFormat()))
            Decode.case "sigma" "Sigma rules, carried as they are" (rich (SigmaFormat()))
            Decode.case
                "cve5"
                "CVE records of format 5: one, an array, one a line, or the deltas of cvelistV5"
                (rich (Cve5Format()))
            Decode.case "nvd" "CVEs as NVD's API 2.0 answers" (rich (NvdFormat()))
            Decode.case
                "json"
                "A JSON document; fields are paths in a record: `ip`, `data.ip`, `tags.*`, `@key`"
                (JsonDecoder.json |> Field.map (fun dialect -> ReaderSpec.Json dialect, []))
            Decode.case
                "ndjson"
                "One JSON value per line, whatever the file's name; fields are paths in it"
                (JsonDecoder.ndjson |> Field.map (fun dialect -> ReaderSpec.Ndjson dialect, []))
            Decode.case "openioc" "OpenIOC 1.0 and 1.1 (XML); `map` may be left out" (rich OpenIoc.format)
            Decode.case
                "stix1"
                "STIX 1.x packages and CybOX observables (XML); `map` may be left out"
                (rich Stix1.format)
            Decode.case
                "stix"
                "STIX 2.0 and 2.1: bundles, TAXII envelopes, arrays, bare objects, one object a line"
                (rich (StixFormat()))
            Decode.case
                "report"
                "A report for people: text, Markdown, AsciiDoc, HTML, RSS, Atom, PDF; what it warns of becomes records"
                report
            Decode.case
                "misp"
                "MISP: events, answers of the REST search, manifests, galaxies, taxonomies; `map` may be left out"
                (MispDecoder.reader
                 |> Field.map (fun dialect -> ReaderSpec.Rich(MispFormat dialect), []))
            Decode.case
                "auto"
                "Recognised from the first 64 KiB: format, dialect and, where `map` is left out, the fields of observables"
                (block {
                    let! only =
                        Field.optional
                            "as"
                            "the reader it has to be, where that is known; its dialect and fields are recognised"
                            (Decode.literal Words.plainFormat)

                    return
                        ReaderSpec.Auto
                            {
                                Recogniser = Sniffer.recogniser
                                Fields = []
                                Only = Option.toValueOption only
                            },
                        []
                })
        ]
        |> List.map withEncoding
        |> Decode.union "a reader" "type"
