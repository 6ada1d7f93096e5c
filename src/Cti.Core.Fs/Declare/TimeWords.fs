// How times of records are written, as it is written in YAML: formats and zones.
namespace Cti.Core.Declare

open System
open System.Globalization
open Cti.Core

[<RequireQualifiedAccess>]
module internal TimeWords =
    // Letters of strftime and of other date libraries, as this one writes them.
    let private letters =
        [
            [
                "%Y", "yyyy"
                "%y", "yy"
                "%m", "MM"
                "%d", "dd"
                "%H", "HH"
                "%M", "mm"
                "%S", "ss"
                "%b", "MMM"
            ]
            @ [ "%F", "yyyy-MM-dd"; "%T", "HH:mm:ss"; "%z", "zzz"; "%e", "d" ]
            [ "Y", "y"; "D", "d"; "h", "H" ]
        ]

    let private meant (text: string) =
        let translated =
            letters
            |> List.map (List.fold (fun (format: string) (foreign, ours: string) -> format.Replace(foreign, ours)) text)
            |> List.tryFind (fun format -> format <> text && Result.isOk (TimePattern.tryParse format 0))

        match translated with
        | Some format -> $"write it like `%s{format}`"
        | None -> "write it like `yyyy-MM-dd HH:mm:ss`, or `iso8601`, `unix`, `unix_ms`"

    /// `iso8601`, `unix`, `unix_ms` or a pattern; in UTC until `TimeFormat.inZone` says otherwise.
    let format: Literal<TimeFormat> =
        let parse (text: string) =
            TimePattern.tryParse text 0
            |> Result.mapError (fun problem ->
                Fault.Conflict($"`%s{text}` is not a time format: %s{problem}", meant text))

        Literal.pattern "time format" "" parse TimeFormat.text

    /// `UTC` (also `GMT`, `Z`) or an offset from it: `+02:00`. Names of zones need a table that changes from year to year, which the core has not.
    let zone: Literal<TimeSpan> =
        let parse (text: string) =
            let sign = if text.StartsWith '-' then -1.0 else 1.0

            match TimeSpan.TryParseExact(text.TrimStart('+', '-'), @"hh\:mm", CultureInfo.InvariantCulture) with
            | _ when List.contains text [ "UTC"; "GMT"; "Z" ] -> Ok TimeSpan.Zero
            | true, offset when
                (text.StartsWith '+' || text.StartsWith '-')
                && text.Length = 6
                && offset <= TimeSpan.FromHours 14.0
                ->
                Ok(offset * sign)
            | _ -> Error(Fault.Malformed("a time zone", text, "`UTC` or `+02:00` (names of zones are not supported)"))

        let print (offset: TimeSpan) =
            if offset = TimeSpan.Zero then
                "UTC"
            else
                let sign = if offset < TimeSpan.Zero then "-" else "+"
                sign + offset.ToString(@"hh\:mm", CultureInfo.InvariantCulture)

        Literal.pattern "time zone" @"^(UTC|GMT|Z|[+-]\d\d:\d\d)$" parse print
