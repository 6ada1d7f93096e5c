// Changes as lines of the Common Event Format (ArcSight Common Event Format, version 27), as SIEMs read it from syslog.
namespace Cti.Core

open System
open System.Text

[<RequireQualifiedAccess>]
module Cef =
    // CEF:Version|Device Vendor|Device Product|Device Version|Device Event Class ID|Name|Severity|Extension
    let private starts =
        ChangeOp.all
        |> Array.map (fun op ->
            let name = ChangeOp.name op
            Encoding.UTF8.GetBytes $"CEF:0|Cti.Pipelines|cti|1|indicator-%s{name}|Indicator %s{name}|")

    // The field of the standard dictionary that holds a value of the type; none where there is only the custom string.
    let private keyOf (observable: ObservableType) : byte[] =
        match observable with
        | ObservableType.Ipv4 -> " dst="B
        | ObservableType.Ipv6 -> " c6a3Label=Destination IPv6 Address c6a3="B
        | ObservableType.Domain -> " dhost="B
        | ObservableType.Url -> " request="B
        | ObservableType.Email -> " suser="B
        | ObservableType.Md5
        | ObservableType.Sha1
        | ObservableType.Sha256
        | ObservableType.Sha512 -> " fileHash="B
        | ObservableType.FileName -> " fname="B
        | ObservableType.FilePath -> " filePath="B
        | ObservableType.Mac -> " dmac="B
        | ObservableType.UserAgent -> " requestClientApplication="B
        | _ -> [||]

    let private keys =
        Array.init 256 (fun code ->
            match ObservableType.tryOfCode (byte code) with
            | ValueSome observable -> keyOf observable
            | ValueNone -> [||])

    let private types =
        Array.init 256 (fun code ->
            match ObservableType.tryOfCode (byte code) with
            | ValueSome observable ->
                Encoding.UTF8.GetBytes(" cs2Label=indicatorType cs2=" + ObservableType.name observable)
            | ValueNone -> [||])

    let private tlps =
        Tlp.all
        |> Array.map (fun tlp -> Encoding.UTF8.GetBytes(" cs3Label=tlp cs3=" + Tlp.name tlp))

    let private identity = "|externalId=indicator--"B
    let private value = " cs1Label=indicator cs1="B
    let private address = " dst="B
    let private port = " dpt="B
    let private labels = " cs4Label=labels cs4="B
    let private sources = " cs5Label=sources cs5="B
    let private score = " cn1Label=score cn1="B
    let private confidence = " cn2Label=confidence cn2="B
    let private sequence = " cn3Label=sequence cn3="B
    let private start = " start="B
    let private finish = " end="B
    let private message = " msg="B

    let private piece (bytes: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> bytes)

    // Milliseconds since 1970, as the format has times.
    let private writeTime (key: byte[]) (time: Timestamp) (writer: Utf8Writer) =
        if not (Timestamp.isNone time) then
            piece key writer
            writer.Int(Timestamp.toMicroseconds time / 1_000L)

    let private writeNames (key: byte[]) (names: NameSet) (writer: Utf8Writer) =
        if names.Count > 0 then
            piece key writer

            for index in 0 .. names.Count - 1 do
                if index > 0 then
                    writer.Byte ','B

                CefText.writeValue (names.Utf8 index) writer

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
                CefText.writeValue text writer

    /// Why a line cannot hold a value: patterns and rules are no events, and control characters have no form.
    let check (observable: ObservableType) (text: ReadOnlySpan<byte>) : RenderReason voption =
        if ObservableType.isPattern observable then
            ValueSome RenderReason.TypeNotHeld
        elif CefText.canHold text then
            ValueNone
        else
            ValueSome RenderReason.UnsafeText

    /// One line. Names and descriptions that the format has no form for are left out. `check` refuses nothing of the row.
    let writeChange (batch: IndicatorBatch) (row: int) (number: int64) (op: ChangeOp) (writer: Utf8Writer) : unit =
        let observable = batch.Type[row]
        piece starts[int (ChangeOp.code op) - 1] writer
        // 0 to 10: what is taken back is no danger any more.
        writer.Int(
            if op = ChangeOp.Withdrawn then
                0L
            else
                int64 (batch.Score[row] / 1_000)
        )

        piece identity writer
        Uuid.write batch.Id[row] writer
        writeStandard observable batch.Value[row] writer
        piece value writer
        CefText.writeValue batch.Value[row] writer
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
        writeTime start batch.FirstSeen[row] writer
        writeTime finish batch.LastSeen[row] writer

        if not batch.Remarks.IsEmpty then
            let said = batch.Remarks.Description row

            if said.Length > 0 && CefText.canHold said then
                piece message writer
                CefText.writeValue said writer

        writer.Byte '\n'B
