// Whole numbers with a unit behind them, as people write them: durations and sizes. A table of units goes from the smallest to the largest.
namespace Cti.Core.Declare

open System
open System.Globalization

[<RequireQualifiedAccess>]
module internal Amount =
    // A number, and the unit behind it.
    let private measured (text: string) =
        let digits = text |> Seq.takeWhile Char.IsAsciiDigit |> Seq.length

        match Int64.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, number -> ValueSome struct (number, text.Substring digits)
        | _ -> ValueNone

    /// In the smallest unit of the table, at most `most`. `example` gives, for what was written, how it is written right.
    let parse (table: (string * int64) list) (what: string) (example: string -> string) (most: int64) (text: string) =
        match measured text with
        | ValueSome(struct (number, unit)) ->
            match table |> List.tryFind (fun (name, _) -> name = unit) with
            | Some(_, size) when number <= most / size -> Ok(number * size)
            | Some _ ->
                Error(
                    Fault.OutOfRange(what, text, $"at most %d{most / snd (List.last table)}%s{fst (List.last table)}")
                )
            | None -> Error(Fault.Malformed(what, text, example text))
        | ValueNone -> Error(Fault.Malformed(what, text, example text))

    /// With the largest unit that leaves no rest.
    let print (table: (string * int64) list) (value: int64) =
        let name, size =
            table
            |> List.rev
            |> List.tryFind (fun (_, size) -> value % size = 0L)
            |> Option.defaultValue ("", 1L)

        $"%d{value / size}%s{name}"

    /// In milliseconds.
    let durations =
        [ "ms", 1L; "s", 1_000L; "m", 60_000L; "h", 3_600_000L; "d", 86_400_000L ]

    // How people write units of time, and what they are here: `2 weeks` is `14d`.
    let private spokenUnits =
        [
            "ms", [ "msec"; "millisecond" ], 1L
            "s", [ "sec"; "second" ], 1L
            "m", [ "min"; "minute" ], 1L
            "h", [ "hr"; "hour" ], 1L
            "d", [ "day" ], 1L
            "d", [ "w"; "week" ], 7L
            "d", [ "month"; "mo" ], 30L
            "d", [ "y"; "yr"; "year" ], 365L
        ]

    /// What was probably meant by a text that is no duration, as it is written right.
    let durationMeant (text: string) =
        let usual = "`30s`, `5m`, `12h` or `1d`"

        match measured (text.Trim().ToLowerInvariant()) with
        | ValueSome(struct (number, "")) when number > 0L ->
            $"`%d{number}s`, `%d{number}m`, `%d{number}h` or `%d{number}d`"
        | ValueSome(struct (number, unit)) when number < 10_000L ->
            let word = unit.Trim().TrimEnd('s')

            spokenUnits
            |> List.tryFind (fun (name, spoken, _) -> unit.Trim() = name || List.contains word (name :: spoken))
            |> Option.map (fun (name, _, factor) -> $"`%d{number * factor}%s{name}`")
            |> Option.defaultValue usual
        | _ -> usual

    /// In bytes.
    let sizes = [ "B", 1L; "KB", 1_000L; "MB", 1_000_000L; "GB", 1_000_000_000L ]
