// How the time at which a service reads is written in YAML: `schedule`, and `every` of a page.
namespace Cti.Core.Declare

open System
open Cti.Core

[<RequireQualifiedAccess>]
module internal ScheduleWords =
    /// A second to a hundred years.
    let distance: Literal<TimeSpan> =
        Literal.duration
        |> Literal.refine (fun value ->
            if value >= TimeSpan.FromSeconds 1.0 then
                Ok value
            else
                Error(Fault.OutOfRange("the interval", Literal.duration.Print value, "`1s` or more")))

    /// 100% to 100,000%, as a multiple: `1000%` is 10.
    let growth: Literal<float> =
        Literal.percentage 100_000m
        |> Literal.refine (fun value ->
            if value >= 1.0 then
                Ok value
            else
                Error(Fault.OutOfRange("growth", $"%g{value * 100.0}%%", "100% or more: 100% is no growth")))

    let cron: Literal<Cron> =
        let parse (text: string) =
            match Cron.tryParse text with
            | Ok cron -> Ok cron
            | Error problem ->
                Error(
                    Fault.Conflict(
                        $"`%s{text}` is no cron line: %s{problem}",
                        "write minute, hour, day of month, month, day of week: \"0 */6 * * *\" is every six hours"
                    )
                )

        Literal.pattern "cron line" @"^\s*\S+(\s+\S+){4}\s*$" parse _.Text

    // Its form only: which zones there are, the machine knows; `cti validate` asks it.
    let zone: Literal<string> =
        let parse (text: string) =
            if text |> Seq.forall (fun c -> Char.IsAsciiLetterOrDigit c || "/_+-".Contains c) then
                Ok text
            else
                Error(Fault.Malformed("the name of a time zone", text, "`Europe/Berlin` or `UTC`"))

        Literal.pattern "time zone" "^[A-Za-z0-9/_+-]+$" parse id

[<RequireQualifiedAccess>]
module internal ScheduleDecoder =
    let private zoneFaults (cron: Cron option, zone: string option) =
        [
            if cron.IsNone && zone.IsSome then
                [ Step.Key "tz" ],
                Fault.Conflict("`tz` is of no use beside `every`", "write `cron`, which goes by the wall clock")
        ]

    /// Exactly one of `every` and `cron`.
    let decoder: Decoder<Schedule> =
        Decode.block (
            block {
                let! timetable =
                    Field.exactlyOne
                        [
                            "every", "at this distance", Decode.literal ScheduleWords.distance |> Decode.map Choice1Of2
                            "cron",
                            "at these times of the wall clock: minute, hour, day of month, month, day of week",
                            Decode.literal ScheduleWords.cron |> Decode.map Choice2Of2
                        ]

                and! zone =
                    Field.noted "tz" "time zone of `cron`, as Europe/Berlin" ScheduleWords.zone "UTC"

                and! jitter =
                    Field.defaulted
                        "jitter"
                        "every time is put off by up to so much, so that not everybody asks at once"
                        Literal.duration
                        TimeSpan.Zero

                return struct (timetable, zone, jitter)
            }
            |> Field.check (fun (struct (timetable, zone, _)) ->
                match timetable with
                | Choice1Of2 _ -> zoneFaults (None, zone)
                | Choice2Of2 cron -> zoneFaults (Some cron, zone))
            |> Field.map (fun (struct (timetable, zone, jitter)) ->
                {
                    Timetable =
                        match timetable with
                        | Choice1Of2 distance -> Timetable.Every distance
                        | Choice2Of2 cron -> Timetable.Cron(cron, Option.defaultValue "UTC" zone)
                    Jitter = jitter
                })
        )

    /// A page with `every` and its source with `schedule`: two words on one thing.
    let twice (path: Path) (source: Node) : Diagnostic list =
        match Node.tryKey "schedule" source, Node.tryKey "from" source |> Option.bind (Node.tryKey "every") with
        | Some _, Some every ->
            [
                Fault.Conflict("`every` stands beside the source's `schedule`", "remove one of them")
                |> Diagnostic.create (Step.Key "every" :: Step.Key "from" :: path) (Node.span every)
            ]
        | _ -> []
