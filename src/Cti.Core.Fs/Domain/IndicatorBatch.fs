// Indicators: the fold of a subject's claims for one viewer, as renderers and predicates see it. Column by column.
namespace Cti.Core

open System

/// Where an indicator stands in its life.
[<Struct; RequireQualifiedAccess>]
type IndicatorStatus =
    /// Asserted by at least one visible claim that has not expired.
    | Active
    /// Every claim is older than its type's lifetime.
    | Expired
    /// Every source took its claim back.
    | Withdrawn
    /// A false-positive verdict, final.
    | Revoked

[<RequireQualifiedAccess>]
module IndicatorStatus =
    /// The name used in lines, tests and answers.
    let name (status: IndicatorStatus) =
        match status with
        | IndicatorStatus.Active -> "active"
        | IndicatorStatus.Expired -> "expired"
        | IndicatorStatus.Withdrawn -> "withdrawn"
        | IndicatorStatus.Revoked -> "revoked"

/// Indicators as one viewer sees them.
[<Sealed; AllowNullLiteral(false)>]
type IndicatorBatch(capacity: int) =
    let mutable count = 0

    member _.Capacity = capacity
    /// The subject's UUID: what the store goes by.
    member val Subject: Uuid[] = Array.zeroCreate capacity
    /// The indicator's UUID, by which others know it; equal to the subject's in its first episode (`Identity.indicator`).
    member val Id: Uuid[] = Array.zeroCreate capacity
    member val Type: ObservableType[] = Array.zeroCreate capacity
    member val Value = TextColumn(capacity, 32)
    member val FirstSeen: Timestamp[] = Array.zeroCreate capacity
    member val LastSeen: Timestamp[] = Array.zeroCreate capacity
    /// `now` of first publication.
    member val Created: Timestamp[] = Array.zeroCreate capacity
    /// `now` at which the visible content last changed; never before `Created`.
    member val Modified: Timestamp[] = Array.zeroCreate capacity
    /// Set when the status is not Active: when it ceased to hold. `Timestamp.none` while active.
    member val ValidUntil: Timestamp[] = Array.zeroCreate capacity
    member val Status: IndicatorStatus[] = Array.zeroCreate capacity
    /// Undecayed base, 0 to 100.
    member val Confidence: byte[] = Array.zeroCreate capacity
    /// Decayed score, 0 to 10,000.
    member val Score: int[] = Array.zeroCreate capacity
    /// The strictest marking of the visible claims.
    member val Tlp: Tlp[] = Array.zeroCreate capacity
    member val Labels: NameSet[] = Array.create capacity NameSet.Empty
    /// Names of the sources with a visible claim.
    member val Sources: NameSet[] = Array.create capacity NameSet.Empty
    /// The description of the claim that weighs most, and the references of all: a line for each, `SOURCE<tab>ADDRESS`.
    member val Remarks = Remarks()
    /// Counts the changes of this indicator, from 1.
    member val Revision: int[] = Array.zeroCreate capacity
    /// The number the sink gave to this indicator, from 1 and never to another; 0 where the format needs none. Differs from sink to sink: whoever
    /// renders fills it just before.
    member val Number: int[] = Array.zeroCreate capacity

    /// What enrichment knows of the rows; null where nothing enriches.
    member val Facts: FactColumns | null = null with get, set

    member _.Count = count

    /// The next row, to be filled by the caller (the value with `Value.Add`). The caller watches `Count` against `Capacity`.
    member _.Add() : int =
        count <- count + 1
        count - 1

    /// Adds a copy of another batch's row that speaks of another value. What enrichment knows of the row is not known of that.
    member this.AddAs(other: IndicatorBatch, row: int, observable: ObservableType, value: ReadOnlySpan<byte>) : unit =
        let at = this.Add()
        this.Subject[at] <- other.Subject[row]
        this.Id[at] <- other.Id[row]
        this.Type[at] <- observable
        this.Value.Add value
        this.FirstSeen[at] <- other.FirstSeen[row]
        this.LastSeen[at] <- other.LastSeen[row]
        this.Created[at] <- other.Created[row]
        this.Modified[at] <- other.Modified[row]
        this.ValidUntil[at] <- other.ValidUntil[row]
        this.Status[at] <- other.Status[row]
        this.Confidence[at] <- other.Confidence[row]
        this.Score[at] <- other.Score[row]
        this.Tlp[at] <- other.Tlp[row]
        this.Labels[at] <- other.Labels[row]
        this.Sources[at] <- other.Sources[row]
        this.Revision[at] <- other.Revision[row]
        this.Number[at] <- other.Number[row]

        if not other.Remarks.IsEmpty then
            this.Remarks.CopyFrom(at, other.Remarks, row, other.Remarks.DescribedAt row)

    member this.Clear() =
        count <- 0
        this.Value.Clear()
        this.Remarks.Clear()
