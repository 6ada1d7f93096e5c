// Which thing stands for which expectation, where several could.
namespace Cti.Core.Trials

open System.Collections.Generic

[<RequireQualifiedAccess>]
module Matching =
    /// For each expectation the item that stands for it, -1 for none: as many as can be have one, and no item stands for two. Bipartite matching
    /// by augmenting paths (Kuhn's algorithm).
    let assign (expected: ('T -> bool)[]) (items: 'T[]) : int[] =
        // As many candidates as there are expectations are enough for any of them: all others can take at most one fewer.
        let candidates =
            expected
            |> Array.map (fun fits ->
                seq { 0 .. items.Length - 1 }
                |> Seq.filter (fun index -> fits items[index])
                |> Seq.truncate expected.Length
                |> Seq.toArray)

        let holder = Dictionary<int, int>()

        // Whoever holds the item moves to another where it can.
        let rec place (seen: HashSet<int>) (expectation: int) : bool =
            candidates[expectation]
            |> Array.exists (fun item ->
                seen.Add item
                && (match holder.TryGetValue item with
                    | true, other when not (place seen other) -> false
                    | _ ->
                        holder[item] <- expectation
                        true))

        for expectation in 0 .. expected.Length - 1 do
            place (HashSet()) expectation |> ignore

        let result = Array.create expected.Length -1

        for pair in holder do
            result[pair.Value] <- pair.Key

        result
