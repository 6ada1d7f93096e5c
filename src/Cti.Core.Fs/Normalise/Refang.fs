// Defanged text: how people write indicators so that nobody clicks on them, undone (Refang) and done (Defang).
// Knows spelling only, nothing of what the value is.
namespace Cti.Core

open System
open System.Buffers
open System.Text

/// Undoes defanging: `hxxp://`, `fxp://`, `meow://`; `.`, `dot`, `:`, `://`, `@`, `at`, `/` in square, round or curly
/// brackets; and, up to the end of the host, the halves `[.` `.]` and `\.`.
[<RequireQualifiedAccess>]
module Refang =
    // A value without any of these needs a look at its scheme only.
    let private marks = SearchValues.Create(ReadOnlySpan<byte> "[]({\\"B)

    let private hxxp = "hxxp"B
    let private fxp = "fxp"B
    let private meow = "meow"B
    let private ftp = "ftp"B
    let private http = "http"B
    let private dot = "dot"B
    let private at = "at"B
    let private schemeEnds = [| "://"B; "[://]"B; "[:]//"B; "(:)//"B; "(://)"B |]

    // The length of a scheme's end in any of its spellings at the start of `rest`, 0 when there is none.
    let private schemeEnd (rest: ReadOnlySpan<byte>) : int =
        let mutable index = 0

        while index < schemeEnds.Length
              && not (rest.StartsWith(ReadOnlySpan<byte> schemeEnds[index])) do
            index <- index + 1

        if index < schemeEnds.Length then
            schemeEnds[index].Length
        else
            0

    // The length of a defanged scheme name (`hxxps` and the like) that a scheme's end follows, 0 when there is none.
    let private schemeLength (value: ReadOnlySpan<byte>) : int =
        if value.Length < 4 then
            0
        else
            let first = Text.lower value[0]

            let name =
                if first = 'h'B && Text.startsWithLower value hxxp then 4
                elif first = 'm'B && Text.startsWithLower value meow then 4
                elif first = 'f'B && Text.startsWithLower value fxp then 3
                else 0

            if name = 0 then
                0
            else
                let length =
                    if name < value.Length && Text.lower value[name] = 's'B then
                        name + 1
                    else
                        name

                if schemeEnd (value.Slice length) > 0 then length else 0

    /// Whether the value may hold anything to undo. False means that `into` would copy it.
    let isNeeded (value: ReadOnlySpan<byte>) : bool =
        value.ContainsAny marks || schemeLength value > 0

    let private closing (opening: byte) : byte =
        match opening with
        | '['B -> ']'B
        | '('B -> ')'B
        | _ -> '}'B

    // What stands in brackets: how many bytes of input, and which byte to print (1 stands for `://`, 0 for no such thing).
    let private inBrackets (rest: ReadOnlySpan<byte>) : struct (int * byte) =
        let mutable next = 1

        if next < rest.Length && rest[next] = ' 'B then
            next <- next + 1

        let token = rest.Slice next

        let struct (size, meaning) =
            if token.Length = 0 then
                struct (0, 0uy)
            elif token.StartsWith(ReadOnlySpan<byte> schemeEnds[0]) then
                struct (3, 1uy)
            elif token[0] = '.'B || token[0] = ':'B || token[0] = '@'B || token[0] = '/'B then
                struct (1, token[0])
            elif Text.startsWithLower token dot then
                struct (3, '.'B)
            elif Text.startsWithLower token at then
                struct (2, '@'B)
            else
                struct (0, 0uy)

        if size = 0 then
            struct (0, 0uy)
        else
            next <- next + size

            if next < rest.Length && rest[next] = ' 'B then
                next <- next + 1

            if next < rest.Length && rest[next] = closing rest[0] then
                struct (next + 1, meaning)
            else
                struct (0, 0uy)

    // One pass. Writes never overtake reads, so `value` and `target` may be the same memory.
    let private pass (value: ReadOnlySpan<byte>) (target: Span<byte>) : int =
        let mutable read = 0
        let mutable write = 0
        let mutable inHost = true
        let scheme = schemeLength value

        if scheme > 0 then
            // hxxp, meow -> http; fxp -> ftp; the s, if any, follows as it is.
            if Text.lower value[0] = 'f'B then
                ftp.AsSpan().CopyTo target
                write <- 3
            else
                http.AsSpan().CopyTo target
                write <- 4

            read <- write

        while read < value.Length do
            let current = value[read]
            let mutable size = 1
            let mutable meaning = current

            match current with
            | '['B
            | '('B
            | '{'B ->
                let struct (length, found) = inBrackets (value.Slice read)

                if length > 0 then
                    size <- length
                    meaning <- found
                elif inHost && current = '['B && read + 1 < value.Length && value[read + 1] = '.'B then
                    size <- 2
                    meaning <- '.'B
            | '.'B when inHost && read + 1 < value.Length && value[read + 1] = ']'B -> size <- 2
            | '\\'B when inHost && read + 1 < value.Length && value[read + 1] = '.'B ->
                size <- 2
                meaning <- '.'B
            | '/'B ->
                // The two slashes after a scheme's colon belong to the way to the host, the next one ends it.
                if
                    not (
                        (write > 0 && target[write - 1] = ':'B)
                        || (write > 1 && target[write - 1] = '/'B && target[write - 2] = ':'B)
                    )
                then
                    inHost <- false
            | '?'B
            | '#'B -> inHost <- false
            | _ -> ()

            if meaning = 1uy && size > 1 then
                target[write] <- ':'B
                target[write + 1] <- '/'B
                target[write + 2] <- '/'B
                write <- write + 3
            else
                target[write] <- meaning
                write <- write + 1

            read <- read + size

        write

    /// Writes the refanged value into `target` (at least as long as the value; it may be the same memory) and gives its
    /// length. Gives -1 for a value still defanged after three passes (`[[[[.]]]]`). Idempotent.
    let into (value: ReadOnlySpan<byte>) (target: Span<byte>) : int =
        let mutable length = pass value target
        let mutable passes = 1
        let mutable before = value.Length

        while passes < 4
              && length <> before
              && isNeeded (Span<byte>.op_Implicit(target.Slice(0, length))) do
            before <- length
            length <- pass (Span<byte>.op_Implicit(target.Slice(0, length))) target
            passes <- passes + 1

        // Every pass but a scheme's shortens the text when it changes it, and a scheme is read in the first.
        if passes = 4 && length <> before then -1 else length

    /// The friendly form. ValueNone where `into` gives -1.
    let text (value: string) : string voption =
        let bytes = Encoding.UTF8.GetBytes value
        let target = Array.zeroCreate<byte> bytes.Length
        let length = into (ReadOnlySpan<byte> bytes) (Span<byte> target)

        if length < 0 then
            ValueNone
        else
            ValueSome(Encoding.UTF8.GetString(target, 0, length))

/// How a printer defangs dots and at signs.
[<Struct; RequireQualifiedAccess>]
type DefangStyle =
    /// `hxxp://evil[.]example`, `user[@]evil[.]example`
    | Square
    /// `hxxp[:]//evil(dot)example`, `user(at)evil(dot)example`
    | Words
    /// `hxxp[://]evil[.]example`, `user[at]evil[.]example`
    | SchemeToo

/// Writes values so that nobody clicks on them. `Refang.text (Defang.text style canonical)` is `canonical`.
[<RequireQualifiedAccess>]
module Defang =
    /// Defangs a canonical value: the scheme, and every dot and at sign up to the end of the host.
    let text (style: DefangStyle) (canonical: string) : string =
        let dot, at, colon =
            match style with
            | DefangStyle.Square -> "[.]", "[@]", "://"
            | DefangStyle.Words -> "(dot)", "(at)", "[:]//"
            | DefangStyle.SchemeToo -> "[.]", "[at]", "[://]"

        let schemeEnd = canonical.IndexOf("://", StringComparison.Ordinal)

        let scheme =
            if schemeEnd < 0 then
                ""
            else
                canonical.Substring(0, schemeEnd)

        let rest =
            if schemeEnd < 0 then
                canonical
            else
                canonical.Substring(schemeEnd + 3)

        let hostEnd = rest.AsSpan().IndexOfAny('/', '?', '#')
        let host = if hostEnd < 0 then rest else rest.Substring(0, hostEnd)
        let path = if hostEnd < 0 then "" else rest.Substring hostEnd

        let spelled =
            match scheme with
            | "http" -> "hxxp"
            | "https" -> "hxxps"
            | "ftp" -> "fxp"
            | "ftps" -> "fxps"
            | other -> other

        let start = if schemeEnd < 0 then "" else spelled + colon

        start
        + host.Replace(".", dot, StringComparison.Ordinal).Replace("@", at, StringComparison.Ordinal)
        + path
