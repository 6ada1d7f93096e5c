// A few words of a declaration and what they mean: what a field says is looked up in it without making a string.
namespace Cti.Core

open System
open System.Text

/// Words in any case of their ASCII letters; blanks around do not count. Asked in the order of the entries: for a few dozen.
[<Sealed; AllowNullLiteral(false)>]
type internal WordTable<'T>(entries: (string * 'T) list) =
    let words =
        entries
        |> List.map (fun (word, _) -> Encoding.UTF8.GetBytes(word.Trim()))
        |> List.toArray

    let values = entries |> List.map snd |> List.toArray

    static let isSame (word: byte[]) (text: ReadOnlySpan<byte>) =
        word.Length = text.Length
        && (text.SequenceEqual(ReadOnlySpan<byte> word)
            || Ascii.EqualsIgnoreCase(text, ReadOnlySpan<byte> word))

    member _.IsEmpty = words.Length = 0

    /// Place of the word, -1 where it is not in the table.
    member _.Find(text: ReadOnlySpan<byte>) : int =
        let text = text.Trim ' 'B
        let mutable at = words.Length - 1

        while at >= 0 && not (isSame words[at] text) do
            at <- at - 1

        at

    member _.Item(at: int) = values[at]
