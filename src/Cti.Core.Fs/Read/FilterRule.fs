// One filter of a browser's filter list (Adblock Plus, uBlock Origin and AdGuard syntax), taken apart: what it names and when it holds.
namespace Cti.Core

open System

/// What a filter is to a block list.
[<Struct; RequireQualifiedAccess>]
type internal FilterKind =
    /// It names a host, or a host with a path, and holds whenever that is asked for.
    | Names
    /// It names nothing that could be listed: an exception, a rule about the look of pages, a pattern with wildcards, a regular expression.
    | NamesNothing
    /// It names a host, but holds for some requests only.
    | Conditional
    /// `||` without a host.
    | NoHost

/// The parts of a filter, as places in its text.
[<Struct>]
type internal FilterRule =
    {
        Kind: FilterKind
        /// What is named: `[ValueStart, ValueEnd)`.
        ValueStart: int
        ValueEnd: int
        /// End of the pattern; options begin behind it and a `$`.
        PatternEnd: int
    }

[<RequireQualifiedAccess>]
module internal FilterRule =
    let private cosmetic =
        [ "##"; "#@#"; "#?#"; "#$#"; "#%#"; "#@?#"; "#@$#"; "$$"; "$@$" ]
        |> List.map Text.Encoding.ASCII.GetBytes
        |> List.toArray

    // Options under which a filter holds for the page itself, always.
    let private always =
        Scan.table [ "all"; "document"; "doc"; "important"; "match-case"; "" ]

    // Only beside one of the others.
    let private popup = "popup"B
    let private pageWide = Scan.table [ "all"; "document"; "doc" ]
    let private bars = "||"B
    let private brackets = "[]"B
    let private everySub = "*."B
    let private exceptionMark = "@@"B

    let private isOptionByte (value: byte) =
        Scan.isWord value
        || value = '~'B
        || value = ','B
        || value = '='B
        || value = '.'B
        || value = '|'B
        || value = ':'B
        || value = '*'B

    // Where the options begin: at the last `$` behind which nothing but options stands; the text's length where there are none. A `$`
    // in a path is followed by other things, or by a file's name with a dot before any `=`.
    let private optionsAt (text: ReadOnlySpan<byte>) : int =
        let dollar = text.LastIndexOf '$'B

        if dollar <= 0 then
            text.Length
        else
            let options = text.Slice(dollar + 1)
            let mutable at = 0
            let mutable inValue = false

            while at < options.Length
                  && isOptionByte options[at]
                  && (inValue
                      || Scan.isWord options[at]
                      || options[at] = '~'B
                      || options[at] = ','B
                      || options[at] = '='B) do
                if options[at] = '='B then
                    inValue <- true
                elif options[at] = ','B then
                    inValue <- false

                at <- at + 1

            if at = options.Length && at > 0 then
                dollar
            else
                text.Length

    let private holdsAlways (options: ReadOnlySpan<byte>) : bool =
        let mutable good = true
        let mutable popups = false
        let mutable pages = options.Length = 0
        let mutable rest = options
        let mutable going = true

        while going do
            let comma = rest.IndexOf ','B
            let option = if comma < 0 then rest else rest.Slice(0, comma)

            if Scan.isWordOf option popup then
                popups <- true
            elif Scan.indexOf always option < 0 then
                good <- false
            elif Scan.indexOf pageWide option >= 0 then
                pages <- true

            if comma < 0 then
                going <- false
            else
                rest <- rest.Slice(comma + 1)

        good && (pages || not popups)

    let private isHostByte (value: byte) =
        Scan.isWord value
        || value = '.'B
        || value >= 0x80uy
        || value = ':'B
        || value = '['B
        || value = ']'B

    // Whether a pattern without anchors is a host, or a host with something behind it.
    let private isHost (text: ReadOnlySpan<byte>) : bool =
        let slash = text.IndexOf '/'B
        let host = if slash < 0 then text else text.Slice(0, slash)
        let mutable at = 0

        while at < host.Length && isHostByte host[at] do
            at <- at + 1

        at = host.Length
        && at > 0
        && host[0] <> '.'B
        && host[0] <> '-'B
        && host[0] <> '_'B
        && host[0] <> ':'B
        && host[host.Length - 1] <> '.'B
        && (host.Contains '.'B || Scan.isAddress (host.Trim(ReadOnlySpan<byte> brackets)))

    let private isCosmetic (text: ReadOnlySpan<byte>) : bool =
        let mutable found = false
        let mutable index = 0

        while not found && index < cosmetic.Length do
            found <- text.IndexOf(ReadOnlySpan<byte> cosmetic[index]) >= 0
            index <- index + 1

        found

    let private schemeMark = "://"B

    /// Takes a filter apart. `text` is its line without blanks around it, not empty.
    let parse (text: ReadOnlySpan<byte>) : FilterRule =
        let anchored = text.StartsWith(ReadOnlySpan<byte> bars)

        if
            text.StartsWith(ReadOnlySpan<byte> exceptionMark)
            || text[0] = '#'B
            || text[0] = '['B
            || (not anchored && isCosmetic text)
        then
            {
                Kind = FilterKind.NamesNothing
                ValueStart = 0
                ValueEnd = 0
                PatternEnd = text.Length
            }
        else
            let patternEnd = optionsAt text

            let options =
                if patternEnd = text.Length then
                    text.Slice text.Length
                else
                    text.Slice(patternEnd + 1)

            let mutable first =
                if anchored then 2
                elif text[0] = '|'B then 1
                else 0

            let mutable last = patternEnd

            if last > first && text[last - 1] = '|'B then
                last <- last - 1

            if last > first && text[last - 1] = '^'B then
                last <- last - 1

            if
                anchored
                && text.Slice(first, last - first).StartsWith(ReadOnlySpan<byte> everySub)
            then
                first <- first + 2

            let value = text.Slice(first, last - first)
            let scheme = value.IndexOf(ReadOnlySpan<byte> schemeMark)
            let slash = if scheme < 0 then value.IndexOf '/'B else value.Length
            let caret = value.IndexOf '^'B

            let kind =
                if anchored && value.Length = 0 then
                    FilterKind.NoHost
                elif
                    value.Contains '*'B
                    || (caret >= 0 && (slash < 0 || caret < slash))
                    || (scheme > 8 || scheme = 0)
                    || (scheme < 0 && not (isHost value) && (not anchored || slash = 0))
                then
                    FilterKind.NamesNothing
                elif holdsAlways options then
                    FilterKind.Names
                else
                    FilterKind.Conditional

            {
                Kind = kind
                ValueStart = first
                ValueEnd = last
                PatternEnd = patternEnd
            }
