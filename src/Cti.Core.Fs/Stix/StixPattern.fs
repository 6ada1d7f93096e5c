// STIX patterns (STIX 2.1 §9): one comparison per observable, and the escaping of the string literal in it. A pattern is
// always printed inside a JSON string, so both escapes are done in one pass.
namespace Cti.Core

open System
open System.Buffers

[<RequireQualifiedAccess>]
module StixPattern =
    // A byte literal inside a function is a new array at every call; these are made once.
    let private trafficV4 =
        "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '"B

    let private trafficV6 =
        "[network-traffic:dst_ref.type = 'ipv6-addr' AND network-traffic:dst_ref.value = '"B

    let private port = "' AND network-traffic:dst_port = "B
    let private rangeV4 = "[ipv4-addr:value ISSUBSET '"B
    let private rangeV6 = "[ipv6-addr:value ISSUBSET '"B
    let private close = "']"B
    let private directory = "[directory:path = '"B
    let private parent = "[file:parent_directory_ref.path = '"B
    let private nameInParent = "' AND file:name = '"B
    let private quoteInJson = "\\\\'"B
    let private backslashInJson = "\\\\\\\\"B

    let private quoteOrBackslash =
        SearchValues.Create(ReadOnlySpan<byte>([| '\''B; '\\'B |]))

    let private special =
        SearchValues.Create(
            ReadOnlySpan<byte>(Array.append [| for control in 0uy .. 31uy -> control |] [| '"'B; '\\'B; '\''B |])
        )

    /// Text before the value, by type code. In a pattern only `'` and `\` are escaped, and only inside literals (§9.4).
    let private before =
        Array.init 256 (fun code ->
            match ObservableType.tryOfCode (byte code) with
            | ValueSome ObservableType.Ipv4 -> "[ipv4-addr:value = '"B
            | ValueSome ObservableType.Ipv6 -> "[ipv6-addr:value = '"B
            | ValueSome ObservableType.Domain -> "[domain-name:value = '"B
            | ValueSome ObservableType.Url -> "[url:value = '"B
            | ValueSome ObservableType.Email -> "[email-addr:value = '"B
            | ValueSome ObservableType.Md5 -> "[file:hashes.MD5 = '"B
            | ValueSome ObservableType.Sha1 -> "[file:hashes.'SHA-1' = '"B
            | ValueSome ObservableType.Sha256 -> "[file:hashes.'SHA-256' = '"B
            | ValueSome ObservableType.Sha512 -> "[file:hashes.'SHA-512' = '"B
            | ValueSome ObservableType.Ssdeep -> "[file:hashes.SSDEEP = '"B
            | ValueSome ObservableType.Tlsh -> "[file:hashes.TLSH = '"B
            | ValueSome ObservableType.FileName -> "[file:name = '"B
            | ValueSome ObservableType.Mutex -> "[mutex:name = '"B
            | ValueSome ObservableType.RegistryKey -> "[windows-registry-key:key = '"B
            // Headers are lists of texts in STIX 2.1 (§6.12.2).
            | ValueSome ObservableType.UserAgent ->
                "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'[*] = '"B
            | ValueSome ObservableType.CertificateSha1 -> "[x509-certificate:hashes.'SHA-1' = '"B
            | ValueSome ObservableType.CertificateSha256 -> "[x509-certificate:hashes.'SHA-256' = '"B
            | ValueSome ObservableType.Mac -> "[mac-addr:value = '"B
            | ValueSome ObservableType.Asn -> "[autonomous-system:number = "B
            // What they hold decides (see `writeAny`), or they have no pattern.
            | _ -> Array.empty)

    /// The inside of a pattern's string literal: `\'` and `\\`.
    let private writeLiteral (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let mutable start = 0
        let mutable at = value.IndexOfAny quoteOrBackslash

        while at >= 0 do
            writer.Bytes(value.Slice(start, at))
            writer.Byte '\\'B
            writer.Byte value[start + at]
            start <- start + at + 1
            at <- value.Slice(start).IndexOfAny quoteOrBackslash

        writer.Bytes(value.Slice start)

    /// The same inside a JSON string: the pattern's own backslashes are escaped once more.
    let private writeLiteralInJson (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let mutable start = 0
        let mutable at = value.IndexOfAny special

        while at >= 0 do
            writer.Bytes(value.Slice(start, at))

            match value[start + at] with
            | '\''B -> writer.Bytes(ReadOnlySpan<byte> quoteInJson)
            | '\\'B -> writer.Bytes(ReadOnlySpan<byte> backslashInJson)
            | _ -> Json.writeEscaped (value.Slice(start + at, 1)) writer

            start <- start + at + 1
            at <- value.Slice(start).IndexOfAny special

        writer.Bytes(value.Slice start)

    let private literal (inJson: bool) (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        if inJson then
            writeLiteralInJson value writer
        else
            writeLiteral value writer

    let private writeAny
        (inJson: bool)
        (observable: ObservableType)
        (parts: StixParts)
        (value: ReadOnlySpan<byte>)
        (writer: Utf8Writer)
        =
        match observable with
        | observable when ObservableType.isPattern observable ->
            if inJson then
                Json.writeEscaped value writer
            else
                writer.Bytes value
        | ObservableType.IpPort ->
            writer.Bytes(ReadOnlySpan<byte>(if parts.V6 then trafficV6 else trafficV4))
            literal inJson (value.Slice(parts.Start, parts.Length)) writer
            writer.Bytes(ReadOnlySpan<byte> port)
            writer.Int(int64 parts.Port)
            writer.Byte ']'B
        | ObservableType.Cidr ->
            writer.Bytes(ReadOnlySpan<byte>(if parts.V6 then rangeV6 else rangeV4))
            literal inJson value writer
            writer.Bytes(ReadOnlySpan<byte> close)
        | ObservableType.FilePath ->
            writer.Bytes(ReadOnlySpan<byte>(if parts.NameStart < 0 then directory else parent))
            literal inJson (value.Slice(parts.Start, parts.Length)) writer

            if parts.NameStart >= 0 then
                writer.Bytes(ReadOnlySpan<byte> nameInParent)
                literal inJson (value.Slice parts.NameStart) writer

            writer.Bytes(ReadOnlySpan<byte> close)
        | ObservableType.Asn ->
            writer.Bytes(ReadOnlySpan<byte> before[int (ObservableType.code observable)])
            writer.Bytes(value.Slice parts.Start)
            writer.Byte ']'B
        | _ ->
            writer.Bytes(ReadOnlySpan<byte> before[int (ObservableType.code observable)])
            literal inJson (value.Slice(parts.Start, parts.Length)) writer
            writer.Bytes(ReadOnlySpan<byte> close)

    /// The language of the pattern of a type (pattern-type-ov, STIX 2.1 §10.15).
    let language (observable: ObservableType) : string =
        match observable with
        | ObservableType.YaraRule -> "yara"
        | ObservableType.SigmaRule -> "sigma"
        | ObservableType.SuricataRule -> "suricata"
        | ObservableType.SnortRule -> "snort"
        | _ -> "stix"

    /// Writes the pattern of a value as the inside of a JSON string. `parts` is what `Stix.parts` says of the value, and no reference.
    let writeInJson (observable: ObservableType) (parts: StixParts) (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        writeAny true observable parts value writer

    /// The pattern of a subject; none where the value has no form in STIX (see `Stix.parts`) becomes no indicator, or is in
    /// another language.
    let ofSubject (subject: Subject) : string voption =
        let value = Text.Encoding.UTF8.GetBytes subject.Value

        match Stix.parts subject.Type (ReadOnlySpan<byte> value) with
        | ValueNone -> ValueNone
        | ValueSome parts when Stix.isReference parts.Kind || language subject.Type <> "stix" -> ValueNone
        | ValueSome parts ->
            let writer = Utf8Writer 128
            writeAny false subject.Type parts (ReadOnlySpan<byte> value) writer
            ValueSome(writer.ToString())
