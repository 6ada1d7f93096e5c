// The `zeek_intel` output: a file of Zeek's intelligence framework (Zeek documentation, "Intelligence Framework" and the Intel::Type enumeration), a tab
// between the columns. The one place that escapes for it.
namespace Cti.Core

open System
open System.Buffers

[<RequireQualifiedAccess>]
module internal ZeekText =
    // Bytes of a description.
    let private mostText = 1_000

    // Printable ASCII but the backslash: everything else is written `\x0a`, which Zeek's reader turns back.
    let private plain =
        SearchValues.Create(
            ReadOnlySpan<byte>
                [|
                    for value in 32uy .. 126uy do
                        if value <> '\\'B then
                            value
                |]
        )

    let private hex = "0123456789abcdef"B
    let private nothing = "-"B
    let private empty = "(empty)"B

    let private writeHex (value: byte) (writer: Utf8Writer) =
        writer.Byte '\\'B
        writer.Byte 'x'B
        writer.Byte hex[int (value >>> 4)]
        writer.Byte hex[int (value &&& 15uy)]

    /// Writes one cell. No text is taken for an unset cell, an empty one or a comment; what is longer than a thousand bytes is cut, between characters.
    let cell (text: ReadOnlySpan<byte>) (writer: Utf8Writer) : unit =
        let mutable length = min text.Length mostText

        while length < text.Length && length > 0 && (text[length] &&& 0xC0uy) = 0x80uy do
            length <- length - 1

        let mutable rest = text.Slice(0, length)

        if rest.IsEmpty then
            writer.Bytes(ReadOnlySpan<byte> nothing)
        else
            if
                rest[0] = '#'B
                || rest.SequenceEqual(ReadOnlySpan<byte> nothing)
                || rest.SequenceEqual(ReadOnlySpan<byte> empty)
            then
                writeHex rest[0] writer
                rest <- rest.Slice 1

            while rest.Length > 0 do
                match rest.IndexOfAnyExcept plain with
                | -1 ->
                    writer.Bytes rest
                    rest <- ReadOnlySpan<byte>.Empty
                | at ->
                    writer.Bytes(rest.Slice(0, at))
                    writeHex rest[at] writer
                    rest <- rest.Slice(at + 1)

    let isCut (text: ReadOnlySpan<byte>) = text.Length > mostText

/// A line of names, then one indicator a line.
[<Sealed; AllowNullLiteral(false)>]
type ZeekIntelRenderer() =
    static let header =
        "#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\tmeta.url\n"B

    static let mostValue = 1_000
    static let unnamed = "Cti.Pipelines"B
    let losses = LossList()
    let text = Utf8Writer 256

    static let typeOf (observable: ObservableType) : byte[] voption =
        match observable with
        | ObservableType.Ipv4
        | ObservableType.Ipv6 -> ValueSome "Intel::ADDR"B
        | ObservableType.Cidr -> ValueSome "Intel::SUBNET"B
        | ObservableType.Domain -> ValueSome "Intel::DOMAIN"B
        | ObservableType.Url -> ValueSome "Intel::URL"B
        | ObservableType.Email -> ValueSome "Intel::EMAIL"B
        | ObservableType.Md5
        | ObservableType.Sha1
        | ObservableType.Sha256 -> ValueSome "Intel::FILE_HASH"B
        | ObservableType.FileName -> ValueSome "Intel::FILE_NAME"B
        | ObservableType.UserAgent -> ValueSome "Intel::SOFTWARE"B
        | ObservableType.CertificateSha1 -> ValueSome "Intel::CERT_HASH"B
        | _ -> ValueNone

    static let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        match typeOf observable with
        | ValueNone -> ValueSome RenderReason.TypeNotHeld
        | ValueSome _ ->
            match observable with
            | _ when value.IsEmpty -> ValueSome RenderReason.NotCanonical
            | _ when value.Length > mostValue -> ValueSome RenderReason.TooLong
            | ObservableType.Ipv4
            | ObservableType.Ipv6
            | ObservableType.Cidr -> RuleAddress.check observable value
            | ObservableType.Domain -> SensorText.checkName value
            | ObservableType.Url ->
                match RuleUrl.tryParse value with
                | ValueSome _ -> ValueNone
                | ValueNone ->
                    if value.StartsWith(ReadOnlySpan<byte> "http"B) then
                        ValueSome RenderReason.NotCanonical
                    else
                        ValueSome RenderReason.TypeNotHeld
            | _ -> ValueNone

    // Zeek puts a URL together of host, port and target, and compares it without a scheme.
    let writeUrl (url: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        match RuleUrl.tryParse url with
        | ValueNone -> ()
        | ValueSome parts ->
            let target = url.Slice(parts.TargetStart, parts.TargetLength)
            text.Clear()
            text.Bytes(url.Slice(parts.HostStart, parts.TargetStart - parts.HostStart))

            if target.IsEmpty || target[0] <> '/'B then
                text.Byte '/'B

            text.Bytes target
            ZeekText.cell text.Written writer

    let addNames (names: NameSet) =
        for index in 0 .. names.Count - 1 do
            if index > 0 then
                text.Byte ','B
                text.Byte ' 'B

            text.Bytes(names.Utf8 index)

    let writeSource (batch: IndicatorBatch) row (writer: Utf8Writer) =
        text.Clear()
        addNames batch.Sources[row]

        if text.Length = 0 then
            text.Bytes(ReadOnlySpan<byte> unnamed)

        ZeekText.cell text.Written writer

    // The description, and the labels in brackets behind it.
    let writeDescription (batch: IndicatorBatch) row (writer: Utf8Writer) =
        text.Clear()
        text.Bytes(batch.Remarks.Description row)

        if batch.Labels[row].Count > 0 then
            if text.Length > 0 then
                text.Byte ' 'B

            text.Byte '['B
            addNames batch.Labels[row]
            text.Byte ']'B

        if ZeekText.isCut text.Written then
            RenderLoss.add losses "description" text.Written LossReason.TooLarge

        ZeekText.cell text.Written writer

    let writeReference (batch: IndicatorBatch) row (writer: Utf8Writer) =
        let list = batch.Remarks.References row
        let first = References.first list
        ZeekText.cell (first.Slice(first.IndexOf '\t'B + 1)) writer
        let mutable rest = References.behind list

        while rest.Length > 0 do
            let one = References.first rest
            RenderLoss.add losses "references" (one.Slice(one.IndexOf '\t'B + 1)) LossReason.NoPlace
            rest <- References.behind rest

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses

        member _.Holds field =
            match field with
            | IndicatorField.Labels
            | IndicatorField.Description
            | IndicatorField.References -> true
            | IndicatorField.Confidence
            | IndicatorField.Tlp
            | IndicatorField.FirstSeen
            | IndicatorField.LastSeen -> false

        member _.Header(_, writer) = writer.Bytes(ReadOnlySpan<byte> header)

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let value = batch.Value[row]

                match typeOf batch.Type[row] with
                | ValueSome kind when (check batch.Type[row] value).IsNone ->
                    if batch.Type[row] = ObservableType.Url then
                        writeUrl value writer
                    else
                        ZeekText.cell value writer

                    writer.Byte '\t'B
                    writer.Bytes(ReadOnlySpan<byte> kind)
                    writer.Byte '\t'B
                    writeSource batch row writer
                    writer.Byte '\t'B
                    writeDescription batch row writer
                    writer.Byte '\t'B
                    writeReference batch row writer
                    writer.Byte '\n'B
                | _ -> ()

        member _.Footer(_, _) = ()
