// Laws of normalising for the types beyond addresses, names, URLs and hashes: idempotent, never another type than the declared one, and
// recognition agrees with itself.
module Cti.Core.Tests.Normalise.RareLawTests

open System
open Cti.Core
open FsCheck
open FsCheck.FSharp
open Xunit

let private text (least: int) (most: int) (characters: string) =
    gen {
        let! length = Gen.choose (least, most)
        let! characters = Gen.arrayOfLength length (Gen.elements (Seq.toList characters))
        return String characters
    }

let private hexDigits = "0123456789abcdefABCDEF"
let private hex length = text length length hexDigits

let private pieces (least: int) (most: int) (values: string list) =
    gen {
        let! count = Gen.choose (least, most)
        let! chosen = Gen.arrayOfLength count (Gen.elements values)
        return String.Join("", chosen)
    }

let private octets (separators: string list) count =
    gen {
        let! digits = Gen.arrayOfLength count (hex 2)
        let! separator = Gen.elements separators
        return String.Join(separator, digits)
    }

let private hostText =
    pieces
        1
        12
        [
            "\\"
            "\\\\"
            "/"
            "?\\"
            "UNC\\"
            "C:"
            "c:\\"
            "%Temp%"
            "%a b%"
            "HKLM"
            "hkcu:"
            "HKEY_USERS\\"
            "[HKLM\\x]"
            "Computer\\"
            "Registry::"
            "\\Registry\\Machine"
            "\""
            " "
            "\u00a0"
            "."
            ".."
            "a"
            "b.exe"
            "é"
            "名"
            "[.]"
            "\\."
            "|"
            "||"
            "*"
            "User-Agent:"
            "Mozilla/5.0"
            "Global\\"
            "{1}"
            "~"
            "$HOME"
            ":"
            "\u202e"
            "\u0001"
        ]

let private numbered =
    Gen.oneof
        [
            pieces
                1
                5
                [
                    "AS"
                    "ASN"
                    "as"
                    " "
                    ":"
                    "-"
                    "."
                    "0"
                    "1"
                    "10"
                    "64496"
                    "4294967295"
                    "#"
                ]
            gen {
                let! front = Gen.elements [ "CVE"; "cve"; ""; "CAN" ]
                let! first = Gen.elements [ "-"; " "; "_"; "\u2011"; "" ]
                let! year = Gen.elements [ "1999"; "2021"; "2021"; "1998"; "21" ]
                let! second = Gen.elements [ "-"; "-"; "\u2212"; ":"; "" ]
                let! number = Gen.elements [ "0001"; "44228"; "012345"; "123"; "44228x" ]
                return front + first + year + second + number
            }
            pieces 1 4 [ "T"; "TA"; "S"; "ds"; "g"; "1059"; "0001"; ".001"; "/001"; "[.]001"; "." ]
        ]

let private hashed =
    Gen.oneof
        [
            Gen.map2
                (fun (size: int, first: string) (second: string) -> $"%d{size}:%s{first}:%s{second}")
                (Gen.zip (Gen.elements [ 3; 6; 48; 5; 6144 ]) (text 0 66 "abcXYZ019+/"))
                (text 0 66 "abcXYZ019+/,\"")
            Gen.map2 (fun front digits -> front + digits) (Gen.elements [ "T1"; "t1"; ""; "T2" ]) (hex 70)
            hex 32
            hex 40
            hex 64
            octets [ ":"; " "; "-"; ""; "[:]" ] 20
            octets [ ":"; " "; "-"; "" ] 32
            octets [ ":"; "-"; ""; "."; "[:]" ] 6
            Gen.map (fun (groups: string[]) -> String.Join(".", groups)) (Gen.arrayOfLength 3 (hex 4))
        ]

let private coins =
    Gen.oneof
        [
            Gen.map (fun digits -> "0x" + digits) (hex 40)
            Gen.map (fun (digits: string) -> "0X" + digits.ToUpperInvariant()) (hex 40)
            text 1 110 "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
            Gen.map (fun data -> "bc1q" + data) (text 0 60 "qpzry9x8gf2tvdw0s3jn54khce6mua7l")
            Gen.elements
                [
                    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
                    "bitcoin:3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy?x"
                    "BC1SW50QGDZ25J"
                    "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"
                    "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
                ]
        ]

let private anything = Gen.oneof [ hostText; numbered; hashed; coins ]

let private config = Config.QuickThrowOnFailure.WithMaxTest 100000

/// Types whose every canonical value says by its form what it is.
let private recognisable =
    set
        [
            ObservableType.Asn
            ObservableType.Tlsh
            ObservableType.Mac
            ObservableType.Cve
            ObservableType.RegistryKey
        ]

let private withCodes =
    ObservableType.all
    |> Array.filter (fun observable -> ObservableType.code observable > ObservableType.code ObservableType.Sha512)

[<Fact>]
let ``a declared type is kept, and its canonical value stays as it is`` () =
    let taken = Array.zeroCreate<int> 256

    let law (observable: ObservableType, written: string) =
        match Normalise.tryParse (TypeHint.Fixed observable) written with
        | Error _ -> true
        | Ok subject ->
            let code = int (ObservableType.code observable)
            taken[code] <- taken[code] + 1

            subject.Type = observable
            && Normalise.tryParse (TypeHint.Fixed observable) subject.Value = Ok subject
            && (not (recognisable.Contains observable)
                || Normalise.tryParse TypeHint.Auto subject.Value = Ok subject)

    Check.One(config, Prop.forAll (Arb.fromGen (Gen.zip (Gen.elements withCodes) anything)) law)

    for observable in withCodes do
        Assert.True(taken[int (ObservableType.code observable)] > 0, $"no %A{observable} among the generated values")

[<Fact>]
let ``what is recognised is recognised again in its canonical form, and its own rule agrees`` () =
    let seen = Collections.Generic.HashSet<ObservableType>()

    let law (written: string) =
        match Normalise.tryParse TypeHint.Auto written with
        | Error _ -> true
        | Ok subject ->
            seen.Add subject.Type |> ignore

            Normalise.tryParse TypeHint.Auto subject.Value = Ok subject
            && Normalise.tryParse (TypeHint.Fixed subject.Type) subject.Value = Ok subject

    Check.One(config, Prop.forAll (Arb.fromGen anything) law)

    for observable in
        recognisable
        |> Set.add ObservableType.FilePath
        |> Set.add ObservableType.CryptoAddress do
        Assert.Contains(observable, seen)
