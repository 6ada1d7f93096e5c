// When a claim was not on its source's list: the rule by which complete snapshots, in whatever order they come in, open and close the intervals of
// a claim. Knows one claim and the times of its source's snapshots; knows no store.
namespace Cti.Core

open System

/// A claim was on no list of its source from the snapshot at `EndedAt` on, until it was seen again at `ResumedAt`: [EndedAt, ResumedAt).
[<Struct>]
type Absence =
    {
        EndedAt: Timestamp
        /// `Timestamp.none` while it lasts.
        ResumedAt: Timestamp
    }

/// What is known of a claim before one more snapshot is.
type Presence =
    {
        /// When it was first seen on a list; `Timestamp.none` for a claim nothing is known of.
        First: Timestamp
        /// Sightings that a believed snapshot does not imply, such as on one that was not believed; ascending.
        Sightings: Timestamp list
        /// Ascending, disjoint; only the last may be open.
        Absences: Absence list
    }

/// Between its first sighting and an absence, and from one absence to the next, a claim is on every believed snapshot: that is what is not stored.
/// `believed` are the times of the believed snapshots, ascending. The snapshot itself may be among them or not.
[<RequireQualifiedAccess>]
module Absences =
    /// Whether the claim was absent at a time.
    let covers (at: Timestamp) (absence: Absence) : bool =
        absence.EndedAt <= at
        && (Timestamp.isNone absence.ResumedAt || at < absence.ResumedAt)

    /// Since when the claim has been absent, as of a time; `Timestamp.none` where it stands then.
    let since (at: Timestamp) (absences: Absence list) : Timestamp =
        match absences |> List.tryFind (covers at) with
        | Some absence -> absence.EndedAt
        | None -> Timestamp.none

    // The first time after `at`, and before `limit` where there is one; none where there is no such time.
    let private next (times: Timestamp seq) (at: Timestamp) (limit: Timestamp) : Timestamp =
        times
        |> Seq.tryFind (fun time -> time > at && (Timestamp.isNone limit || time < limit))
        |> Option.defaultValue Timestamp.none

    let private sorted (absences: Absence list) : Absence list =
        absences |> List.sortBy (fun absence -> absence.EndedAt)

    /// The absences once the claim is known to be on a snapshot (believed or not) at `at`.
    let listed (believed: Timestamp[]) (at: Timestamp) (known: Presence) : Absence list =
        // The believed snapshots from `at` to `limit` did not have it.
        let later limit =
            match next believed at limit with
            | denied when Timestamp.isNone denied -> []
            | denied ->
                [
                    {
                        EndedAt = denied
                        ResumedAt = limit
                    }
                ]

        if Timestamp.isNone known.First then
            later Timestamp.none
        elif at < known.First then
            sorted (later known.First @ known.Absences)
        else
            match known.Absences |> List.tryFind (covers at) with
            | None -> known.Absences
            | Some around ->
                let before =
                    if around.EndedAt < at then
                        [ { around with ResumedAt = at } ]
                    else
                        []

                known.Absences
                |> List.filter (fun absence -> absence <> around)
                |> List.append (before @ later around.ResumedAt)
                |> sorted

    /// The absences once the claim is known to be missing from a believed snapshot at `at`.
    let missing (believed: Timestamp[]) (at: Timestamp) (known: Presence) : Absence list =
        if
            Timestamp.isNone known.First
            || at < known.First
            || known.Absences |> List.exists (covers at)
        then
            known.Absences
        else
            let following = known.Absences |> List.tryFind (fun absence -> absence.EndedAt > at)

            let limit =
                match following with
                | Some absence -> absence.EndedAt
                | None -> Timestamp.none

            let implied = next believed at limit
            let seen = next known.Sightings at limit

            let resumed =
                if Timestamp.isNone implied then seen
                elif Timestamp.isNone seen then implied
                else min implied seen

            match following with
            // No list between the two had it: the one absence begins earlier.
            | Some absence when Timestamp.isNone resumed ->
                { absence with EndedAt = at }
                :: (known.Absences |> List.filter (fun other -> other <> absence))
                |> sorted
            | _ -> sorted ({ EndedAt = at; ResumedAt = resumed } :: known.Absences)
