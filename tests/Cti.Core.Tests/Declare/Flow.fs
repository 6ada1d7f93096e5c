// Reads YAML's flow style, `{ a: b, c: [ 'd', "e" ] }`, over several lines, into nodes with places: enough to write
// configurations in tests without the host's reader.
module Cti.Core.Tests.Flow

open System
open Cti.Core.Declare

let private marks (text: string) (offset: int) : Mark =
    let before = text.Substring(0, offset)

    {
        Line = 1 + (before |> Seq.filter (fun character -> character = '\n') |> Seq.length)
        Column = offset - (before.LastIndexOf '\n' + 1) + 1
    }

/// The node written in `text`; what is not flow style throws.
let read (text: string) : Node =
    let mutable at = 0

    let span start : Span =
        {
            File = ""
            Start = marks text start
            End = marks text at
        }

    let blanks () =
        while at < text.Length && Char.IsWhiteSpace text[at] do
            at <- at + 1

    let scalar () : ScalarNode =
        let start = at

        match text[at] with
        | '\''
        | '"' as quote ->
            let close = text.IndexOf(quote, startIndex = at + 1)
            at <- close + 1

            {
                Text = text.Substring(start + 1, close - start - 1)
                Style =
                    if quote = '"' then
                        ScalarStyle.DoubleQuoted
                    else
                        ScalarStyle.SingleQuoted
                Span = span start
                Indent = 0
            }
        | _ ->
            let isEnd (index: int) =
                index >= text.Length
                || ",]}\n".Contains text[index]
                || (text[index] = ':'
                    && (index + 1 = text.Length || Char.IsWhiteSpace text[index + 1]))

            while not (isEnd at) do
                at <- at + 1

            let written = text.Substring(start, at - start).TrimEnd()
            at <- start + written.Length

            {
                Text = written
                Style = ScalarStyle.Plain
                Span = span start
                Indent = 0
            }

    let skip (wanted: char) =
        blanks ()

        if at >= text.Length || text[at] <> wanted then
            invalidArg (nameof text) $"expected %c{wanted} at %d{at}"

        at <- at + 1

    let rec value () : Node =
        blanks ()
        let start = at

        match text[at] with
        | '{' ->
            let entries = Collections.Generic.List<Entry>()
            at <- at + 1
            blanks ()

            while text[at] <> '}' do
                let key = scalar ()
                skip ':'
                entries.Add { Key = key; Value = value () }
                blanks ()

                if text[at] = ',' then
                    at <- at + 1
                    blanks ()

            at <- at + 1

            Node.Mapping
                {
                    Entries = List.ofSeq entries
                    Span = span start
                }
        | '[' ->
            let items = Collections.Generic.List<Node>()
            at <- at + 1
            blanks ()

            while text[at] <> ']' do
                items.Add(value ())
                blanks ()

                if text[at] = ',' then
                    at <- at + 1
                    blanks ()

            at <- at + 1

            Node.Sequence
                {
                    Items = List.ofSeq items
                    Span = span start
                }
        | _ -> Node.Scalar(scalar ())

    value ()
