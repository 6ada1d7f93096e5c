// The manifest of a MISP feed: which events there are and when each last changed. Reads and writes the lines of its own files only.
namespace Cti.Core

open System
open System.Buffers.Text
open System.Collections.Generic

/// A feed's manifest, entry by entry in the order of their ids. Not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type MispManifest() =
    static let idLength = 36
    static let entryStart = "\":{\"timestamp\":\""B
    let content = Utf8Writer 4096
    let mutable isEmpty = true

    do content.Bytes(ReadOnlySpan<byte> "{\n"B)

    /// Adds an event, with what it says of itself (`MispEventFile.Head`).
    member _.Add(id: Uuid, seconds: int64, head: ReadOnlySpan<byte>) : unit =
        if not isEmpty then
            content.Bytes(ReadOnlySpan<byte> ",\n"B)

        isEmpty <- false
        content.Byte '"'B
        Uuid.write id content
        content.Bytes(ReadOnlySpan<byte> entryStart)
        content.Int seconds
        content.Bytes(ReadOnlySpan<byte> "\","B)
        content.Bytes head
        content.Byte '}'B

    /// The whole file.
    member _.Finish() : ReadOnlySpan<byte> =
        content.Bytes(ReadOnlySpan<byte>(if isEmpty then "}\n"B else "\n}\n"B))
        content.Written

    /// The events a manifest names. None: it is not one of ours, so its feed is not ours to change.
    static member TryRead(bytes: ReadOnlySpan<byte>) : List<Uuid> voption =
        let found = List<Uuid>()
        let mutable at = 0
        let mutable number = 0
        let mutable good = true
        let mutable isClosed = false

        while good && at < bytes.Length do
            let stop = bytes.Slice(at).IndexOf '\n'B
            let until = if stop < 0 then bytes.Length else at + stop
            let line = bytes.Slice(at, until - at)
            let mutable id = Guid.Empty
            let mutable used = 0

            if number = 0 then
                good <- line.Length = 1 && line[0] = '{'B
            elif line.Length = 1 && line[0] = '}'B && not isClosed then
                isClosed <- true
            elif
                line.Length > idLength + 1 + entryStart.Length
                && not isClosed
                && Utf8Parser.TryParse(line.Slice(1, idLength), &id, &used, 'D')
                && (line.Slice(1 + idLength)).StartsWith(ReadOnlySpan<byte> entryStart)
            then
                found.Add(Uuid.ofGuid id)
            else
                good <- false

            number <- number + 1
            at <- until + 1

        if good && isClosed then ValueSome found else ValueNone
