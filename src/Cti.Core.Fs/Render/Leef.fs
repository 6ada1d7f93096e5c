// Changes as lines of the Log Event Extended Format 2.0 (IBM QRadar, "LEEF event components"), as SIEMs read it from syslog. The format escapes nothing: attributes
// are parted by the delimiter its header names, here `^` (relays rewrite a tab), and what holds one is not held.
namespace Cti.Core

open System
open System.Buffers
open System.Text

[<RequireQualifiedAccess>]
module Leef =
    // LEEF:2.0|Vendor|Product Name|Product Version|Event ID|Delimiter|
    let private starts =
        ChangeOp.all
        |> Array.map (fun op ->
            Encoding.UTF8.GetBytes
                $"LEEF:2.0|Cti.Pipelines|cti|1|indicator-%s{ChangeOp.name op}|^|cat=threat-intelligence^sev=")

    let private unsafe =
        SearchValues.Create(ReadOnlySpan<byte> [| yield! [| 0uy .. 31uy |]; '^'B; 127uy |])

    // The predefined attribute that holds a value of the type; none where there is only `indicator`.
    let private keyOf (observable: ObservableType) : byte[] =
        match observable with
        | ObservableType.Ipv4
        | ObservableType.Ipv6 -> "^dst="B
        | ObservableType.Domain -> "^domain="B
        | ObservableType.Url -> "^url="B
        | ObservableType.Email -> "^usrName="B
        | ObservableType.Mac -> "^dstMAC="B
        | ObservableType.Md5
        | ObservableType.Sha1
        | ObservableType.Sha256
        | ObservableType.Sha512 -> "^fileHash="B
        | _ -> [||]

    let private keys =
        Array.init 256 (fun code ->
            match ObservableType.tryOfCode (byte code) with
            | ValueSome observable -> keyOf observable
            | ValueNone -> [||])

    let private types =
        Array.init 256 (fun code ->
            match ObservableType.tryOfCode (byte code) with
            | ValueSome observable -> Encoding.UTF8.GetBytes("^indicatorType=" + ObservableType.name observable)
            | ValueNone -> [||])

    let private tlps =
        Tlp.all |> Array.map (fun tlp -> Encoding.UTF8.GetBytes("^tlp=" + Tlp.name tlp))

    let private time = "^devTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX^devTime="B
    let private firstSeen = "^firstSeen="B
    let private identity = "^identSrc=cti^externalId=indicator--"B
    let private value = "^indicator="B
    let private address = "^dst="B
    let private port = "^dstPort="B
    let private labels = "^labels="B
    let private sources = "^sources="B
    let private score = "^score="B
    let private confidence = "^confidence="B
    let private sequence = "^sequence="B
    let private message = "^msg="B

    let private piece (bytes: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> bytes)

    let private canHold (text: ReadOnlySpan<byte>) = not (text.ContainsAny unsafe)

    let private writeTime (key: byte[]) (time: Timestamp) (writer: Utf8Writer) =
        if not (Timestamp.isNone time) then
            piece key writer
            Timestamp.writeMillis time writer

    // Names are words of feeds; one that would end the attribute is left out.
    let private writeNames (key: byte[]) (names: NameSet) (writer: Utf8Writer) =
        let mutable written = 0

        for index in 0 .. names.Count - 1 do
            if canHold (names.Utf8 index) then
                if written = 0 then piece key writer else writer.Byte ','B

                writer.Bytes(names.Utf8 index)
                written <- written + 1

    let private writeStandard (observable: ObservableType) (text: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        match observable with
        | ObservableType.IpPort when text[0] <> '['B ->
            let colon = text.LastIndexOf ':'B
            piece address writer
            writer.Bytes(text.Slice(0, colon))
            piece port writer
            writer.Bytes(text.Slice(colon + 1))
        | _ ->
            let key = keys[int (ObservableType.code observable)]

            if key.Length > 0 then
                piece key writer
                writer.Bytes text

    /// Why a line cannot hold a value: patterns and rules are no events, and the format escapes nothing.
    let check (observable: ObservableType) (text: ReadOnlySpan<byte>) : RenderReason voption =
        if ObservableType.isPattern observable then
            ValueSome RenderReason.TypeNotHeld
        elif canHold text then
            ValueNone
        else
            ValueSome RenderReason.UnsafeText

    /// One line. Names and descriptions that would end an attribute are left out. `check` refuses nothing of the row.
    let writeChange (batch: IndicatorBatch) (row: int) (number: int64) (op: ChangeOp) (writer: Utf8Writer) : unit =
        let observable = batch.Type[row]
        piece starts[int (ChangeOp.code op) - 1] writer
        // 1 to 10.
        writer.Int(
            if op = ChangeOp.Withdrawn then
                1L
            else
                max 1L (int64 (batch.Score[row] / 1_000))
        )

        writeTime time batch.LastSeen[row] writer
        writeTime firstSeen batch.FirstSeen[row] writer
        piece identity writer
        Uuid.write batch.Id[row] writer
        writeStandard observable batch.Value[row] writer
        piece value writer
        writer.Bytes batch.Value[row]
        piece types[int (ObservableType.code observable)] writer
        piece tlps[int (Tlp.code batch.Tlp[row])] writer
        writeNames labels batch.Labels[row] writer
        writeNames sources batch.Sources[row] writer
        piece score writer
        writer.Int(int64 (batch.Score[row] / 100))
        piece confidence writer
        writer.Int(int64 batch.Confidence[row])
        piece sequence writer
        writer.Int number

        if not batch.Remarks.IsEmpty then
            let said = batch.Remarks.Description row

            if said.Length > 0 && canHold said then
                piece message writer
                writer.Bytes said

        writer.Byte '\n'B
