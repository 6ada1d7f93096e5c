// Random predicates of every form.
module Cti.Core.Tests.PredicateGen

open System
open FsCheck
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Predicates
open Cti.Core.Tests.PredicateWords

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
