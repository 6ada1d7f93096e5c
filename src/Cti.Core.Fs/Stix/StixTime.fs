// Times as STIX 2.1 and TAXII 2.1 write them (STIX §2.15, TAXII §1.5.4): RFC 3339, UTC with `Z`, any number of digits of a second. Strict: what readers of
// feeds forgive is a fault in what a server is sent.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module StixTime =
    let private number (text: ReadOnlySpan<byte>) (at: int) (digits: int) : int =
        let mutable value = 0

        for index in at .. at + digits - 1 do
            value <-
                if value >= 0 && Text.isDigit text[index] then
                    value * 10 + int (text[index] - '0'B)
                else
                    -1

        value

    // Digits behind the sixth are cut: a store keeps microseconds.
    let private fraction (text: ReadOnlySpan<byte>) : int =
        let mutable value = 0

        for index in 0 .. text.Length - 1 do
            if value >= 0 then
                value <-
                    if not (Text.isDigit text[index]) then -1
                    elif index < 6 then value * 10 + int (text[index] - '0'B)
                    else value

        for _ in text.Length .. 5 do
            if value >= 0 then
                value <- value * 10

        value

    /// A point in time; none for any other text. Second 60 is none: no clock of ours gives it.
    let tryRead (text: ReadOnlySpan<byte>) : Timestamp voption =
        let isShaped =
            text.Length >= 20
            && text.Length <= 40
            && text[4] = '-'B
            && text[7] = '-'B
            && text[10] = 'T'B
            && text[13] = ':'B
            && text[16] = ':'B
            && text[text.Length - 1] = 'Z'B
            && (text.Length = 20 || (text[19] = '.'B && text.Length > 21))

        if not isShaped then
            ValueNone
        else
            let year = number text 0 4
            let month = number text 5 2
            let day = number text 8 2
            let hour = number text 11 2
            let minute = number text 14 2
            let second = number text 17 2

            let micros =
                if text.Length = 20 then
                    0
                else
                    fraction (text.Slice(20, text.Length - 21))

            let isGood =
                year >= 1
                && month >= 1
                && month <= 12
                && day >= 1
                && day <= DateTime.DaysInMonth(max 1 year, max 1 (min 12 month))
                && hour >= 0
                && hour <= 23
                && minute >= 0
                && minute <= 59
                && second >= 0
                && second <= 59
                && micros >= 0

            if isGood then
                let time =
                    DateTimeOffset(DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc))

                ValueSome(Timestamp.ofDateTimeOffset time + Timestamp.ofMicroseconds (int64 micros))
            else
                ValueNone
