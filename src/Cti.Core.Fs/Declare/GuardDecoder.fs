// What stands between a plan and the tool, as written in YAML: how much may change, who looks at the new file, who is told of it.
namespace Cti.Core.Declare

open System
open System.Globalization
open Cti.Core

/// One bound of `max_change`.
[<Struct; RequireQualifiedAccess>]
type internal ChangeBound =
    | Share of share: float
    | Entries of entries: int64

/// The keys of a sink that guard its plan, as written.
type internal WrittenGuards =
    {
        Apply: ApplyMode option
        MaxChange: ChangeBound list option
        MinEntries: int64 option
        Capacity: int option
        Fold: bool option
        Check: SinkCheck option
        Reload: SinkProgram option
        Served: bool option
        Probe: SinkProgram option
    }

[<RequireQualifiedAccess>]
module internal GuardDecoder =
    let private entries = " entries"

    let private bound: Literal<ChangeBound> =
        let share = Literal.percentage 1_000_000m

        let parse (text: string) =
            if text.EndsWith(entries, StringComparison.Ordinal) then
                match
                    Int64.TryParse(
                        text.AsSpan(0, text.Length - entries.Length),
                        NumberStyles.None,
                        CultureInfo.InvariantCulture
                    )
                with
                | true, count -> Ok(ChangeBound.Entries count)
                | _ -> Error(Fault.Malformed("a number of entries", text, "`5000 entries`"))
            else
                share.Parse text
                |> Result.map ChangeBound.Share
                |> Result.mapError (fun _ ->
                    Fault.Malformed("a bound", text, "`30%` of what is held, or `5000 entries`"))

        let print (value: ChangeBound) =
            match value with
            | ChangeBound.Share value -> share.Print value
            | ChangeBound.Entries count -> count.ToString CultureInfo.InvariantCulture + entries

        Literal.pattern "share or number of entries" @"^(\d+(\.\d+)?%|\d+ entries)$" parse print

    let private timeout: Fields<TimeSpan> =
        ConnectionDecoder.limit
            "timeout"
            "a program that takes longer is ended, and has failed"
            (TimeSpan.FromHours 1.0)
            (TimeSpan.FromMinutes 1.0)

    let private programWithin (timeout: Fields<TimeSpan>) : Fields<SinkProgram> =
        Field.zip ConnectionDecoder.program timeout
        |> Field.map (fun ((run, environment), timeout) ->
            {
                Run = run
                Environment = environment
                Timeout = timeout
            })

    let private program = programWithin timeout

    let private names (place: string) (program: SinkProgram) =
        program.Run
        |> List.exists (fun part -> part.ToString().Contains(place, StringComparison.Ordinal))

    // A program that is not told which file would look at the old one, or at none.
    let private namesFile (program: SinkProgram) =
        if names "{file}" program then
            []
        else
            [
                [ Step.Key "run" ],
                Fault.Conflict(
                    "a checker is started before the new file is in its place, and has to be told where it is",
                    "write `{file}` where the program wants the file's name"
                )
            ]

    // One that is not told which value would say the same of every probe.
    let private namesValue (program: SinkProgram) =
        if names "{value}" program then
            []
        else
            [
                [ Step.Key "run" ],
                Fault.Conflict(
                    "the program is asked for one value, and has to be told which",
                    "write `{value}` where the program wants it"
                )
            ]

    let private probe: Decoder<SinkProgram> =
        ConnectionDecoder.limit
            "timeout"
            "how long the tool may take to have a value, or to let go of it"
            (TimeSpan.FromHours 1.0)
            (TimeSpan.FromSeconds 10.0)
        |> programWithin
        |> Field.check namesValue
        |> Decode.block

    let private check: Decoder<SinkCheck> =
        Decode.union
            "a checker"
            "type"
            [
                Decode.case
                    "built_in"
                    "The checker of the tool that reads the format, as its page says"
                    (timeout |> Field.map SinkCheck.BuiltIn)
                Decode.case
                    "command"
                    "A program; any exit code but 0 keeps the old file"
                    (program |> Field.check namesFile |> Field.map SinkCheck.Program)
            ]

    let fields: Fields<WrittenGuards> =
        block {
            let! apply =
                Field.noted "apply" "manual waits for `cti apply` (state sinks only)" Words.apply ApplyMode.Auto

            and! maxChange =
                Field.optional
                    "max_change"
                    "a plan that changes more waits for approval: a share of what is held, a number of entries, or both in a list; 100% where not given (state sinks only)"
                    (Decode.oneOrMany "max_change" (Decode.literal bound))

            and! minEntries =
                Field.noted
                    "min_entries"
                    "a plan that leaves fewer entries needs approval (state sinks only)"
                    (Literal.int64 "min_entries" 0L Int64.MaxValue)
                    0L

            and! capacity =
                Field.optional
                    "capacity"
                    "most entries the tool has room for: those with the best score stay, of these the most recent (state sinks only)"
                    (Decode.literal (Literal.int "capacity" 1 100_000_000))

            and! fold =
                Field.noted
                    "fold"
                    "leave out what a listed name or range stands for anyway, and write addresses and ranges that fill a larger range as that, where the format knows such entries (state sinks only)"
                    Literal.bool
                    false

            and! check =
                Field.optional "check" "who looks at a new file before it is put in place (state sinks only)" check

            and! reload =
                Field.optional
                    "reload"
                    "who is told of a new file; where it fails, the old one is put back (state sinks only)"
                    (Decode.block program)

            and! served =
                Field.noted
                    "serve"
                    "`cti serve` gives the file at /lists/PIPELINE/SINK to users who may read it (state sinks only)"
                    Literal.bool
                    false

            and! probe =
                Field.optional
                    "probe"
                    "asks the tool whether it has `{value}`, for `cti probe`: exit code 0 says that it has, 1 that it has not (state sinks only)"
                    probe

            return
                {
                    Apply = apply
                    MaxChange = maxChange
                    MinEntries = minEntries
                    Capacity = capacity
                    Fold = fold
                    Check = check
                    Reload = reload
                    Served = served
                    Probe = probe
                }
        }

    /// The keys that were given.
    let given (guards: WrittenGuards) : string list =
        [
            if guards.Apply.IsSome then
                "apply"
            if guards.MaxChange.IsSome then
                "max_change"
            if guards.MinEntries.IsSome then
                "min_entries"
            if guards.Capacity.IsSome then
                "capacity"
            if guards.Fold.IsSome then
                "fold"
            if guards.Check.IsSome then
                "check"
            if guards.Reload.IsSome then
                "reload"
            if guards.Served.IsSome then
                "serve"
            if guards.Probe.IsSome then
                "probe"
        ]

    let limits (guards: WrittenGuards) : PlanLimits =
        let bounds = Option.defaultValue [] guards.MaxChange

        let shares =
            bounds
            |> List.choose (fun bound ->
                match bound with
                | ChangeBound.Share share -> Some share
                | ChangeBound.Entries _ -> None)

        let counts =
            bounds
            |> List.choose (fun bound ->
                match bound with
                | ChangeBound.Entries count -> Some count
                | ChangeBound.Share _ -> None)

        {
            MaxChange =
                if bounds.IsEmpty then
                    1.0
                else
                    List.fold min infinity shares
            MaxChanged =
                if counts.IsEmpty then
                    ValueNone
                else
                    ValueSome(List.min counts)
            MinEntries = Option.defaultValue 0L guards.MinEntries
        }
