// The date in a file's name: which point in time a file of a feed's history stands for. Knows names, neither files nor zones of places.
namespace Cti.Core

open System

/// The time that a name tells.
[<Struct>]
type NamedTime =
    {
        /// As written: of a name without a zone, the time of day of wherever it was written, as if that were UTC.
        Time: Timestamp
        /// Whether it names a time of day, not only a day.
        HasTimeOfDay: bool
        /// Whether the name says its zone (`Z`, `+02:00`, seconds since 1970): then `Time` is UTC.
        IsAbsolute: bool
    }

/// Why a name tells no time.
[<RequireQualifiedAccess>]
type PartitionNameError =
    /// There is no date in it that the calendar knows, from 1970 to 2099.
    | NoDate
    /// There are several, and they differ; as they are written.
    | SeveralDates of texts: string list

[<RequireQualifiedAccess>]
module PartitionName =
    /// A date found in a text: where it stands, and what it says.
    [<Struct>]
    type private Found =
        {
            Start: int
            End: int
            Named: NamedTime
        }

    let private isDigit (text: string) at =
        at >= 0 && at < text.Length && Char.IsAsciiDigit text[at]

    let private isLetter (text: string) at =
        at >= 0 && at < text.Length && Char.IsAsciiLetter text[at]

    /// `count` digits at a place as a number, -1 where there are fewer.
    let private number (text: string) at count =
        let mutable value = 0
        let mutable index = 0

        while index >= 0 && index < count do
            if isDigit text (at + index) then
                value <- value * 10 + int text[at + index] - int '0'
                index <- index + 1
            else
                index <- -1

        if index < 0 then -1 else value

    let private digitsFrom (text: string) at =
        let mutable finish = at

        while isDigit text finish do
            finish <- finish + 1

        finish - at

    // Four digits, two and two, with one of `-_.` between them twice.
    let private isSpread (text: string) at =
        digitsFrom text at = 4
        && at + 7 < text.Length
        && "-_.".Contains text[at + 4]
        && text[at + 7] = text[at + 4]
        && digitsFrom text (at + 5) = 2
        && digitsFrom text (at + 8) >= 2

    let private compose year month day hour minute second zone =
        match Calendar.compose year month day hour minute second 0 zone with
        | TimeOutcome.Time time -> ValueSome time
        | _ -> ValueNone

    /// Hour, minute and second in the digits at a place, and where they end: `HH`, `HHmm`, `HHmmss`, or two or three pairs with one of `-_.:` between.
    let private clockAt (text: string) at =
        let clock hour minute second finish =
            if hour > 23 || minute > 59 || second > 59 || isDigit text finish then
                ValueNone
            else
                ValueSome(struct (hour, minute, second, finish))

        match digitsFrom text at with
        | 6 -> clock (number text at 2) (number text (at + 2) 2) (number text (at + 4) 2) (at + 6)
        | 4 -> clock (number text at 2) (number text (at + 2) 2) 0 (at + 4)
        | 2 ->
            let separated place =
                place < text.Length
                && "-_.:".Contains text[place]
                && digitsFrom text (place + 1) = 2

            let hour = number text at 2

            let spread =
                if not (separated (at + 2)) then
                    ValueNone
                elif separated (at + 5) && text[at + 5] = text[at + 2] then
                    clock hour (number text (at + 3) 2) (number text (at + 6) 2) (at + 8)
                else
                    clock hour (number text (at + 3) 2) 0 (at + 5)

            match spread with
            | ValueSome _ -> spread
            | ValueNone -> clock hour 0 0 (at + 2)
        | _ -> ValueNone

    /// `Z`, `+hhmm` or `+hh:mm` behind a time of day; its minutes and its end. `-` is not asked: it begins a number of a series as often.
    let private zoneAt (text: string) at =
        if
            at < text.Length
            && (text[at] = 'Z' || text[at] = 'z')
            && not (isLetter text (at + 1))
        then
            ValueSome(struct (0, at + 1))
        elif at < text.Length && text[at] = '+' then
            let colon = at + 3 < text.Length && text[at + 3] = ':'
            let rest = if colon then at + 4 else at + 3
            let hours = number text (at + 1) 2
            let minutes = number text rest 2

            if
                hours >= 0
                && hours <= 14
                && minutes >= 0
                && minutes <= 59
                && not (isDigit text (rest + 2))
            then
                ValueSome(struct (hours * 60 + minutes, rest + 2))
            else
                ValueNone
        else
            ValueNone

    let private found start finish time hasTimeOfDay isAbsolute =
        {
            Start = start
            End = finish
            Named =
                {
                    Time = time
                    HasTimeOfDay = hasTimeOfDay
                    IsAbsolute = isAbsolute
                }
        }

    /// A date whose text ends at `finish`, with the time of day behind it if there is one. A letter right behind a date is no part of a name that
    /// people write: it is a hash.
    let private withClock (text: string) start finish year month day =
        // `2026-01-01_2026-01-31`: 20:26 is no time of day here.
        let clock =
            if
                finish < text.Length
                && "Tt_- .".Contains text[finish]
                && not (isSpread text (finish + 1))
            then
                clockAt text (finish + 1)
            else
                ValueNone

        match clock with
        | ValueSome(struct (hour, minute, second, clockEnd)) when
            not (isLetter text clockEnd) || (zoneAt text clockEnd).IsSome
            ->
            match zoneAt text clockEnd with
            | ValueSome(struct (zone, zoneEnd)) ->
                compose year month day hour minute second zone
                |> ValueOption.map (fun time -> found start zoneEnd time true true)
            | ValueNone ->
                compose year month day hour minute second 0
                |> ValueOption.map (fun time -> found start clockEnd time true false)
        | _ when isDigit text finish || isLetter text finish -> ValueNone
        | _ ->
            compose year month day 0 0 0 0
            |> ValueOption.map (fun time -> found start finish time false false)

    /// A date of the calendar that begins at a place which no digit stands before.
    let private calendarAt (text: string) at =
        match digitsFrom text at with
        | 4 when isSpread text at ->
            withClock text at (at + 10) (number text at 4) (number text (at + 5) 2) (number text (at + 8) 2)
        | 8 -> withClock text at (at + 8) (number text at 4) (number text (at + 4) 2) (number text (at + 6) 2)
        | 10
        | 12
        | 14 as count when not (isLetter text (at + count)) || (zoneAt text (at + count)).IsSome ->
            let part place =
                if place < count then number text (at + place) 2 else 0

            let struct (zone, finish) =
                zoneAt text (at + count) |> ValueOption.defaultValue (struct (0, at + count))

            let hour, minute, second = part 8, part 10, part 12

            if hour > 23 || minute > 59 || second > 59 then
                ValueNone
            else
                compose (number text at 4) (part 4) (part 6) hour minute second zone
                |> ValueOption.map (fun time -> found at finish time true (finish > at + count))
        | _ -> ValueNone

    // Seconds or milliseconds since 1970, from 2001-09-09 on, where they have as many digits as today.
    let private unixAt (text: string) at =
        let count = digitsFrom text at

        if
            (count <> 10 && count <> 13)
            || isLetter text (at - 1)
            || isLetter text (at + count)
        then
            ValueNone
        else
            let value = Int64.Parse(text.AsSpan(at, count))
            let micros = if count = 10 then value * 1_000_000L else value * 1_000L

            match Calendar.inRange micros with
            | TimeOutcome.Time time when value >= 1_000_000_000L -> ValueSome(found at (at + count) time true true)
            | _ -> ValueNone

    let private scan (finder: string -> int -> Found voption) (text: string) : Found list =
        let rec from at (dates: Found list) =
            if at >= text.Length then
                List.rev dates
            elif isDigit text at && not (isDigit text (at - 1)) then
                match finder text at with
                | ValueSome date -> from (max date.End (at + 1)) (date :: dates)
                | ValueNone -> from (at + digitsFrom text at) dates
            else
                from (at + 1) dates

        from 0 []

    /// The one time that dates of a text agree on: a day agrees with a time on it.
    let private agreed (text: string) (dates: Found list) =
        let distinct = dates |> List.map _.Named |> List.distinct

        let finest =
            match distinct |> List.filter _.HasTimeOfDay with
            | [] -> distinct
            | fine -> fine

        match finest with
        | [ time ] when
            distinct
            |> List.forall (fun other -> other = time || time.Time / Timestamp.day = other.Time / Timestamp.day)
            ->
            Ok time
        | _ ->
            Error(
                PartitionNameError.SeveralDates(
                    dates
                    |> List.map (fun date -> text.Substring(date.Start, date.End - date.Start))
                )
            )

    let private oneOf (text: string) =
        match scan calendarAt text with
        | [] ->
            match scan unixAt text with
            | [] -> ValueNone
            | dates -> ValueSome(agreed text dates)
        | dates -> ValueSome(agreed text dates)

    let private atClock (day: NamedTime) hour minute second =
        { day with
            Time =
                day.Time
                + Timestamp.ofMicroseconds (int64 (hour * 3600 + minute * 60 + second) * 1_000_000L)
            HasTimeOfDay = true
        }

    /// A name that is a time of day and nothing else, before its endings.
    let private clockOnly (name: string) =
        let start =
            if name.StartsWith("T", StringComparison.OrdinalIgnoreCase) then
                1
            else
                0

        match clockAt name start with
        | ValueSome(struct (hour, minute, second, finish)) when finish = name.Length || name[finish] = '.' ->
            ValueSome(struct (hour, minute, second))
        | _ -> ValueNone

    // `year=2026`, `m=01` and plain numbers.
    let private numberOnly (name: string) count =
        let start = name.LastIndexOf '=' + 1

        if
            digitsFrom name start = count
            && (start + count = name.Length || name[start + count] = '.')
        then
            number name start count
        else
            -1

    // yyyy/MM/dd as folders, the file being the last of them or any name below.
    let private fromFolders (parts: string list) =
        let dayOf year month day =
            compose (numberOnly year 4) (numberOnly month 2) (numberOnly day 2) 0 0 0 0
            |> ValueOption.map (fun time ->
                {
                    Time = time
                    HasTimeOfDay = false
                    IsAbsolute = false
                })

        let withName name day =
            match clockOnly name with
            | ValueSome(struct (hour, minute, second)) -> atClock day hour minute second
            | ValueNone -> day

        match parts with
        | day :: month :: year :: _ when (dayOf year month day).IsSome -> dayOf year month day
        | name :: day :: month :: year :: _ when (dayOf year month day).IsSome ->
            dayOf year month day |> ValueOption.map (withName name)
        | name :: hour :: day :: month :: year :: _ when (dayOf year month day).IsSome && numberOnly hour 2 >= 0 ->
            let minute =
                match numberOnly name 2 with
                | minute when minute >= 0 && minute <= 59 -> minute
                | _ -> 0

            if numberOnly hour 2 > 23 then
                ValueNone
            else
                dayOf year month day
                |> ValueOption.map (fun day -> atClock day (numberOnly hour 2) minute 0)
        | _ -> ValueNone

    /// The time in a path, whose parts are separated by `/`. The file's name counts first; then folders that are year, month and day; then the
    /// nearest folder with a date in it. A file below a dated folder may be named by its time of day. Forms: `2026-01-31`, `2026_01_31`,
    /// `2026.01.31`, `20260131`, each with a time of day behind `T`, `_`, `-`, `.` or a blank (`06`, `0600`, `060000`, `06-00-00`, `06:00`) and a
    /// zone (`Z`, `+0200`); `2026013106`, `202601310600`, `20260131060000`; ten digits as seconds and thirteen as milliseconds since 1970.
    let recognise (path: string) : Result<NamedTime, PartitionNameError> =
        let parts =
            path.Split('/', StringSplitOptions.RemoveEmptyEntries)
            |> Array.rev
            |> List.ofArray

        match parts with
        | [] -> Error PartitionNameError.NoDate
        | name :: folders ->
            match oneOf name with
            | ValueSome outcome -> outcome
            | ValueNone ->
                match fromFolders parts with
                | ValueSome time -> Ok time
                | ValueNone ->
                    match folders |> List.tryPick (fun folder -> oneOf folder |> ValueOption.toOption) with
                    | None -> Error PartitionNameError.NoDate
                    | Some(Error error) -> Error error
                    | Some(Ok time) ->
                        match clockOnly name with
                        | ValueSome(struct (hour, minute, second)) when not time.HasTimeOfDay ->
                            Ok(atClock time hour minute second)
                        | _ -> Ok time
