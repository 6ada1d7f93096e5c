// Whether a complete reading is believed: what the pipeline expects of it, and what holds for every feed where it expects nothing.
// A reading that is not believed closes nothing and says so. Pure.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Globalization

/// What a pipeline expects of a source's readings.
type FeedExpectation =
    {
        IsSnapshot: bool
        /// Records of a complete reading, both ends included; none where nothing is said.
        Records: struct (int64 * int64) voption
        /// Largest share of rejected records, 0 to 1.
        MaxRejected: float voption
        /// Age of the newest record.
        MaxAge: TimeSpan voption
        /// Largest share of its records, 0 to 1, that a snapshot may lose.
        Shrink: float
        /// Largest size of a snapshot as a multiple of the one before.
        Growth: float
        /// How long a feed may say the same; where nothing is said, by its own habit (`FeedRules.patience`).
        MaxUnchanged: TimeSpan voption
    }

/// What one reading brought.
[<Struct>]
type ReadingCounts =
    {
        /// Records, rejected ones too.
        Records: int64
        /// Those that could not be used.
        Rejected: int64
        /// Newest event time; `Timestamp.none` where there is no record.
        Newest: Timestamp
    }

/// What is wrong with a reading.
type FeedAlarm =
    {
        /// Stable, `CTI-SOURCE-…`.
        Code: string
        /// What happened and what to do.
        Message: string
    }

[<RequireQualifiedAccess>]
module FeedRules =
    /// What a snapshot may lose unless `expect` says otherwise.
    let shrink = 0.5

    /// How many times as large a snapshot may become unless `expect` says otherwise.
    let growth = 10.0

    /// Below this many records a list may well lose half of them, or become ten times as long, overnight.
    let fewestToCompare = 20L

    /// Fewer changes than this say nothing about a feed's habit.
    let fewestChanges = 5

    /// Changes that are remembered.
    let mostChanges = 16

    /// A feed is late after so many of its usual intervals…
    let usualIntervals = 10.0

    /// …but no sooner than this: feeds pause over night.
    let leastPatience = TimeSpan.FromDays 1.0

    let private kept = "nothing is withdrawn on its word"
    let private invariant = CultureInfo.InvariantCulture
    let private number (value: int64) = value.ToString("N0", invariant)

    let private percent (share: float) =
        (share * 100.0).ToString("0.##", invariant) + "%"

    let private hours (span: TimeSpan) =
        span.TotalHours.ToString("N0", invariant)

    let private alarm code message : FeedAlarm voption =
        ValueSome { Code = code; Message = message }

    let private unexpected (expect: FeedExpectation) (read: ReadingCounts) =
        match expect.Records with
        | ValueSome(struct (fewest, most)) when
            (read.Records < fewest || read.Records > most)
            && (expect.IsSnapshot || read.Records > 0L)
            ->
            alarm
                "CTI-SOURCE-030"
                $"%s{number read.Records} records, expected %s{number fewest} to %s{number most}; %s{kept}. Look at the feed, or change `expect: records`."
        | _ -> ValueNone

    let private rejected (expect: FeedExpectation) (read: ReadingCounts) =
        match expect.MaxRejected with
        | ValueSome most when float read.Rejected > most * float read.Records ->
            alarm
                "CTI-SOURCE-031"
                $"%s{number read.Rejected} of %s{number read.Records} records were rejected, more than the %s{percent most} of `expect: max_rejected`; %s{kept}. Look at the dead letters."
        | _ -> ValueNone

    let private stale (expect: FeedExpectation) (newest: Timestamp) (now: Timestamp) =
        match expect.MaxAge with
        | ValueSome most when not (Timestamp.isNone newest) ->
            let age = TimeSpan.FromMicroseconds(float (Timestamp.toMicroseconds (now - newest)))

            if age > most then
                alarm
                    "CTI-SOURCE-032"
                    $"its newest record is %s{hours age} hours old, more than the %s{hours most} hours of `expect: max_age`; %s{kept}. Look whether the feed is still served."
            else
                ValueNone
        | _ -> ValueNone

    let private resized (expect: FeedExpectation) (read: ReadingCounts) (before: int64 voption) =
        match before with
        | ValueSome last when expect.IsSnapshot && expect.Records.IsNone ->
            if read.Records = 0L && last > 0L then
                alarm
                    "CTI-SOURCE-034"
                    $"the snapshot is empty, the one before had %s{number last} records; %s{kept}. If the feed may be empty, say so: `expect: {{ records: 0.. }}`."
            elif last < fewestToCompare then
                ValueNone
            elif float read.Records < float last * (1.0 - expect.Shrink) then
                alarm
                    "CTI-SOURCE-033"
                    $"%s{number read.Records} records, %s{percent (1.0 - float read.Records / float last)} fewer than the %s{number last} of the snapshot before; more than %s{percent expect.Shrink} is not believed, %s{kept}. If the feed is right, say how many records it may have: `expect: {{ records: %d{read.Records / 2L}.. }}`."
            elif float read.Records > float last * expect.Growth then
                alarm
                    "CTI-SOURCE-035"
                    $"%s{number read.Records} records, %s{percent (float read.Records / float last)} of the %s{number last} of the snapshot before; more than %s{percent expect.Growth} is not believed, %s{kept}. If the feed is right, say how many records it may have: `expect: {{ records: ..%d{read.Records * 2L} }}`."
            else
                ValueNone
        | _ -> ValueNone

    /// What is wrong with a snapshot of the past that has no records, whatever came before it.
    let emptyPartition: FeedAlarm =
        {
            Code = "CTI-BACKFILL-011"
            Message =
                $"the snapshot has no records; %s{kept}. If the feed may be empty, say so: `expect: {{ records: 0.. }}`."
        }

    /// What is wrong with a complete reading; `before` are the records of the last snapshot that was believed.
    let judge
        (expect: FeedExpectation)
        (read: ReadingCounts)
        (before: int64 voption)
        (now: Timestamp)
        : FeedAlarm voption =
        let newest = if read.Records > 0L then read.Newest else Timestamp.none

        unexpected expect read
        |> ValueOption.orElseWith (fun () -> rejected expect read)
        |> ValueOption.orElseWith (fun () -> stale expect newest now)
        |> ValueOption.orElseWith (fun () -> resized expect read before)

    /// Whether a snapshot without records may close what it lacks: only where the pipeline says that it may be empty.
    let mayBeEmpty (expect: FeedExpectation) : bool =
        match expect.Records with
        | ValueSome(struct (0L, _)) -> true
        | _ -> false

    /// How long a feed may say the same before somebody should look: what is declared, or ten times the median distance of its last changes, at
    /// least a day. None for a feed that has not changed often enough to have a habit.
    let patience (expect: FeedExpectation) (distances: IReadOnlyList<TimeSpan>) : TimeSpan voption =
        match expect.MaxUnchanged with
        | ValueSome declared -> ValueSome declared
        | ValueNone when distances.Count < fewestChanges -> ValueNone
        | ValueNone ->
            let ordered = distances |> Seq.sort |> Array.ofSeq
            ValueSome(max leastPatience (ordered[ordered.Length / 2] * usualIntervals))

    /// What is wrong with a feed that says what it said last time.
    /// <param name="expect">What is expected.</param>
    /// <param name="newest">Its newest record; `Timestamp.none` where it has none.</param>
    /// <param name="changed">When it said something new last; `Timestamp.none` where nobody knows.</param>
    /// <param name="distances">Between its last changes.</param>
    /// <param name="now">The run's `now`.</param>
    let judgeUnchanged
        (expect: FeedExpectation)
        (newest: Timestamp)
        (changed: Timestamp)
        (distances: IReadOnlyList<TimeSpan>)
        (now: Timestamp)
        : FeedAlarm voption =
        let silent () =
            match patience expect distances with
            | ValueSome most when not (Timestamp.isNone changed) ->
                let since =
                    TimeSpan.FromMicroseconds(float (Timestamp.toMicroseconds (now - changed)))

                if since > most then
                    alarm
                        "CTI-SOURCE-036"
                        $"it has said the same for %s{hours since} hours, longer than %s{hours most} hours is not usual for it; %s{kept}. Look whether the feed is still kept; if it may be silent so long, say so: `expect: {{ max_unchanged: %d{int (Math.Ceiling(since.TotalDays * 2.0))}d }}`."
                else
                    ValueNone
            | _ -> ValueNone

        stale expect newest now |> ValueOption.orElseWith silent
