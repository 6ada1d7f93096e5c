// The `snort_rules` output: a rule for each way a listed name, URL, address, network or service shows in traffic (Snort 3 rule manual, "Rule Headers" and
// "Payload Detection Rule Options"). Snort has no buffer for the server name of TLS.
namespace Cti.Core

open System

/// Rules in canonical order, one line each. Holds domains, URLs of http and https, addresses, networks and services.
[<Sealed; AllowNullLiteral(false)>]
type SnortRulesRenderer(options: RuleOptions) =
    static let hex = "0123456789abcdef"B
    static let dnsText = " dns (msg:\"Listed name in a DNS query: "B
    static let dnsEnd = "\"; flow:to_server; content:\""B
    static let dnsClose = "|00|\",nocase; "B
    static let httpText = " http (msg:\"Listed name in an HTTP request: "B
    static let urlText = " http (msg:\"Listed URL: "B
    static let hostText = "\"; flow:to_server,established; http_header:field host; content:\""B
    static let hostNocase = "\",nocase; pcre:\"/"B
    static let below = "(^|\\.)"B
    static let exact = "^"B
    static let anyPort = "(:[0-9]+)?$/i\"; "B
    static let noPort = "(:(80|443))?$/i\"; "B
    static let portEnd = "$/i\"; "B
    static let uriNormal = "http_uri; bufferlen:"B
    static let uriRaw = "http_raw_uri; bufferlen:"B
    static let uriContent = "; content:\""B
    static let uriEnd = "\"; "B
    static let addressText = " ip any any <> "B
    static let tcpText = " tcp any any <> "B
    static let udpText = " udp any any <> "B
    static let addressMessage = " any (msg:\"Listed address: "B
    static let networkMessage = " any (msg:\"Listed network: "B
    static let serviceMessage = " (msg:\"Listed service: "B
    static let messageEnd = "\"; "B
    static let root = "/"B
    let losses = LossList()
    let tail = Utf8Writer 1024
    let scratch = Utf8Writer 256
    let action = Utf8Writer 16
    do action.Text(RuleAction.name options.Action)
    let protocols = List.toArray (List.distinct options.Names)

    static let piece (bytes: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> bytes)

    // A name inside a regular expression: what is no letter or digit as `\x2e`, so that nothing in it means something.
    static let writeExpression (text: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        for index in 0 .. text.Length - 1 do
            let value = text[index]

            if (value >= 'a'B && value <= 'z'B) || Text.isDigit value then
                writer.Byte value
            else
                writer.Byte '\\'B
                writer.Byte 'x'B
                writer.Byte hex[int (value >>> 4)]
                writer.Byte hex[int (value &&& 15uy)]

    // A name as queries have it: each label behind its length (RFC 1035 §3.1), which no other name shares.
    static let writeLabels (name: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let mutable rest = name

        while rest.Length > 0 do
            let dot = rest.IndexOf '.'B
            let label = if dot < 0 then rest else rest.Slice(0, dot)
            writer.Byte '|'B
            writer.Byte hex[label.Length >>> 4]
            writer.Byte hex[label.Length &&& 15]
            writer.Byte '|'B
            SensorText.pattern label writer

            rest <-
                if dot < 0 then
                    ReadOnlySpan<byte>.Empty
                else
                    rest.Slice(dot + 1)

    let checkUrl (url: ReadOnlySpan<byte>) : RenderReason voption =
        match RuleUrl.tryParse url with
        | ValueNone ->
            if
                url.StartsWith(ReadOnlySpan<byte> "http://"B)
                || url.StartsWith(ReadOnlySpan<byte> "https://"B)
            then
                ValueSome RenderReason.NotCanonical
            else
                ValueSome RenderReason.TypeNotHeld
        | ValueSome parts ->
            scratch.Clear()
            SensorText.pattern (url.Slice parts.HostStart) scratch
            writeExpression (url.Slice(parts.HostStart, parts.HostLength)) scratch

            if scratch.Length > SensorText.MostPattern then
                ValueSome RenderReason.TooLong
            else
                ValueNone

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        match observable with
        | ObservableType.Domain -> SensorText.checkName value
        | ObservableType.Url -> checkUrl value
        | ObservableType.Ipv4
        | ObservableType.Ipv6
        | ObservableType.Cidr
        | ObservableType.IpPort -> RuleAddress.check observable value
        | _ -> ValueSome RenderReason.TypeNotHeld

    let close (batch: IndicatorBatch) row slot (writer: Utf8Writer) =
        RuleParts.close tail.Written (RuleParts.sid options batch.Number[row] slot) batch.Revision[row] writer

    let writeName (batch: IndicatorBatch) row (protocol: RuleProtocol) (writer: Utf8Writer) =
        let name = batch.Value[row]

        match protocol with
        | RuleProtocol.Tls -> ()
        | RuleProtocol.Dns ->
            writer.Bytes action.Written
            piece dnsText writer
            SensorText.message name writer
            piece dnsEnd writer
            writeLabels name writer
            piece dnsClose writer
            close batch row (RuleParts.slot protocol) writer
        | RuleProtocol.Http ->
            writer.Bytes action.Written
            piece httpText writer
            SensorText.message name writer
            piece hostText writer
            SensorText.pattern name writer
            piece hostNocase writer
            piece below writer
            writeExpression name writer
            piece anyPort writer
            close batch row (RuleParts.slot protocol) writer

    let writeUrl (batch: IndicatorBatch) row (writer: Utf8Writer) =
        let url = batch.Value[row]

        match RuleUrl.tryParse url with
        | ValueNone -> ()
        | ValueSome parts ->
            let host = url.Slice(parts.HostStart, parts.HostLength)
            let target = url.Slice(parts.TargetStart, parts.TargetLength)
            let isRooted = target.Length > 0 && target[0] = '/'B
            writer.Bytes action.Written
            piece urlText writer
            SensorText.message url writer
            piece hostText writer
            SensorText.pattern host writer
            piece hostNocase writer
            piece exact writer
            writeExpression host writer

            if parts.Port = 0 then
                piece noPort writer
            else
                writer.Byte ':'B
                writer.Int(int64 parts.Port)
                piece portEnd writer

            piece (if RuleUrl.isNormal target then uriNormal else uriRaw) writer
            writer.Int(int64 (if isRooted then target.Length else target.Length + 1))
            piece uriContent writer

            if not isRooted then
                piece root writer

            SensorText.pattern target writer
            piece uriEnd writer
            close batch row 0 writer

    let writeAddress (batch: IndicatorBatch) row (head: byte[]) slot (writer: Utf8Writer) =
        let value = batch.Value[row]
        writer.Bytes action.Written
        piece head writer

        match batch.Type[row] with
        | ObservableType.IpPort ->
            writer.Bytes(CanonicalHost.withoutPort value)
            writer.Byte ' 'B
            writer.Bytes(value.Slice(value.LastIndexOf ':'B + 1))
            piece serviceMessage writer
        | ObservableType.Cidr ->
            writer.Bytes value
            piece networkMessage writer
        | _ ->
            writer.Bytes value
            piece addressMessage writer

        SensorText.message value writer
        piece messageEnd writer
        close batch row slot writer

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses
        member _.Holds field = RuleParts.holds field
        member _.Header(_, _) = ()

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]

                if (check batch.Type[row] batch.Value[row]).IsNone then
                    tail.Clear()
                    RuleParts.tail options batch row losses tail

                    match batch.Type[row] with
                    | ObservableType.Domain ->
                        for protocol in protocols do
                            writeName batch row protocol writer
                    | ObservableType.Url -> writeUrl batch row writer
                    | ObservableType.IpPort ->
                        // Ports are those of one protocol to Snort.
                        writeAddress batch row tcpText 0 writer
                        writeAddress batch row udpText 1 writer
                    | _ -> writeAddress batch row addressText 0 writer

        member _.Footer(_, _) = ()
