// Whether a reader can give the fields that a mapping names, as far as the declaration alone tells.
namespace Cti.Core.Declare

open System
open System.Globalization
open Cti.Core
open Cti.Core.Predicates

[<RequireQualifiedAccess>]
module internal MapFields =
    // The columns a condition names, each once, pointing into its text.
    let private columnsIn (path: Path) (scalar: ScalarNode) =
        RecordPredicate.names scalar.Text
        |> List.distinctBy fst
        |> List.map (fun (name, range) ->
            PredicateDecoder.diagnosePart path scalar range.From (range.To - range.From), FieldRef.Name name)

    // Every field under a node (`field:`, `column:` and the columns of `when:`; a mapping holds no others), and how to find fault with it.
    // The keys of a table are the feed's words.
    let rec private fieldsUnder (path: Path) (node: Node) : ((Fault -> Diagnostic) * FieldRef) list =
        let ofEntry (entry: Entry) =
            let inner = Step.Key entry.Key.Text :: path

            match entry.Key.Text, entry.Value with
            | "field", Node.Scalar scalar -> [ Diagnostic.create inner scalar.Span, FieldRef.Name scalar.Text ]
            | "column", Node.Scalar scalar ->
                match Int32.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture) with
                | true, number -> [ Diagnostic.create inner scalar.Span, FieldRef.Column number ]
                | _ -> []
            | "when", Node.Scalar scalar -> columnsIn inner scalar
            | "table", _ -> []
            | _, value -> fieldsUnder inner value

        match node with
        | Node.Mapping mapping -> mapping.Entries |> List.collect ofEntry
        | Node.Sequence sequence ->
            sequence.Items
            |> List.mapi (fun index item -> fieldsUnder (Step.Index index :: path) item)
            |> List.concat
        | Node.Scalar _ -> []

    // Whether the reader can give a field, as far as the declaration alone tells.
    let private fieldFault (format: ReaderSpec) (columns: string list) (field: FieldRef) : Fault option =
        match format, field with
        | (ReaderSpec.Lines _ | ReaderSpec.BlockList _ | ReaderSpec.Rich _), FieldRef.Name name ->
            let names = ReaderSpec.fields format

            if List.contains name names then
                None
            else
                Some(Fault.Unresolved("field", name, names))
        | ReaderSpec.Lines _, FieldRef.Column 1 -> None
        | ReaderSpec.Lines _, FieldRef.Column _ ->
            Some(Fault.Conflict("the reader lines has one field only", "write `field: line`"))
        | (ReaderSpec.BlockList _ | ReaderSpec.Rich _), FieldRef.Column _ ->
            let names =
                ReaderSpec.fields format
                |> List.map (fun name -> $"`%s{name}`")
                |> String.concat ", "

            Some(Fault.Conflict("the fields of this reader have names", $"write `field:` with one of %s{names}"))
        | ReaderSpec.Csv { Header = CsvHeader.NoHeader }, FieldRef.Name name when List.isEmpty columns ->
            Some(
                Fault.Conflict(
                    $"a file without a header has no column `%s{name}`",
                    "write `column: N`, or name the columns with `columns: [...]` under `read`"
                )
            )
        | ReaderSpec.Csv _, FieldRef.Name name when not (List.isEmpty columns) && not (List.contains name columns) ->
            Some(Fault.Unresolved("column", name, columns))
        | ReaderSpec.Csv _, FieldRef.Column number when not (List.isEmpty columns) && number > List.length columns ->
            Some(Fault.OutOfRange("column", string number, $"1 to %d{List.length columns}"))
        | ReaderSpec.Csv _, _
        | ReaderSpec.Auto _, _ -> None
        | ReaderSpec.Json dialect, FieldRef.Name name -> JsonDecoder.fieldFault dialect.Records name
        | ReaderSpec.Ndjson _, FieldRef.Name name -> JsonDecoder.fieldFault [] name
        | (ReaderSpec.Json _ | ReaderSpec.Ndjson _), FieldRef.Column _ ->
            Some(
                Fault.Conflict("a JSON record has no numbered columns", "write `field:` with a path such as `data.ip`")
            )

    /// The fields under `map` that the reader cannot give.
    let faults (format: ReaderSpec) (columns: string list) (path: Path) (map: Node) : Diagnostic list =
        fieldsUnder path map
        |> List.choose (fun (diagnose, field) -> fieldFault format columns field |> Option.map diagnose)
