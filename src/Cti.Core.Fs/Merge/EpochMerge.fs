// One epoch: observations gather into claims, meet what the store already holds of the same subjects, and become changes.
// Decides only; the host reads the store before `Resolve` and writes it after.
namespace Cti.Core

open System
open System.Collections.Generic

/// The observations of one epoch, merged. Used by the thread that owns the store, epoch after epoch.
[<Sealed; AllowNullLiteral(false)>]
type EpochMerge(sources: SourceTable, labels: NameSetTable, capacity: int) =
    let claims = ClaimBatch capacity
    let index = SubjectIndex capacity
    // Per claim row the id of its first observation.
    let mutable firstId: Uuid[] = Array.zeroCreate capacity
    // Per claim row: whether the epoch says nothing of it that is not known. Filled for readings of lists only.
    let mutable known: bool[] = Array.empty
    let mutable resumed = 0
    let mutable hasEnds = false
    // Ids of observations beyond a claim's first one: the few that repeat.
    let moreIds = HashSet<Uuid>()
    let labelNumbers = Dictionary<NameSet, int>(HashIdentity.Reference)
    let mutable lastLabels = NameSet.Empty
    let mutable lastLabelsNumber = NameSetTable.EmptyNumber
    let sourceNumbers = Dictionary<string, int>(HashIdentity.Reference)
    let mutable observations = 0L
    let mutable newSubjects = 0L
    let changeSubject = List<Uuid>()
    let changeHead = List<int>()
    let changeOp = List<byte>()
    let changeRevision = List<int>()

    let labelsNumber (set: NameSet) =
        if not (Object.ReferenceEquals(set, lastLabels)) then
            lastLabelsNumber <-
                match labelNumbers.TryGetValue set with
                | true, number -> number
                | _ ->
                    let number = labels.Add set
                    labelNumbers[set] <- number
                    number

            lastLabels <- set

        lastLabelsNumber

    // Source names are few and each is one object, so they are known by reference.
    let sourceNumber (name: string) declared =
        match sourceNumbers.TryGetValue name with
        | true, number -> number
        | _ ->
            let number = sources.FindOrDerive(name, declared)
            sourceNumbers[name] <- number
            number

    let scratch = Utf8Writer 256

    let addClaim (batch: ObservationBatch) row source now =
        let at = claims.Add()

        if at >= firstId.Length then
            Array.Resize(&firstId, claims.Capacity)

        claims.Subject[at] <- batch.Subject[row]
        claims.Source[at] <- source
        claims.Type[at] <- batch.Type[row]
        claims.Value.Add batch.Value[row]
        claims.FirstSeen[at] <- batch.FirstSeen[row]
        claims.LastSeen[at] <- batch.EventTime[row]
        claims.RecordedAt[at] <- now
        claims.ChangedAt[at] <- now
        claims.WithdrawnAt[at] <- Timestamp.none
        claims.Until[at] <- batch.Until[row]
        claims.Confidence[at] <- batch.Confidence[row]
        claims.Tlp[at] <- batch.Tlp[row]
        claims.Labels[at] <- labelsNumber batch.Labels[row]
        claims.Observations[at] <- 1

        if not batch.Remarks.IsEmpty then
            claims.Remarks.CopyFrom(at, batch.Remarks, row, batch.EventTime[row])

        claims.Revision[at] <- 1
        claims.Row[at] <- -1L
        firstId[at] <- batch.Id[row]
        at

    let mergeInto at (batch: ObservationBatch) row =
        claims.Confidence[at] <-
            Merge.confidence claims.LastSeen[at] claims.Confidence[at] batch.EventTime[row] batch.Confidence[row]

        claims.Until[at] <- Merge.until claims.LastSeen[at] claims.Until[at] batch.EventTime[row] batch.Until[row]
        claims.FirstSeen[at] <- min claims.FirstSeen[at] batch.FirstSeen[row]
        claims.LastSeen[at] <- max claims.LastSeen[at] batch.EventTime[row]
        claims.Tlp[at] <- Merge.tlp claims.Tlp[at] batch.Tlp[row]
        claims.Labels[at] <- labels.Union(claims.Labels[at], labelsNumber batch.Labels[row])
        claims.Observations[at] <- claims.Observations[at] + 1

        if not batch.Remarks.IsEmpty then
            Merge.remarks claims.Remarks at batch.Remarks row batch.EventTime[row] scratch

    // The claim of a source in a subject's chain, -1 where it has none.
    let claimOf head source =
        let mutable at = head

        while at >= 0 && claims.Source[at] <> source do
            at <- index.Next at

        at

    // Whether merging what the epoch says of a claim into what is known of it changes nothing.
    let saysNothingNew (reference: ClaimBatch) row at =
        let later = claims.LastSeen[at] > reference.LastSeen[row]
        let said = claims.Remarks.Description at
        let other = reference.Remarks.Description row
        let added = claims.Remarks.References at

        Timestamp.isNone reference.WithdrawnAt[row]
        && Timestamp.isNone reference.Until[row]
        && reference.FirstSeen[row] <= claims.FirstSeen[at]
        && reference.LastSeen[row] <= claims.LastSeen[at]
        && Merge.confidence reference.LastSeen[row] reference.Confidence[row] claims.LastSeen[at] claims.Confidence[at] =
            reference.Confidence[row]
        && Merge.tlp reference.Tlp[row] claims.Tlp[at] = reference.Tlp[row]
        && labels.Union(reference.Labels[row], claims.Labels[at]) = reference.Labels[row]
        && (said.Length = 0
            || said.SequenceEqual other
            || (not later && said.SequenceCompareTo other < 0))
        && (added.Length = 0
            || added.SequenceEqual(reference.Remarks.References row)
            || (scratch.Clear()
                References.union (reference.Remarks.References row) added scratch
                scratch.Written.SequenceEqual(reference.Remarks.References row)))

    // Merges a stored claim's words into the epoch's; whether that leaves other words than the stored ones.
    let rewords (stored: ClaimBatch) row at =
        if stored.Remarks.IsEmpty && claims.Remarks.IsEmpty then
            false
        else
            Merge.remarks claims.Remarks at stored.Remarks row (stored.Remarks.DescribedAt row) scratch

            not (
                (claims.Remarks.Description at).SequenceEqual(stored.Remarks.Description row)
                && (claims.Remarks.References at).SequenceEqual(stored.Remarks.References row)
            )

    let clearChanges () =
        changeSubject.Clear()
        changeHead.Clear()
        changeOp.Clear()
        changeRevision.Clear()

    /// The number of a label set, in the run's table.
    member _.LabelsNumber(set: NameSet) : int = labelsNumber set

    /// The epoch's claims: after `Resolve` as the store shall hold them, `Row` telling which stored row each replaces.
    member _.Claims = claims
    /// First claim row of every subject of the epoch, in order of first appearance.
    member _.Heads: IReadOnlyList<int> = index.Heads :> IReadOnlyList<int>
    member _.Observations = observations
    /// The changes `Resolve` decided, in order: subject, op code, revision.
    member _.ChangeSubjects = changeSubject
    member _.ChangeOps = changeOp
    /// First claim row of each change's subject.
    member _.ChangeHeads = changeHead
    member _.ChangeRevisions = changeRevision
    /// Subjects of the epoch that `Resolve` found nowhere in the store.
    member _.NewSubjects = newSubjects

    /// Merges one observation; gives the row of its claim, or -1 when the same observation came before in this epoch.
    member _.Add(batch: ObservationBatch, row: int, now: Timestamp) : int =
        let source = sourceNumber batch.Source[row] batch.DeclaredSource
        let subject = batch.Subject[row]
        let subjectHigh = Uuid.high subject
        let subjectLow = Uuid.low subject
        let slot = index.SlotOf(subjectHigh, subjectLow)
        let head = index.HeadAt slot

        if head < 0 then
            let at = addClaim batch row source now
            index.Begin(slot, at, subjectHigh, subjectLow)
            observations <- observations + 1L
            at
        else
            let mutable at = head
            let mutable last = head

            while at >= 0 && claims.Source[at] <> source do
                last <- at
                at <- index.Next at

            if at < 0 then
                let added = addClaim batch row source now
                index.Follow(last, added)
                observations <- observations + 1L
                added
            elif batch.Id[row] = firstId[at] || not (moreIds.Add batch.Id[row]) then
                -1
            else
                mergeInto at batch row
                observations <- observations + 1L
                at

    /// The next claim of the same subject within the epoch, -1 at the end of the chain.
    member _.Next(claim: int) = index.Next claim

    /// The first claim row of the subject of a stored claim whose source says nothing of it in this epoch: the claim stands beside the epoch's. -1
    /// where the epoch has the claim itself, or nothing of the subject.
    member _.HeadBeside(stored: ClaimBatch, row: int) : int =
        let head = index.HeadOf stored.Subject[row]

        if head >= 0 && claimOf head stored.Source[row] < 0 then
            head
        else
            -1

    /// One observation of claim row `claim` turned out to be in the store already: it counts no second time.
    member _.Forget(claim: int) =
        claims.Observations[claim] <- claims.Observations[claim] - 1

    /// Tells which of the epoch's claims are in the store already (their `Row` is the stored one's then), and gives their number. Observations
    /// of those alone can have been stored before.
    member _.Recognise(stored: ClaimBatch) : int =
        let mutable known = 0

        for row in 0 .. stored.Count - 1 do
            let at = claimOf (index.HeadOf stored.Subject[row]) stored.Source[row]

            if at >= 0 then
                claims.Row[at] <- stored.Row[row]
                known <- known + 1

        known

    /// For a reading of a list: notes the claims of which the epoch says nothing that `reference` (claims as they are known at the reading's time,
    /// any order) does not say. Being listed once more extends their interval: their observations are not worth a row.
    member _.Extend(reference: ClaimBatch) : unit =
        known <- Array.zeroCreate claims.Count

        for row in 0 .. reference.Count - 1 do
            let at = claimOf (index.HeadOf reference.Subject[row]) reference.Source[row]

            if at >= 0 then
                known[at] <- saysNothingNew reference row at

    /// Whether claim row `claim` was only extended.
    member _.IsExtended(claim: int) : bool = claim < known.Length && known[claim]

    /// Whether the epoch says something of the claim of a source about a subject.
    member _.Replaces(subject: Uuid, source: int) : bool =
        claimOf (index.HeadOf subject) source >= 0

    /// Claims of the epoch that `Resolve` found withdrawn in the store and that are not any more.
    member _.Resumed = resumed

    /// Whether any claim of the epoch, or of the stored ones it met, has an end that its source gave.
    member _.HasEnds = hasEnds

    /// Meets the stored claims of the epoch's subjects (any order, all sources) and decides the changes. `stored` rows carry the store's
    /// row in `Row`. A stored claim that the epoch does not touch only lends its state. An epoch of a late snapshot has set `WithdrawnAt` of the
    /// claims that newer ones do not have; any other leaves none.
    member _.Resolve(stored: ClaimBatch, now: Timestamp, settings: ScoreSettings) : unit =
        clearChanges ()
        resumed <- 0
        let found: bool[] = Array.zeroCreate claims.Count
        let stood: bool[] = Array.zeroCreate claims.Count
        let revision: int[] = Array.zeroCreate claims.Count
        let material: bool[] = Array.zeroCreate claims.Count
        // By subject: a claim stands that the epoch does not touch.
        let besides: bool[] = Array.zeroCreate claims.Count
        hasEnds <- false

        let expired (lastSeen: Timestamp) kind =
            lastSeen + settings.Lifetime[int (ObservableType.code kind)] <= now

        for row in 0 .. stored.Count - 1 do
            let head = index.HeadOf stored.Subject[row]

            if head >= 0 then
                hasEnds <- hasEnds || not (Timestamp.isNone stored.Until[row])

                let stands =
                    Timestamp.isNone (stored.GoneAt(row, now))
                    && not (expired stored.LastSeen[row] stored.Type[row])

                found[head] <- true
                stood[head] <- stood[head] || stands
                revision[head] <- max revision[head] stored.Revision[row]
                let at = claimOf head stored.Source[row]

                if at < 0 then
                    besides[head] <- besides[head] || stands
                else
                    let confidence =
                        Merge.confidence
                            stored.LastSeen[row]
                            stored.Confidence[row]
                            claims.LastSeen[at]
                            claims.Confidence[at]

                    let tlp = Merge.tlp stored.Tlp[row] claims.Tlp[at]
                    let tags = labels.Union(stored.Labels[row], claims.Labels[at])
                    let firstSeen = min stored.FirstSeen[row] claims.FirstSeen[at]
                    let lastSeen = max stored.LastSeen[row] claims.LastSeen[at]

                    let reworded = rewords stored row at
                    let extended = at < known.Length && known[at]

                    claims.Until[at] <-
                        Merge.until stored.LastSeen[row] stored.Until[row] claims.LastSeen[at] claims.Until[at]

                    claims.WithdrawnAt[at] <- claims.GoneAt(at, now)
                    let stays = Timestamp.isNone claims.WithdrawnAt[at]

                    if stays && not (Timestamp.isNone stored.WithdrawnAt[row]) then
                        resumed <- resumed + 1

                    let changed =
                        reworded
                        || confidence <> stored.Confidence[row]
                        || tlp <> stored.Tlp[row]
                        || tags <> stored.Labels[row]
                        || firstSeen <> stored.FirstSeen[row]
                        || (if stays then
                                not stands && not extended && not (expired lastSeen stored.Type[row])
                            else
                                claims.WithdrawnAt[at] <> stored.WithdrawnAt[row])

                    claims.Confidence[at] <- confidence
                    claims.Tlp[at] <- tlp
                    claims.Labels[at] <- tags
                    claims.FirstSeen[at] <- firstSeen
                    // What is only listed again is seen with the end of its list, when that is known to be whole.
                    claims.LastSeen[at] <- (if extended then stored.LastSeen[row] else lastSeen)
                    claims.RecordedAt[at] <- stored.RecordedAt[row]

                    claims.Observations[at] <-
                        (if extended then 0 else claims.Observations[at]) + stored.Observations[row]

                    claims.Row[at] <- stored.Row[row]
                    claims.ChangedAt[at] <- if changed then now else stored.ChangedAt[row]
                    claims.Revision[at] <- stored.Revision[row]
                    material[at] <- changed

        newSubjects <- 0L

        for head in index.Heads do
            newSubjects <- newSubjects + (if found[head] then 0L else 1L)
            let mutable changed = not found[head]
            let mutable standing = besides[head]
            let mutable ended = false
            let mutable at = head

            while at >= 0 do
                claims.WithdrawnAt[at] <- claims.GoneAt(at, now)
                standing <- standing || Timestamp.isNone claims.WithdrawnAt[at]
                ended <- ended || claims.Until[at] <= now && not (Timestamp.isNone claims.Until[at])
                hasEnds <- hasEnds || not (Timestamp.isNone claims.Until[at])
                material[at] <- material[at] || claims.Row[at] < 0L
                changed <- changed || material[at]
                at <- index.Next at

            if changed then
                let number = revision[head] + 1
                at <- head

                while at >= 0 do
                    if material[at] then
                        claims.Revision[at] <- number

                    at <- index.Next at

                changeSubject.Add claims.Subject[head]
                changeHead.Add head

                changeOp.Add(
                    ChangeOp.code (
                        if ended && not standing then ChangeOp.Withdrawn
                        elif found[head] && stood[head] then ChangeOp.Changed
                        else ChangeOp.Added
                    )
                )

                changeRevision.Add number

    /// Forgets the epoch; keeps the buffers.
    member _.Clear() =
        claims.Clear()
        index.Clear()
        moreIds.Clear()
        known <- Array.empty
        clearChanges ()
        observations <- 0L
