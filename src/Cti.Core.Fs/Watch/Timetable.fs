// When a source is due: a timetable's next instants, jitter, what was missed, and trying again after a failure. Pure: instants come in, decisions
// go out. What `next` means in a calendar with time zones is an argument (the host asks Quartz).
namespace Cti.Core

open System

/// When something comes round.
[<RequireQualifiedAccess>]
type Timetable =
    /// At a fixed distance.
    | Every of TimeSpan
    /// By the wall clock of a time zone (IANA name).
    | Cron of cron: Cron * zone: string

/// A declared schedule.
type Schedule =
    {
        Timetable: Timetable
        /// Every instant is moved by up to so much, always the same for the same instant: so that not everybody asks at the full hour.
        Jitter: TimeSpan
    }

/// The first instant after the one given; none where there is none.
type NextInstant = delegate of after: DateTimeOffset -> DateTimeOffset voption

/// How a source's last reading ended.
[<Struct; RequireQualifiedAccess>]
type ReadingOutcome =
    | Read
    | Failed

/// Where one source stands in its timetable.
type SourceTimer =
    {
        Source: string
        /// What jitter comes from: different for every source and machine.
        Seed: string
        /// The next instant of the timetable; none where it never comes again.
        Nominal: DateTimeOffset voption
        /// Readings that failed since the last that did not.
        Failures: int
        /// When a failed reading is tried again.
        Retry: DateTimeOffset voption
    }

[<RequireQualifiedAccess>]
module SourceTimer =
    /// Before the first new attempt after a failure.
    let firstRetry = TimeSpan.FromSeconds 30.0

    /// No wait for the next attempt is longer, unless the timetable's own is.
    let longestRetry = TimeSpan.FromMinutes 15.0

    // FNV-1a, 64 bits: small, and the same on every machine.
    let private hash (text: string) : uint64 =
        let mutable state = 14695981039346656037UL

        for character in text do
            state <- (state ^^^ uint64 character) * 1099511628211UL

        state

    /// The jitter of one instant: from nothing to below `most`, a function of instant and seed.
    let jitter (seed: string) (most: TimeSpan) (instant: DateTimeOffset) : TimeSpan =
        if most <= TimeSpan.Zero then
            TimeSpan.Zero
        else
            // Multiplied once more: the last bits of FNV alone follow the text's end too closely.
            let mixed = hash $"%s{seed} %d{instant.UtcTicks}" * 0x9E3779B97F4A7C15UL
            TimeSpan.FromTicks(int64 ((mixed >>> 1) % uint64 most.Ticks))

    /// The instants of a fixed distance. Where they lie within it depends on `seed` alone: a restart keeps the beat, and no two machines ask a
    /// feed at the same second.
    let every (seed: string) (distance: TimeSpan) : NextInstant =
        let phase = (jitter seed distance DateTimeOffset.UnixEpoch).Ticks

        NextInstant(fun after ->
            let since = after.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks - phase
            // How far `after` is behind the beat before it, or on it.
            let behind = ((since % distance.Ticks) + distance.Ticks) % distance.Ticks
            let wait = TimeSpan.FromTicks(distance.Ticks - behind)

            if DateTimeOffset.MaxValue - after > wait then
                ValueSome(after.ToUniversalTime() + wait)
            else
                ValueNone)

    /// A service begins. What came round since the source was asked last is due, once; a source that was never asked is due at once.
    let start
        (next: NextInstant)
        (source: string)
        (seed: string)
        (lastAsked: DateTimeOffset voption)
        (now: DateTimeOffset)
        : SourceTimer =
        {
            Source = source
            Seed = seed
            Nominal =
                match lastAsked with
                | ValueSome last -> next.Invoke(min last now)
                | ValueNone -> ValueSome now
            Failures = 0
            Retry = ValueNone
        }

    /// When the source is to be read next; none where never.
    let dueAt (most: TimeSpan) (timer: SourceTimer) : DateTimeOffset voption =
        let planned =
            timer.Nominal
            |> ValueOption.map (fun instant ->
                let moved = jitter timer.Seed most instant

                if DateTimeOffset.MaxValue - instant > moved then
                    instant + moved
                else
                    instant)

        match planned, timer.Retry with
        | ValueSome planned, ValueSome retry -> ValueSome(min planned retry)
        | ValueSome instant, ValueNone
        | ValueNone, ValueSome instant -> ValueSome instant
        | ValueNone, ValueNone -> ValueNone

    /// A reading begins now: whatever came round until now is done with it, however often that was.
    let began (next: NextInstant) (now: DateTimeOffset) (timer: SourceTimer) : SourceTimer =
        { timer with
            Nominal =
                match timer.Nominal with
                | ValueSome instant when instant <= now -> next.Invoke now
                // A new attempt does not take the place of the regular reading.
                | later -> later
            Retry = ValueNone
        }

    /// How long to wait after so many failures in a row, from 1: doubled each time, moved by up to a tenth.
    let backoff (seed: string) (failures: int) (now: DateTimeOffset) : TimeSpan =
        let doublings = min (max (failures - 1) 0) 20

        let wait =
            min longestRetry (TimeSpan.FromTicks(firstRetry.Ticks <<< min doublings 10))

        wait + jitter seed (wait / 10.0) now

    /// The reading ended.
    let ended (outcome: ReadingOutcome) (now: DateTimeOffset) (timer: SourceTimer) : SourceTimer =
        match outcome with
        | ReadingOutcome.Read ->
            { timer with
                Failures = 0
                Retry = ValueNone
            }
        | ReadingOutcome.Failed ->
            let failures = timer.Failures + 1

            { timer with
                Failures = failures
                Retry = ValueSome(now + backoff timer.Seed failures now)
            }
