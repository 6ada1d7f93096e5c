// What of a cell is a value: cells are cut into items, blanks, prefixes and names of hash types come off. Knows bytes, no record.
namespace Cti.Core

open System
open System.Buffers
open System.Text

/// Rules on the bytes of a cell.
[<RequireQualifiedAccess>]
module internal CellText =
    let private blanks = SearchValues.Create(ReadOnlySpan<byte> " \t\r\n"B)

    let private hashNames =
        WordTable
            [
                "md5", ObservableType.Md5
                "sha1", ObservableType.Sha1
                "sha-1", ObservableType.Sha1
                "sha256", ObservableType.Sha256
                "sha-256", ObservableType.Sha256
                "sha512", ObservableType.Sha512
                "sha-512", ObservableType.Sha512
            ]

    let private hexDigits =
        SearchValues.Create(ReadOnlySpan<byte> "0123456789abcdefABCDEF"B)

    let isBlank (text: ReadOnlySpan<byte>) = text.IndexOfAnyExcept blanks < 0

    /// Blanks before the text.
    let leading (text: ReadOnlySpan<byte>) =
        match text.IndexOfAnyExcept blanks with
        | -1 -> text.Length
        | at -> at

    /// Where the blanks behind the text begin.
    let trailing (text: ReadOnlySpan<byte>) = text.LastIndexOfAnyExcept blanks + 1

    /// Without blanks at both ends.
    let trim (text: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let rest = text.Slice(leading text)
        rest.Slice(0, trailing rest)

    /// Length of the longest of `words` the text begins with, in any case of ASCII letters; `words` stand longest first.
    let prefix (words: byte[][]) (text: ReadOnlySpan<byte>) : int =
        let mutable length = 0

        for word in words do
            if
                length = 0
                && text.Length >= word.Length
                && (text.StartsWith(ReadOnlySpan<byte> word)
                    || Ascii.EqualsIgnoreCase(text.Slice(0, word.Length), ReadOnlySpan<byte> word))
            then
                length <- word.Length

        length

    /// The same at the text's end.
    let suffix (words: byte[][]) (text: ReadOnlySpan<byte>) : int =
        let mutable length = 0

        for word in words do
            if
                length = 0
                && text.Length >= word.Length
                && (text.EndsWith(ReadOnlySpan<byte> word)
                    || Ascii.EqualsIgnoreCase(text.Slice(text.Length - word.Length), ReadOnlySpan<byte> word))
            then
                length <- word.Length

        length

    /// Whether a text can begin with the name of a hash type, or with blanks, behind which one may stand. Asked of every value.
    let mayNameHash (text: ReadOnlySpan<byte>) : bool =
        if text.Length <= 4 then
            false
        else
            let first = text[0]
            let letter = first ||| 0x20uy
            letter = 'm'B || letter = 's'B || first <= ' 'B

    /// How many bytes before a hash name its type, as in `SHA1: 0a4d…`, `md5=…` and `sha-256:…`; 0 where none do.
    let hashName (text: ReadOnlySpan<byte>) (kind: byref<ObservableType>) : int =
        if not (mayNameHash text) then
            0
        else
            // The longest name is of seven bytes; one blank may stand before the colon.
            let mark = text.Slice(0, min text.Length 9).IndexOfAny(':'B, '='B)
            let at = if mark < 0 then -1 else hashNames.Find(text.Slice(0, mark))

            if at < 0 then
                0
            else
                let behind = mark + 1 + leading (text.Slice(mark + 1))
                let digits = text.Slice behind

                if digits.Length > 0 && digits.IndexOfAnyExcept hexDigits < 0 then
                    kind <- hashNames[at]
                    behind
                else
                    0

/// Cuts cells at texts, and in any case at what parts the items of a list field. Linear. Reads only what it was given.
[<Sealed; AllowNullLiteral(false)>]
type internal CellSplitter(separators: string list) =
    let parts =
        separators
        |> List.map Encoding.UTF8.GetBytes
        |> List.append [ [| RawBatch.ListSeparator |] ]
        |> List.sortByDescending Array.length
        |> List.toArray

    let firsts =
        let bytes = parts |> Array.map Array.head
        SearchValues.Create(ReadOnlySpan<byte> bytes)

    let lengthAt (cell: ReadOnlySpan<byte>) at =
        let mutable length = 0

        for part in parts do
            if length = 0 && cell.Slice(at).StartsWith(ReadOnlySpan<byte> part) then
                length <- part.Length

        length

    /// Where the next separator at or behind `from` stands, -1 where none does; `length` is its own.
    member _.Find(cell: ReadOnlySpan<byte>, from: int, length: byref<int>) : int =
        let mutable at = from
        let mutable found = -1

        while found < 0 && at >= 0 do
            match cell.Slice(at).IndexOfAny firsts with
            | -1 -> at <- -1
            | distance ->
                at <- at + distance
                length <- lengthAt cell at

                if length > 0 then found <- at else at <- at + 1

        found

    /// Whether more than `most` items in a cell are not blank. What is shorter than that many bytes is not looked at.
    member this.Exceeds(cell: ReadOnlySpan<byte>, most: int) : bool =
        if cell.Length <= most * 2 then
            false
        else
            let mutable count = 0
            let mutable from = 0

            while from >= 0 do
                let mutable length = 0
                let at = this.Find(cell, from, &length)
                let finish = if at < 0 then cell.Length else at

                if not (CellText.isBlank (cell.Slice(from, finish - from))) then
                    count <- count + 1

                from <- if at < 0 then -1 else at + length

            count > most
