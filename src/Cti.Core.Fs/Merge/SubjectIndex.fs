// Which claims of an epoch are about one subject: a hash index over subjects, the claims of a subject chained in the order in which they came.
// A lookup per observation and no object per record (bench: Merge). Subjects come in halves, because a method that computes with 128-bit integers cannot
// be compiled ahead of time and would run interpreted-slow for the first epochs.
namespace Cti.Core

open System
open System.Collections.Generic

/// Rows of claims by subject; `capacity`: how many rows there is room for at first, at least 1. Rows are handed over one after the other, from 0.
/// Not thread-safe; one per epoch's merge.
[<Sealed; AllowNullLiteral(false)>]
type internal SubjectIndex(capacity: int) =
    // First row of the subject whose hash leads there, -1 for none; at most half of them are taken.
    let mutable slots: int[] =
        Array.create (int (Numerics.BitOperations.RoundUpToPowerOf2(uint32 (capacity * 2)))) -1

    let heads = List<int>()
    // Per row: the next row of the same subject, -1 at the end.
    let mutable next: int[] = Array.zeroCreate capacity
    // Per first row its subject. Both halves are uniformly distributed: the low one is the hash.
    let mutable low: uint64[] = Array.zeroCreate capacity
    let mutable high: uint64[] = Array.zeroCreate capacity

    let slotOf (subjectHigh: uint64) (subjectLow: uint64) =
        let mask = slots.Length - 1
        let mutable at = int (subjectLow >>> 1) &&& mask
        let mutable row = slots[at]

        while row >= 0 && (low[row] <> subjectLow || high[row] <> subjectHigh) do
            at <- (at + 1) &&& mask
            row <- slots[at]

        at

    let grow () =
        slots <- Array.create (slots.Length * 2) -1

        for head in heads do
            slots[slotOf high[head] low[head]] <- head

    let endChain row =
        if row >= next.Length then
            let rows = next.Length * 2
            Array.Resize(&next, rows)
            Array.Resize(&low, rows)
            Array.Resize(&high, rows)

        next[row] <- -1

    /// First row of every subject, in order of first appearance.
    member _.Heads: List<int> = heads

    /// The next row of the same subject, -1 at the end of the chain.
    member _.Next(row: int) : int = next[row]

    /// Where a subject stands or would stand; holds until the next `Begin`.
    member _.SlotOf(subjectHigh: uint64, subjectLow: uint64) : int = slotOf subjectHigh subjectLow

    /// First row of the subject that stands there, -1 where none does.
    member _.HeadAt(slot: int) : int = slots[slot]

    /// First row of a subject, -1 where it has none.
    member _.HeadOf(subject: Uuid) : int =
        slots[slotOf (Uuid.high subject) (Uuid.low subject)]

    /// Takes the first row of a subject that has none; `slot` is its own.
    member _.Begin(slot: int, row: int, subjectHigh: uint64, subjectLow: uint64) : unit =
        endChain row
        low[row] <- subjectLow
        high[row] <- subjectHigh
        slots[slot] <- row
        heads.Add row

        if heads.Count * 2 > slots.Length then
            grow ()

    /// Takes a further row of a subject; `last` is the last one of its chain.
    member _.Follow(last: int, row: int) : unit =
        endChain row
        next[last] <- row

    /// Forgets all subjects; keeps the buffers.
    member _.Clear() : unit =
        heads.Clear()
        Array.Fill(slots, -1)
