// Random rows that random predicates are asked about, a fifth of their fields NULL.
module Cti.Core.Tests.RowGen

open FsCheck
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Predicates
open Cti.Core.Tests.PredicateWords

/// A row as data: NULL is none.
type Sample =
    {
        Type: string option
        Value: string option
        Tlp: string option
        Score: int option
        Confidence: int option
        SourceCount: int option
        FirstSeen: Timestamp option
        LastSeen: Timestamp option
        Labels: string list option
        Sources: string list option
        Country: string option
        Asn: int option
        AsName: string option
        RegisteredDomain: string option
        Kev: bool option
        KevRansomware: bool option
        KevAdded: Timestamp option
        /// In parts of `FactColumns.Whole`.
        Epss: int option
        EpssPercentile: int option
        /// In tenths.
        Cvss: int option
        CvssSeverity: string option
        CvssVersion: string option
        CvssVector: string option
        Cwe: string list option
        AttackName: string option
        AttackTactics: string list option
        AttackStatus: string option
        AttackReplacement: string option
    }

// A fifth NULL.
let private nullable (inner: Gen<'T>) : Gen<'T option> =
    Gen.frequency [ 4, inner |> Gen.map Some; 1, Gen.constant None ]

let sample: Gen<Sample> =
    gen {
        let! kind = nullable (Gen.elements types)
        let! value = nullable word
        let! tlp = nullable (Gen.elements markings)
        let! score = nullable (Gen.choose (0, 100))
        let! confidence = nullable (Gen.choose (0, 10) |> Gen.map (fun tens -> tens * 10))
        let! count = nullable (Gen.choose (0, 5))
        let! first = nullable time
        let! last = nullable time

        let! labels =
            nullable (Gen.choose (0, 3) |> Gen.bind (fun count -> Gen.listOfLength count word))

        let! sources =
            nullable (Gen.choose (0, 3) |> Gen.bind (fun count -> Gen.listOfLength count word))

        let! country = nullable (Gen.elements countries)
        let! asn = nullable (Gen.choose (0, 100))
        let! asName = nullable word
        let! registered = nullable word
        let! kev = nullable (Gen.elements [ true; false ])
        let! ransomware = nullable (Gen.elements [ true; false ])
        let! added = nullable time

        let probability =
            Gen.choose (0, 20) |> Gen.map (fun twentieths -> twentieths * 50_000_000)

        let! epss = nullable probability
        let! percentile = nullable probability
        let! cvss = nullable (Gen.choose (0, 100))
        let! severity = nullable (Gen.elements (List.map CvssSeverity.name CvssSeverity.all))
        let! version = nullable (Gen.elements (List.map CvssVersion.name CvssVersion.all))
        let! vector = nullable word

        let! cwe =
            nullable (Gen.choose (0, 3) |> Gen.bind (fun count -> Gen.listOfLength count word))

        let! attackName = nullable word

        let! tactics =
            nullable (Gen.choose (0, 3) |> Gen.bind (fun count -> Gen.listOfLength count word))

        let! status = nullable (Gen.elements (List.map AttackStatus.name AttackStatus.all))
        let! replacement = nullable word

        return
            {
                Type = kind
                Value = value
                Tlp = tlp
                Score = score
                Confidence = confidence
                SourceCount = count
                FirstSeen = first
                LastSeen = last
                Labels = labels
                Sources = sources
                Country = country
                Asn = asn
                AsName = asName
                RegisteredDomain = registered
                Kev = kev
                KevRansomware = ransomware
                KevAdded = added
                Epss = epss
                EpssPercentile = percentile
                Cvss = cvss
                CvssSeverity = severity
                CvssVersion = version
                CvssVector = vector
                Cwe = cwe
                AttackName = attackName
                AttackTactics = tactics
                AttackStatus = status
                AttackReplacement = replacement
            }
    }

/// The row the evaluator sees.
let toRow (sample: Sample) : IRow =
    let row = FieldRow()
    let set (add: 'T -> FieldRow) (value: 'T option) = value |> Option.iter (add >> ignore)
    sample.Type |> set (fun value -> row.With(TextField.Type, value))
    sample.Value |> set (fun value -> row.With(TextField.Value, value))
    sample.Tlp |> set (fun value -> row.With(TextField.Tlp, value))
    sample.Score |> set (fun value -> row.With(NumberField.Score, int64 value))

    sample.Confidence
    |> set (fun value -> row.With(NumberField.Confidence, int64 value))

    sample.SourceCount
    |> set (fun value -> row.With(NumberField.SourceCount, int64 value))

    sample.FirstSeen |> set (fun value -> row.With(TimeField.FirstSeen, value))
    sample.LastSeen |> set (fun value -> row.With(TimeField.LastSeen, value))
    sample.Labels |> set (fun value -> row.With(ListField.Labels, value))
    sample.Sources |> set (fun value -> row.With(ListField.Sources, value))
    sample.Country |> set (fun value -> row.With(TextField.Country, value))
    sample.Asn |> set (fun value -> row.With(NumberField.Asn, int64 value))
    sample.AsName |> set (fun value -> row.With(TextField.AsName, value))

    sample.RegisteredDomain
    |> set (fun value -> row.With(TextField.RegisteredDomain, value))

    sample.Kev |> set (fun value -> row.With(FlagField.Kev, value))

    sample.KevRansomware
    |> set (fun value -> row.With(FlagField.KevRansomware, value))

    sample.KevAdded |> set (fun value -> row.With(TimeField.KevAdded, value))
    sample.Epss |> set (fun value -> row.With(NumberField.Epss, int64 value))

    sample.EpssPercentile
    |> set (fun value -> row.With(NumberField.EpssPercentile, int64 value))

    sample.Cvss |> set (fun value -> row.With(NumberField.Cvss, int64 value))

    sample.CvssSeverity
    |> set (fun value -> row.With(TextField.CvssSeverity, value))

    sample.CvssVersion |> set (fun value -> row.With(TextField.CvssVersion, value))
    sample.CvssVector |> set (fun value -> row.With(TextField.CvssVector, value))
    sample.Cwe |> set (fun value -> row.With(ListField.Cwe, value))
    sample.AttackName |> set (fun value -> row.With(TextField.AttackName, value))

    sample.AttackTactics
    |> set (fun value -> row.With(ListField.AttackTactics, value))

    sample.AttackStatus
    |> set (fun value -> row.With(TextField.AttackStatus, value))

    sample.AttackReplacement
    |> set (fun value -> row.With(TextField.AttackReplacement, value))

    row :> IRow
