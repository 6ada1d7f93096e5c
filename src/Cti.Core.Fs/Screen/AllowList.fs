// Our own lists of what must not be listed: plain text, one entry a line. Knows the format only; ScreenSet does the matching.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module AllowList =
    // Whether an entry can match anything: a domain with what is below it, or whatever normalises.
    let private isUsable (entry: ReadOnlySpan<byte>) : bool =
        if entry[0] = '.'B || entry[0] = '*'B then
            true
        else
            let target = Array.zeroCreate<byte>(Normalise.bound entry.Length)
            (Normalise.into TypeHint.Auto entry (Span<byte> target)).Error.IsNone

    let private read
        (matchType: MatchType)
        (file: string)
        (text: ReadOnlyMemory<byte>)
        : Result<ScreenList, ScreenError> =
        let entries = TextColumn(16, 24)
        let mutable rest = text.Span
        let mutable line = 0
        let mutable error = ValueNone

        while error.IsNone && rest.Length > 0 do
            line <- line + 1
            let finish = rest.IndexOf '\n'B
            let whole = if finish < 0 then rest else rest.Slice(0, finish)

            rest <-
                if finish < 0 then
                    rest.Slice rest.Length
                else
                    rest.Slice(finish + 1)

            let mutable comment = whole.IndexOf '#'B

            // A # inside a URL is a fragment.
            while comment > 0 && whole[comment - 1] <> ' 'B && whole[comment - 1] <> '\t'B do
                let next = whole.Slice(comment + 1).IndexOf '#'B
                comment <- if next < 0 then -1 else comment + 1 + next

            let entry = Text.trim (if comment < 0 then whole else whole.Slice(0, comment))

            if entry.Length > 0 then
                if isUsable entry then
                    entries.Add entry
                else
                    error <- ValueSome(ScreenError.InvalidEntry(file, line, RuleText.shown entry))

        match error with
        | ValueSome error -> Error error
        | ValueNone -> Ok(ScreenList(file, file, "", matchType, ObservableTypes.all, entries))

    /// Reads lines of values: a CIDR, `.example.org` or `*.example.org` (with all below), a domain, or any other value. `#` begins a
    /// comment at the start of a line or after white space. An entry that can match nothing is an error.
    let parse (file: string) (text: ReadOnlyMemory<byte>) : Result<ScreenList, ScreenError> =
        read MatchType.Any file text

    /// Reads a never-list: the same lines. They hold more: see `MatchType.Never`.
    let parseNever (file: string) (text: ReadOnlyMemory<byte>) : Result<ScreenList, ScreenError> =
        read MatchType.Never file text
