// The `suricata_rules` output: a rule for each way a listed name, URL, address, network or service shows in traffic (Suricata 7 user guide, "Rules").
namespace Cti.Core

open System

/// Rules in canonical order, one line each. Holds domains, URLs of http and https, addresses, networks and services; hashes need a file of their own beside
/// the rules (`filemd5`), and are not held.
[<Sealed; AllowNullLiteral(false)>]
type SuricataRulesRenderer(options: RuleOptions) =
    let losses = LossList()
    let tail = Utf8Writer 1024
    let name = Utf8Writer 256
    let scratch = Utf8Writer 256
    let action = Utf8Writer 16
    do action.Text(RuleAction.name options.Action)

    static let protocolsOf (options: RuleOptions) =
        List.toArray (List.distinct options.Names)

    let protocols = protocolsOf options

    // Suricata 7.0 makes hosts of requests lower-case only where they name no port, so the rules do it themselves.
    static let http =
        " http any any -> any any (msg:\"Listed name in an HTTP request: "B,
        "\"; flow:to_server; http.host; to_lowercase; dotprefix; content:\"."B,
        "\"; endswith; "B

    static let dns =
        " dns any any -> any any (msg:\"Listed name in a DNS query: "B,
        "\"; dns.query; dotprefix; content:\"."B,
        "\"; nocase; endswith; "B

    static let tls =
        " tls any any -> any any (msg:\"Listed name in a TLS handshake: "B,
        "\"; flow:to_server; tls.sni; dotprefix; content:\"."B,
        "\"; nocase; endswith; "B

    static let piecesOf (protocol: RuleProtocol) =
        match protocol with
        | RuleProtocol.Dns -> dns
        | RuleProtocol.Tls -> tls
        | RuleProtocol.Http -> http

    static let urlText = " http any any -> any "B
    static let urlMessage = " (msg:\"Listed URL: "B
    static let urlHost = "\"; flow:to_server; http.host; to_lowercase; content:\""B
    static let urlNormal = "\"; startswith; endswith; http.uri; content:\""B
    static let urlRaw = "\"; startswith; endswith; http.uri.raw; content:\""B
    static let urlEnd = "\"; startswith; endswith; "B
    static let anyText = "any"B
    static let root = "/"B
    static let addressText = " ip any any <> "B
    static let addressMessage = " any (msg:\"Listed address: "B
    static let networkMessage = " any (msg:\"Listed network: "B
    static let serviceMessage = " (msg:\"Listed service: "B
    static let messageEnd = "\"; "B

    static let piece (bytes: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> bytes)

    static let targetOf (url: ReadOnlySpan<byte>) (parts: RuleUrl) : ReadOnlySpan<byte> =
        url.Slice(parts.TargetStart, parts.TargetLength)

    // Writes the pattern of a request's target, which has a `/` in front even where the URL has none.
    static let writeTarget (target: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        if target.IsEmpty || target[0] <> '/'B then
            piece root writer

        SensorText.pattern target writer

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
            if url.Length * 4 <= SensorText.MostPattern then
                ValueNone
            else
                scratch.Clear()
                SensorText.pattern (url.Slice(parts.HostStart, parts.HostLength)) scratch
                SensorText.pattern (targetOf url parts) scratch

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

    let writeDomain (batch: IndicatorBatch) row (writer: Utf8Writer) =
        let value = batch.Value[row]
        name.Clear()
        SensorText.pattern value name

        for protocol in protocols do
            let before, between, after = piecesOf protocol
            writer.Bytes action.Written
            piece before writer
            SensorText.message value writer
            piece between writer
            writer.Bytes name.Written
            piece after writer
            close batch row (RuleParts.slot protocol) writer

    let writeUrl (batch: IndicatorBatch) row (writer: Utf8Writer) =
        let url = batch.Value[row]

        match RuleUrl.tryParse url with
        | ValueNone -> ()
        | ValueSome parts ->
            writer.Bytes action.Written
            piece urlText writer

            if parts.Port = 0 then
                piece anyText writer
            else
                writer.Int(int64 parts.Port)

            piece urlMessage writer
            SensorText.message url writer
            piece urlHost writer
            SensorText.pattern (url.Slice(parts.HostStart, parts.HostLength)) writer
            let target = targetOf url parts
            piece (if RuleUrl.isNormal target then urlNormal else urlRaw) writer
            writeTarget target writer
            piece urlEnd writer
            close batch row 0 writer

    let writeAddress (batch: IndicatorBatch) row (writer: Utf8Writer) =
        let value = batch.Value[row]
        writer.Bytes action.Written
        piece addressText writer

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
        close batch row 0 writer

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
                    | ObservableType.Domain -> writeDomain batch row writer
                    | ObservableType.Url -> writeUrl batch row writer
                    | _ -> writeAddress batch row writer

        member _.Footer(_, _) = ()
