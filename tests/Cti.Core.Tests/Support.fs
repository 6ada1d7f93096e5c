// What several test files need: generators of domain values, and how properties are run.
module Cti.Core.Tests.Support

open FsCheck
open FsCheck.FSharp
open Cti.Core

/// Runs a property 300 times, or fails the test.
let check (property: 'Testable) =
    Check.One(Config.QuickThrowOnFailure.WithMaxTest 300, property)

let checkMany (count: int) (property: 'Testable) =
    Check.One(Config.QuickThrowOnFailure.WithMaxTest count, property)

let day (number: int) : Timestamp =
    Timestamp.ofMicroseconds (1_700_000_000_000_000L) + int64 number * Timestamp.day

let labelSet =
    Gen.elements [ "botnet"; "c2"; "phishing"; "träge"; "日本" ]
    |> Gen.listOf
    |> Gen.map NameSet.Of

let tlp = Gen.elements (Array.toList Tlp.all)

let trust =
    gen {
        let! reliability = Gen.elements (Array.toList Reliability.all)
        let! credibility = Gen.elements (Array.toList Credibility.all)

        let! group =
            Gen.elements [ ValueNone; ValueSome "one.example"; ValueSome "two.example" ]

        return
            {
                Reliability = reliability
                Credibility = credibility
                Confidence = 50uy
                Tlp = Tlp.Clear
                Group = group
                License = ValueNone
            }
    }

let settings: ScoreSettings =
    {
        Lifetime = Array.create 256 (30L * Timestamp.day)
        DecaySpeed = Array.create 256 1.0
    }

/// One report, for filling an ObservationBatch.
[<NoComparison>]
type Report =
    {
        Subject: int
        Source: int
        Day: int
        FirstDay: int
        /// Days behind `Day` at which it ends; none: no end is given.
        Ends: int voption
        Confidence: byte
        Tlp: Tlp
        Labels: NameSet
        /// Empty: none.
        Description: string
        References: string list
    }

let report =
    gen {
        let! subject = Gen.choose (0, 5)
        let! source = Gen.choose (0, 3)
        let! seen = Gen.choose (0, 40)
        let! before = Gen.choose (0, 3)
        let! confidence = Gen.choose (0, 100)
        let! marking = tlp
        let! labels = labelSet
        let! description = Gen.elements [ ""; ""; "seen in spam"; "träge"; "" ]
        let! references = Gen.choose (1, 30) |> Gen.listOf

        return
            {
                Subject = subject
                Source = source
                Day = seen
                FirstDay = seen - before
                Ends = ValueNone
                Confidence = byte confidence
                Tlp = marking
                Labels = labels
                Description = description
                References = references |> List.map (sprintf "https://feed.example/%02d")
            }
    }

/// The same, with ends that have come and ends that have not.
let endingReport =
    gen {
        let! report = report

        let! ends =
            Gen.elements [ ValueNone; ValueNone; ValueSome 0; ValueSome 2; ValueSome 20 ]

        return { report with Ends = ends }
    }

let untilOf (report: Report) : Timestamp =
    match report.Ends with
    | ValueSome days -> day (report.Day + days)
    | ValueNone -> Timestamp.none

/// A list of references as columns hold it: made by the rule under test from single ones, which are lists too.
let referenceText (references: string list) : byte[] =
    (Array.empty, references)
    ||> List.fold (fun known reference ->
        let target = Utf8Writer 64
        let added = System.Text.Encoding.UTF8.GetBytes reference
        References.union (System.ReadOnlySpan<byte> known) (System.ReadOnlySpan<byte> added) target
        target.Written.ToArray())

let sourceName (number: int) = $"source-%d{number}"

/// Sources `source-0` to `source-3`, all of them own, with the given trust.
let sourceTable (trusts: Trust list) =
    let table = SourceTable()

    trusts
    |> List.iteri (fun number trust ->
        table.Set
            {
                Name = sourceName number
                Pipeline = "tests"
                Trust = trust
                Own = true
            }
        |> ignore)

    table

/// A batch of reports; the observation id is a function of what is reported, as in the pipeline.
let batchOf (reports: Report list) =
    let batch = ObservationBatch 4

    for report in reports do
        let row = batch.Add()
        batch.Type[row] <- ObservableType.Ipv4
        batch.Value.Add(System.ReadOnlySpan<byte>(System.Text.Encoding.ASCII.GetBytes $"192.0.2.%d{report.Subject}"))
        batch.Subject[row] <- System.UInt128.op_Implicit (uint32 report.Subject + 1u)

        batch.Id[row] <-
            System.UInt128(
                uint64 (report.Subject * 1000 + report.Source),
                // Small fields side by side, so that two different reports never share an id.
                (uint64 (report.Day + 10) <<< 56)
                ||| (uint64 (report.FirstDay + 10) <<< 48)
                ||| (uint64 report.Confidence <<< 40)
                ||| (uint64 (Tlp.code report.Tlp) <<< 32)
                ||| uint64 (uint32 (hash (report.Labels.JsonText, report.Description, report.References, report.Ends)))
            )

        batch.FirstSeen[row] <- day report.FirstDay
        batch.EventTime[row] <- day report.Day
        batch.Until[row] <- untilOf report
        batch.Confidence[row] <- report.Confidence
        batch.Tlp[row] <- report.Tlp
        batch.Labels[row] <- report.Labels
        batch.Source[row] <- sourceName report.Source

        if report.Description <> "" then
            let description = System.Text.Encoding.UTF8.GetBytes report.Description
            batch.Remarks.Describe(row, System.ReadOnlySpan<byte> description, day report.Day)

        let references = referenceText report.References

        if references.Length > 0 then
            batch.Remarks.Refer(row, System.ReadOnlySpan<byte> references)

    batch
