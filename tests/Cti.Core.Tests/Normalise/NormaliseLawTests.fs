// Laws of normalising: idempotent, total, bounded; refanging undoes defanging and leaves canonical values alone.
module Cti.Core.Tests.Normalise.NormaliseLawTests

open System
open Cti.Core
open FsCheck
open FsCheck.FSharp
open Xunit

let private config = Config.QuickThrowOnFailure.WithMaxTest 3000

let private letters =
    Gen.elements ([ 'a' .. 'z' ] @ [ 'A' .. 'Z' ] @ [ '0' .. '9' ])

let private textOf (least: int) (most: int) (character: Gen<char>) =
    gen {
        let! length = Gen.choose (least, most)
        let! characters = Gen.arrayOfLength length character
        return String characters
    }

let private label =
    Gen.frequency
        [
            8, textOf 1 12 letters
            1, Gen.map (fun text -> "_" + text) (textOf 1 5 letters)
            1, Gen.elements [ "bücher"; "ПРИМЕР"; "例え"; "xn--bcher-kva"; "a--b"; "ｗｗｗ"; "straße" ]
        ]

let private domain =
    gen {
        let! count = Gen.choose (1, 4)
        let! labels = Gen.arrayOfLength count label
        let! last = Gen.elements [ "example"; "COM"; "рф"; "co.uk"; "Example." ]

        let! dot =
            Gen.frequency
                [
                    6, Gen.constant "."
                    1, Gen.constant "[.]"
                    1, Gen.constant "。"
                    1, Gen.constant "(dot)"
                ]

        return String.Join(dot, labels) + dot + last
    }

let private ipv4 =
    Gen.map (fun (bytes: int[]) -> String.Join(".", bytes)) (Gen.arrayOfLength 4 (Gen.choose (0, 255)))

let private ipv6 =
    gen {
        let! groups =
            Gen.arrayOfLength 8 (Gen.frequency [ 2, Gen.constant 0; 3, Gen.choose (0, 0xFFFF) ])

        let! style = Gen.choose (0, 4)
        let! mapped = ipv4

        return
            match style with
            | 0 -> String.Join(":", groups |> Array.map (fun group -> group.ToString "X4"))
            | 1 -> String.Join(":", groups |> Array.map (fun group -> group.ToString "x"))
            | 2 -> $"%x{groups[0]}::%X{groups[7]}"
            | 3 -> "::ffff:" + mapped
            | _ -> $"::%x{groups[1]}:%x{groups[2]}"
    }

let private hash =
    Gen.elements [ 32; 40; 64; 128 ]
    |> Gen.bind (fun length -> textOf length length (Gen.elements (Seq.toList "0123456789abcdefABCDEF")))

let private host =
    Gen.frequency [ 6, domain; 2, ipv4; 1, Gen.map (fun address -> "[" + address + "]") ipv6 ]

let private url =
    gen {
        let! scheme =
            Gen.elements
                [
                    "http://"
                    "HTTPS://"
                    "hxxp://"
                    "hXXps[:]//"
                    "ftp://"
                    "meow://"
                    "tcp://"
                    "wss[://]"
                    ""
                ]

        let! user = Gen.elements [ ""; ""; ""; "u:p@"; "a b@"; "x@y@" ]
        let! host = host
        let! port = Gen.elements [ ""; ""; ":80"; ":443"; ":8080"; ":00021"; ":" ]

        let! path =
            textOf 0 20 (Gen.elements (Seq.toList "/ab%2fC?#&=[](){}<>\"\\^`|.;:@ é…~"))

        return scheme + user + host + port + "/" + path
    }

let private email =
    gen {
        let! local = textOf 1 10 (Gen.elements (Seq.toList "abcXYZ019._+-"))
        let! at = Gen.elements [ "@"; "[at]"; "(at)"; "[@]" ]
        let! domain = domain
        return local + at + domain
    }

let private messy =
    gen {
        let! value =
            Gen.oneof
                [
                    ipv4
                    ipv6
                    hash
                    domain
                    url
                    email
                    Gen.map2 (fun address prefix -> $"%s{address}/%d{prefix}") ipv4 (Gen.choose (0, 33))
                    Gen.map2 (fun address prefix -> $"%s{address}/%d{prefix}") ipv6 (Gen.choose (0, 129))
                    Gen.map2 (fun address port -> $"%s{address}:%d{port}") ipv4 (Gen.choose (0, 65536))
                    Gen.map2 (fun address port -> $"[%s{address}]:%d{port}") ipv6 (Gen.choose (0, 65536))
                ]

        let! before = Gen.elements [ ""; ""; " "; "\t"; "\ufeff"; "\u200b" ]
        let! after = Gen.elements [ ""; ""; " "; "\r\n"; "\u00a0" ]
        return before + value + after
    }

// Types whose canonical values may hold blanks and any printable character.
let private texts =
    [|
        ObservableType.FileName
        ObservableType.FilePath
        ObservableType.Mutex
        ObservableType.RegistryKey
        ObservableType.UserAgent
    |]

let private hint =
    Gen.frequency
        [
            3, Gen.constant TypeHint.Auto
            1, Gen.map TypeHint.Fixed (Gen.elements ObservableType.all)
        ]

let private check property = Check.One(config, property)

// Blocks of one address are the one canonical form whose type only its rule can tell.
let private isHostBlock (subject: Subject) =
    subject.Type = ObservableType.Cidr
    && (subject.Value.EndsWith("/32", StringComparison.Ordinal)
        || subject.Value.EndsWith("/128", StringComparison.Ordinal))

// Which of these are recognised, and when, RareLawTests says.
let private isRare (subject: Subject) =
    ObservableType.code subject.Type > ObservableType.code ObservableType.Sha512

[<Fact>]
let ``normalising a canonical value gives the same value and type, by its rule and by recognition`` () =
    let mutable accepted = 0

    let law (hint: TypeHint) (written: string) =
        match Normalise.tryParse hint written with
        | Error _ -> true
        | Ok subject ->
            accepted <- accepted + 1

            Normalise.tryParse (TypeHint.Fixed subject.Type) subject.Value = Ok subject
            && (isHostBlock subject
                || isRare subject
                || Normalise.tryParse TypeHint.Auto subject.Value = Ok subject)

    check (Prop.forAll (Arb.fromGen (Gen.zip hint messy)) (fun (hint, written) -> law hint written))
    Assert.True(accepted > 1000, $"only %d{accepted} of 3000 generated values were taken")

[<Fact>]
let ``refanging undoes defanging in every style`` () =
    let law (written: string) =
        match Normalise.tryParse TypeHint.Auto written with
        | Error _ -> true
        | Ok subject ->
            [ DefangStyle.Square; DefangStyle.Words; DefangStyle.SchemeToo ]
            |> List.forall (fun style ->
                let defanged = Defang.text style subject.Value

                Refang.text defanged = ValueSome subject.Value
                && Normalise.tryParse (TypeHint.Fixed subject.Type) defanged = Ok subject)

    check (Prop.forAll (Arb.fromGen messy) law)

[<Fact>]
let ``refanging is idempotent and leaves canonical values alone`` () =
    let marks =
        textOf 0 40 (Gen.elements (Seq.toList "[](){}\\.:/@hxpmeowdotatsDOT ?#"))

    let pieces =
        Gen.map
            (String.concat "")
            (Gen.listOf (
                Gen.elements
                    [
                        "hxxp"
                        "://"
                        "[.]"
                        "[://]"
                        "[:]//"
                        "(dot)"
                        "["
                        "]"
                        "."
                        "\\."
                        "[at]"
                        "/"
                        "a"
                        "["
                        "{"
                    ]
            ))

    let idempotent (text: string) =
        match Refang.text text with
        | ValueNone -> true
        | ValueSome once -> Refang.text once = ValueSome once

    check (Prop.forAll (Arb.fromGen (Gen.oneof [ marks; pieces; messy ])) idempotent)

    let canonical (written: string) =
        match Normalise.tryParse TypeHint.Auto written with
        | Error _ -> true
        | Ok subject -> Refang.text subject.Value = ValueSome subject.Value

    check (Prop.forAll (Arb.fromGen messy) canonical)

[<Fact>]
let ``any bytes give a value within the bound or a coded error, and nothing throws`` () =
    let bytes =
        Gen.oneof
            [
                Gen.map Array.ofList (Gen.listOf (Gen.map byte (Gen.choose (0, 255))))
                Gen.map
                    Array.ofList
                    (Gen.listOf (Gen.map byte (Gen.elements (Seq.toList "[]{}()\\.:/@%#?0189abfgxn-_ "))))
                Gen.map
                    (fun (text: string, cut, value) ->
                        let bytes = Text.Encoding.UTF8.GetBytes text
                        let kept = Array.truncate (cut % (bytes.Length + 1)) bytes
                        Array.append kept [| value |])
                    (Gen.zip3 messy (Gen.choose (0, 1000)) (Gen.map byte (Gen.choose (0, 255))))
            ]

    let isPrintable (observable: ObservableType) (canonical: byte[]) =
        if ObservableType.isPattern observable then
            not (
                Array.exists
                    (fun value -> value < 0x20uy && value <> '\t'B && value <> '\n'B || value = 0x7Fuy)
                    canonical
            )
            && System.Text.Unicode.Utf8.IsValid(ReadOnlySpan<byte> canonical)
        elif Array.contains observable texts then
            not (Array.exists (fun value -> value < 0x20uy || value = 0x7Fuy) canonical)
            && System.Text.Unicode.Utf8.IsValid(ReadOnlySpan<byte> canonical)
        else
            Array.forall (fun value -> value > 0x20uy && value < 0x7Fuy) canonical

    let law (hint: TypeHint, value: byte[]) =
        let bound = Normalise.bound value.Length
        let target = Array.zeroCreate<byte> bound
        let found = Normalise.into hint (ReadOnlySpan<byte> value) (Span<byte> target)

        if found.Error.IsNone then
            found.Length > 0
            && found.Length <= bound
            && isPrintable found.Type (Array.truncate found.Length target)
        else
            found.Length = 0

    Check.One(config.WithMaxTest 20000, Prop.forAll (Arb.fromGen (Gen.zip hint bytes)) law)

[<Fact>]
let ``a hostile long value costs no more than its length allows`` () =
    for value in
        [
            String.replicate 2048 "[" + String.replicate 2048 "."
            String.replicate 1300 "[.]"
            String.replicate 4096 ":"
            String.replicate 2000 "a."
            "http://" + String.replicate 1300 "例"
            String.replicate 800 "[dot]"
            String.replicate 2048 "\"" + "a" + String.replicate 2047 "\""
            String.replicate 370 "user-agent:"
            "C:" + String.replicate 4000 "\\"
            String.replicate 128 "z"
            String.replicate 4096 "1"
        ] do
        for hint in TypeHint.Auto :: (ObservableType.all |> Array.toList |> List.map TypeHint.Fixed) do
            Normalise.tryParse hint value |> ignore
