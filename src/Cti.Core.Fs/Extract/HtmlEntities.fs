// Character references of HTML and XML (`&amp;`, `&#46;`, `&#x2e;`): numbers, and the names that are met in reports.
namespace Cti.Core

open System
open System.Buffers
open System.Text

[<RequireQualifiedAccess>]
module internal HtmlEntities =
    let private names: struct (byte[] * int)[] =
        [|
            for name, point in
                [
                    "amp", 38
                    "lt", 60
                    "gt", 62
                    "quot", 34
                    "apos", 39
                    "nbsp", 0xA0
                    "period", 46
                    "colon", 58
                    "sol", 47
                    "commat", 64
                    "lbrack", 91
                    "rbrack", 93
                    "lsqb", 91
                    "rsqb", 93
                    "lpar", 40
                    "rpar", 41
                    "lowbar", 95
                    "equals", 61
                    "quest", 63
                    "num", 35
                    "percnt", 37
                    "ndash", 0x2013
                    "mdash", 0x2014
                    "lsquo", 0x2018
                    "rsquo", 0x2019
                    "ldquo", 0x201C
                    "rdquo", 0x201D
                    "hellip", 0x2026
                    "bull", 0x2022
                    "rarr", 0x2192
                    "laquo", 0xAB
                    "raquo", 0xBB
                    "copy", 0xA9
                    "reg", 0xAE
                    "shy", 0xAD
                    "zwnj", 0x200C
                    "zwj", 0x200D
                    "thinsp", 0x2009
                    "ensp", 0x2002
                    "emsp", 0x2003
                    "middot", 0xB7
                    "bsol", 92
                    "NewLine", 10
                    "Tab", 9
                ] do
                struct (Encoding.ASCII.GetBytes name, point)
        |]

    let private longest = 12

    let private number (digits: ReadOnlySpan<byte>) (isHex: bool) : int =
        let mutable value = 0
        let mutable isGood = digits.Length > 0 && digits.Length <= 7

        for at in 0 .. digits.Length - 1 do
            if isGood then
                if isHex then
                    isGood <- Text.isHex digits[at]
                    value <- value * 16 + int (Text.hexValue digits[at])
                else
                    isGood <- Text.isDigit digits[at]
                    value <- value * 10 + int (digits[at] - '0'B)

        if isGood && Rune.IsValid value && value > 0 then
            value
        else
            -1

    /// Reads the reference at the start of `rest`, an ampersand: its bytes, and the character as UTF-8 in `target` (4 bytes); 0 bytes when it is none.
    let read (rest: ReadOnlySpan<byte>) (target: Span<byte>) (written: byref<int>) : int =
        let head = rest.Slice(0, min rest.Length longest)
        let semicolon = head.IndexOf ';'B

        let point =
            if semicolon < 2 then
                -1
            elif rest[1] = '#'B then
                if semicolon > 3 && (rest[2] = 'x'B || rest[2] = 'X'B) then
                    number (rest.Slice(3, semicolon - 3)) true
                else
                    number (rest.Slice(2, semicolon - 2)) false
            else
                let name = rest.Slice(1, semicolon - 1)
                let mutable found = -1
                let mutable index = 0

                while found < 0 && index < names.Length do
                    let struct (known, point) = names[index]

                    if name.SequenceEqual(ReadOnlySpan<byte> known) then
                        found <- point

                    index <- index + 1

                found

        if point < 0 then
            0
        else
            written <- (Rune point).EncodeToUtf8 target
            semicolon + 1
