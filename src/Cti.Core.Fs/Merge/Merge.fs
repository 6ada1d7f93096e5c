// The rule by which reports of one source about one subject become one claim. A semilattice: commutative, associative, idempotent,
// so that neither the order of arrival nor a repeated delivery can matter.
namespace Cti.Core

open System

/// What a claim holds that observations can move.
[<Struct; NoComparison>]
type Assertion =
    {
        FirstSeen: Timestamp
        LastSeen: Timestamp
        /// See `ClaimBatch.Until`.
        Until: Timestamp
        Confidence: byte
        Tlp: Tlp
        Labels: NameSet
        /// When the description was said; `Timestamp.none` where there is none.
        DescribedAt: Timestamp
        /// UTF-8; empty: none.
        Description: byte[]
        /// UTF-8, as `References` says.
        References: byte[]
    }

[<RequireQualifiedAccess>]
module Merge =
    /// The confidence of whoever was seen last; of two at the same time the higher, so that order cannot matter.
    let confidence (leftSeen: Timestamp) (left: byte) (rightSeen: Timestamp) (right: byte) : byte =
        if leftSeen > rightSeen then left
        elif rightSeen > leftSeen then right
        else max left right

    /// The end given by whoever spoke last; of two at the same time the earlier one, and none (`Timestamp.none`) is after every other.
    let until (leftSeen: Timestamp) (left: Timestamp) (rightSeen: Timestamp) (right: Timestamp) : Timestamp =
        if leftSeen > rightSeen then left
        elif rightSeen > leftSeen then right
        elif Timestamp.isNone left then right
        elif Timestamp.isNone right then left
        else min left right

    /// The stricter marking: labels and times of a claim may have come under either.
    let tlp (left: Tlp) (right: Tlp) : Tlp =
        if Tlp.code left >= Tlp.code right then left else right

    /// Whether the left description stands: the one said last, of two said at once the greater by its bytes; none at all never stands.
    let keepsDescription
        (leftAt: Timestamp)
        (left: ReadOnlySpan<byte>)
        (rightAt: Timestamp)
        (right: ReadOnlySpan<byte>)
        : bool =
        if right.Length = 0 then true
        elif left.Length = 0 then false
        elif leftAt <> rightAt then leftAt > rightAt
        else left.SequenceCompareTo right >= 0

    /// Merges what another row says in words into a row of `target`; `scratch` is overwritten.
    let remarks
        (target: Remarks)
        (row: int)
        (other: Remarks)
        (otherRow: int)
        (otherAt: Timestamp)
        (scratch: Utf8Writer)
        =
        let said = other.Description otherRow
        let known = target.Description row

        if said.SequenceEqual known then
            if said.Length > 0 then
                target.SaidAgain(row, otherAt)
        elif not (keepsDescription (target.DescribedAt row) known otherAt said) then
            target.Describe(row, said, otherAt)

        let added = other.References otherRow

        if added.Length > 0 && not (added.SequenceEqual(target.References row)) then
            scratch.Clear()
            References.union (target.References row) added scratch

            if not (scratch.Written.SequenceEqual(target.References row)) then
                target.Refer(row, scratch.Written)

    /// Merges two assertions of one (subject, source): widest interval, latest confidence, strictest marking, all labels, the latest
    /// description, sixteen references.
    let assertion (left: Assertion) (right: Assertion) : Assertion =
        let words = Remarks()
        let others = Remarks()
        let scratch = Utf8Writer 64
        words.Describe(0, ReadOnlySpan<byte> left.Description, left.DescribedAt)
        words.Refer(0, ReadOnlySpan<byte> left.References)
        others.Describe(0, ReadOnlySpan<byte> right.Description, right.DescribedAt)
        others.Refer(0, ReadOnlySpan<byte> right.References)
        remarks words 0 others 0 right.DescribedAt scratch

        {
            FirstSeen = min left.FirstSeen right.FirstSeen
            LastSeen = max left.LastSeen right.LastSeen
            Until = until left.LastSeen left.Until right.LastSeen right.Until
            Confidence = confidence left.LastSeen left.Confidence right.LastSeen right.Confidence
            Tlp = tlp left.Tlp right.Tlp
            Labels = NameSet.Union(left.Labels, right.Labels)
            DescribedAt = words.DescribedAt 0
            Description = (words.Description 0).ToArray()
            References = (words.References 0).ToArray()
        }
