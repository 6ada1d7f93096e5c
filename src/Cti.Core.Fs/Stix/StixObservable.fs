// Cyber-observable objects (STIX 2.1 §6) and their ids: the one kind of STIX id that every producer derives alike (§2.9).
// The properties that make up an id are printed canonically (RFC 8785) and serve the object's JSON as they are.
namespace Cti.Core

open System
open System.Text

[<RequireQualifiedAccess>]
module StixObservable =
    /// Writes the properties of an address, name or file that make up its id, without the braces around.
    let internal writeOwn (observable: ObservableType) (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let hash = StixWire.hash[int (ObservableType.code observable)]

        if hash.Length > 0 then
            writer.Bytes(ReadOnlySpan<byte> hash)
            Json.writeEscaped value writer
            writer.Bytes(ReadOnlySpan<byte> StixWire.hashEnd)
        else
            writer.Bytes(ReadOnlySpan<byte> StixWire.ownValue)
            Json.writeEscaped value writer
            writer.Byte '"'B

    /// Writes the properties of network traffic that make up its id, without the braces: names in the order of RFC 8785.
    let internal writeTraffic (parts: StixParts) (address: Uuid) (writer: Utf8Writer) =
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

    /// Writes an id: type, `--`, UUID.
    let internal writeId (kind: StixKind) (id: Uuid) (writer: Utf8Writer) =
        writer.Bytes(ReadOnlySpan<byte>(StixWire.kind kind))
        writer.Bytes(ReadOnlySpan<byte> StixWire.idSeparator)
        Uuid.write id writer

    /// The kind of the address inside network traffic.
    let internal addressKind (parts: StixParts) =
        if parts.V6 then StixKind.Ipv6Addr else StixKind.Ipv4Addr

    /// The id of a subject's cyber-observable object (`ipv4-addr--28bb3599-…`), or none where the value has no form in STIX.
    let id (subject: Subject) : string voption =
        let value = Encoding.UTF8.GetBytes subject.Value

        match Stix.parts subject.Type (ReadOnlySpan<byte> value) with
        | ValueNone -> ValueNone
        | ValueSome parts ->
            let writer = Utf8Writer 256
            writer.Byte '{'B
            writeOwn subject.Type (ReadOnlySpan<byte>(value, parts.Start, parts.Length)) writer
            writer.Byte '}'B
            let own = Uuid5.ofName Namespace.stixObservable writer.Written
            writer.Clear()

            let uuid =
                match parts.Kind with
                | StixKind.NetworkTraffic ->
                    writer.Byte '{'B
                    writeTraffic parts own writer
                    writer.Byte '}'B
                    Uuid5.ofName Namespace.stixObservable writer.Written
                | _ -> own

            writer.Clear()
            writeId parts.Kind uuid writer
            ValueSome(writer.ToString())
