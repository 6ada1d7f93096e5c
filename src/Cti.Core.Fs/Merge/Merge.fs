// The rule by which reports of one source about one subject become one claim. A semilattice: commutative, associative, idempotent,
// so that neither the order of arrival nor a repeated delivery can matter.
namespace Cti.Core

/// What a claim holds that observations can move.
[<Struct; NoComparison>]
type Assertion =
    {
        FirstSeen: Timestamp
        LastSeen: Timestamp
        Confidence: byte
        Tlp: Tlp
        Labels: NameSet
    }

[<RequireQualifiedAccess>]
module Merge =
    /// The confidence of whoever was seen last; of two at the same time the higher, so that order cannot matter.
    let confidence (leftSeen: Timestamp) (left: byte) (rightSeen: Timestamp) (right: byte) : byte =
        if leftSeen > rightSeen then left
        elif rightSeen > leftSeen then right
        else max left right

    /// The stricter marking: labels and times of a claim may have come under either.
    let tlp (left: Tlp) (right: Tlp) : Tlp =
        if Tlp.code left >= Tlp.code right then left else right

    /// Merges two assertions of one (subject, source): widest interval, latest confidence, strictest marking, all labels.
    let assertion (left: Assertion) (right: Assertion) : Assertion =
        {
            FirstSeen = min left.FirstSeen right.FirstSeen
            LastSeen = max left.LastSeen right.LastSeen
            Confidence = confidence left.LastSeen left.Confidence right.LastSeen right.Confidence
            Tlp = tlp left.Tlp right.Tlp
            Labels = NameSet.Union(left.Labels, right.Labels)
        }
