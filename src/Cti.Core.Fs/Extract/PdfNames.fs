// Keys of a PDF's objects that the library follows without asking how often: children in trees, and names of places. Looked for in the bytes
// themselves, before the library sees them.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal PdfNames =
    let private kids = "Kids"B
    let private names = "Names"B

    let private isBlank (value: byte) = value <= ' 'B

    let private isDelimiter (value: byte) =
        isBlank value
        || value = '/'B
        || value = '['B
        || value = ']'B
        || value = '<'B
        || value = '>'B
        || value = '('B
        || value = ')'B
        || value = '%'B

    // The byte behind the name at `at` when it is `name`, whose letters may be written as `#` and two digits; -1: another one.
    let private nameEnd (bytes: Span<byte>) (at: int) (name: byte[]) : int =
        let mutable next = at
        let mutable index = 0
        let mutable isSame = true

        while isSame && index < name.Length do
            if next < bytes.Length && bytes[next] = name[index] then
                next <- next + 1
            elif
                next + 2 < bytes.Length
                && bytes[next] = '#'B
                && Text.isHex bytes[next + 1]
                && Text.isHex bytes[next + 2]
                && (Text.hexValue bytes[next + 1] <<< 4) + Text.hexValue bytes[next + 2] = name[index]
            then
                next <- next + 3
            else
                isSame <- false

            index <- index + 1

        if isSame && (next = bytes.Length || isDelimiter bytes[next]) then
            next
        else
            -1

    // Blanks and comments.
    let rec private skip (bytes: Span<byte>) (at: int) : int =
        if at >= bytes.Length then
            at
        elif isBlank bytes[at] then
            skip bytes (at + 1)
        elif bytes[at] = '%'B then
            let ending = bytes.Slice(at).IndexOfAny('\n'B, '\r'B)
            skip bytes (if ending < 0 then bytes.Length else at + ending)
        else
            at

    // References in the array at `at`; -1: the array stands elsewhere.
    let private entries (bytes: Span<byte>) (at: int) : int =
        let start = skip bytes at

        if start >= bytes.Length then
            0
        elif bytes[start] <> '['B then
            // Words of a text, if it is no number of an object.
            if Text.isDigit bytes[start] then -1 else 0
        else
            let rest = bytes.Slice start
            let ending = rest.IndexOf ']'B
            let inner = if ending < 0 then rest else rest.Slice(0, ending)
            MemoryExtensions.Count(inner, 'R'B)

    // Whether a key's value stands at `at`, rather than more of a text.
    let private isValue (bytes: Span<byte>) (at: int) : bool =
        at < bytes.Length
        && (bytes[at] = '['B || bytes[at] = '<'B || Text.isDigit bytes[at])

    /// Children that the trees in `bytes` name (pages, forms, names); -1: some are out of sight. Renames the trees of names on the way: nobody asks
    /// for places by name here, and the library would follow one that contains itself for ever.
    let blind (bytes: Span<byte>) : int =
        let mutable total = 0
        let mutable isHidden = false
        let mutable at = 0

        while at < bytes.Length do
            let slash = bytes.Slice(at).IndexOf '/'B

            if slash < 0 then
                at <- bytes.Length
            else
                at <- at + slash + 1
                let behind = nameEnd bytes at kids

                if behind > 0 then
                    let count = entries bytes behind
                    isHidden <- isHidden || count < 0
                    total <- total + max 0 count
                    at <- behind
                else
                    let behind = nameEnd bytes at names

                    if behind > 0 && isValue bytes (skip bytes behind) then
                        // Another name of the same length; a `#` stays what it is.
                        bytes[behind - 1] <- (if bytes[behind - 1] = 's'B then '_'B else '4'B)
                        at <- behind

        if isHidden then -1 else total
