// A rule's text on one line: what was written over several lines that end in a backslash is put together (Suricata's and Snort's manuals, rules over
// several lines). Knows lines, not rules.
namespace Cti.Core

open System

/// The rule being cut. A rule on one line is where it stands in the block; one over several is copied. Reused; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type internal RuleLine() =
    let mutable joined: byte[] = Array.zeroCreate 1024
    let mutable text = joined
    let mutable first = 0
    let mutable last = 0

    // A line without the backslash at its end.
    let goingOn (line: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let mutable finish = line.Length

        while finish > 0 && CommentMarks.IsBlank line[finish - 1] do
            finish <- finish - 1

        line.Slice(0, max 0 (finish - 1))

    // Without the backslashes, the blanks behind them and the line ends; what stands before and behind is kept as it is.
    let join (rule: ReadOnlySpan<byte>) =
        if joined.Length < rule.Length then
            joined <- Array.zeroCreate (max rule.Length (joined.Length * 2))

        let mutable rest = rule
        let mutable length = 0

        while rest.Length > 0 do
            let stop = rest.IndexOfAny('\n'B, '\r'B)

            let line = if stop < 0 then rest else goingOn (rest.Slice(0, stop))

            line.CopyTo(Span<byte>(joined, length, line.Length))
            length <- length + line.Length

            rest <-
                if stop < 0 then
                    ReadOnlySpan<byte>.Empty
                else
                    rest.Slice(stop + 1)

        length

    /// The bytes the rule stands in: `[First, Last)` of them.
    member _.Text = text
    member _.First = first
    member _.Last = last

    /// Takes the rule `[from, until)` of the batch's block, without blanks around it.
    member _.Take(batch: RawBatch, from: int, until: int) : unit =
        let rule = ReadOnlySpan<byte>(batch.Bytes, from, until - from)

        if rule.IndexOfAny('\n'B, '\r'B) < 0 then
            text <- batch.Bytes
            first <- from
            last <- until
        else
            last <- join rule
            text <- joined
            first <- Scan.pastBlanks text 0 last
            last <- Scan.beforeBlanks text first last

    /// Makes a part of the rule the next field.
    member _.AddField(batch: RawBatch, from: int, until: int) : unit =
        if Object.ReferenceEquals(text, batch.Bytes) then
            batch.AddField(from, until)
        else
            let place = batch.Scratch.Length
            batch.Scratch.Bytes(ReadOnlySpan<byte>(text, from, until - from))
            batch.AddScratch place
