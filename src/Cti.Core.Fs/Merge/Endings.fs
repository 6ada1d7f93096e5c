// When a claim did not stand by the words of its source: the rule by which reports that give an end, in whatever order they came in, open and close
// intervals. Knows one claim and what was said of it; knows no store.
namespace Cti.Core

open System

/// What a source said of a subject at a time.
[<Struct>]
type Word =
    {
        /// The event time.
        At: Timestamp
        /// Until when it is so, never before `At`; `Timestamp.none` where no end is given.
        Until: Timestamp
    }

[<RequireQualifiedAccess>]
module Endings =
    // Of words of one time one holds, as in `Merge.until`.
    let private byTime (words: Word seq) : Word list =
        words
        |> Seq.groupBy _.At
        |> Seq.map (fun (at, group) ->
            {
                At = at
                Until =
                    group
                    |> Seq.map _.Until
                    |> Seq.reduce (fun left right -> Merge.until at left at right)
            })
        |> Seq.sortBy _.At
        |> Seq.toList

    /// The absences that words imply: from the end that a word gives, if no later word came before it, to the next word that says it is so again.
    /// Any order; ascending, disjoint, only the last may be open.
    let absences (words: Word seq) : Absence list =
        let rec go (words: Word list) (gone: Timestamp) (found: Absence list) =
            match words with
            | [] when Timestamp.isNone gone -> List.rev found
            | [] ->
                List.rev (
                    {
                        EndedAt = gone
                        ResumedAt = Timestamp.none
                    }
                    :: found
                )
            | word :: rest ->
                let endsAtOnce = word.Until = word.At
                let isBack = not (Timestamp.isNone gone) && not endsAtOnce

                let found =
                    if isBack then
                        { EndedAt = gone; ResumedAt = word.At } :: found
                    else
                        found

                let gone = if isBack then Timestamp.none else gone

                let comes =
                    not (Timestamp.isNone word.Until)
                    && (match rest with
                        | next :: _ -> word.Until < next.At
                        | [] -> true)

                go rest (if Timestamp.isNone gone && comes then word.Until else gone) found

        go (byTime words) Timestamp.none []
