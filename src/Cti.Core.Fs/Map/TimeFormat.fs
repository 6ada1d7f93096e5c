// How feeds write points in time, and a parser for it that needs no string and no culture.
namespace Cti.Core

open System
open System.Text

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
    /// `Z`, `UTC`, `GMT`, `+hh:mm`, `+hhmm` or `+hh`, also behind `UTC` and `GMT`.
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
    /// The same, where every part has its own place.
    | Fixed of fixedText: string * layout: FixedTime * fixedZone: int
    /// The first of these that a text is written in; none of them is this case.
    | AnyOf of formats: TimeFormat[]

[<RequireQualifiedAccess>]
module TimeFormat =
    /// The format with the zone, in minutes from UTC, of texts that name none.
    let rec inZone (minutes: int) (format: TimeFormat) : TimeFormat =
        match format with
        | TimeFormat.Iso8601 _ -> TimeFormat.Iso8601 minutes
        | TimeFormat.Pattern(text, steps, _) -> TimeFormat.Pattern(text, steps, minutes)
        | TimeFormat.Fixed(text, layout, _) -> TimeFormat.Fixed(text, layout, minutes)
        | TimeFormat.AnyOf formats -> TimeFormat.AnyOf(formats |> Array.map (inZone minutes))
        | TimeFormat.Unix
        | TimeFormat.UnixMillis -> format

    /// Tries formats in their order: the first that a text is written in counts. Of one format it is that format.
    let anyOf (formats: TimeFormat list) : TimeFormat =
        match formats with
        | [ single ] -> single
        | several ->
            several
            |> List.collect (fun format ->
                match format with
                | TimeFormat.AnyOf inner -> List.ofArray inner
                | other -> [ other ])
            |> List.toArray
            |> TimeFormat.AnyOf

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

    /// `yyyy-MM-ddTHH:mm:ss`
    let private isoSeconds: FixedTime =
        {
            Length = 19
            Year = 0
            Month = 5
            Day = 8
            Hour = 11
            Minute = 14
            Second = 17
            Literals =
                [|
                    struct (4, '-'B)
                    struct (7, '-'B)
                    struct (10, 'T'B)
                    struct (13, ':'B)
                    struct (16, ':'B)
                |]
        }

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

    // The first format that fits; where none does, a time that was read and is out of range says more than that nothing was read.
    let rec private parseAny (formats: TimeFormat[]) (text: ReadOnlySpan<byte>) : TimeOutcome =
        let mutable outcome = TimeOutcome.Malformed
        let mutable index = 0

        while index < formats.Length && not outcome.IsTime do
            match parse formats[index] text with
            | TimeOutcome.Malformed -> ()
            | found -> outcome <- found

            index <- index + 1

        outcome

    /// Parses one text; blanks around it do not count. An empty text is malformed: ask before.
    and parse (format: TimeFormat) (text: ReadOnlySpan<byte>) : TimeOutcome =
        let text = text.Trim ' 'B

        match format with
        | TimeFormat.Iso8601 zone ->
            // The two commonest forms have every part in its own place.
            if text.Length = 20 && text[19] = 'Z'B && text[10] = 'T'B then
                isoSeconds.Parse(text.Slice(0, 19), 0)
            elif text.Length = 19 && text[10] = 'T'B then
                isoSeconds.Parse(text, zone)
            else
                parseIso zone text
        | TimeFormat.Unix -> parseUnix text false
        | TimeFormat.UnixMillis -> parseUnix text true
        | TimeFormat.Pattern(_, steps, zone) -> parsePattern steps zone text
        | TimeFormat.Fixed(_, layout, zone) -> layout.Parse(text, zone)
        | TimeFormat.AnyOf formats -> parseAny formats text

    /// As it was declared.
    let rec text (format: TimeFormat) : string =
        match format with
        | TimeFormat.Iso8601 _ -> "iso8601"
        | TimeFormat.Unix -> "unix"
        | TimeFormat.UnixMillis -> "unix_ms"
        | TimeFormat.Pattern(text, _, _)
        | TimeFormat.Fixed(text, _, _) -> text
        | TimeFormat.AnyOf formats -> formats |> Array.map text |> String.concat ", "
