// What random predicates and random rows are made of, so that they meet: few words over an alphabet of trouble, so that equality, prefixes and LIKE hit
// often enough, and few points in time.
module Cti.Core.Tests.PredicateWords

open System
open FsCheck
open FsCheck.FSharp
open Cti.Core

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

let time: Gen<Timestamp> =
    Gen.oneof
        [
            Gen.choose (0, 12)
            |> Gen.map (fun months -> DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMonths months)
            |> Gen.map Timestamp.ofDateTimeOffset
            Gen.choose (-10, 10)
            |> Gen.map (fun micros -> Timestamp.ofMicroseconds (1_767_225_600_000_000L + int64 micros))
        ]

let types = ObservableType.all |> Array.map ObservableType.name |> Array.toList

let countries = [ "NL"; "DE"; "XK" ]

let markings = Tlp.all |> Array.map Tlp.name |> Array.toList

/// The same samples for the same seed.
let draw (seed: uint64) (count: int) (generator: Gen<'T>) : 'T array =
    Gen.sampleWithSeed (Rnd(seed, seed ||| 1UL)) 50 count generator
