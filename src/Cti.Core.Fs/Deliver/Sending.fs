// How a batch of records gets past the record that cannot be taken: in halves, until that one stands alone and becomes a dead letter. The others
// go out, in order. Knows places in the batch only; the host sends.
namespace Cti.Core

/// Records `First` to `First + Count - 1` of a batch.
[<Struct>]
type Segment =
    {
        First: int
        Count: int
    }

    /// The place behind the last one.
    member segment.End = segment.First + segment.Count

/// A batch on its way: what is still to be sent, in order. What stands before the first segment is settled: delivered or a dead letter.
type Sending = { Pending: Segment list; Count: int }

/// What follows from records that will not be taken as they are.
[<RequireQualifiedAccess>]
type RefusalStep =
    /// Some of them may be: go on with halves.
    | Split of Sending
    /// This one alone cannot be: a dead letter. Go on with what stands behind it.
    | DeadLetter of index: int * rest: Sending

[<RequireQualifiedAccess>]
module Sending =
    /// A batch of so many records, none sent.
    let start (count: int) : Sending =
        {
            Pending = if count > 0 then [ { First = 0; Count = count } ] else []
            Count = count
        }

    /// What to send next; none where everything is settled.
    let next (sending: Sending) : Segment voption =
        match sending.Pending with
        | segment :: _ -> ValueSome segment
        | [] -> ValueNone

    /// How many records from the batch's beginning are settled.
    let settled (sending: Sending) : int =
        match sending.Pending with
        | segment :: _ -> segment.First
        | [] -> sending.Count

    /// The first segment was taken, but for those its endpoint named.
    let delivered (sending: Sending) : Sending =
        { sending with
            Pending = List.tail sending.Pending
        }

    /// The first segment will not be taken as it is.
    let refused (sending: Sending) : RefusalStep =
        match sending.Pending with
        | { First = first; Count = count } :: rest when count > 1 ->
            let left = count / 2

            RefusalStep.Split
                { sending with
                    Pending =
                        { First = first; Count = left }
                        :: {
                               First = first + left
                               Count = count - left
                           }
                        :: rest
                }
        | segment :: rest -> RefusalStep.DeadLetter(segment.First, { sending with Pending = rest })
        | [] -> RefusalStep.Split sending
