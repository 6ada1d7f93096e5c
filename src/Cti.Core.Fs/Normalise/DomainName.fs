// Host names (RFC 1123, RFC 5890): lower case, A-labels, no dot at the end. Knows no registry: whether a TLD exists is not its question.
namespace Cti.Core

open System
open System.Buffers
open System.Globalization
open System.Runtime.InteropServices
open System.Text

[<RequireQualifiedAccess>]
module internal DomainName =
    /// The longest name in octets of text, without the dot at the end (RFC 1035 §3.1).
    let maxLength = 253
    /// Room that `normalise` needs in its target: the name, and code points of one label behind it.
    let room = 1024

    // What becomes of each byte: lower-case letters, digits, hyphen, underscore and dot stay, upper case falls, 0 is not allowed.
    let private host: byte[] =
        Array.init 256 (fun index ->
            let value = byte index

            if
                Text.isLetter value
                || Text.isDigit value
                || value = '-'B
                || value = '_'B
                || value = '.'B
            then
                Text.lower value
            else
                0uy)

    // One label, in lower case and all of the allowed bytes.
    let private checkLabel (label: ReadOnlySpan<byte>) : NormaliseError =
        let length = label.Length

        if length = 0 || length > 63 then
            NormaliseError.DomainLabel
        elif label[0] = '-'B || label[length - 1] = '-'B then
            NormaliseError.DomainLabel
        elif
            length >= 4
            && label[0] = 'x'B
            && label[1] = 'n'B
            && label[2] = '-'B
            && label[3] = '-'B
            && not (Punycode.isValid (label.Slice 4))
        then
            NormaliseError.InvalidPunycode
        else
            NormaliseError.None

    // The last label: no underscore (no TLD has one), no number.
    let private checkLast (label: ReadOnlySpan<byte>) : NormaliseError =
        if label.Contains '_'B then
            NormaliseError.DomainCharacter
        elif label.Length > 0 && Text.isDigit label[0] && Ipv4.endsInNumber label then
            NormaliseError.NumericTld
        else
            NormaliseError.None

    // Characters that Unicode maps to others before encoding (UTS 46). Without those tables the label would get a wrong
    // A-label, so they are refused: letter-like symbols, enclosed, mathematical and presentation forms.
    let private needsMapping (point: int) : bool =
        (point >= 0x2100 && point <= 0x218F)
        || (point >= 0x2460 && point <= 0x24FF)
        || (point >= 0x3200 && point <= 0x33FF)
        || (point >= 0xF900 && point <= 0xFAFF)
        || (point >= 0xFB00 && point <= 0xFDFF)
        // With the specials behind them: U+FFFD stands for what was lost in decoding.
        || (point >= 0xFE30 && point <= 0xFFFD)
        || (point >= 0x1D400 && point <= 0x1D7FF)
        || (point >= 0x1F100 && point <= 0x1F2FF)
        || (point >= 0x2F800 && point <= 0x2FA1F)

    // Letters, marks, decimal digits and pictures (emoji names exist). A combining mark of U+0300..036F would compose with the
    // letter before it (NFC), which cannot be done here, so it is refused.
    let private isAllowed (rune: Rune) : bool =
        if needsMapping rune.Value || (rune.Value >= 0x0300 && rune.Value <= 0x036F) then
            false
        else
            match Rune.GetUnicodeCategory rune with
            | UnicodeCategory.LowercaseLetter
            | UnicodeCategory.UppercaseLetter
            | UnicodeCategory.OtherLetter
            | UnicodeCategory.ModifierLetter
            | UnicodeCategory.TitlecaseLetter
            | UnicodeCategory.NonSpacingMark
            | UnicodeCategory.SpacingCombiningMark
            | UnicodeCategory.DecimalDigitNumber
            | UnicodeCategory.OtherSymbol -> true
            | _ -> rune.Value = 0x30FB || rune.Value = 0x00B7

    // Lower case, and the wide ASCII of East Asian input methods as ASCII; ideographic full stops as dots.
    let private map (rune: Rune) : int =
        let point = rune.Value

        if point < 128 then
            int (Text.lower (byte point))
        elif point >= 0xFF01 && point <= 0xFF5E then
            int (Text.lower (byte (point - 0xFEE0)))
        elif point = 0x3002 || point = 0xFF61 then
            int '.'B
        else
            (Rune.ToLowerInvariant rune).Value

    let private acePrefix = "xn--"B

    // One mapped label into the target; `points` holds at most 63.
    let private writeLabel (points: ReadOnlySpan<int>) (target: Span<byte>) : Written =
        let mutable isAscii = true

        for index in 0 .. points.Length - 1 do
            isAscii <- isAscii && points[index] < 128

        if isAscii then
            for index in 0 .. points.Length - 1 do
                target[index] <- byte points[index]

            Written.ok points.Length
        elif
            points.Length >= 4
            && points[0] = int 'x'B
            && points[1] = int 'n'B
            && points[2] = int '-'B
            && points[3] = int '-'B
        then
            // An A-label holds no other letters.
            Written.fail NormaliseError.InvalidPunycode
        else
            acePrefix.AsSpan().CopyTo target
            let length = Punycode.encode points (target.Slice(4, 59))

            if length < 0 then
                Written.fail NormaliseError.DomainLabel
            else
                Written.ok (length + 4)

    // Names with bytes above 127: rune by rune, label by label. The labels are written first and checked as ASCII afterwards.
    let private toAscii (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let points: Span<int> = MemoryMarshal.Cast<byte, int>(target.Slice(512, 256))
        let mutable error = NormaliseError.None
        let mutable write = 0
        let mutable count = 0
        let mutable rest = value
        let mutable more = true

        while error.IsNone && more do
            let mutable rune = Rune()
            let mutable consumed = 0

            let status =
                if rest.Length = 0 then
                    OperationStatus.Done
                else
                    Rune.DecodeFromUtf8(rest, &rune, &consumed)

            let point = if rest.Length = 0 then int '.'B else map rune
            rest <- rest.Slice consumed

            if status <> OperationStatus.Done then
                error <- NormaliseError.InvalidUtf8
            elif rune.Value = 0x2026 then
                error <-
                    if rest.Length = 0 then
                        NormaliseError.Truncated
                    else
                        NormaliseError.IdnCharacter
            elif point = int '.'B then
                let written =
                    writeLabel (Span<int>.op_Implicit(points.Slice(0, count))) (target.Slice write)

                error <- written.Error
                write <- write + written.Length
                more <- consumed > 0

                if error.IsNone && more then
                    target[write] <- '.'B
                    write <- write + 1

                    if write > maxLength then
                        error <- NormaliseError.DomainTooLong

                count <- 0
            elif count = 63 then
                error <- NormaliseError.DomainLabel
            elif point < 128 && host[point] = 0uy then
                error <-
                    if Text.isControl (byte point) then
                        NormaliseError.ControlCharacter
                    else
                        NormaliseError.DomainCharacter
            elif point >= 128 && not (isAllowed (Rune point)) then
                error <- NormaliseError.IdnCharacter
            else
                points[count] <- point
                count <- count + 1

        if error.IsNone then
            Written.ok write
        else
            Written.fail error

    // Plain ASCII names, in one pass. `hasOther` tells the caller that the name needs `toAscii` first.
    let private ascii (value: ReadOnlySpan<byte>) (target: Span<byte>) (hasOther: byref<bool>) : Written =
        let table = host
        let mutable error = NormaliseError.None
        let mutable at = 0
        let mutable label = 0

        while at < value.Length && error.IsNone do
            let current = table[int value[at]]

            if current = 0uy then
                if value[at] >= 128uy then
                    hasOther <- true

                error <-
                    if Text.isControl value[at] then
                        NormaliseError.ControlCharacter
                    else
                        NormaliseError.DomainCharacter
            else
                target[at] <- current

                if current = '.'B then
                    error <- checkLabel (Span<byte>.op_Implicit(target.Slice(label, at - label)))
                    label <- at + 1

                at <- at + 1

        if error.IsNone then
            let last: ReadOnlySpan<byte> =
                Span<byte>.op_Implicit(target.Slice(label, at - label))

            error <- checkLabel last

            if error.IsNone then
                error <- checkLast last

            if error.IsNone && label = 0 then
                error <- NormaliseError.SingleLabel

        if error.IsNone then Written.ok at else Written.fail error

    let private withoutLastDot (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        if value.Length > 1 && value[value.Length - 1] = '.'B then
            value.Slice(0, value.Length - 1)
        else
            value

    // U+2026.
    let private ellipsis = [| 0xE2uy; 0x80uy; 0xA6uy |]

    let private threeDots = "..."B

    let private isCutOff (value: ReadOnlySpan<byte>) : bool =
        value.EndsWith(ReadOnlySpan<byte> threeDots)
        || value.EndsWith(ReadOnlySpan<byte> ellipsis)

    /// Writes the name in lower case with A-labels and without the dot at the end. At least two labels; the last is no number.
    /// The target needs `room` bytes.
    let normalise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let name = withoutLastDot value
        let mutable hasOther = false

        let written =
            if name.Length <= maxLength then
                ascii name target &hasOther
            else
                hasOther <- true
                Written.fail NormaliseError.DomainTooLong

        if Written.isOk written then
            written
        elif isCutOff value then
            Written.fail NormaliseError.Truncated
        elif not hasOther then
            written
        else
            let encoded = toAscii name target

            if not (Written.isOk encoded) then
                encoded
            else
                let text = withoutLastDot (Span<byte>.op_Implicit(target.Slice(0, encoded.Length)))

                if text.Length > maxLength then
                    Written.fail NormaliseError.DomainTooLong
                else
                    let mutable ignored = false
                    ascii text target &ignored
