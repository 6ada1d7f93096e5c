// Small steps over the bytes of a line, shared by the cutters of block-list dialects: words, quoted words, names in lists.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal Scan =
    let inline private lower (value: byte) =
        if value - 'A'B <= 25uy then value ||| 0x20uy else value

    /// A letter, digit, hyphen or underscore of ASCII.
    let isWord (value: byte) =
        value - '0'B <= 9uy
        || (value ||| 0x20uy) - 'a'B <= 25uy
        || value = '-'B
        || value = '_'B

    /// The first place from `at` on that is no blank, at most `last`.
    let pastBlanks (block: byte[]) (at: int) (last: int) : int =
        let mutable place = at

        while place < last && CommentMarks.IsBlank block[place] do
            place <- place + 1

        place

    /// The end of the word that begins at `at`: the next blank, or `last`.
    let wordEnd (block: byte[]) (at: int) (last: int) : int =
        let mutable place = at

        while place < last && not (CommentMarks.IsBlank block[place]) do
            place <- place + 1

        place

    /// `last`, moved back over blanks behind `first`.
    let beforeBlanks (block: byte[]) (first: int) (last: int) : int =
        let mutable place = last

        while place > first && CommentMarks.IsBlank block[place - 1] do
            place <- place - 1

        place

    /// Whether `text` is the lower-case ASCII word `word`, in any case.
    let isWordOf (text: ReadOnlySpan<byte>) (word: byte[]) : bool =
        text.Length = word.Length
        && (let mutable at = 0

            while at < word.Length && lower text[at] = word[at] do
                at <- at + 1

            at = word.Length)

    /// Index of the word of `words` that `text` is, in any case; -1 when it is none.
    let indexOf (words: byte[][]) (text: ReadOnlySpan<byte>) : int =
        let mutable found = -1
        let mutable index = 0

        while found < 0 && index < words.Length do
            if isWordOf text words[index] then
                found <- index

            index <- index + 1

        found

    /// Words as bytes, for `indexOf`.
    let table (words: string list) : byte[][] =
        words |> List.map Text.Encoding.ASCII.GetBytes |> List.toArray

    /// Whether the text could be an IP address: digits, dots and colons of one, and at least one dot or colon. A zone (`%lo0`)
    /// may follow. Which addresses are good is not for a reader to say.
    let isAddress (text: ReadOnlySpan<byte>) : bool =
        let zone = text.IndexOf '%'B
        let text = if zone < 0 then text else text.Slice(0, zone)
        let mutable marks = 0
        let mutable at = 0
        let mutable letters = false

        while at < text.Length
              && (text[at] - '0'B <= 9uy
                  || (text[at] ||| 0x20uy) - 'a'B <= 5uy
                  || text[at] = '.'B
                  || text[at] = ':'B) do
            if text[at] = ':'B then
                marks <- marks + 256
            elif text[at] = '.'B then
                marks <- marks + 1
            elif text[at] > '9'B then
                letters <- true

            at <- at + 1

        at = text.Length && (marks >= 512 || (marks = 3 && not letters))

/// Collects the names of one record, as places in the block: one name stays where it stands, several become a list in scratch, parted
/// by `RawBatch.ListSeparator`. Reused record by record.
[<Sealed; AllowNullLiteral(false)>]
type internal NameList() =
    let mutable starts = Array.zeroCreate<int> 8
    let mutable ends = Array.zeroCreate<int> 8
    let mutable count = 0

    member _.Count = count
    member _.Clear() = count <- 0

    /// Adds the name at `[first, last)` of the batch's block, or of the text it is read from.
    member _.Add(first: int, last: int) =
        if count = starts.Length then
            Array.Resize(&starts, count * 2)
            Array.Resize(&ends, count * 2)

        starts[count] <- first
        ends[count] <- last
        count <- count + 1

    /// Makes what was collected of a text the next field; empty where nothing was.
    member _.AddFieldOf(text: byte[], batch: RawBatch) =
        match count with
        | 0 -> batch.AddField(0, 0)
        | 1 when Object.ReferenceEquals(text, batch.Bytes) -> batch.AddField(starts[0], ends[0])
        | _ ->
            let from = batch.Scratch.Length

            for index in 0 .. count - 1 do
                if index > 0 then
                    batch.Scratch.Byte RawBatch.ListSeparator

                batch.Scratch.Bytes(ReadOnlySpan<byte>(text, starts[index], ends[index] - starts[index]))

            batch.AddScratch from

    /// The same of the batch's block.
    member this.AddField(batch: RawBatch) = this.AddFieldOf(batch.Bytes, batch)
