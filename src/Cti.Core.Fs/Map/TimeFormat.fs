// How feeds write points in time, and a parser for it that needs no string and no culture.
namespace Cti.Core

open System
open System.Text

/// What became of a text that should be a point in time.
[<Struct; RequireQualifiedAccess>]
type TimeOutcome =
    | Time of Timestamp
    /// It is not written as the format says, or names a day that does not exist.
    | Malformed
    /// A point in time, but not from 1970-01-01 up to 2100-01-01: placeholders such as year 0001 or 9999.
    | OutOfRange

/// One step of a compiled pattern.
[<Struct; RequireQualifiedAccess>]
type internal TimeStep =
    /// Exactly these bytes.
    | Literal of text: byte[]
    | Year of yearDigits: int
    /// At least, at most digits.
    | Month of monthMin: int
    | MonthName
    /// The name of a weekday, which is not checked against the date.
    | DayName
    | Day of dayMin: int
    | Hour of hourMin: int
    | Hour12 of hour12Min: int
    | Minute of minuteMin: int
    | Second of secondMin: int
    /// 1 to 9 digits; those behind microseconds are cut.
    | Fraction
    /// A point and digits, or nothing.
    | OptionalFraction
    | AmPm
    /// `Z`, `+hh:mm`, `+hhmm` or `+hh`.
    | Zone

/// A compiled format. `TimeFormat.tryParse` makes one.
[<RequireQualifiedAccess>]
type TimeFormat =
    internal
    /// RFC 3339 and its relatives: a date, or date and time with `T` or a blank, seconds, fraction and zone optional.
    | Iso8601 of isoZone: int
    /// Seconds since 1970, with an optional fraction.
    | Unix
    /// Milliseconds since 1970.
    | UnixMillis
    | Pattern of text: string * steps: TimeStep[] * zone: int

/// Reads a text from left to right. By-reference struct: its state lives in registers.
[<Struct; System.Runtime.CompilerServices.IsByRefLike>]
type internal TimeCursor =
    val Text: ReadOnlySpan<byte>
    val mutable At: int
    new(text: ReadOnlySpan<byte>) = { Text = text; At = 0 }

    member this.Done = this.At = this.Text.Length

    /// The next byte, 0 at the end.
    member this.Peek: byte =
        if this.At < this.Text.Length then
            this.Text[this.At]
        else
            0uy

    /// `least` to `most` digits as a number, -1 when there are fewer. `most` is at most 9.
    member this.Digits(least: int, most: int) : int =
        let from = this.At
        let mutable value = 0

        while this.At < this.Text.Length
              && this.At - from < most
              && uint32 this.Text[this.At] - 48u <= 9u do
            value <- value * 10 + int this.Text[this.At] - 48
            this.At <- this.At + 1

        if this.At - from < least then -1 else value

    member this.Skip(value: byte) : bool =
        if this.Peek = value && not this.Done then
            this.At <- this.At + 1
            true
        else
            false

    /// A fraction of a second in microseconds; digits behind the sixth are cut. -1 when there is no digit.
    member this.Micros() : int =
        let from = this.At
        let mutable value = this.Digits(1, 6)

        if value >= 0 then
            for _ in this.At - from .. 5 do
                value <- value * 10

            while uint32 this.Peek - 48u <= 9u do
                this.At <- this.At + 1

        value

    /// Minutes east of Greenwich; `Int32.MinValue` when it is no zone.
    member this.Zone() : int =
        if this.Skip 'Z'B || this.Skip 'z'B then
            0
        else
            let sign =
                if this.Skip '+'B then 1
                elif this.Skip '-'B then -1
                else 0

            let hours = this.Digits(2, 2)
            let colon = this.Skip ':'B

            let minutes =
                if colon || uint32 this.Peek - 48u <= 9u then
                    this.Digits(2, 2)
                else
                    0

            if sign = 0 || hours < 0 || hours > 14 || minutes < 0 || minutes > 59 then
                Int32.MinValue
            else
                sign * (hours * 60 + minutes)

[<RequireQualifiedAccess>]
module internal Calendar =
    /// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
    let days (year: int) (month: int) (day: int) : int =
        // Years begin in March here, so that the leap day is the last one.
        let y = if month <= 2 then year - 1 else year
        let era = (if y >= 0 then y else y - 399) / 400
        let yearOfEra = y - era * 400

        let dayOfYear =
            (153 * (if month > 2 then month - 3 else month + 9) + 2) / 5 + day - 1

        era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        - 719_468

    let daysIn (year: int) (month: int) : int =
        match month with
        | 2 when year % 4 = 0 && (year % 100 <> 0 || year % 400 = 0) -> 29
        | 2 -> 28
        | 4
        | 6
        | 9
        | 11 -> 30
        | _ -> 31

    /// 1970-01-01 up to 2100-01-01, in microseconds.
    let private last = 4_102_444_800_000_000L

    let inRange (micros: int64) =
        if micros >= 0L && micros < last then
            TimeOutcome.Time(Timestamp.ofMicroseconds micros)
        else
            TimeOutcome.OutOfRange

    /// The point in time these parts name; `zone` is minutes east. Second 60 is the next minute's first.
    let compose (year: int) (month: int) (day: int) (hour: int) (minute: int) (second: int) (micros: int) (zone: int) =
        if
            year < 0
            || month < 1
            || month > 12
            || day < 1
            || day > daysIn year month
            || hour < 0
            || hour > 23
            || minute < 0
            || minute > 59
            || second < 0
            || second > 60
            || micros < 0
            || zone = Int32.MinValue
        then
            TimeOutcome.Malformed
        else
            let minutes =
                int64 (days year month day) * 1440L + int64 (hour * 60 + minute - zone)

            inRange ((minutes * 60L + int64 second) * 1_000_000L + int64 micros)

[<RequireQualifiedAccess>]
module TimeFormat =
    let private names (text: string) =
        text.Split ' ' |> Array.map Encoding.ASCII.GetBytes

    let private months = names "jan feb mar apr may jun jul aug sep oct nov dec"
    let private monthRests = names "uary ruary ch il  e y ust tember ober ember ember"
    let private weekdays = names "mon tue wed thu fri sat sun"
    let private weekdayRests = names "day sday nesday rsday day urday day"

    let private startsWith (text: ReadOnlySpan<byte>) (at: int) (name: byte[]) =
        text.Length - at >= name.Length
        && Ascii.EqualsIgnoreCase(text.Slice(at, name.Length), ReadOnlySpan<byte> name)

    /// Index of the English name (short or long, any case) that stands here, -1 when none does; moves behind it.
    let private name (shorts: byte[][]) (rests: byte[][]) (cursor: byref<TimeCursor>) : int =
        let mutable found = -1
        let mutable index = 0

        while found < 0 && index < shorts.Length do
            if startsWith cursor.Text cursor.At shorts[index] then
                found <- index
                cursor.At <- cursor.At + 3

                if startsWith cursor.Text cursor.At rests[index] then
                    cursor.At <- cursor.At + rests[index].Length

            index <- index + 1

        found

    let private parseIso (zone: int) (text: ReadOnlySpan<byte>) : TimeOutcome =
        let mutable cursor = TimeCursor text
        let year = cursor.Digits(4, 4)
        let mutable good = cursor.Skip '-'B
        let month = cursor.Digits(2, 2)
        good <- cursor.Skip '-'B && good
        let day = cursor.Digits(2, 2)
        let mutable hour = 0
        let mutable minute = 0
        let mutable second = 0
        let mutable micros = 0
        let mutable zone = zone

        if not cursor.Done then
            good <- (cursor.Skip 'T'B || cursor.Skip ' 'B || cursor.Skip 't'B) && good
            hour <- cursor.Digits(2, 2)
            good <- cursor.Skip ':'B && good
            minute <- cursor.Digits(2, 2)

            if cursor.Skip ':'B then
                second <- cursor.Digits(2, 2)

                if cursor.Skip '.'B || cursor.Skip ','B then
                    micros <- cursor.Micros()

            if not cursor.Done then
                cursor.Skip ' 'B |> ignore

                if text.Slice(cursor.At).SequenceEqual(ReadOnlySpan<byte> "UTC"B) then
                    cursor.At <- text.Length
                    zone <- 0
                else
                    zone <- cursor.Zone()

        if good && cursor.Done then
            Calendar.compose year month day hour minute second micros zone
        else
            TimeOutcome.Malformed

    let private parseUnix (text: ReadOnlySpan<byte>) (isMillis: bool) : TimeOutcome =
        let mutable cursor = TimeCursor text
        let negative = cursor.Skip '-'B
        let from = cursor.At
        let mutable value = 0L

        while uint32 cursor.Peek - 48u <= 9u && cursor.At - from < 17 do
            value <- value * 10L + int64 (cursor.Peek - 48uy)
            cursor.At <- cursor.At + 1

        let digits = cursor.At - from

        let micros =
            if not isMillis && cursor.Skip '.'B then
                cursor.Micros()
            else
                0

        if digits = 0 || not cursor.Done || micros < 0 then
            TimeOutcome.Malformed
        elif negative || digits > 15 then
            TimeOutcome.OutOfRange
        else
            Calendar.inRange (
                if isMillis then
                    min value 1_000_000_000_000_000L * 1000L
                else
                    min value 1_000_000_000_000L * 1_000_000L + int64 micros
            )

    let private parsePattern (steps: TimeStep[]) (zone: int) (text: ReadOnlySpan<byte>) : TimeOutcome =
        let mutable cursor = TimeCursor text
        let mutable year = 1970
        let mutable month = 1
        let mutable day = 1
        let mutable hour = 0
        let mutable minute = 0
        let mutable second = 0
        let mutable micros = 0
        let mutable zone = zone
        let mutable afternoon = ValueNone
        let mutable good = true
        let mutable index = 0

        while good && index < steps.Length do
            match steps[index] with
            | TimeStep.Literal bytes ->
                good <- text.Slice(cursor.At).StartsWith(ReadOnlySpan<byte> bytes)
                cursor.At <- cursor.At + (if good then bytes.Length else 0)
            | TimeStep.Year digits ->
                year <- cursor.Digits(digits, digits)

                // Two digits stand for 1970 to 2069.
                if digits = 2 && year >= 0 then
                    year <- if year >= 70 then 1900 + year else 2000 + year
            | TimeStep.Month least -> month <- cursor.Digits(least, 2)
            | TimeStep.MonthName -> month <- name months monthRests &cursor + 1
            | TimeStep.DayName -> good <- name weekdays weekdayRests &cursor >= 0
            | TimeStep.Day least -> day <- cursor.Digits(least, 2)
            | TimeStep.Hour least -> hour <- cursor.Digits(least, 2)
            | TimeStep.Hour12 least ->
                hour <- cursor.Digits(least, 2)
                good <- hour >= 1 && hour <= 12
                hour <- hour % 12
            | TimeStep.Minute least -> minute <- cursor.Digits(least, 2)
            | TimeStep.Second least -> second <- cursor.Digits(least, 2)
            | TimeStep.Fraction -> micros <- cursor.Micros()
            | TimeStep.OptionalFraction ->
                if cursor.Skip '.'B then
                    micros <- cursor.Micros()
            | TimeStep.AmPm ->
                let isPm = cursor.Skip 'P'B || cursor.Skip 'p'B
                good <- isPm || cursor.Skip 'A'B || cursor.Skip 'a'B
                good <- (cursor.Skip 'M'B || cursor.Skip 'm'B) && good
                afternoon <- ValueSome isPm
            | TimeStep.Zone -> zone <- cursor.Zone()

            index <- index + 1

        if not good || not cursor.Done then
            TimeOutcome.Malformed
        else
            let hour =
                match afternoon with
                | ValueSome true when hour >= 0 -> hour + 12
                | _ -> hour

            Calendar.compose year month day hour minute second micros zone

    /// Parses one text; blanks around it do not count. An empty text is malformed: ask before.
    let parse (format: TimeFormat) (text: ReadOnlySpan<byte>) : TimeOutcome =
        let text = text.Trim ' 'B

        match format with
        | TimeFormat.Iso8601 zone -> parseIso zone text
        | TimeFormat.Unix -> parseUnix text false
        | TimeFormat.UnixMillis -> parseUnix text true
        | TimeFormat.Pattern(_, steps, zone) -> parsePattern steps zone text

    /// As it was declared.
    let text (format: TimeFormat) : string =
        match format with
        | TimeFormat.Iso8601 _ -> "iso8601"
        | TimeFormat.Unix -> "unix"
        | TimeFormat.UnixMillis -> "unix_ms"
        | TimeFormat.Pattern(text, _, _) -> text
