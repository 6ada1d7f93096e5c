// Changes as documents of the Elastic Common Schema (ECS 8, field set `threat`), one JSON object per line.
namespace Cti.Core

open System
open System.Text

[<RequireQualifiedAccess>]
module Ecs =
    let private utf8 (text: string) = Encoding.UTF8.GetBytes text

    let private starts =
        ChangeOp.all
        |> Array.map (fun op ->
            utf8 (
                "\"},\"event\":{\"kind\":\"enrichment\",\"category\":[\"threat\"],\"type\":[\"indicator\"],\"action\":\""
                + ChangeOp.name op
                + "\",\"sequence\":"
            ))

    // threat.indicator.type (its values are those of STIX), and the members in which the value stands, around it.
    let private placeOf (observable: ObservableType) : struct (string * string * string) =
        match observable with
        | ObservableType.Ipv4 -> "ipv4-addr", "\"ip\":\"", "\""
        | ObservableType.Ipv6 -> "ipv6-addr", "\"ip\":\"", "\""
        | ObservableType.Domain -> "domain-name", "\"url\":{\"domain\":\"", "\"}"
        | ObservableType.Url -> "url", "\"url\":{\"full\":\"", "\"}"
        | ObservableType.Email -> "email-addr", "\"email\":{\"address\":\"", "\"}"
        | ObservableType.Md5 -> "file", "\"file\":{\"hash\":{\"md5\":\"", "\"}}"
        | ObservableType.Sha1 -> "file", "\"file\":{\"hash\":{\"sha1\":\"", "\"}}"
        | ObservableType.Sha256 -> "file", "\"file\":{\"hash\":{\"sha256\":\"", "\"}}"
        | ObservableType.Sha512 -> "file", "\"file\":{\"hash\":{\"sha512\":\"", "\"}}"
        | ObservableType.Ssdeep -> "file", "\"file\":{\"hash\":{\"ssdeep\":\"", "\"}}"
        | ObservableType.Tlsh -> "file", "\"file\":{\"hash\":{\"tlsh\":\"", "\"}}"
        | ObservableType.FileName -> "file", "\"file\":{\"name\":\"", "\"}"
        | ObservableType.FilePath -> "file", "\"file\":{\"path\":\"", "\"}"
        | ObservableType.RegistryKey -> "windows-registry-key", "\"registry\":{\"path\":\"", "\"}"
        | ObservableType.Mac -> "mac-addr", "", ""
        | ObservableType.Mutex -> "mutex", "", ""
        | ObservableType.Asn -> "autonomous-system", "", ""
        | ObservableType.UserAgent -> "software", "", ""
        | ObservableType.CertificateSha1
        | ObservableType.CertificateSha256 -> "x509-certificate", "", ""
        // The schema has no field for them; `name` holds the value.
        | _ -> "unknown", "", ""

    let private places =
        Array.init 256 (fun code ->
            match ObservableType.tryOfCode (byte code) with
            | ValueSome observable ->
                let struct (kind, before, behind) = placeOf observable

                struct (utf8 ("},\"threat\":{\"indicator\":{\"type\":\"" + kind + "\",\"name\":\""),
                        utf8 (if before = "" then "" else "," + before),
                        utf8 behind)
            | ValueNone -> struct ([||], [||], [||]))

    // threat.indicator.confidence: "Not Specified", "None", "Low", "Medium", "High"; by STIX 2.1, appendix A, the scale None / Low / Med / High.
    let private confidences =
        Array.init 101 (fun confidence ->
            let word =
                if confidence = 0 then "None"
                elif confidence < 30 then "Low"
                elif confidence < 70 then "Medium"
                else "High"

            utf8 (",\"confidence\":\"" + word + "\""))

    let private tlps =
        Tlp.all
        |> Array.map (fun tlp ->
            utf8 (
                ",\"marking\":{\"tlp\":\""
                + (Tlp.name tlp).ToUpperInvariant()
                + "\",\"tlp_version\":\"2.0\"}"
            ))

    let private start = "{\"@timestamp\":\""B
    let private version = "\",\"ecs\":{\"version\":\"8.11.0"B
    let private risk = ",\"risk_score\":"B
    let private identity = ",\"id\":\"indicator--"B
    let private eventEnd = "\""B
    let private port = ",\"port\":"B
    let private address = ",\"ip\":\""B
    let private firstSeen = ",\"first_seen\":\""B
    let private lastSeen = ",\"last_seen\":\""B
    let private modified = ",\"modified_at\":\""B
    let private description = ",\"description\":\""B
    let private reference = ",\"reference\":\""B
    let private provider = ",\"provider\":"B
    let private tags = "}},\"tags\":"B
    let private finish = "}\n"B

    let private piece (bytes: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> bytes)

    let private writeTime (name: byte[]) (time: Timestamp) (writer: Utf8Writer) =
        if not (Timestamp.isNone time) then
            piece name writer
            Timestamp.writeMillis time writer
            writer.Byte '"'B

    // `192.0.2.1:443`, `[2001:db8::1]:443`.
    let private writeEndpoint (text: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let colon = text.LastIndexOf ':'B
        let host = text.Slice(0, colon)
        piece address writer

        writer.Bytes(
            if host[0] = '['B then
                host.Slice(1, host.Length - 2)
            else
                host
        )

        writer.Byte '"'B
        piece port writer
        writer.Bytes(text.Slice(colon + 1))

    let private writeRemarks (remarks: Remarks) (row: int) (writer: Utf8Writer) =
        let said = remarks.Description row

        if said.Length > 0 then
            piece description writer
            Json.writeEscaped said writer
            writer.Byte '"'B

        let links = remarks.References row

        if links.Length > 0 then
            let one = References.first links
            piece reference writer
            Json.writeEscaped (one.Slice(one.IndexOf '\t'B + 1)) writer
            writer.Byte '"'B

    /// Why a document cannot hold a value: rules are no indicators of the schema. JSON holds any text.
    let check (observable: ObservableType) : RenderReason voption =
        if ObservableType.isPattern observable then
            ValueSome RenderReason.TypeNotHeld
        else
            ValueNone

    /// One line. `check` refuses nothing of the row.
    let writeChange (batch: IndicatorBatch) (row: int) (number: int64) (op: ChangeOp) (writer: Utf8Writer) : unit =
        let observable = batch.Type[row]
        let struct (head, before, behind) = places[int (ObservableType.code observable)]
        piece start writer
        Timestamp.writeMillis batch.Modified[row] writer
        piece version writer
        piece starts[int (ChangeOp.code op) - 1] writer
        writer.Int number
        piece risk writer
        writer.Int(int64 (batch.Score[row] / 100))
        piece identity writer
        Uuid.write batch.Id[row] writer
        piece eventEnd writer
        piece head writer
        Json.writeEscaped batch.Value[row] writer
        writer.Byte '"'B

        if observable = ObservableType.IpPort then
            writeEndpoint batch.Value[row] writer
        elif before.Length > 0 then
            piece before writer
            Json.writeEscaped batch.Value[row] writer
            piece behind writer

        piece confidences[int batch.Confidence[row]] writer
        piece tlps[int (Tlp.code batch.Tlp[row])] writer
        writeTime firstSeen batch.FirstSeen[row] writer
        writeTime lastSeen batch.LastSeen[row] writer
        writeTime modified batch.Modified[row] writer

        if not batch.Remarks.IsEmpty then
            writeRemarks batch.Remarks row writer

        piece provider writer
        writer.Bytes batch.Sources[row].Json
        piece tags writer
        writer.Bytes batch.Labels[row].Json
        piece finish writer
