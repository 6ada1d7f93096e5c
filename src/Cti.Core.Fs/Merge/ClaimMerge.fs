// One claim, row by row of a batch: how observations of one source about one subject gather in it, and what it adds to what the store holds of it.
// `scratch` is overwritten; nothing is allocated, as all of it happens per observation.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal ClaimMerge =
    /// Fills a fresh row with a claim's first observation. `labels`: the number of its labels in their table.
    let first
        (claims: ClaimBatch)
        (at: int)
        (batch: ObservationBatch)
        (row: int)
        (source: int)
        (labels: int)
        (now: Timestamp)
        : unit =
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
        claims.Labels[at] <- labels
        claims.Observations[at] <- 1

        if not batch.Remarks.IsEmpty then
            claims.Remarks.CopyFrom(at, batch.Remarks, row, batch.EventTime[row])

        claims.Revision[at] <- 1
        claims.Row[at] <- -1L

    /// Merges another observation of the same source and subject into a claim. `observed`: the number of its labels in the table.
    let further
        (claims: ClaimBatch)
        (at: int)
        (batch: ObservationBatch)
        (row: int)
        (labels: NameSetTable)
        (observed: int)
        (scratch: Utf8Writer)
        : unit =
        claims.Confidence[at] <-
            Merge.confidence claims.LastSeen[at] claims.Confidence[at] batch.EventTime[row] batch.Confidence[row]

        claims.Until[at] <- Merge.until claims.LastSeen[at] claims.Until[at] batch.EventTime[row] batch.Until[row]
        claims.FirstSeen[at] <- min claims.FirstSeen[at] batch.FirstSeen[row]
        claims.LastSeen[at] <- max claims.LastSeen[at] batch.EventTime[row]
        claims.Tlp[at] <- Merge.tlp claims.Tlp[at] batch.Tlp[row]
        claims.Labels[at] <- labels.Union(claims.Labels[at], observed)
        claims.Observations[at] <- claims.Observations[at] + 1

        if not batch.Remarks.IsEmpty then
            Merge.remarks claims.Remarks at batch.Remarks row batch.EventTime[row] scratch

    /// Whether merging what a claim of an epoch says into what is known of it changes nothing.
    let saysNothingNew
        (reference: ClaimBatch)
        (row: int)
        (claims: ClaimBatch)
        (at: int)
        (labels: NameSetTable)
        (scratch: Utf8Writer)
        : bool =
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

    /// Merges a stored claim's words into the epoch's; whether that leaves other words than the stored ones.
    let rewords (stored: ClaimBatch) (row: int) (claims: ClaimBatch) (at: int) (scratch: Utf8Writer) : bool =
        if stored.Remarks.IsEmpty && claims.Remarks.IsEmpty then
            false
        else
            Merge.remarks claims.Remarks at stored.Remarks row (stored.Remarks.DescribedAt row) scratch

            not (
                (claims.Remarks.Description at).SequenceEqual(stored.Remarks.Description row)
                && (claims.Remarks.References at).SequenceEqual(stored.Remarks.References row)
            )
