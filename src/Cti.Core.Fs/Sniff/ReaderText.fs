// A format as a pipeline's file declares it: for the sentence that says what was recognised, and for new pipelines.
namespace Cti.Core

open System
open System.Text

[<RequireQualifiedAccess>]
module ReaderText =
    /// A text in double quotes, as YAML 1.2 reads it.
    let quoted (text: string) : string =
        let result = StringBuilder "\""

        for letter in text do
            match letter with
            | '"' -> result.Append "\\\""
            | '\\' -> result.Append @"\\"
            | '\t' -> result.Append @"\t"
            | '\n' -> result.Append @"\n"
            | '\r' -> result.Append @"\r"
            | letter when
                Char.IsControl letter
                || letter = '\u2028'
                || letter = '\u2029'
                || letter = '\uFEFF'
                ->
                result.Append(@"\u").Append((int letter).ToString "x4")
            | letter -> result.Append letter
            |> ignore

        result.Append('"').ToString()

    let private reserved = "null true false yes no on off y n".Split ' '

    /// The same, without quotes where none are needed.
    let scalar (text: string) : string =
        let isPlain =
            text <> ""
            && Char.IsAsciiLetter text[0]
            && text
               |> Seq.forall (fun letter ->
                   Char.IsAsciiLetterOrDigit letter || letter = '_' || letter = '-' || letter = '.')
            && not (Array.contains (text.ToLowerInvariant()) reserved)

        if isPlain then text else quoted text

    let private csv (dialect: CsvDialect) (columns: string list) =
        [
            match dialect.Separator with
            | CsvSeparator.Text "," -> ()
            | CsvSeparator.Text separator -> $"separator: %s{quoted separator}"
            | CsvSeparator.Whitespace -> "separator: whitespace"

            match dialect.Quote with
            | ValueNone -> "quote: none"
            | ValueSome quote when quote <> '"'B -> $"quote: %s{quoted (string (char quote))}"
            | ValueSome _ -> ()

            match dialect.Comments with
            | first :: _ -> $"comment: %s{quoted first}"
            | [] -> ()

            match dialect.Header with
            | CsvHeader.FirstRow -> ()
            | CsvHeader.InComment -> "header: in_comment"
            | CsvHeader.NoHeader -> "header: none"

            if not (List.isEmpty columns) then
                let names = columns |> List.map scalar |> String.concat ", "
                $"columns: [%s{names}]"
        ]

    /// `{ type: csv, separator: ";" }`; `columns`: the names of a table that has none.
    let yaml (spec: ReaderSpec) (columns: string list) : string =
        let keys =
            match spec with
            | ReaderSpec.Lines dialect ->
                "type: lines"
                :: (match dialect.Comments with
                    | first :: _ when first <> "#" -> [ $"comment: %s{quoted first}" ]
                    | _ -> [])
            | ReaderSpec.Csv dialect -> "type: csv" :: csv dialect columns
            | ReaderSpec.Json dialect when List.isEmpty dialect.Records -> [ "type: json" ]
            | ReaderSpec.Json dialect -> [ "type: json"; $"records: %s{scalar (JsonPath.text dialect.Records)}" ]
            | ReaderSpec.Ndjson _ -> [ "type: ndjson" ]
            | ReaderSpec.BlockList(dialect, _) -> [ $"type: %s{PlainFormat.name (PlainFormat.BlockList dialect)}" ]
            | ReaderSpec.Rich format -> $"type: %s{format.Name}" :: format.Options
            | ReaderSpec.Auto dialect ->
                [
                    "type: auto"

                    match dialect.Only with
                    | ValueSome format -> $"as: %s{PlainFormat.name format}"
                    | ValueNone -> ()
                ]

        let inside = String.concat ", " keys
        $"{{ %s{inside} }}"
