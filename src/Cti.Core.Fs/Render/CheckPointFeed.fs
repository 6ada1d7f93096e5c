// The `edl` output for Check Point: a custom intelligence feed in its own CSV form (sk132193; "Supported Indicator Files" of the Threat Prevention guide),
// one indicator in each line, of all types that it knows.
namespace Cti.Core

open System

/// The four steps of Check Point's scales.
[<Struct; RequireQualifiedAccess>]
type CheckPointLevel =
    | Low
    | Medium
    | High
    | Critical

[<RequireQualifiedAccess>]
module CheckPointLevel =
    let all =
        [|
            CheckPointLevel.Low
            CheckPointLevel.Medium
            CheckPointLevel.High
            CheckPointLevel.Critical
        |]

    let name (level: CheckPointLevel) =
        match level with
        | CheckPointLevel.Low -> "low"
        | CheckPointLevel.Medium -> "medium"
        | CheckPointLevel.High -> "high"
        | CheckPointLevel.Critical -> "critical"

    /// Of a confidence of 0 to 100: a step for each quarter.
    let ofConfidence (confidence: byte) : CheckPointLevel = all[min 3 (int confidence / 25)]

/// The feed. An indicator's name is its UUID, its comment the description (cut at 255 bytes, control characters as blanks: a loss).
[<Sealed; AllowNullLiteral(false)>]
type CheckPointFeedRenderer(severity: CheckPointLevel) =
    let losses = LossList()
    let addresses = AddressText()
    let last = Utf8Writer 256

    static let longestComment = 255

    static let mailOutside =
        Buffers.SearchValues.Create(
            ReadOnlySpan<byte>(Array.append [| for byte in 0uy .. 32uy -> byte |] [| 127uy .. 255uy |])
        )

    // The types of both, and the words for them.
    static let typeWord (observable: ObservableType) (value: ReadOnlySpan<byte>) : string =
        match observable with
        | ObservableType.Url -> "URL"
        | ObservableType.Domain -> "Domain"
        | ObservableType.Ipv4 -> "IP"
        | ObservableType.Cidr when value.Contains '/'B -> "IP Range"
        | ObservableType.Cidr -> "IP"
        | ObservableType.Md5 -> "MD5"
        | ObservableType.Sha1 -> "SHA1"
        | ObservableType.Sha256 -> "SHA256"
        | ObservableType.Email -> "Mail-from"
        | _ -> ""

    static let checkHash (length: int) (value: ReadOnlySpan<byte>) : RenderReason voption =
        if value.Length = length && not (value.ContainsAnyExcept "0123456789abcdef"B) then
            ValueNone
        else
            ValueSome RenderReason.NotCanonical

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        match observable with
        | ObservableType.Ipv4 -> addresses.Check(observable, value)
        // Ranges and addresses are of IPv4 only.
        | ObservableType.Cidr when not (value.Contains ':'B) -> addresses.Check(observable, value)
        | ObservableType.Domain -> HostNameText.Check value
        | ObservableType.Url -> (EdlText.url value).Reason
        | ObservableType.Md5 -> checkHash 32 value
        | ObservableType.Sha1 -> checkHash 40 value
        | ObservableType.Sha256 -> checkHash 64 value
        | ObservableType.Email ->
            if value.ContainsAny mailOutside then
                ValueSome RenderReason.UnsafeText
            elif not (value.Contains '@'B) then
                ValueSome RenderReason.NotCanonical
            else
                ValueNone
        | _ -> ValueSome RenderReason.TypeNotHeld

    // `first-last`.
    let writeRange (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let mutable first = UInt128.Zero
        let mutable final = UInt128.Zero
        AddressRange.Of(ObservableType.Cidr, value, &first, &final)
        writer.Advance(Ipv4.write (UInt128.op_Explicit first: uint32) (writer.Reserve 16))
        writer.Byte '-'B
        writer.Advance(Ipv4.write (UInt128.op_Explicit final: uint32) (writer.Reserve 16))

    let writeValue (observable: ObservableType) (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        match observable with
        | ObservableType.Cidr when value.Contains '/'B -> writeRange value writer
        | ObservableType.Url ->
            // As the examples of the vendor have them: without scheme.
            let url = EdlText.url value

            if url.Start + url.Length < value.Length then
                RenderLoss.add losses "value" value LossReason.Approximated

            EdlText.writeCell (value.Slice(url.Start, url.Length)) writer
        | _ -> EdlText.writeCell value writer

    let writeComment (description: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let comment = Utf8Text.cut description longestComment

        if comment.Length < description.Length || not (EdlText.isLine comment) then
            RenderLoss.add losses "description" description LossReason.Approximated

        EdlText.writeCell comment writer

    let isNew (observable: ObservableType) (value: ReadOnlySpan<byte>) =
        match observable with
        | ObservableType.Ipv4
        | ObservableType.Cidr -> addresses.IsNew value
        | _ when last.Written.SequenceEqual value -> false
        | _ ->
            last.Clear()
            last.Bytes value
            true

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses

        member _.Holds(field) =
            match field with
            | IndicatorField.Confidence
            | IndicatorField.Description -> true
            | _ -> false

        member _.Header(_, writer) =
            writer.Text
                "#! DESCRIPTION = Cti.Pipelines indicators\n#UNIQ-NAME,VALUE,TYPE,CONFIDENCE,SEVERITY,PRODUCT,COMMENT\n"

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let observable = batch.Type[row]
                let value = AddressText.Shortest batch.Value[row]

                if (check observable batch.Value[row]).IsNone && isNew observable value then
                    Uuid.write batch.Id[row] writer
                    writer.Byte ','B
                    writeValue observable value writer
                    writer.Byte ','B
                    writer.Text(typeWord observable value)
                    writer.Byte ','B
                    writer.Text(CheckPointLevel.name (CheckPointLevel.ofConfidence batch.Confidence[row]))
                    writer.Byte ','B
                    writer.Text(CheckPointLevel.name severity)
                    writer.Text ",AV,"
                    writeComment (batch.Remarks.Description row) writer
                    writer.Byte '\n'B

        member _.Footer(_, _) = ()
