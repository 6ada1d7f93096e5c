// The pure stages, fused: raw records are mapped, normalised, screened and named in one go over a batch that stays in the cache.
// Pure but for its own scratch: the same records, settings and time of reading give the same observations.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// Makes observations of one source's raw records. One per reading and worker; keeps scratch between batches. `at` is the time the reading is
/// of (the run's `now`, or that of a backfilled snapshot); `sightings` says whose times hold.
[<Sealed; AllowNullLiteral(false)>]
type Observer(map: MapSpec, screen: ScreenSet, at: Timestamp, sightings: Sightings) =
    let candidates = CandidateBatch 4096
    let memory = MapMemory map
    let hasher = Uuid5Hasher()
    let scratch = Utf8Writer 256
    // The candidates' entry that was copied last, and the observation that has it now.
    let mutable lastEntry = -1
    let mutable lastRow = -1
    // The record of each observation, where objects have to be told theirs.
    let mutable recordOf: int[] = Array.empty
    // A payload's seed depends on the source's name alone. Names are few and each is one object (MapMemory), so they are known by reference.
    let seeds = Dictionary<string, int64>(HashIdentity.Reference)

    let seedOf (name: string) =
        match seeds.TryGetValue name with
        | true, seed -> seed
        | _ ->
            let seed = Payload.seed (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes name))
            seeds[name] <- seed
            seed

    let reject (raw: RawBatch) record (error: NormaliseError) (value: ReadOnlySpan<byte>) (target: ObservationBatch) =
        target.Rejections.Add(
            raw.Reject(record, Stage.Normalise, NormaliseError.code error, NormaliseError.message error, "value", value)
        )

    let hold
        (raw: RawBatch)
        record
        kind
        (value: ReadOnlySpan<byte>)
        source
        (hit: ScreenHit)
        (target: ObservationBatch)
        =
        target.Screenings.Add
            {
                Code = ScreenReason.code hit.Reason
                Type = ValueSome kind
                Value = Encoding.UTF8.GetString value
                List = screen.ListName hit
                Entry = screen.EntryText hit
                Source = source
                Position = raw.Position record
            }

    // What a list says is over is not on it.
    let holdEnded (raw: RawBatch) record kind (value: ReadOnlySpan<byte>) source ended (target: ObservationBatch) =
        target.Screenings.Add
            {
                Code = "CTI-SCREEN-008"
                Type = ValueSome kind
                Value = Encoding.UTF8.GetString value
                List = "ended"
                Entry = Timestamp.toText ended
                Source = source
                Position = raw.Position record
            }

    // `/bins/x.sh` is nothing wrong: block lists of URL paths are published. As a URL it would match that path on every site there is.
    let holdPath (raw: RawBatch) record (value: ReadOnlySpan<byte>) source (target: ObservationBatch) =
        target.Screenings.Add
            {
                Code = ScreenReason.code ScreenReason.BroadEntry
                Type = ValueSome ObservableType.Url
                Value = RawBatch.TextOf(value, 1024)
                List = "broad entries"
                Entry = "URL path without a host"
                Source = source
                Position = raw.Position record
            }

    // Under its canonical value where it has one, so that it is found again; otherwise as it was written.
    let refuse (raw: RawBatch) (refused: RefusedRecord) (target: ObservationBatch) =
        let written = raw.Slice(refused.ValueStart, refused.ValueEnd)
        scratch.Clear()
        let room = scratch.Reserve(Normalise.bound written.Length)
        let found = Normalise.into refused.Hint written room

        let kind, value =
            if found.Error.IsNone then
                ValueSome found.Type, Encoding.UTF8.GetString(room.Slice(0, found.Length))
            else
                ValueNone, RawBatch.TextOf(written, 1024)

        let list, entry =
            match refused.Refusal with
            | Refusal.Condition text -> "when", text
            | Refusal.SkippedType name -> "type_from", name

        target.Screenings.Add
            {
                Code = refused.Refusal.code
                Type = kind
                Value = value
                List = list
                Entry = entry
                Source = map.Source
                Position = raw.Position refused.Record
            }

    // Candidates of one record share what it says in words, and so do their observations.
    let addRemarks (candidate: int) row (target: ObservationBatch) =
        let entry = candidates.Remarks.Entry candidate

        if entry >= 0 then
            if entry = lastEntry && target.EventTime[lastRow] = target.EventTime[row] then
                target.Remarks.Share(row, lastRow)
            else
                target.Remarks.CopyFrom(row, candidates.Remarks, candidate, target.EventTime[row])
                lastEntry <- entry
                lastRow <- row

    // A rule's date says when somebody wrote it; it is in force as long as its set has it (docs/decisions/0025).
    static let isRule (kind: ObservableType) =
        ObservableType.isPattern kind && kind <> ObservableType.StixPattern

    let add (raw: RawBatch) (candidate: int) record kind length (target: ObservationBatch) =
        let row = target.Add()
        target.Value.Commit length
        target.Type[row] <- kind

        let first = candidates.FirstSeen[candidate]
        let last = candidates.LastSeen[candidate]
        let ended = candidates.Ended[candidate]

        let seen =
            if not (Timestamp.isNone last) then
                last
            elif not (Timestamp.isNone first) && not (isRule kind) then
                first
            elif not (Timestamp.isNone ended) then
                min ended at
            else
                at

        target.EventTime[row] <- (if sightings.IsListed then at else seen)

        if sightings.IsRecorded && not (Timestamp.isNone ended) then
            target.Until[row] <- max ended target.EventTime[row]

        target.FirstSeen[row] <- min target.EventTime[row] (if Timestamp.isNone first then seen else min first seen)
        target.Confidence[row] <- candidates.Confidence[candidate]
        target.Tlp[row] <- candidates.Tlp[candidate]
        target.Labels[row] <- candidates.Labels[candidate]
        let source = candidates.Source[candidate]
        target.Source[row] <- source
        target.Line[row] <- raw.Line record
        target.Offset[row] <- raw.Offset record
        target.Payload[row] <- Payload.hashSeeded (seedOf source) (raw.Record record)

        if not candidates.Remarks.IsEmpty then
            addRemarks candidate row target

    // Objects go over as they are, and the observations of their records are derived from them. Both stand in the order of their records.
    let keepObjects (raw: RawBatch) (target: ObservationBatch) =
        for index in 0 .. raw.Objects.Count - 1 do
            let found = raw.Objects[index]

            target.Objects.Add
                {
                    Id = found.Id
                    Type = found.Type
                    Modified = found.Modified
                    Tlp = found.Tlp |> ValueOption.defaultValue map.Trust.Tlp
                    Position = raw.PositionAt(max 0 found.Start, found.Line)
                }

            target.ObjectTexts.Add(raw.Slice(found.Start, found.End))

            if found.EndRecord > found.FirstRecord then
                let place = Array.BinarySearch(recordOf, 0, target.Count, found.FirstRecord)
                let mutable row = if place < 0 then ~~~place else place

                // Of equal ones any may be found.
                while row > 0 && recordOf[row - 1] >= found.FirstRecord do
                    row <- row - 1

                while row < target.Count && recordOf[row] < found.EndRecord do
                    target.Derivations.Add { Row = row; Object = index }
                    row <- row + 1

    /// Fills `target` (cleared first) with the observations of `raw`, what fell out on the way, and the account of every stage.
    /// `bound` may be null for a batch of nothing but rejections, as one with an unreadable header is.
    member _.Apply(raw: RawBatch, bound: BoundMap | null, target: ObservationBatch) : unit =
        target.Clear()
        target.DeclaredSource <- map.Source
        target.Uri <- raw.Uri
        target.Records <- raw.Count + raw.Rejections.Count
        target.Rejections.AddRange raw.Rejections
        target.Losses.AddRange raw.Losses
        candidates.Clear()

        let mapped =
            match bound with
            | null -> StageCounts.zero
            | bound -> bound.Apply(raw, candidates, target.Rejections, memory)

        lastEntry <- -1

        for refused in candidates.Refused do
            refuse raw refused target

        let mutable rejected = 0L
        let mutable screened = 0L
        let mutable pathsOnly = 0L

        for candidate in 0 .. candidates.Count - 1 do
            let record = candidates.Record[candidate]

            let value =
                raw.Slice(candidates.ValueStart[candidate], candidates.ValueEnd[candidate])

            let room = target.Value.Reserve(Normalise.bound value.Length)
            let found = Normalise.into candidates.Hint[candidate] value room

            if found.Error.IsUrlPath then
                pathsOnly <- pathsOnly + 1L
                holdPath raw record value candidates.Source[candidate] target
            elif not found.Error.IsNone then
                rejected <- rejected + 1L
                reject raw record found.Error value target
            else
                let canonical = Span<byte>.op_Implicit(room.Slice(0, found.Length))
                let hit = screen.Match(found.Type, canonical)

                let ended = candidates.Ended[candidate]

                if not sightings.IsRecorded && not (Timestamp.isNone ended) && ended <= at then
                    screened <- screened + 1L
                    holdEnded raw record found.Type canonical candidates.Source[candidate] ended target
                elif not hit.Reason.IsNone then
                    screened <- screened + 1L
                    hold raw record found.Type canonical candidates.Source[candidate] hit target
                else
                    add raw candidate record found.Type found.Length target

                    if raw.Objects.Count > 0 then
                        if recordOf.Length < target.Count then
                            Array.Resize(&recordOf, max 256 (target.Count * 2))

                        recordOf[target.Count - 1] <- record

        if raw.Objects.Count > 0 then
            keepObjects raw target

        Identity.fill hasher target
        let count = int64 candidates.Count

        target.Books[Stage.index Stage.Read] <-
            { StageCounts.zero with
                In = int64 target.Records
                Out = int64 raw.Count
                Rejected = int64 raw.Rejections.Count
            }

        target.Books[Stage.index Stage.Map] <- mapped

        target.Books[Stage.index Stage.Normalise] <-
            { StageCounts.zero with
                In = count
                Out = count - rejected - pathsOnly
                Rejected = rejected
                Screened = pathsOnly
            }

        target.Books[Stage.index Stage.Screen] <-
            { StageCounts.zero with
                In = count - rejected - pathsOnly
                Out = int64 target.Count
                Screened = screened
            }
