// unbound's configuration as a block list (unbound.conf(5)): local zones and local data.
namespace Cti.Core

open System

/// Cuts `local-zone: "name" type` and `local-data: "name type data"` into `domain`, `action` (the zone's type, or `data`) and `data`.
/// Zone types that answer as if nothing were listed, and any other option, list nothing.
[<Sealed; AllowNullLiteral(false)>]
type internal UnboundCutter() =
    static let columns = [| "domain"; "action"; "data" |]
    static let keys = Scan.table [ "local-zone"; "local-data" ]

    static let passing =
        Scan.table
            [
                "transparent"
                "typetransparent"
                "always_transparent"
                "nodefault"
                "noview"
                "inform"
                "ipset"
            ]

    static let word = "data"B

    static let fault = Line.Faulty(ReadError.Syntax SyntaxError.UnboundOption)

    let isQuote (value: byte) = value = '"'B || value = '\''B

    let addAction (batch: RawBatch) =
        let from = batch.Scratch.Length
        batch.Scratch.Bytes(ReadOnlySpan<byte> word)
        batch.AddScratch from

    let zone (batch: RawBatch) (first: int) (last: int) (behind: int) (finish: int) =
        let block = batch.Bytes
        let kind = Scan.pastBlanks block behind finish
        let kindEnd = Scan.wordEnd block kind finish

        if first = last || kind = kindEnd then
            fault
        elif Scan.indexOf passing (ReadOnlySpan<byte>(block, kind, kindEnd - kind)) >= 0 then
            Line.Structure
        else
            batch.AddField(first, last)
            batch.AddField(kind, kindEnd)
            batch.AddField(0, 0)
            Line.Record

    let data (batch: RawBatch) (first: int) (last: int) =
        let block = batch.Bytes
        let first = Scan.pastBlanks block first last
        let nameEnd = Scan.wordEnd block first last
        let rest = Scan.pastBlanks block nameEnd last

        if first = nameEnd || rest = last then
            fault
        else
            batch.AddField(first, nameEnd)
            addAction batch
            batch.AddField(rest, Scan.beforeBlanks block rest last)
            Line.Record

    interface ILineCutter with
        member _.Columns = columns
        member _.Resume = columns

        member _.Cut(batch, _, first, last) =
            let block = batch.Bytes
            let mutable keyEnd = first

            while keyEnd < last && Scan.isWord block[keyEnd] do
                keyEnd <- keyEnd + 1

            if keyEnd = first || keyEnd = last || block[keyEnd] <> ':'B then
                fault
            else
                let key = Scan.indexOf keys (ReadOnlySpan<byte>(block, first, keyEnd - first))
                let at = Scan.pastBlanks block (keyEnd + 1) last

                if key < 0 then
                    Line.Structure
                elif at = last then
                    fault
                elif isQuote block[at] then
                    let length = ReadOnlySpan<byte>(block, at + 1, last - at - 1).IndexOf block[at]

                    if length < 0 then
                        fault
                    elif key = 0 then
                        zone batch (at + 1) (at + 1 + length) (at + length + 2) last
                    else
                        data batch (at + 1) (at + 1 + length)
                elif key = 0 then
                    let finish = Scan.wordEnd block at last
                    zone batch at finish finish last
                else
                    fault
