// Which entries of a set stay when a tool has room for so many only: those with the best score, of these the most recent, of these by id. The rule is total, so
// that the same store gives the same set whatever the order.
namespace Cti.Core

open System
open System.Collections.Generic

/// What an entry is judged by.
[<Struct; NoComparison>]
type Rank =
    {
        /// Decayed, 0 to 10,000.
        Score: int
        LastSeen: Timestamp
        Id: Uuid
    }

[<RequireQualifiedAccess>]
module Rank =
    /// Below 0 where the left one goes first.
    let compare (left: Rank) (right: Rank) : int =
        match right.Score.CompareTo left.Score with
        | 0 ->
            match (Timestamp.toMicroseconds right.LastSeen).CompareTo(Timestamp.toMicroseconds left.LastSeen) with
            | 0 -> left.Id.CompareTo right.Id
            | order -> order
        | order -> order

/// Finds the bar of a set: all entries are added first, then each is asked about. 40 bytes an entry of the capacity.
[<Sealed; AllowNullLiteral(false)>]
type Ranking(capacity: int) =
    static let worstFirst =
        Comparer.Create(Comparison(fun (left: Rank) right -> Rank.compare right left))

    let best = PriorityQueue<Rank, Rank>(worstFirst)
    let mutable leftOut = 0L

    member _.Add(rank: Rank) : unit =
        if best.Count < capacity then
            best.Enqueue(rank, rank)
        else
            leftOut <- leftOut + 1L
            best.EnqueueDequeue(rank, rank) |> ignore

    /// Entries for which there is no room.
    member _.LeftOut = leftOut

    /// The last entry for which there is room; none where there is room for all.
    member _.Bar: Rank voption =
        if leftOut = 0L || best.Count = 0 then
            ValueNone
        else
            ValueSome(best.Peek())

    /// Whether there is room for an entry that was added.
    member this.Admits(rank: Rank) : bool =
        match this.Bar with
        | ValueNone -> leftOut = 0L
        | ValueSome bar -> Rank.compare rank bar <= 0
