// UUIDs as 128-bit numbers whose most significant byte is the first one printed (RFC 9562), so that a column of them is one array.
namespace Cti.Core

open System
open System.Buffers.Binary

/// A UUID: the 16 bytes of RFC 9562 read as one big-endian number.
type Uuid = UInt128

[<RequireQualifiedAccess>]
module Uuid =
    /// From the 16 bytes in printed order.
    let ofBytes (bytes: ReadOnlySpan<byte>) : Uuid =
        UInt128(BinaryPrimitives.ReadUInt64BigEndian bytes, BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice 8))

    let high (value: Uuid) : uint64 = UInt128.op_Explicit (value >>> 64)
    let low (value: Uuid) : uint64 = UInt128.op_Explicit value

    let toBytes (value: Uuid) (target: Span<byte>) =
        BinaryPrimitives.WriteUInt64BigEndian(target, high value)
        BinaryPrimitives.WriteUInt64BigEndian(target.Slice 8, low value)

    let ofGuid (value: Guid) : Uuid =
        let bytes = value.ToByteArray true
        ofBytes (ReadOnlySpan<byte> bytes)

    let toGuid (value: Uuid) : Guid =
        let bytes = Array.zeroCreate<byte> 16
        toBytes value (Span<byte> bytes)
        Guid(ReadOnlySpan<byte> bytes, true)

    /// Writes the 36 characters of the printed form, lower case.
    let write (value: Uuid) (writer: Utf8Writer) =
        let first = high value
        let second = low value

        // The framework's formatter is vectorised; digit by digit takes three times as long (bench: Stix).
        let guid =
            Guid(
                uint32 (first >>> 32),
                uint16 (first >>> 16),
                uint16 first,
                byte (second >>> 56),
                byte (second >>> 48),
                byte (second >>> 40),
                byte (second >>> 32),
                byte (second >>> 24),
                byte (second >>> 16),
                byte (second >>> 8),
                byte second
            )

        let mutable written = 0
        guid.TryFormat(writer.Reserve 36, &written) |> ignore
        writer.Advance written

    let toText (value: Uuid) : string = (toGuid value).ToString "D"

    let tryParse (text: string) : Uuid voption =
        match Guid.TryParseExact(text, "D") with
        | true, guid -> ValueSome(ofGuid guid)
        | _ -> ValueNone

    /// A name-based UUID (version 5, RFC 9562 §5.5) out of the first 16 bytes of a SHA-1 digest, as two big-endian numbers.
    let version5OfHalves (high: uint64) (low: uint64) : Uuid =
        UInt128((high &&& 0xFFFFFFFFFFFF0FFFUL) ||| 0x5000UL, (low &&& 0x3FFFFFFFFFFFFFFFUL) ||| 0x8000000000000000UL)

    /// The same out of the digest's bytes.
    let version5 (digest: ReadOnlySpan<byte>) : Uuid =
        version5OfHalves
            (BinaryPrimitives.ReadUInt64BigEndian digest)
            (BinaryPrimitives.ReadUInt64BigEndian(digest.Slice 8))
