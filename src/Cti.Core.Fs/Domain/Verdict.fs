// What people and tools say of a subject after the fact: that it is a false alarm, or real after all. What a subject's verdicts come to at a time.
namespace Cti.Core

open System.Collections.Generic

/// What somebody found a subject to be.
[<Struct; RequireQualifiedAccess>]
type VerdictKind =
    /// It is what it was listed as. Ends a false alarm; of a subject that is none it changes nothing.
    | TruePositive
    /// It is harmless: every sink lets go of it, whoever goes on listing it.
    | FalsePositive
    /// A tool met it. Changes nothing.
    | Seen

[<RequireQualifiedAccess>]
module VerdictKind =
    let all =
        [| VerdictKind.TruePositive; VerdictKind.FalsePositive; VerdictKind.Seen |]

    /// The word for it on the command line and in the store.
    let name (kind: VerdictKind) =
        match kind with
        | VerdictKind.TruePositive -> "true_positive"
        | VerdictKind.FalsePositive -> "false_positive"
        | VerdictKind.Seen -> "seen"

    /// The inverse of `name`; ordinal, lower case only.
    let tryParse (text: string) : VerdictKind voption =
        match all |> Array.tryFind (fun kind -> name kind = text) with
        | Some kind -> ValueSome kind
        | None -> ValueNone

/// One verdict.
[<Struct>]
type Verdict =
    {
        /// The subject's id (`Identity.subject`).
        Subject: Uuid
        Kind: VerdictKind
        /// When it was found to be so.
        ReportedAt: Timestamp
    }

/// What the verdicts on a subject come to at a time.
[<Struct>]
type Standing =
    {
        /// A false alarm.
        IsFalse: bool
        /// When it last became one, or ceased to be one; `Timestamp.none` where neither ever happened.
        TurnedAt: Timestamp
        /// Which of its indicators it is now, from 0: one that was false is revoked for good, and what is believed again afterwards is another.
        Episode: int
        /// When this one began; `Timestamp.none` for the first.
        BeganAt: Timestamp
    }

[<RequireQualifiedAccess>]
module Standing =
    /// Of a subject on which there is no verdict.
    let untouched =
        {
            IsFalse = false
            TurnedAt = Timestamp.none
            Episode = 0
            BeganAt = Timestamp.none
        }

/// The verdicts on all subjects. Holds those only that ever were false alarms: 60 bytes each.
[<Sealed; AllowNullLiteral(false)>]
type VerdictTable private (turns: Dictionary<Uuid, Timestamp[]>, isLasting: bool) =
    // Of a subject: when it became a false alarm, when it ceased to be one, and so on in turn.
    static let turnsOf (verdicts: Verdict seq) : Timestamp[] =
        let found = List<Timestamp>()

        // Stable: of verdicts at one time the one that was recorded last holds.
        for verdict in Seq.sortBy _.ReportedAt verdicts do
            let isFalse = found.Count % 2 = 1

            match verdict.Kind with
            | VerdictKind.FalsePositive when not isFalse -> found.Add verdict.ReportedAt
            | VerdictKind.TruePositive when isFalse -> found.Add verdict.ReportedAt
            | VerdictKind.FalsePositive
            | VerdictKind.TruePositive
            | VerdictKind.Seen -> ()

        found.ToArray()

    /// No verdict at all.
    static member val Empty = VerdictTable(Dictionary(), false)

    /// The table of verdicts in the order in which they were recorded.
    static member Of(verdicts: Verdict seq) : VerdictTable =
        let table = Dictionary<Uuid, Timestamp[]>()

        for subject, ofSubject in Seq.groupBy _.Subject verdicts do
            match turnsOf ofSubject with
            | [||] -> ()
            | found -> table.Add(subject, found)

        VerdictTable(table, false)

    /// The same verdicts, as if all had been there from the beginning: for whoever goes back in time, but not to what turned out to be wrong.
    member _.Lasting = VerdictTable(turns, true)

    /// Where a subject stands as of a time.
    member _.At(subject: Uuid, now: Timestamp) : Standing =
        if turns.Count = 0 then
            Standing.untouched
        else
            match turns.TryGetValue subject with
            | true, ofSubject ->
                let mutable passed = if isLasting then ofSubject.Length else 0

                while passed < ofSubject.Length && ofSubject[passed] <= now do
                    passed <- passed + 1

                if passed = 0 then
                    Standing.untouched
                else
                    let episode = passed / 2

                    {
                        IsFalse = passed % 2 = 1
                        TurnedAt = ofSubject[passed - 1]
                        Episode = episode
                        BeganAt =
                            if episode = 0 then
                                Timestamp.none
                            else
                                ofSubject[2 * episode - 1]
                    }
            | _ -> Standing.untouched
