// The date in a file's name, where a person says how it is written. Knows names, neither files nor zones of places.
namespace Cti.Core

open System
open System.Text

[<RequireQualifiedAccess>]
module PartitionPattern =
    let private namesZone (format: TimeFormat) =
        match format with
        | TimeFormat.Unix
        | TimeFormat.UnixMillis -> true
        | TimeFormat.Pattern(_, steps, _) -> Array.exists (fun (step: TimeStep) -> step.IsZone) steps
        | _ -> false

    let private namesTimeOfDay (format: TimeFormat) =
        match format with
        | TimeFormat.Fixed(_, layout, _) -> layout.Hour >= 0
        | TimeFormat.Pattern(_, steps, _) -> Array.exists (fun (step: TimeStep) -> step.IsHour || step.IsHour12) steps
        | _ -> true

    /// The time in a path by a declared format (`TimePattern.tryParse`), which is looked for in the file's name, or in the whole path where the format has a
    /// `/` in it. A format in which every part has its digits is found anywhere; it must not stand within more digits.
    let recognise (format: TimeFormat) (path: string) : Result<NamedTime, PartitionNameError> =
        let text =
            if (TimeFormat.text format).Contains '/' then
                path
            else
                path.Substring(path.LastIndexOf '/' + 1)

        let bytes = Encoding.UTF8.GetBytes text
        // Longer than any pattern prints; what is shorter than three characters is no date.
        let longest = 40

        let lengths =
            match format with
            | TimeFormat.Fixed(_, layout, _) -> [ layout.Length ]
            | _ -> [ longest .. -1 .. 3 ]

        let isDigitAt at =
            at >= 0 && at < bytes.Length && Char.IsAsciiDigit(char bytes[at])

        let at start =
            lengths
            |> List.tryPick (fun length ->
                let finish = start + length

                if
                    finish > bytes.Length
                    || bytes[start] = ' 'B
                    || bytes[finish - 1] = ' 'B
                    || (isDigitAt (start - 1) && isDigitAt start)
                    || (isDigitAt finish && isDigitAt (finish - 1))
                then
                    None
                else
                    match TimeFormat.parse format (ReadOnlySpan<byte>(bytes, start, length)) with
                    | TimeOutcome.Time time -> Some(struct (time, finish))
                    | _ -> None)

        let rec from start dates =
            if start >= bytes.Length then
                List.rev dates
            else
                match at start with
                | Some(struct (time, finish)) -> from finish (struct (time, start, finish) :: dates)
                | None -> from (start + 1) dates

        let dates = from 0 []

        match dates |> List.map (fun struct (time, _, _) -> time) |> List.distinct with
        | [] -> Error PartitionNameError.NoDate
        | [ time ] ->
            Ok
                {
                    Time = time
                    HasTimeOfDay = namesTimeOfDay format
                    IsAbsolute = namesZone format
                }
        | _ ->
            dates
            |> List.map (fun struct (_, start, finish) -> Encoding.UTF8.GetString(bytes, start, finish - start))
            |> PartitionNameError.SeveralDates
            |> Error
