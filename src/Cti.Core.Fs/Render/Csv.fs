// The `csv` output: one row per indicator under a header, as RFC 4180 says (CRLF, quotes doubled), for spreadsheets and whoever reads tables.
namespace Cti.Core

open System
open System.Text

/// What a column holds.
[<Struct; RequireQualifiedAccess>]
type CsvColumn =
    | Indicator
    | Type
    | Value
    | FirstSeen
    | LastSeen
    | Confidence
    | Score
    | Tlp
    | Labels
    | Sources
    | Description
    | References
    | Created
    | Modified

[<RequireQualifiedAccess>]
module CsvColumn =
    let all =
        [|
            CsvColumn.Indicator
            CsvColumn.Type
            CsvColumn.Value
            CsvColumn.FirstSeen
            CsvColumn.LastSeen
            CsvColumn.Confidence
            CsvColumn.Score
            CsvColumn.Tlp
            CsvColumn.Labels
            CsvColumn.Sources
            CsvColumn.Description
            CsvColumn.References
            CsvColumn.Created
            CsvColumn.Modified
        |]

    /// The name used in YAML and in the header.
    let name (column: CsvColumn) : string =
        match column with
        | CsvColumn.Indicator -> "indicator"
        | CsvColumn.Type -> "type"
        | CsvColumn.Value -> "value"
        | CsvColumn.FirstSeen -> "first_seen"
        | CsvColumn.LastSeen -> "last_seen"
        | CsvColumn.Confidence -> "confidence"
        | CsvColumn.Score -> "score"
        | CsvColumn.Tlp -> "tlp"
        | CsvColumn.Labels -> "labels"
        | CsvColumn.Sources -> "sources"
        | CsvColumn.Description -> "description"
        | CsvColumn.References -> "references"
        | CsvColumn.Created -> "created"
        | CsvColumn.Modified -> "modified"

    /// Everything but what falls with time (score).
    let standard: CsvColumn list =
        all |> Array.filter (fun column -> column <> CsvColumn.Score) |> List.ofArray

/// The table. A value that begins like a formula is not held; any other text that does gets an apostrophe in front, which is a loss.
[<Sealed; AllowNullLiteral(false)>]
type CsvRenderer(columns: CsvColumn list) =
    static let between = ';'B
    static let lineEnd = "\r\n"B
    let columns = List.toArray columns
    let losses = LossList()
    let cell = Utf8Writer 256

    let lose path (value: ReadOnlySpan<byte>) =
        RenderLoss.add losses path value LossReason.Approximated

    // The one way a text gets into the table.
    let writeText (column: CsvColumn) (text: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        if CsvText.isFormula text then
            lose (CsvColumn.name column) text

        CsvText.write text writer

    // Several texts in one cell; one that holds what parts them is not told apart any more.
    let addPart (column: CsvColumn) (text: ReadOnlySpan<byte>) =
        if text.Contains between then
            lose (CsvColumn.name column) text

        if cell.Length > 0 then
            cell.Byte between

        cell.Bytes text

    let writeNames column (names: NameSet) writer =
        cell.Clear()

        for name in names.Names do
            let bytes = Encoding.UTF8.GetBytes name
            addPart column (ReadOnlySpan<byte> bytes)

        writeText column cell.Written writer

    let writeReferences (list: ReadOnlySpan<byte>) writer =
        cell.Clear()
        let mutable rest = list

        while rest.Length > 0 do
            let one = References.first rest
            // A semicolon may stand in an address; a blank may not.
            if cell.Length > 0 then
                cell.Byte ' 'B

            cell.Bytes(one.Slice(one.IndexOf '\t'B + 1))
            rest <- References.behind rest

        writeText CsvColumn.References cell.Written writer

    let writeTime (time: Timestamp) (writer: Utf8Writer) =
        if not (Timestamp.isNone time) then
            Timestamp.writeExact time writer

    let writeCell (batch: IndicatorBatch) row (column: CsvColumn) (writer: Utf8Writer) =
        match column with
        | CsvColumn.Indicator -> Uuid.write batch.Id[row] writer
        | CsvColumn.Type -> writer.Text(ObservableType.name batch.Type[row])
        | CsvColumn.Value -> writeText column batch.Value[row] writer
        | CsvColumn.FirstSeen -> writeTime batch.FirstSeen[row] writer
        | CsvColumn.LastSeen -> writeTime batch.LastSeen[row] writer
        | CsvColumn.Confidence -> writer.Int(int64 batch.Confidence[row])
        | CsvColumn.Score -> writer.Int(int64 (batch.Score[row] / 100))
        | CsvColumn.Tlp -> writer.Text(Tlp.name batch.Tlp[row])
        | CsvColumn.Labels -> writeNames column batch.Labels[row] writer
        | CsvColumn.Sources -> writeNames column batch.Sources[row] writer
        | CsvColumn.Description -> writeText column (batch.Remarks.Description row) writer
        | CsvColumn.References -> writeReferences (batch.Remarks.References row) writer
        | CsvColumn.Created -> writeTime batch.Created[row] writer
        | CsvColumn.Modified -> writeTime batch.Modified[row] writer

    interface IRenderer with
        member _.CanHold(_, value) = CsvText.check value
        member _.Losses = losses

        member _.Holds(field) =
            columns
            |> Array.exists (fun column -> CsvColumn.name column = IndicatorField.name field)


        member _.Header(_, writer) =
            writer.Text(columns |> Array.map CsvColumn.name |> String.concat ",")
            writer.Bytes(ReadOnlySpan<byte> lineEnd)

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]

                if not (CsvText.isFormula batch.Value[row]) then
                    for column in 0 .. columns.Length - 1 do
                        if column > 0 then
                            writer.Byte ','B

                        writeCell batch row columns[column] writer

                    writer.Bytes(ReadOnlySpan<byte> lineEnd)

        member _.Footer(_, _) = ()
