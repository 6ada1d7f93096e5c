// In which format a column of samples writes points in time.
namespace Cti.Core

open System
open System.Text

/// What a column of samples says about time.
[<RequireQualifiedAccess>]
type internal TimeGuess =
    | NoTime
    /// Every sample is a time in this format.
    | Format of string
    /// Every sample is a date, but day and month cannot be told apart.
    | DayOrMonth

[<RequireQualifiedAccess>]
module internal TimeGuess =
    let private years = struct (1990, 2100)

    // Patterns in which day and month stand in one order only.
    let private plain =
        [
            "iso8601"
            "yyyy/MM/dd"
            "yyyy/MM/dd HH:mm"
            "yyyy/MM/dd HH:mm:ss"
            "dd MMM yyyy"
            "d MMM yyyy"
            "MMM d, yyyy"
            "MMMM d, yyyy"
            "d MMMM yyyy"
            "dd-MMM-yyyy"
            "dd.MM.yyyy"
            "dd.MM.yyyy HH:mm"
            "dd.MM.yyyy HH:mm:ss"
            "ddd, dd MMM yyyy HH:mm:ss 'GMT'"
            "ddd, dd MMM yyyy HH:mm:ss zzz"
            "ddd MMM d HH:mm:ss yyyy"
        ]

    // The same with day first and with month first.
    let private slashed =
        [
            "d/M/yyyy", "M/d/yyyy"
            "d/M/yyyy H:mm", "M/d/yyyy H:mm"
            "d/M/yyyy H:mm:ss", "M/d/yyyy H:mm:ss"
            "d-M-yyyy", "M-d-yyyy"
            "d/M/yy", "M/d/yy"
            "d/M/yy H:mm", "M/d/yy H:mm"
        ]

    // Numbers are times only where the column's name says so.
    let private numbers = [ "unix"; "unix_ms"; "yyyyMMdd"; "yyyyMMddHHmmss" ]

    let private fits (samples: string[]) (pattern: string) : bool =
        match TimePattern.tryParse pattern 0 with
        | Error _ -> false
        | Ok format ->
            let struct (low, high) = years

            samples
            |> Array.forall (fun sample ->
                match TimeFormat.parse format (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes sample)) with
                | TimeOutcome.Time time ->
                    let year = (Timestamp.toDateTime time).Year
                    year >= low && year < high
                | _ -> false)

    /// `isNamed`: the column's name speaks of time.
    let ofSamples (isNamed: bool) (samples: string[]) : TimeGuess =
        if samples.Length = 0 then
            TimeGuess.NoTime
        else
            match plain |> List.tryFind (fits samples) with
            | Some format -> TimeGuess.Format format
            | None ->
                let byOrder =
                    slashed
                    |> List.tryPick (fun (dayFirst, monthFirst) ->
                        match fits samples dayFirst, fits samples monthFirst with
                        | true, true -> Some TimeGuess.DayOrMonth
                        | true, false -> Some(TimeGuess.Format dayFirst)
                        | false, true -> Some(TimeGuess.Format monthFirst)
                        | false, false -> None)

                match byOrder with
                | Some guess -> guess
                | None when isNamed ->
                    match numbers |> List.tryFind (fits samples) with
                    | Some format -> TimeGuess.Format format
                    | None -> TimeGuess.NoTime
                | None -> TimeGuess.NoTime
