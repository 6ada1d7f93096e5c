// Blanks and comment marks: the same in every line-oriented format.
namespace Cti.Core

open System
open System.Text

/// Comment marks as bytes, and the questions readers ask about them.
[<Sealed; AllowNullLiteral(false)>]
type internal CommentMarks(marks: string list) =
    let marks =
        marks
        |> List.filter (fun mark -> mark <> "")
        |> List.map Encoding.UTF8.GetBytes
        |> List.toArray

    let longest = marks |> Array.fold (fun length mark -> max length mark.Length) 0

    static member IsBlank(value: byte) =
        value = ' 'B || value = '\t'B || value = 11uy || value = 12uy

    /// Length of the longest mark; 0 when there is none.
    member _.Longest = longest

    /// Length of the mark `text` begins with, 0 when it begins with none.
    member _.MarkAt(text: ReadOnlySpan<byte>) : int =
        let mutable found = 0
        let mutable index = 0

        while found = 0 && index < marks.Length do
            if text.StartsWith(ReadOnlySpan<byte> marks[index]) then
                found <- marks[index].Length

            index <- index + 1

        found

    /// Length of `text` before the first blank that a comment mark follows; all of it when there is none.
    member this.BeforeTrailing(text: ReadOnlySpan<byte>) : int =
        let mutable at = 0
        let mutable length = -1

        while length < 0 do
            let blank = text.Slice(at).IndexOfAny(' 'B, '\t'B)

            if blank < 0 then
                length <- text.Length
            else
                let first = at + blank
                at <- first + 1

                while at < text.Length && CommentMarks.IsBlank text[at] do
                    at <- at + 1

                if this.MarkAt(text.Slice at) > 0 then
                    length <- first

        length
