// BIND's configuration as a block list (named.conf(5)): `zone` statements for names that the server answers itself.
namespace Cti.Core

open System

/// Cuts every `zone "name"` of a line into `domain` (a list where there are several). What stands in a statement's braces, on the same or
/// on other lines, and any other statement, lists nothing; neither does the root zone.
[<Sealed; AllowNullLiteral(false)>]
type internal BindZoneCutter() =
    static let columns = [| "domain" |]
    static let zone = "zone"B
    static let fault = Line.Faulty(ReadError.Syntax SyntaxError.BindStatement)
    let names = NameList()

    // The place behind `zone` where that is the word at `at`, else -1.
    let behindZone (block: byte[]) (at: int) (last: int) : int =
        let finish = Scan.wordEnd block at last

        if Scan.isWordOf (ReadOnlySpan<byte>(block, at, finish - at)) zone then
            finish
        else
            -1

    /// Adds the name at `at`, quoted or bare; gives the place behind it, -1 where there is none.
    let addName (batch: RawBatch) (at: int) (last: int) : int =
        let block = batch.Bytes

        if at = last then
            -1
        else
            let quoted = block[at] = '"'B
            let first = if quoted then at + 1 else at

            let length =
                let rest = ReadOnlySpan<byte>(block, first, last - first)

                if quoted then
                    rest.IndexOf '"'B
                else
                    (Scan.wordEnd block first last) - first

            if length <= 0 || block[first] = '{'B then
                -1
            else
                if not (length = 1 && block[first] = '.'B) then
                    names.Add(first, first + length)

                if quoted then first + length + 1 else first + length

    // Where the next statement of the line begins: behind `};` at depth nought. `last` where none does.
    let nextStatement (block: byte[]) (at: int) (last: int) : int =
        let mutable place = at
        let mutable depth = 0
        let mutable found = -1

        while found < 0 && place < last do
            match block[place] with
            | '"'B ->
                let close = ReadOnlySpan<byte>(block, place + 1, last - place - 1).IndexOf '"'B
                place <- if close < 0 then last else place + close + 2
            | value ->
                if value = '{'B then
                    depth <- depth + 1
                elif value = '}'B then
                    depth <- depth - 1
                elif value = ';'B && depth <= 0 then
                    found <- Scan.pastBlanks block (place + 1) last

                place <- place + 1

        if found < 0 then last else found

    interface ILineCutter with
        member _.Columns = columns
        member _.Resume = columns

        member _.Cut(batch, _, first, last) =
            let block = batch.Bytes
            names.Clear()
            let mutable at = first

            let mutable good =
                Scan.isWord block[first]
                || block[first] = '{'B
                || block[first] = '}'B
                || block[first] = '"'B

            while good && at < last do
                let behind = behindZone block at last

                if behind < 0 then
                    at <- nextStatement block at last
                else
                    let name = addName batch (Scan.pastBlanks block behind last) last

                    if name < 0 then
                        good <- false
                    else
                        at <- nextStatement block name last

            if not good then
                fault
            elif names.Count = 0 then
                Line.Structure
            else
                names.AddField batch
                Line.Record
