// Random STIX patterns. Each is of the form that the parser gives: lists of at least two items.
module Cti.Core.Tests.Pattern.PatternGen

open FsCheck
open FsCheck.FSharp
open Cti.Core

let private text =
    Gen.frequency
        [
            3,
            Gen.elements
                [
                    "a"
                    "192.0.2.1"
                    "http://example.com/a?b='c'"
                    @"C:\Users\x"
                    "ünï 日本 😀"
                    "]"
                    "OR"
                    "a\r\nb\tc"
                ]
            2,
            Gen.elements (Seq.toList "ab'\\ ()[]=/*\n%_")
            |> Gen.listOf
            |> Gen.map (fun letters -> System.String(List.toArray letters))
            1, Gen.constant ""
        ]

let private time =
    Gen.choose (0, 2_000_000_000)
    |> Gen.map2
        (fun micros seconds -> Timestamp.ofMicroseconds (int64 seconds * 1_000_000L + int64 micros))
        (Gen.elements [ 0; 500_000; 1; 123_456 ])

let private literal =
    Gen.frequency
        [
            6, Gen.map PatternLiteral.Text text
            2, Gen.choose (-100, 100) |> Gen.map (int64 >> PatternLiteral.Integer)
            1,
            Gen.elements [ 0m; 1.5m; -0.25m; 0.0000000000000000000000000001m; 123456789.987654321m ]
            |> Gen.map PatternLiteral.Float
            1, Gen.elements [ true; false ] |> Gen.map PatternLiteral.Boolean
            1, Gen.elements [ [||]; [| 0uy; 255uy |]; [| 1uy |] ] |> Gen.map PatternLiteral.Hex
            1,
            Gen.elements [ [||]; [| 0uy; 255uy |]; [| 1uy; 2uy; 3uy |] ]
            |> Gen.map PatternLiteral.Binary
            1, Gen.map PatternLiteral.Time time
        ]

let private orderable = literal |> Gen.filter (fun value -> not value.IsBoolean)

let private step =
    Gen.frequency
        [
            4,
            Gen.elements
                [
                    "value"
                    "hashes"
                    "MD5"
                    "SHA-256"
                    "_x"
                    "http-request-ext"
                    "User Agent"
                    "it's"
                ]
            |> Gen.map PatternStep.Property
            1, Gen.choose (-3, 12) |> Gen.map PatternStep.Index
            1, Gen.constant PatternStep.Any
        ]

let private known =
    Gen.elements
        [
            "domain-name", [ PatternStep.Property "value" ]
            "ipv4-addr", [ PatternStep.Property "value" ]
            "url", [ PatternStep.Property "value" ]
            "file", [ PatternStep.Property "hashes"; PatternStep.Property "SHA-256" ]
            "file", [ PatternStep.Property "hashes"; PatternStep.Property "MD5" ]
            "file", [ PatternStep.Property "name" ]
            "network-traffic", [ PatternStep.Property "dst_ref"; PatternStep.Property "value" ]
            "network-traffic", [ PatternStep.Property "dst_port" ]
            "autonomous-system", [ PatternStep.Property "number" ]
        ]

let private path =
    let strange =
        gen {
            let! kind = Gen.elements [ "file"; "x-custom"; "X_9"; "process" ]
            let! first = step |> Gen.filter _.IsProperty
            let! rest = Gen.listOf step
            return kind, first :: List.truncate 4 rest
        }

    Gen.frequency [ 3, known; 2, strange ]
    |> Gen.map (fun (kind, steps) -> { Object = kind; Steps = steps })

let private test =
    Gen.frequency
        [
            8, Gen.map PatternTest.Equal literal
            1, Gen.map PatternTest.NotEqual literal
            1, Gen.map PatternTest.Less orderable
            1, Gen.map PatternTest.LessOrEqual orderable
            1, Gen.map PatternTest.Greater orderable
            1, Gen.map PatternTest.GreaterOrEqual orderable
            1, Gen.listOf literal |> Gen.map PatternTest.In
            1, Gen.map PatternTest.Like text
            1, Gen.map PatternTest.Matches text
            1, Gen.map PatternTest.IsSubset text
            1, Gen.map PatternTest.IsSuperset text
            1, Gen.constant PatternTest.Exists
        ]

let private several (item: Gen<'Item>) =
    gen {
        let! first = item
        let! second = item
        let! more = Gen.listOf item
        return first :: second :: List.truncate 2 more
    }

let rec private comparison (depth: int) : Gen<PatternComparison> =
    let plain =
        gen {
            let! path = path
            let! isNegated = Gen.frequency [ 5, Gen.constant false; 1, Gen.constant true ]
            let! test = test
            return PatternComparison.Test(path, isNegated, test)
        }

    if depth = 0 then
        plain
    else
        Gen.frequency
            [
                3, plain
                1, several (comparison (depth - 1)) |> Gen.map PatternComparison.And
                1, several (comparison (depth - 1)) |> Gen.map PatternComparison.Or
            ]

let private qualifiers =
    gen {
        let! times = Gen.choose (1, 9) |> Gen.map (int64 >> PatternQualifier.Repeats)
        let! seconds = Gen.elements [ 1m; 0.5m; 3600m ] |> Gen.map PatternQualifier.Within
        let! start = time
        let! stop = time
        return! Gen.nonEmptyListOf (Gen.elements [ times; seconds; PatternQualifier.StartStop(start, stop) ])
    }
    |> Gen.map List.distinct

let rec private observation (depth: int) : Gen<PatternObservation> =
    let plain = comparison 2 |> Gen.map PatternObservation.One

    if depth = 0 then
        plain
    else
        let inner = observation (depth - 1)

        Gen.frequency
            [
                4, plain
                1, several inner |> Gen.map PatternObservation.And
                1, several inner |> Gen.map PatternObservation.Or
                1, several inner |> Gen.map PatternObservation.FollowedBy
                1, Gen.map2 (fun inner qualifiers -> PatternObservation.Qualified(inner, qualifiers)) inner qualifiers
            ]

let pattern: Gen<PatternObservation> = observation 2
