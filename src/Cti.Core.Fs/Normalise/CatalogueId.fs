// Numbers in public catalogues: vulnerabilities (CVE) and adversary behaviour (MITRE ATT&CK). Upper case, as the catalogues print them.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal CatalogueId =
    let private cvePrefix = "CVE-"B
    let private spelledCve = "cve"B

    // The length of what stands between the parts of a CVE identifier: a hyphen, a blank, an underscore, a colon, or one of the hyphens and
    // dashes that word processors put there (U+2010 to U+2015, U+2212); 0 when there is none.
    let private separator (value: ReadOnlySpan<byte>) : int =
        if value.Length = 0 then
            0
        elif value[0] = '-'B || value[0] = ' 'B || value[0] = '_'B || value[0] = ':'B then
            1
        elif value.Length < 3 || value[0] <> 0xE2uy then
            0
        elif value[1] = 0x80uy && value[2] >= 0x90uy && value[2] <= 0x95uy then
            3
        elif value[1] = 0x88uy && value[2] = 0x92uy then
            3
        else
            0

    let private digitsAtStart (value: ReadOnlySpan<byte>) : int =
        let mutable at = 0

        while at < value.Length && Text.isDigit value[at] do
            at <- at + 1

        at

    /// Whether the value begins as a CVE identifier does, in letters.
    let isSpelledCve (value: ReadOnlySpan<byte>) : bool = Text.startsWithLower value spelledCve

    /// Writes `CVE-YYYY-NNNN`, four digits or more at the end (the CVE Program's syntax of 2014), the year 1999 or later. `2021-44228` alone is
    /// taken too.
    let cve (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let rest = if isSpelledCve value then value.Slice 3 else value
        let first = if rest.Length < value.Length then separator rest else 0
        let rest = rest.Slice first
        let second = if rest.Length > 4 then separator (rest.Slice 4) else 0
        let isYear = digitsAtStart rest = 4 && Text.readNumber (rest.Slice(0, 4)) 4 >= 1999
        let number = if isYear then rest.Slice(4 + second) else rest
        let digits = digitsAtStart number

        if
            (first = 0 && rest.Length < value.Length)
            || not isYear
            || second = 0
            || digits <> number.Length
            || digits < 4
            || digits > 19
            // Five digits or more carry no leading zero, so that one number has one spelling.
            || (digits > 4 && number[0] = '0'B)
        then
            Written.fail NormaliseError.CveMalformed
        else
            cvePrefix.AsSpan().CopyTo target
            rest.Slice(0, 4).CopyTo(target.Slice 4)
            target[8] <- '-'B
            number.CopyTo(target.Slice 9)
            Written.ok (9 + digits)

    // What ATT&CK numbers: how an identifier begins, whether a sub-technique may follow. Longest first.
    let private attackPrefixes = [| "ta"B; "ds"B; "t"B; "s"B; "g"B; "m"B; "c"B |]

    let private technique = 2

    // A technique's sub-technique: `.` or `/` (as in attack.mitre.org's paths) and three digits.
    let private isSub (value: ReadOnlySpan<byte>) : bool =
        value.Length = 4
        && (value[0] = '.'B || value[0] = '/'B)
        && digitsAtStart (value.Slice 1) = 3

    /// Writes an ATT&CK identifier: T1059, T1059.001, TA0001, S0001, G0001, M1001, C0001, DS0001.
    let attack (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let mutable index = 0

        while index < attackPrefixes.Length
              && not (Text.startsWithLower value attackPrefixes[index]) do
            index <- index + 1

        let start =
            if index < attackPrefixes.Length then
                attackPrefixes[index].Length
            else
                value.Length

        let number = value.Slice start

        let tail =
            if number.Length > 4 then
                number.Slice 4
            else
                ReadOnlySpan<byte>.Empty

        if
            number.Length < 4
            || digitsAtStart (number.Slice(0, 4)) <> 4
            || (tail.Length > 0 && not (index = technique && isSub tail))
        then
            Written.fail NormaliseError.AttackIdMalformed
        else
            for at in 0 .. value.Length - 1 do
                target[at] <- if at < start then value[at] &&& 0xDFuy else value[at]

            if tail.Length > 0 then
                target[start + 4] <- '.'B

            Written.ok value.Length
