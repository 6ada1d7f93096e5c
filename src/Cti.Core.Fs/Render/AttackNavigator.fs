// The `attack_navigator` output: a layer of the ATT&CK Navigator (MITRE's layer format 4.5), which colours the techniques of the matrix by score.
namespace Cti.Core

open System
open System.Text

/// The matrix a layer is for. An id does not say it.
[<Struct; RequireQualifiedAccess>]
type AttackDomain =
    | Enterprise
    | Mobile
    | Ics

[<RequireQualifiedAccess>]
module AttackDomain =
    let all = [| AttackDomain.Enterprise; AttackDomain.Mobile; AttackDomain.Ics |]

    /// As the layer format and YAML name it.
    let name (domain: AttackDomain) =
        match domain with
        | AttackDomain.Enterprise -> "enterprise-attack"
        | AttackDomain.Mobile -> "mobile-attack"
        | AttackDomain.Ics -> "ics-attack"

type AttackNavigatorOptions =
    {
        /// What the layer is called.
        Title: string
        Domain: AttackDomain
    }

/// Techniques and sub-techniques, one a line, with score (0 to 100), comment, metadata and links. Other entries of ATT&CK have no cell in the matrix.
[<Sealed; AllowNullLiteral(false)>]
type AttackNavigatorRenderer(options: AttackNavigatorOptions) =
    static let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        if observable <> ObservableType.AttackId then
            ValueSome RenderReason.TypeNotHeld
        elif value.Length < 2 || value[0] <> 'T'B || value[1] < '0'B || value[1] > '9'B then
            ValueSome RenderReason.TypeNotHeld
        else
            ValueNone

    let losses = LossList()
    let mutable isFirst = true

    let text (value: string) (writer: Utf8Writer) = writer.Text value

    let metadata (name: string) (writer: Utf8Writer) (isFirst: bool) =
        if not isFirst then
            writer.Byte ','B

        text $"{{\"name\":\"%s{name}\",\"value\":" writer

    let writeTime (name: string) (time: Timestamp) (writer: Utf8Writer) =
        if not (Timestamp.isNone time) then
            metadata name writer false
            writer.Byte '"'B
            Timestamp.writeMillis time writer
            text "\"}" writer

    let writeNames (name: string) (names: NameSet) (writer: Utf8Writer) =
        if names.Count > 0 then
            metadata name writer false
            Json.writeText (String.Join(", ", names.Names)) writer
            writer.Byte '}'B

    // The references' sources label them.
    let writeLinks (references: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let mutable rest = references
        let mutable lead = ",\"links\":["

        while rest.Length > 0 do
            let one = References.first rest
            let tab = one.IndexOf '\t'B
            text (lead + "{\"label\":") writer

            if tab > 0 then
                Json.writeUtf8 (one.Slice(0, tab)) writer
            else
                text "\"reference\"" writer

            text ",\"url\":" writer
            Json.writeUtf8 (one.Slice(tab + 1)) writer
            writer.Byte '}'B
            lead <- ","
            rest <- References.behind rest

            if rest.Length = 0 then
                writer.Byte ']'B

    let writeRow (batch: IndicatorBatch) (row: int) (writer: Utf8Writer) =
        text
            (if isFirst then
                 "\n{\"techniqueID\":"
             else
                 ",\n{\"techniqueID\":")
            writer

        isFirst <- false
        Json.writeUtf8 batch.Value[row] writer
        text ",\"score\":" writer
        writer.Int(int64 (batch.Score[row] / 100))
        let said = batch.Remarks.Description row

        if said.Length > 0 then
            text ",\"comment\":" writer
            Json.writeUtf8 said writer

        text ",\"metadata\":[" writer
        metadata "confidence" writer true
        text $"\"%d{batch.Confidence[row]}\"}}" writer
        metadata "tlp" writer false
        text $"\"%s{Tlp.name batch.Tlp[row]}\"}}" writer
        writeNames "labels" batch.Labels[row] writer
        writeNames "sources" batch.Sources[row] writer
        writeTime "first seen" batch.FirstSeen[row] writer
        writeTime "last seen" batch.LastSeen[row] writer
        writer.Byte ']'B
        writeLinks (batch.Remarks.References row) writer
        writer.Byte '}'B

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses
        member _.Holds _ = true

        member _.Header(_, writer) =
            text "{\"name\":" writer
            Json.writeText options.Title writer

            text
                $",\"versions\":{{\"navigator\":\"4.9.0\",\"layer\":\"4.5\"}},\"domain\":\"%s{AttackDomain.name options.Domain}\",\"techniques\":["
                writer

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]

                if (check batch.Type[row] batch.Value[row]).IsNone then
                    writeRow batch row writer

        member _.Footer(_, writer) =
            text "\n],\"gradient\":{\"colors\":[\"#ffffff\",\"#ff6666\"],\"minValue\":0,\"maxValue\":100}}\n" writer
