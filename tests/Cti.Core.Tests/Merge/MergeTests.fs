// Laws of the merge: neither order nor repetition may matter, within an epoch and across epochs.
module Cti.Core.Tests.MergeTests

open System.Collections.Generic
open System.Text
open Xunit
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Support

let private assertionOf (report: Report) : Assertion =
    {
        FirstSeen = day report.FirstDay
        LastSeen = day report.Day
        Until = untilOf report
        Confidence = report.Confidence
        Tlp = report.Tlp
        Labels = report.Labels
        DescribedAt =
            if report.Description = "" then
                Timestamp.none
            else
                day report.Day
        Description = Encoding.UTF8.GetBytes report.Description
        References = referenceText report.References
    }

let private assertion = endingReport |> Gen.map assertionOf |> Arb.fromGen

[<Fact>]
let ``merge is commutative`` () =
    check (
        Prop.forAll assertion (fun left ->
            Prop.forAll assertion (fun right -> Merge.assertion left right = Merge.assertion right left))
    )

[<Fact>]
let ``merge is associative`` () =
    check (
        Prop.forAll (Arb.fromGen (Gen.three assertion.Generator)) (fun (a, b, c) ->
            Merge.assertion a (Merge.assertion b c) = Merge.assertion (Merge.assertion a b) c)
    )

[<Fact>]
let ``merge is idempotent`` () =
    check (Prop.forAll assertion (fun one -> Merge.assertion one one = one))

/// What a claim holds once merged, without what depends on when it was recorded.
let private content (claims: ClaimBatch) (labels: NameSetTable) row =
    struct (claims.Subject[row], claims.Source[row]),
    (claims.FirstSeen[row],
     claims.LastSeen[row],
     struct (claims.Until[row], claims.WithdrawnAt[row]),
     claims.Confidence[row],
     claims.Tlp[row],
     labels[claims.Labels[row]].JsonText,
     claims.Observations[row],
     struct (claims.Remarks.DescribedAt row,
             Encoding.UTF8.GetString(claims.Remarks.Description row),
             Encoding.UTF8.GetString(claims.Remarks.References row)))

let private contents (claims: ClaimBatch) labels =
    [ for row in 0 .. claims.Count - 1 -> content claims labels row ]
    |> List.sortBy fst

let private merger () =
    let labels = NameSetTable()
    let sources = sourceTable (Array.toList (Gen.sample 4 trust))
    labels, EpochMerge(sources, labels, 2)

let private mergedAtOnce reports =
    let labels, merge = merger ()
    let batch = batchOf reports

    for row in 0 .. batch.Count - 1 do
        merge.Add(batch, row, day 50) |> ignore

    merge.Resolve(ClaimBatch 1, day 50, settings)
    contents merge.Claims labels

/// A store kept in memory: merges epoch after epoch as the host does, duplicates by id left out.
let private mergedInEpochs (epochs: Report list list) =
    let labels, merge = merger ()
    let mutable stored = ClaimBatch 4
    let seen = HashSet<Uuid>()

    for reports in epochs do
        merge.Clear()
        let batch = batchOf reports

        for row in 0 .. batch.Count - 1 do
            let claim = merge.Add(batch, row, day 50)

            if claim >= 0 && not (seen.Add batch.Id[row]) then
                merge.Forget claim

        merge.Resolve(stored, day 50, settings)
        let replaced = HashSet<int64>()

        for row in 0 .. merge.Claims.Count - 1 do
            replaced.Add merge.Claims.Row[row] |> ignore

        let after = ClaimBatch 4

        let copy (from: ClaimBatch) row =
            after.AddFrom(from, row)
            after.Row[after.Count - 1] <- int64 (after.Count - 1)

        for row in 0 .. stored.Count - 1 do
            if not (replaced.Contains stored.Row[row]) then
                copy stored row

        for row in 0 .. merge.Claims.Count - 1 do
            copy merge.Claims row

        stored <- after

    contents stored labels

let private reports = Gen.listOf endingReport |> Arb.fromGen

[<Fact>]
let ``claims of an epoch do not depend on the order of its observations`` () =
    check (Prop.forAll reports (fun reports -> mergedAtOnce reports = mergedAtOnce (List.rev reports)))

[<Fact>]
let ``an observation that comes twice in an epoch counts once`` () =
    check (Prop.forAll reports (fun reports -> mergedAtOnce (reports @ reports) = mergedAtOnce reports))

[<Fact>]
let ``claims do not depend on where epochs are cut`` () =
    check (
        Prop.forAll reports (fun reports ->
            Prop.forAll (Arb.fromGen (Gen.choose (1, 7))) (fun size ->
                mergedInEpochs (List.chunkBySize size reports) = mergedAtOnce reports))
    )

[<Fact>]
let ``an epoch that comes again changes nothing`` () =
    check (Prop.forAll reports (fun reports -> mergedInEpochs [ reports; reports ] = mergedAtOnce reports))

let private chain (merge: EpochMerge) head =
    List.unfold (fun row -> if row < 0 then None else Some(row, merge.Next row)) head

[<Fact>]
let ``each touched subject gets one change, the first says added at revision 1, or withdrawn where all has ended`` () =
    check (
        Prop.forAll reports (fun reports ->
            let _, merge = merger ()
            let batch = batchOf reports

            for row in 0 .. batch.Count - 1 do
                merge.Add(batch, row, day 50) |> ignore

            merge.Resolve(ClaimBatch 1, day 50, settings)
            let subjects = reports |> List.map _.Subject |> List.distinct

            merge.ChangeSubjects.Count = subjects.Length
            && Seq.forall2
                (fun op head ->
                    let stands =
                        chain merge head
                        |> List.exists (fun row -> Timestamp.isNone merge.Claims.WithdrawnAt[row])

                    op = ChangeOp.code (if stands then ChangeOp.Added else ChangeOp.Withdrawn))
                merge.ChangeOps
                merge.ChangeHeads
            && Seq.forall ((=) 1) merge.ChangeRevisions)
    )

let private one =
    {
        Subject = 0
        Source = 0
        Day = 10
        FirstDay = 10
        Ends = ValueNone
        Confidence = 50uy
        Tlp = Tlp.Clear
        Labels = NameSet.Empty
        Description = ""
        References = []
    }

/// Ops and revisions of the second of two epochs.
let private secondEpoch first second now =
    let _, merge = merger ()
    let initial = batchOf first

    for row in 0 .. initial.Count - 1 do
        merge.Add(initial, row, day 10) |> ignore

    merge.Resolve(ClaimBatch 1, day 10, settings)
    let stored = merge.Claims
    let _, next = merger ()
    let batch = batchOf second

    for row in 0 .. batch.Count - 1 do
        next.Add(batch, row, now) |> ignore

    for row in 0 .. stored.Count - 1 do
        stored.Row[row] <- int64 row

    next.Resolve(stored, now, settings)
    List.ofSeq next.ChangeOps, List.ofSeq next.ChangeRevisions

[<Fact>]
let ``being seen again is no change`` () =
    Assert.Equal(
        (([]: byte list), ([]: int list)),
        secondEpoch [ one ] [ { one with Day = 12; FirstDay = 12 } ] (day 12)
    )

[<Fact>]
let ``other words are a change, the same words said again are none`` () =
    let said =
        { one with
            Description = "seen in spam"
        }

    let changed = ([ ChangeOp.code ChangeOp.Changed ], [ 2 ])
    Assert.Equal(changed, secondEpoch [ one ] [ { said with Day = 12 } ] (day 12))
    Assert.Equal((([]: byte list), ([]: int list)), secondEpoch [ said ] [ { said with Day = 12 } ] (day 12))
    // Older words do not stand, and nothing said takes nothing back.
    Assert.Equal((([]: byte list), ([]: int list)), secondEpoch [ said ] [ { one with Day = 12 } ] (day 12))

    Assert.Equal(
        (([]: byte list), ([]: int list)),
        secondEpoch
            [ said ]
            [
                { said with
                    Day = 9
                    FirstDay = 10
                    Description = "zzz"
                }
            ]
            (day 12)
    )

    let referring =
        { one with
            References = [ "https://feed.example/1" ]
        }

    Assert.Equal(changed, secondEpoch [ one ] [ { referring with Day = 12 } ] (day 12))
    Assert.Equal((([]: byte list), ([]: int list)), secondEpoch [ referring ] [ { referring with Day = 12 } ] (day 12))

[<Fact>]
let ``a claim keeps the sixteen references that come first by their bytes`` () =
    let all = [ for number in 1..40 -> $"https://feed.example/%02d{number}" ]
    let kept = Encoding.UTF8.GetString(referenceText (List.rev all @ all))
    Assert.Equal(String.concat "\n" (List.truncate 16 all), kept)

[<Fact>]
let ``a second source is a change at the next revision`` () =
    Assert.Equal(([ ChangeOp.code ChangeOp.Changed ], [ 2 ]), secondEpoch [ one ] [ { one with Source = 1 } ] (day 12))

[<Fact>]
let ``an expired indicator that is seen again is added again`` () =
    Assert.Equal(
        ([ ChangeOp.code ChangeOp.Added ], [ 2 ]),
        secondEpoch [ one ] [ { one with Day = 90; FirstDay = 90 } ] (day 90)
    )

let private ended =
    { one with
        Day = 12
        Ends = ValueSome 0
    }

[<Fact>]
let ``what its only source takes back is withdrawn, whatever comes in late`` () =
    let withdrawn = ([ ChangeOp.code ChangeOp.Withdrawn ], [ 2 ])
    Assert.Equal(withdrawn, secondEpoch [ one ] [ ended ] (day 12))
    Assert.Equal(withdrawn, secondEpoch [ one ] [ ended; { one with Day = 11 } ] (day 12))
    // What is known of the end already is no news.
    let early = { one with Ends = ValueSome 0 }
    Assert.Equal((([]: byte list), ([]: int list)), secondEpoch [ early ] [ { one with Day = 9 } ] (day 12))

[<Fact>]
let ``with another source standing, an end is a change`` () =
    Assert.Equal(
        ([ ChangeOp.code ChangeOp.Changed ], [ 2 ]),
        secondEpoch [ one; { one with Source = 1 } ] [ ended ] (day 12)
    )

[<Fact>]
let ``a later word resumes what had ended`` () =
    Assert.Equal(([ ChangeOp.code ChangeOp.Added ], [ 2 ]), secondEpoch [ ended ] [ { one with Day = 13 } ] (day 14))

[<Fact>]
let ``an end that has not come is none yet, and holds when it comes`` () =
    let ends = { one with Ends = ValueSome 10 }
    let _, merge = merger ()
    let batch = batchOf [ ends ]
    merge.Add(batch, 0, day 12) |> ignore
    merge.Resolve(ClaimBatch 1, day 12, settings)
    Assert.True(Timestamp.isNone (merge.Claims.GoneAt(0, day 19)))
    Assert.Equal(day 20, merge.Claims.GoneAt(0, day 20))
    // A shorter end that is said later counts.
    Assert.Equal(day 15, (Merge.until (day 10) (day 20) (day 11) (day 15)))
