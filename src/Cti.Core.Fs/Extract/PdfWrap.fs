// Whether a line of a PDF goes on on the next one, and whether a value that was broken at the end of a line does. Words and widths; knows no layout.
namespace Cti.Core

open System

/// How two lines belong together.
[<Struct; RequireQualifiedAccess>]
type internal Seam =
    /// The second begins something else.
    | Apart
    /// One text, with a blank between.
    | Words
    /// A value was broken: nothing stands between.
    | Value

/// How much room the first of two lines left.
[<Struct>]
type internal LineRoom =
    {
        /// Points up to the edge of its column.
        Column: float
        /// Points up to where its text has to end.
        Margin: float
    }

[<RequireQualifiedAccess>]
module internal PdfWrap =
    let private isHex (text: string) =
        text.Length > 0
        && not (text.AsSpan().ContainsAnyExcept "0123456789abcdefABCDEF")

    let private isHash (text: string) =
        isHex text
        && (match text.Length with
            | 32
            | 40
            | 64
            | 96
            | 128 -> true
            | _ -> false)

    let private lastWord (text: string) =
        text.Substring(text.LastIndexOf ' ' + 1)

    let private firstWord (text: string) =
        match text.IndexOf ' ' with
        | -1 -> text
        | at -> text.Substring(0, at)

    let private schemes =
        [ "http:"; "https:"; "hxxp"; "ftp:"; "http["; "https["; "tcp:"; "www."; "www[" ]

    let private beginsUrl (word: string) =
        schemes
        |> List.exists (fun scheme -> word.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))

    let private isDefanged (word: string) =
        word.Contains("[.", StringComparison.Ordinal)
        || word.Contains("(.)", StringComparison.Ordinal)
        || word.Contains("[dot]", StringComparison.OrdinalIgnoreCase)

    // A word that is a value of its own from its first letter on.
    let private isWhole (word: string) =
        let number = word.AsSpan().TrimStart("0123456789.[]")

        beginsUrl word
        || isHash word
        || (isDefanged word && not (word.Contains '/') && word.Length > 6)
        || (number.Length = 0 && word.AsSpan().Count '.' = 3)
        || (word.Length > 3 && Char.IsAsciiLetter word[0] && word[1] = ':' && word[2] = '\\')

    let private isUrl (word: string) =
        word.Contains("://", StringComparison.Ordinal)
        || word.Contains("[://", StringComparison.Ordinal)
        || word.Contains("[:]//", StringComparison.Ordinal)
        || beginsUrl word
        || (isDefanged word && word.Contains '/')

    let private isPath (word: string) =
        word.Contains(":\\", StringComparison.Ordinal)
        || word.StartsWith('%')
        || word.StartsWith("HK", StringComparison.Ordinal) && word.Contains '\\'

    // Bytes after which programs break a long word.
    let private breaks = "/-?&=_%.~+#,;:"

    /// Ends in the hyphen that programs put where they part a word; what people write is another character.
    let isHyphenated (text: string) = text.EndsWith '\u2010'

    let private isUnfinished (word: string) =
        isHyphenated word
        || word.EndsWith("[.]", StringComparison.Ordinal)
        || word.EndsWith("[.", StringComparison.Ordinal)
        || word.EndsWith("(.)", StringComparison.Ordinal)
        || word.EndsWith("[dot]", StringComparison.OrdinalIgnoreCase)
        || word.EndsWith("://", StringComparison.Ordinal)
        || (word.EndsWith('[') && word.Length > 3)
        || (word.EndsWith('\\') && isPath word)

    // Whether what stands behind the last dot is an extension or a top-level domain.
    let private hasKnownEnd (word: string) =
        let label =
            word.Substring(word.LastIndexOf '.' + 1).TrimEnd('.', ',', ';', ':').ToLowerInvariant()

        let bytes = System.Text.Encoding.UTF8.GetBytes label

        FileExtensions.kindOf (ReadOnlySpan<byte> bytes) <> ExtensionKind.Unknown
        || TopLevelDomains.isKnown (ReadOnlySpan<byte> bytes)

    // What may be the rest of an address, rather than a word of a sentence.
    let private isRest (line: string) (word: string) =
        word.Length = line.Length
        || word.AsSpan().IndexOfAny "/_=?&%\\" >= 0
        || word.AsSpan().ContainsAnyInRange('0', '9')
        || (let dot = word.IndexOf '.' in dot > 0 && dot < word.Length - 1)

    let private isBroken (soFar: string) (above: PdfLine) (below: PdfLine) (room: LineRoom) : bool =
        let left = lastWord soFar
        let right = firstWord below.Text
        // A word longer than a line is broken wherever the line ends.
        let isFull = room.Column < 1.6 * above.CharWidth

        if isHex left && isHex right && left.Length >= 6 && right.Length >= 1 then
            // Half a hash may have the length of a shorter one; two thirds of one are nothing by themselves.
            not (isHash right)
            && (isHash (left + right)
                || (not (isHash left)
                    && (isFull || left.Length >= 16 && right.Length = below.Text.Length)
                    && left.Length + right.Length < 128))
        elif isUnfinished left || (right.Length > 1 && right[0] = '\\' && right[1] <> '\\') then
            true
        elif left.EndsWith '-' && left.Length > 2 && isDefanged right && not (isWhole left) then
            below.FirstWidth > room.Column - 0.3 * above.Size
        elif isWhole right then
            false
        elif
            isFull
            && left.Contains '.'
            && not (right.Contains '.')
            && not (hasKnownEnd left)
            && hasKnownEnd (left + right)
        then
            true
        else
            let wouldFit = below.FirstWidth < room.Column - 0.3 * above.Size
            let endsAtBreak = breaks.Contains left[left.Length - 1]

            if isUrl left then
                not wouldFit && (endsAtBreak || isFull) && isRest below.Text right
            elif isPath left then
                not wouldFit && (endsAtBreak || isFull) && isRest below.Text right
            else
                left.EndsWith '-' && isDefanged left && not wouldFit

    // A line that says what it is about.
    let private isLabelled (text: string) =
        let colon = text.IndexOf ": "
        colon > 0 && colon < 32 && text.LastIndexOf(' ', colon) < 0

    /// How a text, whose last line is `above`, and the line below that belong together.
    let seam (soFar: string) (above: PdfLine) (below: PdfLine) (room: LineRoom) : Seam =
        if isBroken soFar above below room then
            Seam.Value
        elif
            below.FirstWidth + 0.2 * above.Size < room.Margin
            || isLabelled below.Text
            || not (above.Text.Contains ' ') && not (below.Text.Contains ' ')
            || isWhole (firstWord below.Text) && not (above.Text.Contains ' ')
        then
            Seam.Apart
        else
            Seam.Words
