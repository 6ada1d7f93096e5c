// What verdicts on a subject come to, and what an indicator is under them.
module Cti.Core.Tests.VerdictTests

open Xunit
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Support

let private subject =
    {
        Type = ObservableType.Domain
        Value = "a.example.com"
    }

let private id = Identity.subject subject

let private said (kind: VerdictKind) (on: int) : Verdict =
    {
        Subject = id
        Kind = kind
        ReportedAt = day on
    }

let private wrong = said VerdictKind.FalsePositive
let private right = said VerdictKind.TruePositive
let private seen = said VerdictKind.Seen

let private at on (verdicts: Verdict list) =
    (VerdictTable.Of verdicts).At(id, day on)

// At most one a day, so that their order is that of their times.
let private verdicts =
    gen {
        let! kinds = Gen.elements (Array.toList VerdictKind.all) |> Gen.listOf
        return kinds |> List.mapi (fun index kind -> said kind (2 * index))
    }
    |> Arb.fromGen

[<Fact>]
let ``the word of a verdict is read as it is written`` () =
    for kind in VerdictKind.all do
        Assert.Equal(ValueSome kind, VerdictKind.tryParse (VerdictKind.name kind))

    Assert.Equal(ValueNone, VerdictKind.tryParse "False_Positive")

[<Fact>]
let ``the last verdict that is no sighting decides`` () =
    check (
        Prop.forAll verdicts (fun verdicts ->
            let last =
                verdicts
                |> List.filter (fun verdict -> verdict.Kind <> VerdictKind.Seen)
                |> List.tryLast

            (at 1000 verdicts).IsFalse =
                (last |> Option.exists (fun verdict -> verdict.Kind = VerdictKind.FalsePositive)))
    )

[<Fact>]
let ``what is said later, or was not yet said, does not count`` () =
    check (
        Prop.forAll verdicts (fun verdicts ->
            let mutable same = true

            for count in 0 .. verdicts.Length do
                // Between the last that counts and the next.
                same <- same && at (2 * count - 1) verdicts = at 1000 (List.truncate count verdicts)

            same)
    )

[<Fact>]
let ``it does not matter in which order verdicts of different times come in`` () =
    check (Prop.forAll verdicts (fun verdicts -> at 1000 verdicts = at 1000 (List.rev verdicts)))

[<Fact>]
let ``of verdicts at one time the one that was recorded last holds`` () =
    Assert.True((at 5 [ right 3; wrong 3 ]).IsFalse)
    Assert.False((at 5 [ wrong 3; right 3 ]).IsFalse)

[<Fact>]
let ``saying the same again changes nothing`` () =
    check (
        Prop.forAll verdicts (fun verdicts ->
            at 1000 (verdicts |> List.collect (fun verdict -> [ verdict; verdict ])) = at 1000 verdicts)
    )

[<Fact>]
let ``each way back begins another episode`` () =
    Assert.Equal(Standing.untouched, at 9 [ seen 1; right 2 ])

    Assert.Equal(
        {
            IsFalse = true
            TurnedAt = day 1
            Episode = 0
            BeganAt = Timestamp.none
        },
        at 9 [ wrong 1; seen 2; wrong 3 ]
    )

    Assert.Equal(
        {
            IsFalse = false
            TurnedAt = day 4
            Episode = 1
            BeganAt = day 4
        },
        at 9 [ wrong 1; right 4; right 5 ]
    )

    Assert.Equal(
        {
            IsFalse = true
            TurnedAt = day 6
            Episode = 1
            BeganAt = day 4
        },
        at 9 [ wrong 1; right 4; wrong 6 ]
    )

[<Fact>]
let ``who goes back in time does not go back to what turned out to be wrong`` () =
    let table = VerdictTable.Of [ wrong 5 ]
    Assert.False((table.At(id, day 1)).IsFalse)
    Assert.True((table.Lasting.At(id, day 1)).IsFalse)
    Assert.Equal(Standing.untouched, VerdictTable.Empty.Lasting.At(id, day 1))

let private folded verdicts now =
    let labels = NameSetTable()

    let sources =
        let table = SourceTable()

        table.Set
            {
                Name = "a"
                Pipeline = "p"
                Trust =
                    {
                        Reliability = Reliability.A
                        Credibility = Credibility.One
                        Confidence = 80uy
                        Tlp = Tlp.Clear
                        Group = ValueNone
                        License = ValueNone
                    }
                Own = true
            }
        |> ignore

        table

    let claims = ClaimBatch 1
    let row = claims.Add()
    claims.Subject[row] <- id
    claims.Type[row] <- subject.Type
    claims.Value.Add(System.ReadOnlySpan<byte>(System.Text.Encoding.UTF8.GetBytes subject.Value))
    claims.FirstSeen[row] <- day 0
    claims.LastSeen[row] <- day 0
    claims.RecordedAt[row] <- day 0
    claims.ChangedAt[row] <- day 0
    claims.WithdrawnAt[row] <- Timestamp.none
    claims.Confidence[row] <- 80uy
    claims.Tlp[row] <- Tlp.Clear
    claims.Labels[row] <- labels.Add NameSet.Empty
    claims.Revision[row] <- 1

    let viewer =
        {
            MaxTlp = Tlp.Red
            Now = day now
            Settings = settings
            OwnOnly = true
        }

    let target = IndicatorBatch 1
    let fold = Fold(viewer, sources, labels, VerdictTable.Of verdicts)
    Assert.True(fold.Add(claims, 0, 0, target))
    Assert.Equal(target.Id[0], fold.IdOf(claims, 0))
    Assert.Equal(id, target.Subject[0])
    target

[<Fact>]
let ``an indicator is revoked from the time of the verdict on, and has no score`` () =
    let before = folded [ wrong 5 ] 4
    Assert.Equal(IndicatorStatus.Active, before.Status[0])
    Assert.Equal(day 0, before.Modified[0])

    let after = folded [ wrong 5 ] 6
    Assert.Equal(IndicatorStatus.Revoked, after.Status[0])
    Assert.Equal(0, after.Score[0])
    Assert.Equal(day 5, after.ValidUntil[0])
    Assert.Equal(day 5, after.Modified[0])
    Assert.Equal(id, after.Id[0])

[<Fact>]
let ``a false positive stays one when it expires`` () =
    Assert.Equal(IndicatorStatus.Revoked, (folded [ wrong 5 ] 400).Status[0])

[<Fact>]
let ``what is believed again is another indicator, made then`` () =
    let again = folded [ wrong 5; right 7 ] 8
    Assert.Equal(IndicatorStatus.Active, again.Status[0])
    Assert.NotEqual(id, again.Id[0])
    Assert.Equal(Identity.indicator subject 1, again.Id[0])
    Assert.Equal(day 7, again.Created[0])
    Assert.Equal(day 7, again.Modified[0])
    Assert.Equal(day 0, again.FirstSeen[0])
    Assert.True(again.Score[0] > 0)
