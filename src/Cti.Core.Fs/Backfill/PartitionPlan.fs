// What a backfill is to do: which files make a partition, in which order, which of them are done, and where a regular series has holes. Decides only.
namespace Cti.Core

open System
open System.Text

/// From when (inclusive) to when (exclusive).
[<Struct>]
type PartitionRange = { From: Timestamp; Until: Timestamp }

/// A file of a source, and the time it stands for.
type PartitionFile =
    {
        /// Place of its source in the pipeline, from 0.
        Source: int
        /// Its path, as positions and messages have it.
        Path: string
        At: Timestamp
    }

/// All files of one source that stand for one time.
type Partition =
    {
        Source: int
        At: Timestamp
        /// In ordinal order, distinct, at least one.
        Paths: string list
    }

/// Times that lack a file in a series that is otherwise regular.
type PartitionHole =
    {
        /// The first and the last of them.
        First: Timestamp
        Last: Timestamp
        Missing: int
        /// Their distance.
        Step: int64<us>
    }

/// How reading a partition ended. The names are stored.
[<RequireQualifiedAccess>]
type PartitionStatus =
    /// Part of it is in the store: whoever read it was ended.
    | Reading
    | Done
    /// A complete snapshot that is not believed: it closed nothing.
    | Suspect
    /// It could not be read to its end.
    | Failed

/// What the store knows of a partition.
type KnownPartition =
    {
        Status: PartitionStatus
        ContentHash: string
        /// Hash of the pipeline that read it.
        ConfigHash: string
    }

/// What to do with a partition.
[<RequireQualifiedAccess>]
type PartitionStep =
    /// Not there yet, or not whole.
    | Read
    /// It was done, and its files have another content now.
    | ReadAgain
    /// It was not believed, and the pipeline has changed: it is judged again.
    | JudgeAgain
    | Skip

[<RequireQualifiedAccess>]
module PartitionStatus =
    let all =
        [|
            PartitionStatus.Reading
            PartitionStatus.Done
            PartitionStatus.Suspect
            PartitionStatus.Failed
        |]

    let name (status: PartitionStatus) =
        match status with
        | PartitionStatus.Reading -> "reading"
        | PartitionStatus.Done -> "done"
        | PartitionStatus.Suspect -> "suspect"
        | PartitionStatus.Failed -> "failed"

    /// The inverse of `name`; another word means that the partition is to be read.
    let parse (text: string) =
        all
        |> Array.tryFind (fun status -> name status = text)
        |> Option.defaultValue PartitionStatus.Reading

[<RequireQualifiedAccess>]
module PartitionPlan =
    let private everything =
        {
            From = Timestamp.ofMicroseconds Int64.MinValue
            Until = Timestamp.ofMicroseconds Int64.MaxValue
        }

    // When a day or an instant begins, and when it is over.
    let private boundary zone (text: string) : Result<struct (Timestamp * Timestamp), string> =
        let text = text.Trim()

        match TimeFormat.parse (TimeFormat.Iso8601 0) (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text)) with
        | TimeOutcome.Time time ->
            let isDay = text.Length = 10
            let hasZone = text.EndsWith 'Z' || text.LastIndexOfAny [| '+'; '-' |] > 10

            let at local =
                if hasZone then local else PartitionZone.toUtc zone local

            Ok(struct (at time, at (if isDay then time + Timestamp.day else time)))
        | _ -> Error $"'%s{text}' is no day and no time; write 2026-01-31 or 2026-01-31T06:00:00Z"

    /// `from` and `until` as a person writes them, null where nothing was said. A day means all of it, at both ends; an instant begins at itself, or
    /// ends before itself. Without a zone they are of `zone`.
    let tryRange (zone: PartitionZone) (from: string | null) (until: string | null) : Result<PartitionRange, string> =
        let first =
            match from with
            | null -> Ok everything.From
            | text -> boundary zone text |> Result.map (fun struct (start, _) -> start)

        let last =
            match until with
            | null -> Ok everything.Until
            | text -> boundary zone text |> Result.map (fun struct (_, finish) -> finish)

        match first, last with
        | Error error, _
        | _, Error error -> Error error
        | Ok first, Ok last when first >= last -> Error "the range is empty: it ends before it begins"
        | Ok first, Ok last -> Ok { From = first; Until = last }

    /// The partitions of files in any order: those in the range, by time, then as the sources stand in the pipeline.
    let partitions (range: PartitionRange) (files: PartitionFile seq) : Partition list =
        files
        |> Seq.filter (fun file -> file.At >= range.From && file.At < range.Until)
        |> Seq.groupBy (fun file -> struct (file.At, file.Source))
        |> Seq.map (fun (struct (at, source), files) ->
            {
                Source = source
                At = at
                Paths =
                    files
                    |> Seq.map _.Path
                    |> Seq.distinct
                    |> Seq.toArray
                    |> (fun paths ->
                        Array.Sort(paths, StringComparer.Ordinal)
                        List.ofArray paths)
            })
        |> Seq.sortBy (fun partition -> struct (partition.At, partition.Source))
        |> List.ofSeq

    let private hour: int64<us> = Timestamp.day / 24L

    /// Where times (ascending, distinct) of a regular series lack some. A series is regular where at least four of five distances are those of
    /// most, give or take a quarter; it takes five times to see one.
    let holes (times: Timestamp list) : PartitionHole list =
        let gaps =
            times
            |> List.pairwise
            |> List.map (fun (left, right) -> struct (left, right - left))

        if gaps.Length < 4 then
            []
        else
            let sorted = gaps |> List.map (fun struct (_, gap) -> gap) |> List.sort
            let median = sorted[sorted.Length / 2]
            // Files are written some seconds late: the step is a round one where it is near one.
            let rounded = (median + hour / 2L) / hour * hour
            let step = if rounded > 0L<us> then rounded else median

            let regular =
                sorted |> List.filter (fun gap -> abs (gap - step) * 4L <= step) |> List.length

            if step <= 0L<us> || regular * 5 < gaps.Length * 4 then
                []
            else
                gaps
                |> List.choose (fun struct (start, gap) ->
                    let missing = int ((gap + step / 2L) / step) - 1

                    if missing < 1 then
                        None
                    else
                        Some
                            {
                                First = start + step
                                Last = start + step * int64 missing
                                Missing = missing
                                Step = step
                            })

    let private unitOf (step: int64<us>) missing =
        let many word =
            if missing = 1 then word else word + "s"

        if step = Timestamp.day then many "day"
        elif step = hour then many "hour"
        else many "time"

    /// A hole in a sentence: `3 days without a file: 2026-01-04 to 2026-01-06`.
    let sentence (hole: PartitionHole) : string =
        let text (time: Timestamp) =
            if hole.Step % Timestamp.day = 0L<us> then
                (Timestamp.toText time).Substring(0, 10)
            else
                (Timestamp.toText time).Substring(0, 16) + "Z"

        let span =
            if hole.Missing = 1 then
                text hole.First
            else
                $"%s{text hole.First} to %s{text hole.Last}"

        $"%d{hole.Missing} %s{unitOf hole.Step hole.Missing} without a file: %s{span}"

    /// What to do with a partition whose files have this content, by what the store knows of it.
    let step (known: KnownPartition voption) (contentHash: string) (configHash: string) : PartitionStep =
        match known with
        | ValueNone -> PartitionStep.Read
        | ValueSome known ->
            match known.Status with
            | PartitionStatus.Reading
            | PartitionStatus.Failed -> PartitionStep.Read
            | _ when known.ContentHash <> contentHash -> PartitionStep.ReadAgain
            | PartitionStatus.Suspect when known.ConfigHash <> configHash -> PartitionStep.JudgeAgain
            | PartitionStatus.Suspect
            | PartitionStatus.Done -> PartitionStep.Skip
