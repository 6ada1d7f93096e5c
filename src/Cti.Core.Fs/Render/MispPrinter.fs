// Prints one indicator as a MISP attribute, and what an event says of itself. Every member has its place: the merging of events
// (MispEventFile) relies on it. Knows no file.
namespace Cti.Core

open System
open System.Buffers
open System.Collections.Generic
open System.Security.Cryptography
open System.Text

/// What an event says of itself, apart from its times.
type MispEventHead =
    {
        Id: Uuid
        /// yyyy-MM-dd.
        Date: string
        Info: string
        /// The strictest of what is in it.
        Tlp: Tlp
    }

/// Prints attributes and events. One per output; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type MispPrinter(options: MispOptions) =
    static let utf8 (text: string) = Encoding.UTF8.GetBytes text

    static let starts =
        Array.init 256 (fun code ->
            match ObservableType.tryOfCode (byte code) |> ValueOption.bind MispWords.entryOf with
            | ValueSome entry ->
                let detect = if entry.ToIds then "true" else "false"

                utf8
                    $"\"type\":\"%s{entry.Type}\",\"category\":\"%s{entry.Category}\",\"to_ids\":%s{detect},\"distribution\":\"5\",\"value\":\""
            | ValueNone -> Array.empty)

    static let coins =
        [ "xmr"; "dash" ]
        |> List.map (fun coin ->
            coin,
            utf8
                $"\"type\":\"%s{coin}\",\"category\":\"Financial fraud\",\"to_ids\":true,\"distribution\":\"5\",\"value\":\"")

    static let comment = "\",\"comment\":\""B
    static let firstSeen = "\",\"first_seen\":\""B
    static let lastSeen = "\",\"last_seen\":\""B
    static let tagStart = "\",\"Tag\":[{\"name\":\""B
    static let tagNext = "\"},{\"name\":\""B
    static let tagEnd = "\"}]}"B
    static let zone = "000+00:00"B
    static let lineEnd = "\\n"B

    static let idStart = "{\"uuid\":\""B
    static let timestamp = "\",\"timestamp\":\""B
    static let isThere = "\",\"deleted\":false,"B
    static let isGone = "\",\"deleted\":true,"B
    static let brackets = "[]"B

    static let markings = Tlp.all |> Array.map (MispWords.tlpTag >> utf8)

    static let confidences =
        Array.init 101 (fun value ->
            utf8
                $"\\\"%d{value}\\\"\"}},{{\"name\":\"admiralty-scale:information-credibility=\\\"%d{MispWords.credibility (byte value)}\\\"")

    static let confidence = "cti:confidence="B

    let organisation = Uuid.toText (MispOptions.organisationId options)
    let name = Array.zeroCreate<byte> 32

    let losses = LossList()

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        if value.IsEmpty then
            ValueSome RenderReason.NotCanonical
        elif (MispWords.entryOf observable).IsNone then
            ValueSome RenderReason.TypeNotHeld
        elif observable = ObservableType.IpPort && value.LastIndexOf ':'B < 1 then
            ValueSome RenderReason.NotCanonical
        elif observable = ObservableType.CryptoAddress && (MispWords.coinType value).IsNone then
            ValueSome RenderReason.TypeNotHeld
        else
            ValueNone

    // MISP's times have microseconds and a numeric zone.
    let writeTime (head: byte[]) (time: Timestamp) (writer: Utf8Writer) =
        if not (Timestamp.isNone time) then
            writer.Bytes(ReadOnlySpan<byte> head)
            Timestamp.writeMillis time writer
            writer.Truncate(writer.Length - 1)
            writer.Bytes(ReadOnlySpan<byte> zone)

    let writeStart (observable: ObservableType) (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let coin =
            if observable = ObservableType.CryptoAddress then
                MispWords.coinType value
            else
                ValueNone

        match coins |> List.tryFind (fun (name, _) -> coin = ValueSome name) with
        | Some(_, start) -> writer.Bytes(ReadOnlySpan<byte> start)
        | None -> writer.Bytes(ReadOnlySpan<byte> starts[int (ObservableType.code observable)])

    // `[2001:db8::1]:80` is `2001:db8::1|80` there.
    let writeValue (observable: ObservableType) (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        if observable = ObservableType.IpPort then
            let colon = value.LastIndexOf ':'B
            let address = value.Slice(0, colon)

            if address[0] = '['B then
                writer.Bytes(address.Slice(1, address.Length - 2))
            else
                writer.Bytes address

            writer.Byte '|'B
            writer.Bytes(value.Slice(colon + 1))
        else
            Json.writeEscaped value writer

    // What is said in words, then the references, each on its line.
    let writeComment (batch: IndicatorBatch) (row: int) (writer: Utf8Writer) =
        let said = batch.Remarks.Description row
        let mutable rest = batch.Remarks.References row
        let mutable isFirst = said.IsEmpty
        Json.writeEscaped said writer

        while rest.Length > 0 do
            let one = References.first rest

            if not isFirst then
                writer.Bytes(ReadOnlySpan<byte> lineEnd)

            isFirst <- false
            Json.writeEscaped (one.Slice(one.IndexOf '\t'B + 1)) writer
            rest <- References.behind rest

    let writeTags (batch: IndicatorBatch) (row: int) (writer: Utf8Writer) =
        writer.Bytes(ReadOnlySpan<byte> tagStart)
        writer.Bytes(ReadOnlySpan<byte> markings[int (Tlp.code batch.Tlp[row])])
        writer.Bytes(ReadOnlySpan<byte> tagNext)
        writer.Bytes(ReadOnlySpan<byte> confidence)
        writer.Bytes(ReadOnlySpan<byte> confidences[int (min 100uy batch.Confidence[row])])
        let labels = batch.Labels[row]

        for index in 0 .. labels.Count - 1 do
            match MispWords.tagLoss (labels.Utf8 index) with
            | ValueNone ->
                writer.Bytes(ReadOnlySpan<byte> tagNext)
                Json.writeEscaped (labels.Utf8 index) writer
            | ValueSome reason -> RenderLoss.add losses "labels" (labels.Utf8 index) reason

        writer.Bytes(ReadOnlySpan<byte> tagEnd)

    /// What of the attributes written so far MISP has no place for, or says less exactly.
    member _.Losses = losses

    /// Why an attribute cannot hold a value.
    member _.CanHold(observable: ObservableType, value: ReadOnlySpan<byte>) : RenderReason voption =
        check observable value

    /// The id of an indicator's attribute in an event: an attribute's UUID stands in one event only.
    member _.AttributeId(event: Uuid, indicator: Uuid) : Uuid =
        Uuid.toBytes event (Span<byte>(name, 0, 16))
        Uuid.toBytes indicator (Span<byte>(name, 16, 16))
        Uuid5.ofName Namespace.mispAttribute (ReadOnlySpan<byte> name)

    /// The id of a feed's event of a day (`yyyy-MM-dd`), a marking and a part, from 0.
    member _.EventId(day: string, tlp: Tlp, part: int) : Uuid =
        Uuid5.ofText
            Namespace.mispEvent
            $"%s{organisation}/%s{options.Info}/%s{day}/%s{Tlp.name tlp}/%d{part}/%d{options.Parts}"

    /// The id of the only event of an output.
    member _.EventId() : Uuid =
        Uuid5.ofText Namespace.mispEvent $"%s{organisation}/%s{options.Info}"

    /// The title of a feed's event.
    member _.EventInfo(day: string, part: int) : string =
        if options.Parts = 1 then
            $"%s{options.Info} %s{day}"
        else
            $"%s{options.Info} %s{day} (%d{part + 1} of %d{options.Parts})"

    /// Writes an attribute from its type on, to the brace that closes it.
    member _.WriteBody(batch: IndicatorBatch, row: int, writer: Utf8Writer) : unit =
        let observable = batch.Type[row]
        let value = batch.Value[row]

        // One type for the rules of both.
        if observable = ObservableType.SuricataRule then
            RenderLoss.add losses "type" value LossReason.Approximated

        writeStart observable value writer
        writeValue observable value writer
        writer.Bytes(ReadOnlySpan<byte> comment)
        writeComment batch row writer
        writeTime firstSeen batch.FirstSeen[row] writer
        writeTime lastSeen batch.LastSeen[row] writer
        writeTags batch row writer

    /// Writes what stands before an attribute's type. `seconds`: when it last changed.
    member _.WriteStart(attribute: Uuid, seconds: int64, isDeleted: bool, writer: Utf8Writer) : unit =
        writer.Bytes(ReadOnlySpan<byte> idStart)
        Uuid.write attribute writer
        writer.Bytes(ReadOnlySpan<byte> timestamp)
        writer.Int seconds
        writer.Bytes(ReadOnlySpan<byte>(if isDeleted then isGone else isThere))

    /// Writes the members of an event that stand between its times and its attributes, without a comma at either end.
    member _.WriteHead(head: MispEventHead, writer: Utf8Writer) : unit =
        writer.Text $"\"date\":\"%s{head.Date}\",\"info\":"
        Json.writeText head.Info writer

        writer.Text
            $",\"threat_level_id\":\"%d{MispThreat.number options.Threat}\",\"analysis\":\"2\",\"published\":true,\"distribution\":\"%d{MispWords.distribution head.Tlp}\",\"extends_uuid\":\"\",\"Orgc\":{{\"name\":"

        Json.writeText options.Organisation writer
        writer.Text $",\"uuid\":\"%s{organisation}\"}},\"Tag\":[{{\"name\":\"%s{MispWords.tlpTag head.Tlp}\"}}"

        for tag in options.Tags do
            writer.Text ",{\"name\":"
            Json.writeText tag writer
            writer.Byte '}'B

        writer.Byte ']'B

    static member private WriteHash(text: ReadOnlySpan<byte>, event: Uuid, writer: Utf8Writer) : unit =
        writer.Text(Convert.ToHexStringLower(MD5.HashData text))
        writer.Byte ','B
        Uuid.write event writer
        writer.Byte '\n'B

    /// Writes the lines of a feed's `hashes.csv` for a value: the MD5 sum and the event; of a composite value one for each part.
    member _.WriteHashes
        (observable: ObservableType, value: ReadOnlySpan<byte>, event: Uuid, writer: Utf8Writer)
        : unit =
        if observable = ObservableType.IpPort then
            let colon = value.LastIndexOf ':'B
            MispPrinter.WriteHash(value.Slice(0, colon).Trim(ReadOnlySpan<byte> brackets), event, writer)
            MispPrinter.WriteHash(value.Slice(colon + 1), event, writer)
        else
            MispPrinter.WriteHash(value, event, writer)
