// Laws of the score: bounds, monotony, order, groups, decay; and what a viewer may see.
module Cti.Core.Tests.ScoreTests

open Xunit
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Support

[<NoComparison>]
type private Case =
    {
        Trusts: Trust list
        Reports: Report list
        Now: int
    }

let private case =
    gen {
        let! trusts = Gen.listOfLength 4 trust

        let! reports =
            Gen.nonEmptyListOf (report |> Gen.map (fun report -> { report with Subject = 0 }))

        let! now = Gen.choose (0, 80)

        return
            {
                Trusts = trusts
                Reports = reports
                Now = now
            }
    }

let private viewer now =
    {
        MaxTlp = Tlp.Red
        Now = day now
        Settings = settings
        OwnOnly = true
    }

let private fold (viewer: Viewer) trusts reports =
    let labels = NameSetTable()
    let sources = sourceTable trusts
    let merge = EpochMerge(sources, labels, 4)
    let batch = batchOf reports

    for row in 0 .. batch.Count - 1 do
        merge.Add(batch, row, day 50) |> ignore

    merge.Resolve(ClaimBatch 1, day 50, settings)
    let target = IndicatorBatch 4
    let fold = Fold(viewer, sources, labels, VerdictTable.Empty)

    if fold.Add(merge.Claims, 0, merge.Claims.Count - 1, target) then
        let struct (value, terms) = fold.Terms(merge.Claims, 0, merge.Claims.Count - 1)
        ValueSome(target, value, terms)
    else
        ValueNone

let private score (case: Case) =
    match fold (viewer case.Now) case.Trusts case.Reports with
    | ValueSome(target, value, _) -> target.Score[0], value
    | ValueNone -> -1, -1

let private cases = Arb.fromGen case

[<Fact>]
let ``a score lies between 0 and 10,000 and never above its base`` () =
    check (
        Prop.forAll cases (fun case ->
            let score, value = score case
            score >= 0 && value <= Score.full && score <= value)
    )

[<Fact>]
let ``a score does not depend on the order of arrival`` () =
    check (
        Prop.forAll cases (fun case ->
            score case =
                score
                    { case with
                        Reports = List.rev case.Reports
                    })
    )

[<Fact>]
let ``one more source never lowers the score`` () =
    check (
        Prop.forAll cases (fun case ->
            Prop.forAll (Arb.fromGen report) (fun more ->
                let reports = case.Reports |> List.filter (fun report -> report.Source <> 3)
                let more = { more with Subject = 0; Source = 3 }

                let without, _ =
                    if reports.IsEmpty then
                        0, 0
                    else
                        score { case with Reports = reports }

                let ``with``, _ =
                    score
                        { case with
                            Reports = reports @ [ more ]
                        }

                ``with`` >= without))
    )

[<Fact>]
let ``more confidence of one source never lowers the score`` () =
    check (
        Prop.forAll cases (fun case ->
            let louder (report: Report) =
                { report with
                    Confidence = min 100uy (report.Confidence + 7uy)
                }

            let raised =
                case.Reports
                |> List.map (fun report -> if report.Source = 0 then louder report else report)

            fst (score { case with Reports = raised }) >= fst (score case))
    )

[<Fact>]
let ``a score only falls with time`` () =
    check (Prop.forAll cases (fun case -> fst (score { case with Now = case.Now + 1 }) <= fst (score case)))

[<Fact>]
let ``a later sighting never lowers the score`` () =
    check (
        Prop.forAll cases (fun case ->
            let loudest = case.Reports |> List.maxBy _.Day

            let again =
                { loudest with
                    Day = loudest.Day + 1
                    FirstDay = loudest.FirstDay
                }
            // The same report a day later, with the confidence that its source had at the end.
            fst (
                score
                    { case with
                        Reports = case.Reports @ [ { again with Confidence = 100uy } ]
                    }
            )
            >= fst (score case))
    )

[<Fact>]
let ``sources of one group count once`` () =
    let trust group =
        {
            Reliability = Reliability.A
            Credibility = Credibility.One
            Confidence = 50uy
            Tlp = Tlp.Clear
            Group = group
            License = ValueNone
        }

    let report source =
        {
            Subject = 0
            Source = source
            Day = 1
            FirstDay = 1
            Ends = ValueNone
            Confidence = 60uy
            Tlp = Tlp.Clear
            Labels = NameSet.Empty
            Description = ""
            References = []
        }

    let value group =
        match fold (viewer 1) (List.replicate 4 (trust group)) [ report 0; report 1 ] with
        | ValueSome(_, value, _) -> value
        | ValueNone -> -1

    Assert.Equal(6000, value (ValueSome "same.example"))
    Assert.Equal(8400, value ValueNone)

[<Theory>]
[<InlineData(0, 1.0, 1.0)>]
[<InlineData(15, 1.0, 0.5)>]
[<InlineData(15, 2.0, 0.29289)>]
[<InlineData(30, 1.0, 0.0)>]
[<InlineData(-5, 1.0, 1.0)>]
let ``decay follows MISP's polynomial`` (age: int) (speed: float) (expected: float) =
    Assert.Equal(expected, Score.remaining (int64 age * Timestamp.day) (30L * Timestamp.day) speed, 4)

[<Fact>]
let ``terms explain the score`` () =
    check (
        Prop.forAll cases (fun case ->
            match fold (viewer case.Now) case.Trusts case.Reports with
            | ValueSome(target, value, terms) ->
                let again =
                    terms
                    |> List.filter _.Counted
                    |> List.fold (fun sofar term -> Score.corroborate sofar term.Value) 0

                again = value && int target.Confidence[0] = value / 100
            | ValueNone -> false)
    )

[<Fact>]
let ``what a viewer may not see does not show in any field`` () =
    check (
        Prop.forAll cases (fun case ->
            let sees =
                { viewer case.Now with
                    MaxTlp = Tlp.Green
                }
            // A claim carries the strictest marking it ever had, so what is hidden is hidden by whole sources.
            let hidden =
                case.Reports
                |> List.filter (fun report -> Tlp.code report.Tlp > Tlp.code Tlp.Green)
                |> List.map _.Source
                |> List.distinct

            let open' =
                case.Reports
                |> List.filter (fun report -> not (List.contains report.Source hidden))

            let print (target: IndicatorBatch) =
                (target.FirstSeen[0],
                 target.LastSeen[0],
                 target.Created[0],
                 target.Modified[0],
                 target.Score[0],
                 target.Confidence[0]),
                (target.Tlp[0],
                 target.Labels[0].JsonText,
                 target.Sources[0].JsonText,
                 target.Status[0],
                 target.ValidUntil[0])

            match fold sees case.Trusts case.Reports with
            | ValueNone -> open'.IsEmpty
            | ValueSome(all, _, _) ->
                match
                    (if open'.IsEmpty then
                         ValueNone
                     else
                         fold sees case.Trusts open')
                with
                | ValueSome(visible, _, _) -> print all = print visible
                | ValueNone -> false)
    )
