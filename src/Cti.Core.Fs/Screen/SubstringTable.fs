// Many texts searched for at once, anywhere in a value, without regard to ASCII case (Wu and Manber, 1994). Knows no list.
namespace Cti.Core

open System
open System.Collections.Generic

/// A text to be found, in lower case.
[<Struct; NoComparison; NoEquality>]
type internal SubstringEntry =
    {
        Text: byte[]
        List: int
        Entry: int
        Types: uint32
    }

/// A window as long as the shortest text slides over the value. A pair of bytes at its end tells how far it may jump, and, where it
/// may not, which texts to compare.
[<Sealed; AllowNullLiteral(false)>]
type internal SubstringTable(texts: List<SubstringEntry>) =
    // Texts of one byte have no pair: they are looked for one by one.
    let short = texts.FindAll(fun entry -> entry.Text.Length < 2).ToArray()
    let long = texts.FindAll(fun entry -> entry.Text.Length >= 2).ToArray()
    let types = texts.ToArray() |> Array.fold (fun set entry -> set ||| entry.Types) 0u

    let window =
        if long.Length = 0 then
            0
        else
            min 255 (long |> Array.map (fun entry -> entry.Text.Length) |> Array.min)

    static let lower =
        Array.init 256 (fun index ->
            if index >= int 'A'B && index <= int 'Z'B then
                byte (index + 32)
            else
                byte index)

    // 12 bits of a pair: 4,096 bytes of jumps stay in the first cache.
    static let pair (first: byte) (second: byte) : int =
        ((int lower[int first] <<< 5) ^^^ int lower[int second]) &&& 4095

    let shifts: byte[] = Array.create 4096 (byte (max 1 (window - 1)))
    // The texts whose window ends with the pair: head of a chain through `next`, -1 at its end.
    let heads: int[] = Array.create 4096 -1
    let next: int[] = Array.create long.Length -1

    do
        for index in long.Length - 1 .. -1 .. 0 do
            let text = long[index].Text

            for at in 1 .. window - 1 do
                let slot = pair text[at - 1] text[at]
                shifts[slot] <- min shifts[slot] (byte (window - 1 - at))

            let slot = pair text[window - 2] text[window - 1]
            next[index] <- heads[slot]
            heads[slot] <- index

    static let matchesAt (value: ReadOnlySpan<byte>) (start: int) (text: byte[]) : bool =
        let mutable at = 0

        if value.Length - start >= text.Length then
            while at < text.Length && lower[int value[start + at]] = text[at] do
                at <- at + 1

        at = text.Length

    static let isEarlier (entry: SubstringEntry) (list: int) (number: int) =
        entry.List < list || (entry.List = list && entry.Entry < number)

    /// The types any of the texts applies to.
    member _.Types = types

    /// The earliest list (then entry) with a text in the value that applies to one of the types; list -1 when there is none.
    member _.Find(value: ReadOnlySpan<byte>, wanted: uint32) : struct (int * int) =
        let mutable list = Int32.MaxValue
        let mutable number = Int32.MaxValue

        if window > 0 then
            let mutable finish = window - 1

            while finish < value.Length do
                let slot = pair value[finish - 1] value[finish]
                let shift = shifts[slot]

                if shift > 0uy then
                    finish <- finish + int shift
                else
                    let mutable index = heads[slot]

                    while index >= 0 do
                        let entry = long[index]

                        if
                            entry.Types &&& wanted <> 0u
                            && isEarlier entry list number
                            && matchesAt value (finish - window + 1) entry.Text
                        then
                            list <- entry.List
                            number <- entry.Entry

                        index <- next[index]

                    finish <- finish + 1

        for entry in short do
            if entry.Types &&& wanted <> 0u && isEarlier entry list number then
                let mutable at = 0

                while at < value.Length && not (matchesAt value at entry.Text) do
                    at <- at + 1

                if at < value.Length then
                    list <- entry.List
                    number <- entry.Entry

        if list = Int32.MaxValue then
            struct (-1, -1)
        else
            struct (list, number)
