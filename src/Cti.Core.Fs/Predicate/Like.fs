// SQL's LIKE over UTF-8: `%` is any run of characters, `_` is one code point; case-sensitive, the whole text must match.
namespace Cti.Core.Predicates

open System
open System.Text

/// A pattern made ready once. At worst it takes (text length × pattern length) steps; there is no exponential case.
[<Sealed; AllowNullLiteral(false)>]
type internal LikePattern(pattern: string, escape: char voption) =
    // -1 is `%`, -2 is `_`, anything else a byte that must stand there.
    static let run = -1s
    static let single = -2s

    let steps: int16[] =
        let literal (text: string) =
            Encoding.UTF8.GetBytes text |> Array.map int16

        let found = Collections.Generic.List<int16>()
        let mutable at = 0

        while at < pattern.Length do
            if ValueSome pattern[at] = escape && at + 1 < pattern.Length then
                at <- at + 1

                let width = if Char.IsSurrogatePair(pattern, at) then 2 else 1
                found.AddRange(literal (pattern.Substring(at, width)))
                at <- at + width
            else
                match pattern[at] with
                | '%' when found.Count > 0 && found[found.Count - 1] = run -> at <- at + 1
                | '%' ->
                    found.Add run
                    at <- at + 1
                | '_' ->
                    found.Add single
                    at <- at + 1
                | _ ->
                    let width = if Char.IsSurrogatePair(pattern, at) then 2 else 1
                    found.AddRange(literal (pattern.Substring(at, width)))
                    at <- at + width

        found.ToArray()

    // Bytes of the code point that begins with `lead`.
    static let width (lead: byte) =
        if lead < 0x80uy then 1
        elif lead < 0xE0uy then 2
        elif lead < 0xF0uy then 3
        else 4

    /// Whether all of `text` (valid UTF-8) matches.
    member _.Matches(text: ReadOnlySpan<byte>) : bool =
        let mutable at = 0
        let mutable step = 0
        // Where the last `%` stands, and up to where it has been stretched.
        let mutable lastRun = -1
        let mutable stretched = 0
        let mutable failed = false

        while not failed && (at < text.Length || step < steps.Length) do
            let wanted = if step < steps.Length then steps[step] else -3s

            if wanted = run then
                lastRun <- step
                stretched <- at
                step <- step + 1
            elif wanted = single && at < text.Length then
                at <- min text.Length (at + width text[at])
                step <- step + 1
            elif wanted >= 0s && at < text.Length && int16 text[at] = wanted then
                at <- at + 1
                step <- step + 1
            elif lastRun >= 0 && stretched < text.Length then
                stretched <- min text.Length (stretched + width text[stretched])
                at <- stretched
                step <- lastRun + 1
            else
                failed <- true

        not failed
