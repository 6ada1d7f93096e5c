// Other encodings become UTF-8: the same text, whatever the blocks; broken text stays broken, and is never guessed at.
module Cti.Core.Tests.Read.TranscoderTests

open System
open System.Text
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core

/// Everything decoded, with sources and targets of random sizes.
let private decodeInPieces (random: Random) (encoding: TextEncoding) (bytes: byte[]) : byte[] =
    let out = ResizeArray<byte>()
    let mutable at = 0
    let mutable known = 0
    let mutable going = true

    while going do
        let isFinal = known = bytes.Length
        let target = Array.zeroCreate<byte>(random.Next(Transcoder.MaxCharacterBytes, 12))

        let step =
            Transcoder.decode encoding (ReadOnlySpan<byte>(bytes, at, known - at)) (Span<byte> target) isFinal

        out.AddRange target[.. step.Written - 1]
        at <- at + step.Consumed

        if step.Written = 0 then
            if isFinal then
                going <- false
            else
                known <- min bytes.Length (known + random.Next(1, 6))

    Assert.Equal(bytes.Length, at)
    out.ToArray()

let private texts =
    Gen.elements [ "a"; "\n"; "é"; "ß"; "\u00A0"; "€"; "漢"; "😀"; "\uFEFF"; "\u0000"; "\uFFFF" ]
    |> Gen.listOf
    |> Gen.map (String.concat "")

let private check property =
    Check.One(Config.QuickThrowOnFailure.WithMaxTest 300, property)

[<Fact>]
let ``UTF-16 and Latin-1 decode to the same text, whatever the pieces`` () =
    check (
        Prop.forAll (Arb.fromGen (Gen.zip texts (Gen.choose (1, 1_000_000)))) (fun (text, seed) ->
            let random = Random seed
            let expected = Encoding.UTF8.GetBytes text
            Assert.Equal<byte[]>(expected, decodeInPieces random TextEncoding.Utf16Le (Encoding.Unicode.GetBytes text))

            Assert.Equal<byte[]>(
                expected,
                decodeInPieces random TextEncoding.Utf16Be (Encoding.BigEndianUnicode.GetBytes text)
            )

            Assert.Equal<byte[]>(expected, decodeInPieces random TextEncoding.Utf8 expected)
            let latin = text |> String.filter (fun letter -> letter < '\u0100')

            Assert.Equal<byte[]>(
                Encoding.UTF8.GetBytes latin,
                decodeInPieces random TextEncoding.Latin1 (Encoding.Latin1.GetBytes latin)
            ))
    )

[<Theory>]
[<InlineData(0x80, "€", "Ä")>]
[<InlineData(0x81, "\u0081", "Å")>]
[<InlineData(0x92, "’", "í")>]
[<InlineData(0x9F, "Ÿ", "ü")>]
[<InlineData(0xA0, "\u00A0", "†")>]
[<InlineData(0xCA, "Ê", "\u00A0")>]
[<InlineData(0xFF, "ÿ", "ˇ")>]
let ``One-byte encodings have their tables`` (value: int, windows: string, macintosh: string) =
    let decode encoding =
        Encoding.UTF8.GetString(decodeInPieces (Random 1) encoding [| 'a'B; byte value; 'b'B |])

    Assert.Equal("a" + windows + "b", decode TextEncoding.Windows1252)
    Assert.Equal("a" + macintosh + "b", decode TextEncoding.Macintosh)

[<Fact>]
let ``Any bytes are taken by every encoding, and every byte of a one-byte encoding is a character`` () =
    check (
        Prop.forAll
            (Arb.fromGen (Gen.zip (Gen.choose (0, 255) |> Gen.map byte |> Gen.arrayOf) (Gen.choose (1, 1_000_000))))
            (fun (bytes, seed) ->
                for encoding in TextEncoding.all do
                    let text = decodeInPieces (Random seed) encoding bytes

                    match encoding with
                    | TextEncoding.Latin1
                    | TextEncoding.Windows1252
                    | TextEncoding.Macintosh ->
                        Assert.Equal(bytes.Length, (Encoding.UTF8.GetString text).Length)
                        Assert.True(Unicode.Utf8.IsValid(ReadOnlySpan<byte> text))
                    | _ -> ())
    )

let broken: objnull array list =
    [
        struct ([| 0x00uy; 0xD8uy; 0x61uy; 0x00uy |], [| 0xFFuy; 0x61uy |])
        struct ([| 0x00uy; 0xDCuy; 0x61uy; 0x00uy |], [| 0xFFuy; 0x61uy |])
        struct ([| 0x61uy; 0x00uy; 0x00uy; 0xD8uy |], [| 0x61uy; 0xFFuy |])
        struct ([| 0x61uy; 0x00uy; 0x61uy |], [| 0x61uy; 0xFFuy |])
    ]
    |> List.map (fun struct (a, b) -> [| box a; box b |])

[<Theory; MemberData(nameof broken)>]
let ``Broken UTF-16 becomes a byte that is never UTF-8`` (bytes: byte[]) (expected: byte[]) =
    Assert.Equal<byte[]>(expected, decodeInPieces (Random 1) TextEncoding.Utf16Le bytes)

let starts: objnull array list =
    [
        struct ([| 0xFFuy; 0xFEuy; 0x61uy; 0uy |], TextEncoding.Utf16Le)
        struct ([| 0xFEuy; 0xFFuy; 0uy; 0x61uy |], TextEncoding.Utf16Be)
        struct ([| 0x61uy; 0uy; 0x62uy; 0uy |], TextEncoding.Utf16Le)
        struct ([| 0uy; 0x61uy; 0uy; 0x62uy |], TextEncoding.Utf16Be)
        struct ([| 0xEFuy; 0xBBuy; 0xBFuy; 0x61uy |], TextEncoding.Utf8)
        struct ([| 0xE9uy; 0x61uy; 0x62uy; 0x63uy |], TextEncoding.Utf8)
        struct ([| 0uy; 0uy; 0uy; 0uy |], TextEncoding.Utf8)
        struct ([| 0x61uy; 0uy |], TextEncoding.Utf8)
        struct ([||], TextEncoding.Utf8)
    ]
    |> List.map (fun struct (a, b) -> [| box a; box b |])

[<Theory; MemberData(nameof starts)>]
let ``The first bytes tell UTF-16 from UTF-8, unless an encoding is declared``
    (bytes: byte[])
    (expected: TextEncoding)
    =
    Assert.Equal(expected, TextEncoding.settle TextEncoding.Auto (ReadOnlySpan<byte> bytes))

    for declared in TextEncoding.all do
        if declared <> TextEncoding.Auto then
            Assert.Equal(declared, TextEncoding.settle declared (ReadOnlySpan<byte> bytes))
