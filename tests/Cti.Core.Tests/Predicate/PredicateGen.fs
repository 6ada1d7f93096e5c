// Random predicates and random rows that meet: few words over an alphabet of trouble, so that equality, prefixes and LIKE
// hit often enough, and a fifth of the operands NULL.
module Cti.Core.Tests.PredicateGen

open System
open FsCheck
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Predicates

// Case pairs, LIKE's own characters, quotes, combining marks, letters whose lower case is longer or special, and code points
// on both sides of the surrogates, where UTF-16 order and UTF-8 order differ.
let private alphabet =
    [
        "a"
        "A"
        "b"
        "%"
        "_"
        "\\"
        "'"
        " "
        "é"
        "É"
        "e\u0301"
        "ß"
        "İ"
        "ı"
        "Ⱥ"
        "Σ"
        "日"
        "\uE000"
        "\uFFEE"
        "😀"
        "𝔸"
        "𐐀"
    ]

let word: Gen<string> =
    gen {
        let! length =
            Gen.frequency
                [
                    1, Gen.constant 0
                    4, Gen.constant 1
                    3, Gen.constant 2
                    2, Gen.choose (3, 6)
                ]

        let! letters = Gen.listOfLength length (Gen.elements alphabet)
        return String.Concat letters
    }

let private number: Gen<decimal> =
    Gen.oneof
        [
            Gen.choose (0, 10) |> Gen.map (fun tens -> decimal (tens * 10))
            Gen.choose (-5, 105) |> Gen.map decimal
            Gen.choose (-50, 1050) |> Gen.map (fun tenths -> decimal tenths / 10m)
            Gen.choose (0, 20) |> Gen.map (fun twentieths -> decimal twentieths / 20m)
        ]
    // The one spelling that printing and parsing agree on: no trailing zeros.
    |> Gen.map (fun value -> value / 1.000000000000000000000000000000000m)

let private time: Gen<Timestamp> =
    Gen.oneof
        [
            Gen.choose (0, 12)
            |> Gen.map (fun months -> DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMonths months)
            |> Gen.map Timestamp.ofDateTimeOffset
            Gen.choose (-10, 10)
            |> Gen.map (fun micros -> Timestamp.ofMicroseconds (1_767_225_600_000_000L + int64 micros))
        ]

let private types =
    ObservableType.all |> Array.map ObservableType.name |> Array.toList

let private countries = [ "NL"; "DE"; "XK" ]

let private markings = Tlp.all |> Array.map Tlp.name |> Array.toList

// Expressions whose words are not restricted to a vocabulary.
let private freeText: Gen<TextExpr> =
    Gen.frequency
        [
            6, Gen.constant (TextExpr.Field TextField.Value)
            2, Gen.constant (TextExpr.Lower(TextExpr.Field TextField.Value))
            1, Gen.constant (TextExpr.Field TextField.AsName)
            1, Gen.constant (TextExpr.Field TextField.RegisteredDomain)
            1, Gen.constant (TextExpr.Field TextField.CvssVector)
            1, Gen.constant (TextExpr.Field TextField.AttackName)
            1, Gen.constant (TextExpr.Field TextField.AttackReplacement)
            2, word |> Gen.map TextExpr.Literal
            1, word |> Gen.map (TextExpr.Literal >> TextExpr.Lower)
        ]

let private subject: Gen<TextExpr> =
    Gen.frequency
        [
            4, Gen.constant (TextExpr.Field TextField.Value)
            1, Gen.constant (TextExpr.Lower(TextExpr.Field TextField.Value))
        ]

let private numberField =
    Gen.elements
        [
            NumberField.Score
            NumberField.Confidence
            NumberField.SourceCount
            NumberField.Asn
            NumberField.Epss
            NumberField.EpssPercentile
            NumberField.Cvss
        ]
    |> Gen.map NumberExpr.Field

let private numberExpr: Gen<NumberExpr> =
    Gen.frequency
        [
            4, numberField
            1, freeText |> Gen.map NumberExpr.Length
            2, number |> Gen.map NumberExpr.Literal
        ]

let private timeField =
    Gen.elements [ TimeField.FirstSeen; TimeField.LastSeen; TimeField.KevAdded ]
    |> Gen.map TimeExpr.Field

let private timeExpr: Gen<TimeExpr> =
    Gen.frequency [ 2, timeField; 1, time |> Gen.map TimeExpr.Literal ]

let private comparison =
    Gen.elements
        [
            Comparison.Equal
            Comparison.NotEqual
            Comparison.Less
            Comparison.LessOrEqual
            Comparison.Greater
            Comparison.GreaterOrEqual
        ]

let private sign = Gen.elements [ true; false ]

let private some (inner: Gen<'T>) : Gen<'T list> =
    gen {
        let! count = Gen.choose (1, 4)
        return! Gen.listOfLength count inner
    }

let private pattern: Gen<string> =
    gen {
        let! parts = Gen.choose (1, 4)

        let! pieces =
            Gen.listOfLength parts (Gen.oneof [ word; Gen.elements [ "%"; "_"; "%"; "%_" ] ])

        return String.Concat pieces
    }

let private like: Gen<Condition> =
    gen {
        let! subject = freeText
        let! positive = sign
        let! pattern = pattern

        let! escape =
            Gen.elements [ ValueNone; ValueSome '\\'; ValueSome 'a'; ValueSome '\'' ]

        // A pattern may not end in a lone escape character; a harmless letter behind it makes any pattern good.
        let pattern =
            match escape with
            | ValueSome character when pattern.EndsWith character -> pattern + "b"
            | _ -> pattern

        return Condition.Like(subject, positive, pattern, escape)
    }

let private vocabulary: Gen<Condition> =
    gen {
        let! field, words =
            Gen.elements
                [
                    TextField.Type, types
                    TextField.Tlp, markings
                    TextField.Country, countries
                    TextField.CvssSeverity, List.map CvssSeverity.name CvssSeverity.all
                    TextField.CvssVersion, List.map CvssVersion.name CvssVersion.all
                    TextField.AttackStatus, List.map AttackStatus.name AttackStatus.all
                ]

        let! values = some (Gen.elements words)
        let! positive = sign

        return!
            Gen.elements
                [
                    Condition.TextIn(TextExpr.Field field, positive, values)
                    Condition.CompareText(
                        (if positive then Comparison.Equal else Comparison.NotEqual),
                        TextExpr.Field field,
                        TextExpr.Literal values.Head
                    )
                ]
    }

let private flagField = Gen.elements [ FlagField.Kev; FlagField.KevRansomware ]

let private listField =
    Gen.elements [ ListField.Labels; ListField.Sources; ListField.Cwe; ListField.AttackTactics ]

let private leaf: Gen<Condition> =
    Gen.frequency
        [
            4, Gen.map3 (fun sort left right -> Condition.CompareText(sort, left, right)) comparison subject freeText
            4,
            Gen.map3
                (fun sort left right -> Condition.CompareNumber(sort, left, right))
                comparison
                numberField
                numberExpr
            3, Gen.map3 (fun sort left right -> Condition.CompareTime(sort, left, right)) comparison timeField timeExpr
            2, vocabulary
            2, Gen.map3 (fun text positive words -> Condition.TextIn(text, positive, words)) subject sign (some word)
            2,
            Gen.map3
                (fun number positive values -> Condition.NumberIn(number, positive, values))
                numberExpr
                sign
                (some number)
            1, Gen.map3 (fun time positive values -> Condition.TimeIn(time, positive, values)) timeExpr sign (some time)
            2,
            Gen.map4
                (fun text positive low high -> Condition.TextBetween(text, positive, low, high))
                subject
                sign
                freeText
                freeText
            2,
            Gen.map4
                (fun number positive low high -> Condition.NumberBetween(number, positive, low, high))
                numberExpr
                sign
                numberExpr
                numberExpr
            1,
            Gen.map4
                (fun time positive low high -> Condition.TimeBetween(time, positive, low, high))
                timeExpr
                sign
                timeExpr
                timeExpr
            6, like
            1, Gen.map2 (fun text positive -> Condition.TextNull(text, positive)) freeText sign
            1, Gen.map2 (fun number positive -> Condition.NumberNull(number, positive)) numberExpr sign
            1, Gen.map2 (fun time positive -> Condition.TimeNull(time, positive)) timeExpr sign
            1, Gen.map2 (fun list positive -> Condition.ListNull(list, positive)) listField sign
            1, Gen.map2 (fun flag positive -> Condition.FlagNull(flag, positive)) flagField sign
            2, Gen.map Condition.Flag flagField
            4,
            Gen.map3
                (fun kind subject part -> Condition.Test(kind, subject, part))
                (Gen.elements [ TextTest.StartsWith; TextTest.EndsWith; TextTest.Contains ])
                subject
                freeText
            3, Gen.map2 (fun list item -> Condition.Has(list, item)) listField freeText
        ]

let rec private ofDepth (depth: int) : Gen<Condition> =
    if depth <= 0 then
        leaf
    else
        let parts =
            gen {
                let! count = Gen.choose (2, 3)
                return! Gen.listOfLength count (ofDepth (depth - 1))
            }

        Gen.frequency
            [
                3, leaf
                2, parts |> Gen.map Condition.And
                2, parts |> Gen.map Condition.Or
                1, ofDepth (depth - 1) |> Gen.map Condition.Not
            ]

let predicate: Gen<Predicate> =
    gen {
        let! depth = Gen.choose (0, 3)
        let! condition = ofDepth depth
        return { Condition = condition }
    }

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

/// The same samples for the same seed.
let draw (seed: uint64) (count: int) (generator: Gen<'T>) : 'T array =
    Gen.sampleWithSeed (Rnd(seed, seed ||| 1UL)) 50 count generator
