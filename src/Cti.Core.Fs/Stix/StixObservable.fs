// Cyber-observable objects (STIX 2.1 §6) and their ids: the one kind of STIX id that every producer derives alike (§2.9).
// The properties that make up an id are printed canonically (RFC 8785) and serve the object's JSON as they are.
namespace Cti.Core

open System
open System.Text

[<RequireQualifiedAccess>]
module StixObservable =
    /// Writes the property of an address, directory, file or the like that makes up its id, without the braces around.
    let internal writeOwn (observable: ObservableType) (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let code = int (ObservableType.code observable)
        writer.Bytes(ReadOnlySpan<byte> StixWire.ownStart[code])
        Json.writeEscaped value writer
        writer.Bytes(ReadOnlySpan<byte> StixWire.ownEnd[code])

    let private writeTraffic (parts: StixParts) (address: Uuid) (writer: Utf8Writer) =
        writer.Bytes(ReadOnlySpan<byte> StixWire.port)
        writer.Int(int64 parts.Port)
        writer.Bytes(ReadOnlySpan<byte>(if parts.V6 then StixWire.addressV6 else StixWire.addressV4))
        Uuid.write address writer

        writer.Bytes(
            ReadOnlySpan<byte>(
                if parts.V6 then
                    StixWire.protocolsV6
                else
                    StixWire.protocolsV4
            )
        )

    let private writeNamed (parts: StixParts) (value: ReadOnlySpan<byte>) (directory: Uuid) (writer: Utf8Writer) =
        writer.Bytes(ReadOnlySpan<byte> StixWire.fileName)
        Json.writeEscaped (value.Slice parts.NameStart) writer
        writer.Bytes(ReadOnlySpan<byte> StixWire.parentDirectory)
        Uuid.write directory writer
        writer.Byte '"'B

    /// Whether the object refers to another: network traffic to its address, a file to its directory.
    let internal isOuter (parts: StixParts) : bool =
        parts.Kind = StixKind.NetworkTraffic || parts.NameStart >= 0

    /// Writes the properties that make up the id of an object that refers to `inner`, without the braces: names in the order of RFC 8785.
    let internal writeOuter (parts: StixParts) (value: ReadOnlySpan<byte>) (inner: Uuid) (writer: Utf8Writer) =
        if parts.NameStart >= 0 then
            writeNamed parts value inner writer
        else
            writeTraffic parts inner writer

    /// Writes an id: type, `--`, UUID.
    let internal writeId (kind: StixKind) (id: Uuid) (writer: Utf8Writer) =
        writer.Bytes(ReadOnlySpan<byte>(StixWire.kind kind))
        writer.Bytes(ReadOnlySpan<byte> StixWire.idSeparator)
        Uuid.write id writer

    /// The kind of the object that `writeOwn` describes: the inner one where there are two.
    let internal ownKind (parts: StixParts) =
        if parts.NameStart >= 0 then StixKind.Directory
        elif parts.Kind <> StixKind.NetworkTraffic then parts.Kind
        elif parts.V6 then StixKind.Ipv6Addr
        else StixKind.Ipv4Addr

    /// The id of a subject's cyber-observable object (`ipv4-addr--28bb3599-…`), or none where the value has none in STIX.
    let id (subject: Subject) : string voption =
        let value = Encoding.UTF8.GetBytes subject.Value

        match Stix.parts subject.Type (ReadOnlySpan<byte> value) with
        | ValueSome parts when Stix.isObservable parts.Kind ->
            let writer = Utf8Writer 256
            writer.Byte '{'B
            writeOwn subject.Type (ReadOnlySpan<byte>(value, parts.Start, parts.Length)) writer
            writer.Byte '}'B
            let own = Uuid5.ofName Namespace.stixObservable writer.Written
            writer.Clear()

            let uuid =
                if isOuter parts then
                    writer.Byte '{'B
                    writeOuter parts (ReadOnlySpan<byte> value) own writer
                    writer.Byte '}'B
                    Uuid5.ofName Namespace.stixObservable writer.Written
                else
                    own

            writer.Clear()
            writeId parts.Kind uuid writer
            ValueSome(writer.ToString())
        | _ -> ValueNone
