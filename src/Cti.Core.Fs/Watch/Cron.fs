// The cron lines people write: five fields, as crontab(5) has them. Knows their grammar and how they are said to Quartz, whose parser knows
// calendars and time zones; knows no clock.
namespace Cti.Core

open System
open System.Globalization

/// One field of a cron line.
[<RequireQualifiedAccess>]
type CronField =
    /// `*`: nothing is restricted.
    | Any
    /// The values that match, in order, each once; at least one. Days of the week: 0 is Sunday.
    | Values of int list

/// `minute hour day-of-month month day-of-week`.
type Cron =
    {
        Minute: CronField
        Hour: CronField
        DayOfMonth: CronField
        Month: CronField
        DayOfWeek: CronField
        /// As it was written.
        Text: string
    }

[<RequireQualifiedAccess>]
module Cron =
    type private Range =
        {
            Name: string
            Low: int
            High: int
            Names: string list
        }

    let private months =
        [
            "jan"
            "feb"
            "mar"
            "apr"
            "may"
            "jun"
            "jul"
            "aug"
            "sep"
            "oct"
            "nov"
            "dec"
        ]

    let private days = [ "sun"; "mon"; "tue"; "wed"; "thu"; "fri"; "sat" ]

    let private range name low high names =
        {
            Name = name
            Low = low
            High = high
            Names = names
        }

    let private minutes = range "minute" 0 59 []
    let private hours = range "hour" 0 23 []
    let private monthDays = range "day of month" 1 31 []
    let private yearMonths = range "month" 1 12 months
    // 7 is Sunday, too.
    let private weekDays = range "day of week" 0 7 days

    let private value (range: Range) (text: string) : Result<int, string> =
        let named = range.Names |> List.tryFindIndex ((=) (text.ToLowerInvariant()))

        match named, Int32.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
        | Some index, _ -> Ok(index + range.Low)
        | None, (true, number) when number >= range.Low && number <= range.High -> Ok number
        | None, (true, _) -> Error $"the %s{range.Name} %s{text} is none of %d{range.Low} to %d{range.High}"
        | None, _ -> Error $"`%s{text}` is no %s{range.Name}"

    let private step (range: Range) (text: string) : Result<int, string> =
        match Int32.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, number when number >= 1 && number <= range.High -> Ok number
        | _ -> Error $"the step /%s{text} of the %s{range.Name} is none of 1 to %d{range.High}"

    // One part of a list: `*`, `5`, `1-5`, each perhaps with `/2` behind it.
    let private part (range: Range) (text: string) : Result<int list, string> =
        let span, every =
            match text.IndexOf '/' with
            | -1 -> text, Ok 1
            | at -> text.Substring(0, at), step range (text.Substring(at + 1))

        let bounds =
            match span, span.IndexOf '-' with
            | "*", _ -> Ok(range.Low, range.High)
            | _, -1 ->
                value range span
                // `5/10`: from 5 on, as Vixie's cron has it.
                |> Result.map (fun from -> from, (if span = text then from else range.High))
            | _, at ->
                match value range (span.Substring(0, at)), value range (span.Substring(at + 1)) with
                | Ok low, Ok high when low <= high -> Ok(low, high)
                | Ok low, Ok high ->
                    Error
                        $"the %s{range.Name} %s{span} runs backwards; write %d{low}-%d{range.High},%d{range.Low}-%d{high}"
                | Error error, _
                | _, Error error -> Error error

        match bounds, every with
        | Ok(low, high), Ok every -> Ok [ low..every..high ]
        | Error error, _
        | _, Error error -> Error error

    let private field (range: Range) (text: string) : Result<CronField, string> =
        if text = "*" then
            Ok CronField.Any
        else
            text.Split ','
            |> Array.fold
                (fun found next ->
                    match found, part range next with
                    | Ok values, Ok more -> Ok(values @ more)
                    | Error error, _
                    | _, Error error -> Error error)
                (Ok [])
            |> Result.map (fun values ->
                values
                |> List.map (fun value -> if range.High = 7 then value % 7 else value)
                |> List.distinct
                |> List.sort
                |> CronField.Values)

    // The most days a month ever has.
    let private longest = [| 31; 29; 31; 30; 31; 30; 31; 31; 30; 31; 30; 31 |]

    // The 31st of February never comes: a schedule that never fires is a mistake, not a wish.
    let private comes (cron: Cron) : bool =
        match cron.DayOfMonth, cron.Month, cron.DayOfWeek with
        | CronField.Values days, CronField.Values months, CronField.Any ->
            months |> List.exists (fun month -> List.min days <= longest[month - 1])
        | _ -> true

    /// Reads `0 */6 * * *`: lists, ranges, steps; names of months and days; 0 and 7 are Sunday. The error is half a sentence.
    let tryParse (text: string) : Result<Cron, string> =
        match text.Split([| ' '; '\t' |], StringSplitOptions.RemoveEmptyEntries) with
        | [| minute; hour; day; month; week |] ->
            match
                field minutes minute, field hours hour, field monthDays day, field yearMonths month, field weekDays week
            with
            | Ok minute, Ok hour, Ok day, Ok month, Ok week ->
                let cron =
                    {
                        Minute = minute
                        Hour = hour
                        DayOfMonth = day
                        Month = month
                        DayOfWeek = week
                        Text = text
                    }

                if comes cron then
                    Ok cron
                else
                    Error "no month it names has such a day: it would never come"
            | Error error, _, _, _, _
            | _, Error error, _, _, _
            | _, _, Error error, _, _
            | _, _, _, Error error, _
            | _, _, _, _, Error error -> Error error
        | fields -> Error $"it has %d{fields.Length} fields, not five: minute hour day-of-month month day-of-week"

    let private said (shift: int) (field: CronField) =
        match field with
        | CronField.Any -> "*"
        | CronField.Values values ->
            values
            |> List.map (fun value -> (value + shift).ToString CultureInfo.InvariantCulture)
            |> String.concat ","

    /// The same for Quartz: seconds in front, `?` for the day field that says nothing, Sunday is 1. Where both day fields are restricted, cron
    /// means either, and there are two expressions: whichever comes first.
    let toQuartz (cron: Cron) : string list =
        let line day week =
            $"0 %s{said 0 cron.Minute} %s{said 0 cron.Hour} %s{day} %s{said 0 cron.Month} %s{week}"

        match cron.DayOfMonth, cron.DayOfWeek with
        | CronField.Values _, CronField.Values _ ->
            [ line (said 0 cron.DayOfMonth) "?"; line "?" (said 1 cron.DayOfWeek) ]
        | CronField.Any, CronField.Values _ -> [ line "?" (said 1 cron.DayOfWeek) ]
        | _, CronField.Any -> [ line (said 0 cron.DayOfMonth) "?" ]
