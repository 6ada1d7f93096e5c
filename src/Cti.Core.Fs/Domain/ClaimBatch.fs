// Claims: the merged state of one (subject, source). Column by column, as the store holds them and as merge and fold read them.
namespace Cti.Core

open System

/// Claims, column by column. Sources and label sets are numbers of the run's tables.
[<Sealed; AllowNullLiteral(false)>]
type ClaimBatch(capacity: int) =
    let mutable size = max 4 capacity
    let mutable count = 0

    member val Subject: Uuid[] = Array.zeroCreate size with get, set
    member val Source: int[] = Array.zeroCreate size with get, set
    member val Type: ObservableType[] = Array.zeroCreate size with get, set
    member val Value = TextColumn(size, 32)
    member val FirstSeen: Timestamp[] = Array.zeroCreate size with get, set
    member val LastSeen: Timestamp[] = Array.zeroCreate size with get, set
    /// Recording time of the claim's first observation.
    member val RecordedAt: Timestamp[] = Array.zeroCreate size with get, set
    /// Recording time at which the claim's content last changed (a newer last_seen alone is no change).
    member val ChangedAt: Timestamp[] = Array.zeroCreate size with get, set
    /// When the source took it back; `Timestamp.none` while it stands.
    member val WithdrawnAt: Timestamp[] = Array.zeroCreate size with get, set
    /// Until when it is so in the last word of the source, past or future; `Timestamp.none` where that gives no end, as in a new row.
    member val Until: Timestamp[] = Array.zeroCreate size with get, set
    /// 0 to 100, of the most recent observation.
    member val Confidence: byte[] = Array.zeroCreate size with get, set
    /// The strictest marking it ever had: its labels may have come under that marking.
    member val Tlp: Tlp[] = Array.zeroCreate size with get, set
    member val Labels: int[] = Array.zeroCreate size with get, set
    /// The newest description, and references of all observations.
    member val Remarks = Remarks()
    /// Distinct observations merged into the claim.
    member val Observations: int[] = Array.zeroCreate size with get, set
    /// The indicator's revision at which this claim last changed.
    member val Revision: int[] = Array.zeroCreate size with get, set
    /// The store's row, for replacing; -1 for a claim that is not stored yet.
    member val Row: int64[] = Array.zeroCreate size with get, set

    member _.Count = count
    member _.Capacity = size

    /// The next row; the caller fills every column of it (the value with `Value.Add`).
    member this.Add() : int =
        if count = size then
            size <- size * 2

            let resize (column: 'T[]) =
                let larger = Array.zeroCreate size
                Array.Copy(column, larger, count)
                larger

            this.Subject <- resize this.Subject
            this.Source <- resize this.Source
            this.Type <- resize this.Type
            this.FirstSeen <- resize this.FirstSeen
            this.LastSeen <- resize this.LastSeen
            this.RecordedAt <- resize this.RecordedAt
            this.ChangedAt <- resize this.ChangedAt
            this.WithdrawnAt <- resize this.WithdrawnAt
            this.Until <- resize this.Until
            this.Confidence <- resize this.Confidence
            this.Tlp <- resize this.Tlp
            this.Labels <- resize this.Labels
            this.Observations <- resize this.Observations
            this.Revision <- resize this.Revision
            this.Row <- resize this.Row

        this.Until[count] <- Timestamp.none
        count <- count + 1
        count - 1

    /// When a claim ceased to stand, as of a time: it was taken back, or the end that its source gave has come. `Timestamp.none`: it stands.
    member this.GoneAt(row: int, now: Timestamp) : Timestamp =
        if not (Timestamp.isNone this.WithdrawnAt[row]) then
            this.WithdrawnAt[row]
        elif this.Until[row] <= now then
            // None is before every time.
            this.Until[row]
        else
            Timestamp.none

    /// Adds a copy of another batch's row.
    member this.AddFrom(other: ClaimBatch, row: int) : unit =
        let at = this.Add()
        this.Subject[at] <- other.Subject[row]
        this.Source[at] <- other.Source[row]
        this.Type[at] <- other.Type[row]
        this.Value.Add other.Value[row]
        this.FirstSeen[at] <- other.FirstSeen[row]
        this.LastSeen[at] <- other.LastSeen[row]
        this.RecordedAt[at] <- other.RecordedAt[row]
        this.ChangedAt[at] <- other.ChangedAt[row]
        this.WithdrawnAt[at] <- other.WithdrawnAt[row]
        this.Until[at] <- other.Until[row]
        this.Confidence[at] <- other.Confidence[row]
        this.Tlp[at] <- other.Tlp[row]
        this.Labels[at] <- other.Labels[row]

        if not other.Remarks.IsEmpty then
            this.Remarks.CopyFrom(at, other.Remarks, row, other.Remarks.DescribedAt row)

        this.Observations[at] <- other.Observations[row]
        this.Revision[at] <- other.Revision[row]
        this.Row[at] <- other.Row[row]

    member this.Clear() =
        count <- 0
        this.Value.Clear()
        this.Remarks.Clear()
