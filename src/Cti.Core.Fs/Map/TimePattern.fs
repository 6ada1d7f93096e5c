// Compiles what a declaration says of times (`iso8601`, `unix`, `unix_ms` or a pattern) into a TimeFormat.
namespace Cti.Core

open System
open System.Text

[<RequireQualifiedAccess>]
module TimePattern =
    /// The letters a pattern may use, longest first.
    let private tokens =
        [|
            "yyyy", TimeStep.Year 4
            "yy", TimeStep.Year 2
            "MMMM", TimeStep.MonthName
            "MMM", TimeStep.MonthName
            "MM", TimeStep.Month 2
            "M", TimeStep.Month 1
            "dddd", TimeStep.DayName
            "ddd", TimeStep.DayName
            "dd", TimeStep.Day 2
            "d", TimeStep.Day 1
            "HH", TimeStep.Hour 2
            "H", TimeStep.Hour 1
            "hh", TimeStep.Hour12 2
            "h", TimeStep.Hour12 1
            "mm", TimeStep.Minute 2
            "m", TimeStep.Minute 1
            "ss", TimeStep.Second 2
            "s", TimeStep.Second 1
            "tt", TimeStep.AmPm
            "zzz", TimeStep.Zone
            "zz", TimeStep.Zone
            "K", TimeStep.Zone
            "T", TimeStep.Literal "T"B
            "Z", TimeStep.Literal "Z"B
        |]

    let private literal (text: string) =
        TimeStep.Literal(Encoding.UTF8.GetBytes text)

    /// The step at `at` and the length of what stands for it.
    let private stepAt (text: string) (at: int) : Result<struct (TimeStep * int), string> =
        let run letter =
            text.AsSpan(at).Length - text.AsSpan(at).TrimStart(letter: char).Length

        let isOptionalFraction =
            at + 1 < text.Length && text[at] = '.' && text[at + 1] = 'F'

        match text[at] with
        | '.' when isOptionalFraction ->
            let digits = text.AsSpan(at + 1).Length - text.AsSpan(at + 1).TrimStart('F').Length
            Ok(struct (TimeStep.OptionalFraction, digits + 1))
        | 'f' -> Ok(struct (TimeStep.Fraction, run 'f'))
        | '\'' ->
            match text.IndexOf('\'', at + 1) with
            | -1 -> Error $"the quote at character %d{at + 1} is not closed"
            | closing -> Ok(struct (literal (text.Substring(at + 1, closing - at - 1)), closing - at + 1))
        | '\\' when at + 1 < text.Length -> Ok(struct (literal (text.Substring(at + 1, 1)), 2))
        | letter when Char.IsAsciiLetter letter ->
            let length = run letter

            match tokens |> Array.tryFind (fun (token, _) -> token = text.Substring(at, length)) with
            | Some(_, step) -> Ok(struct (step, length))
            | None ->
                let found = text.Substring(at, length)

                Error
                    $"'%s{found}' at character %d{at + 1} means nothing; put letters that stand for themselves in single quotes"
        | other -> Ok(struct (literal (string other), 1))

    /// The place of every part, when each is written with all its digits, once.
    let private layoutOf (steps: TimeStep list) : FixedTime option =
        let width step =
            match step with
            | TimeStep.Year 4 -> 4
            | TimeStep.Month 2
            | TimeStep.Day 2
            | TimeStep.Hour 2
            | TimeStep.Minute 2
            | TimeStep.Second 2 -> 2
            | TimeStep.Literal bytes -> bytes.Length
            | _ -> -1

        let numbers = steps |> List.filter (fun step -> not step.IsLiteral)

        if
            steps |> List.exists (fun step -> width step < 0)
            || List.length (List.distinct numbers) <> List.length numbers
        then
            None
        else
            let starts = steps |> List.scan (fun at step -> at + width step) 0

            let placed = List.zip steps (List.truncate steps.Length starts)

            let placeOf step =
                placed
                |> List.tryFind (fun (other, _) -> other = step)
                |> Option.map snd
                |> Option.defaultValue -1

            let literals =
                placed
                |> List.collect (fun (step, at) ->
                    match step with
                    | TimeStep.Literal bytes ->
                        [ for index in 0 .. bytes.Length - 1 -> struct (at + index, bytes[index]) ]
                    | _ -> [])

            Some(
                {
                    Length = List.last starts
                    Year = placeOf (TimeStep.Year 4)
                    Month = placeOf (TimeStep.Month 2)
                    Day = placeOf (TimeStep.Day 2)
                    Hour = placeOf (TimeStep.Hour 2)
                    Minute = placeOf (TimeStep.Minute 2)
                    Second = placeOf (TimeStep.Second 2)
                    Literals = List.toArray literals
                }
            )

    let private compile (text: string) (zone: int) : Result<TimeFormat, string> =
        let rec steps at (found: TimeStep list) =
            if at >= text.Length then
                Ok(List.rev found)
            else
                match stepAt text at with
                | Ok(struct (step, length)) -> steps (at + length) (step :: found)
                | Error error -> Error error

        match steps 0 [] with
        | Error error -> Error error
        | Ok steps ->
            let has test = List.exists test steps

            if not (has _.IsYear) then
                Error "the pattern has no year (yyyy or yy)"
            elif not (has (fun step -> step.IsMonth || step.IsMonthName)) then
                Error "the pattern has no month (MM, M or MMM)"
            elif not (has _.IsDay) then
                Error "the pattern has no day (dd or d)"
            elif has _.IsAmPm <> has _.IsHour12 then
                Error "hours of twelve (hh) and tt go together"
            else
                match layoutOf steps with
                | Some layout -> Ok(TimeFormat.Fixed(text, layout, zone))
                | None -> Ok(TimeFormat.Pattern(text, List.toArray steps, zone))

    /// Compiles `iso8601`, `unix`, `unix_ms`, or a pattern of yyyy yy MMMM MMM MM M dddd ddd dd d HH H hh h mm m ss s tt f… .F…
    /// zzz K, with other characters standing for themselves and letters in single quotes. `zoneMinutes` (east of Greenwich,
    /// -840 to 840) is the zone of texts that name none. The error says what is wrong with the text, and where.
    let tryParse (text: string) (zoneMinutes: int) : Result<TimeFormat, string> =
        if abs zoneMinutes > 840 then
            Error "a zone is at most 14 hours from UTC"
        else
            match text with
            | "iso8601" -> Ok(TimeFormat.Iso8601 zoneMinutes)
            | "unix" -> Ok TimeFormat.Unix
            | "unix_ms" -> Ok TimeFormat.UnixMillis
            | pattern -> compile pattern zoneMinutes
