// What malware leaves on a host, as text: names and paths of files, registry keys, user agents, mutexes. Kept as written but for what
// Windows, Linux or the people who copy it add without meaning.
namespace Cti.Core

open System
open System.Buffers

[<RequireQualifiedAccess>]
module internal HostText =
    // Without blanks and pairs of quotation marks around.
    let rec private unquoted (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let rest = Text.trim value

        if rest.Length > 1 && rest[0] = '"'B && rest[rest.Length - 1] = '"'B then
            unquoted (rest.Slice(1, rest.Length - 2))
        else
            rest

    let private write (text: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        if text.Length = 0 then
            Written.fail NormaliseError.Empty
        else
            FreeText.normalise text target

    let private separators = SearchValues.Create(ReadOnlySpan<byte> "/\\"B)

    // What no name on Windows can hold; elsewhere it stands for a placeholder (`<random>.exe`, `*.tmp`) or joins two values (`name|md5`).
    let private reserved = SearchValues.Create(ReadOnlySpan<byte> "*?<>|\""B)
    let private here = "."B
    let private above = ".."B

    /// Writes the name of a file: no separator, none of `* ? < > | "`.
    let fileName (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let name = unquoted value

        if name.ContainsAny separators then
            Written.fail NormaliseError.FileNameSeparator
        elif
            name.ContainsAny reserved
            || name.SequenceEqual(ReadOnlySpan<byte> here)
            || name.SequenceEqual(ReadOnlySpan<byte> above)
        then
            Written.fail NormaliseError.FileNameCharacter
        else
            write name target

    let private userAgentHeader = "user-agent:"B

    let rec private withoutHeader (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let rest = unquoted value

        if Text.startsWithLower rest userAgentHeader then
            withoutHeader (rest.Slice userAgentHeader.Length)
        else
            rest

    /// Writes what an HTTP client calls itself, without the header's name and quotation marks around.
    let userAgent (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written = write (withoutHeader value) target

    /// Writes the name of a mutex as it is: `Global\` and `Local\` are part of it, and so is its case.
    let mutex (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written = write value target

    // Paths -------------------------------------------------------------------------------------------------------------------------------

    let private slashes = "\\\\"B
    let private verbatim = "\\\\?\\"B
    let private verbatimShare = "unc\\"B
    let private scheme = "://"B

    let private isDrive (value: ReadOnlySpan<byte>) =
        value.Length >= 3
        && Text.isLetter value[0]
        && value[1] = ':'B
        && (value[2] = '\\'B || value[2] = '/'B)

    // The length of `%NAME%` at the start; 0 when there is none.
    let private variable (value: ReadOnlySpan<byte>) : int =
        if value.Length < 4 || value[0] <> '%'B then
            0
        else
            let close = value.Slice(1).IndexOf '%'B
            let name = value.Slice(1, max 0 close)

            if close > 0 && not (name.ContainsAny separators) && not (name.Contains ' 'B) then
                close + 2
            else
                0

    /// Whether a value is a path on Windows and can be nothing else: `C:\…`, `\\server\…`, `%NAME%\…`.
    let isPath (value: ReadOnlySpan<byte>) : bool =
        let named = variable value

        (isDrive value && value[2] = '\\'B)
        || (value.Length > 4
            && value.StartsWith(ReadOnlySpan<byte> slashes)
            && value.Slice(3).Contains '\\'B)
        || (named > 0 && named < value.Length && value[named] = '\\'B)

    // Copies a path with one separator where there were several, all of them alike on Windows.
    let private copyPath (value: ReadOnlySpan<byte>) (isWindows: bool) (target: Span<byte>) : int =
        let mutable size = 0

        for at in 0 .. value.Length - 1 do
            let isSeparator = value[at] = '/'B || (isWindows && value[at] = '\\'B)
            let separator = if isWindows then '\\'B else '/'B

            if not isSeparator then
                target[size] <- value[at]
                size <- size + 1
            elif size = 0 || target[size - 1] <> separator then
                target[size] <- separator
                size <- size + 1

        size

    // A Windows path without `\\?\`: drive and variable in upper case, a share with two backslashes in front.
    let private windowsPath (value: ReadOnlySpan<byte>) (isShare: bool) (target: Span<byte>) : int =
        let start = if isShare then 1 else 0

        if isShare then
            target[0] <- '\\'B

        let size = start + copyPath value true (target.Slice start)
        let named = if isDrive value then 1 else variable value

        for at in 0 .. named - 1 do
            if target[at] - 'a'B <= 25uy then
                target[at] <- target[at] - 32uy

        size

    // Whether anything stands below the drive, the variable, the root, or the server of a share.
    let private isNamed (path: ReadOnlySpan<byte>) (isShare: bool) : bool =
        let rest = path.Slice(if isDrive path then 2 else variable path)
        let first = rest.IndexOfAnyExcept separators

        if first < 0 || not isShare then
            first >= 0
        else
            let server = rest.Slice first
            let finish = server.IndexOfAny separators
            finish > 0 && server.Slice(finish).ContainsAnyExcept separators

    /// Writes a path with at least one separator, absolute or not. On Windows (a drive, a backslash, a `%VARIABLE%`) separators become
    /// backslashes. A separator at the end stays: it says that a directory is meant.
    let filePath (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let path = unquoted value
        let isVerbatim = path.StartsWith(ReadOnlySpan<byte> verbatim)
        let body = if isVerbatim then Text.trim (path.Slice 4) else path
        let isVerbatimShare = isVerbatim && Text.startsWithLower body verbatimShare
        // `UNC\server` from its backslash on: one is there already, the second comes with the share's mark.
        let body = if isVerbatimShare then body.Slice 3 else body
        let error = FreeText.check path

        let isWindows = isDrive body || body.Contains '\\'B || variable body > 0

        let isShare =
            isVerbatimShare
            || (not isVerbatim && body.StartsWith(ReadOnlySpan<byte> slashes))

        if path.Length = 0 then
            Written.fail NormaliseError.Empty
        elif not error.IsNone then
            Written.fail error
        elif body.ContainsAny reserved then
            Written.fail NormaliseError.FileNameCharacter
        elif
            not (body.ContainsAny separators)
            || body.IndexOf(ReadOnlySpan<byte> scheme) >= 0
            || not (isNamed body isShare)
            || (isVerbatim && not isVerbatimShare && not (isDrive body))
        then
            Written.fail NormaliseError.FilePathMalformed
        elif isWindows then
            Written.ok (windowsPath body isShare target)
        else
            Written.ok (copyPath body false target)
