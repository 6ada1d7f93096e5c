// Descriptions and references: what is kept of what a field says.
module Cti.Core.Tests.Map.RemarkTests

open System
open System.Text
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Map.MapFixture

let private described (target: CandidateBatch) row =
    Encoding.UTF8.GetString(target.Remarks.Description row)

let private referred (target: CandidateBatch) row =
    Encoding.UTF8.GetString(target.Remarks.References row).Split('\n', StringSplitOptions.RemoveEmptyEntries)
    |> List.ofArray

let private describing =
    { byValue with
        Description = ValueSome(DescriptionRule.Field(name "comment"))
    }

let private referring split =
    { byValue with
        References = [ ReferenceRule.Field(name "link", split) ]
    }

let private describe (text: string) =
    let quoted = text.Replace("\"", "\"\"")

    let _, target, rejections, _ =
        map [ describing ] $"value,comment\nv,\"%s{quoted}\"\n"

    Assert.Empty rejections
    described target 0

[<Theory>]
[<InlineData(" seen in \"spam\" ", "seen in \"spam\"")>]
[<InlineData("", "")>]
[<InlineData(" \t ", "")>]
[<InlineData("a\tb", "a\tb")>]
[<InlineData("a\u0001b", "a b")>]
[<InlineData("a\u001fb", "a; b")>]
[<InlineData("träge", "träge")>]
let ``a description is the field's text made printable`` (text: string, expected: string) =
    Assert.Equal(expected, describe text)

[<Fact>]
let ``a long description is cut between characters`` () =
    check (
        Prop.forAll (Arb.fromGen (Gen.choose (0, 8))) (fun shift ->
            let kept = describe (String('x', shift) + String.replicate 2_000 "日本")
            let bytes = Encoding.UTF8.GetByteCount kept

            bytes <= 4_096 && bytes > 4_092 && not (kept.Contains '\uFFFD'))
    )

[<Fact>]
let ``constants describe every record`` () =
    let template =
        { byValue with
            Description = ValueSome(DescriptionRule.Const "from our sensors")
            References = [ ReferenceRule.Const "https://feed.example/about" ]
        }

    let _, target, _, _ = map [ template ] "value\na\nb\n"

    for row in 0..1 do
        Assert.Equal("from our sensors", described target row)
        Assert.Equal<string list>([ "https://feed.example/about" ], referred target row)

[<Fact>]
let ``references are a sorted set, of several fields and items`` () =
    let template =
        { referring [ ","; " " ] with
            References =
                [
                    ReferenceRule.Field(name "link", [ ","; " " ])
                    ReferenceRule.Const "https://b.example/"
                    ReferenceRule.Field(name "value", [])
                ]
        }

    let _, target, rejections, _ =
        map
            [ template ]
            "value,link\nhttps://c.example/,\"https://z.example/?a=1&b=%20, http://b.example/#x https://b.example/\"\nhttps://d.example/,\n"

    Assert.Empty rejections

    Assert.Equal<string list>(
        [
            "http://b.example/#x"
            "https://b.example/"
            "https://c.example/"
            "https://z.example/?a=1&b=%20"
        ],
        referred target 0
    )

    Assert.Equal<string list>([ "https://b.example/"; "https://d.example/" ], referred target 1)

[<Theory>]
[<InlineData("n/a")>]
[<InlineData("www.feed.example/1")>]
[<InlineData("ftp://feed.example/1")>]
[<InlineData("javascript:alert(1)")>]
[<InlineData("https://")>]
[<InlineData("https:///x")>]
[<InlineData("https://feed.example/a b")>]
[<InlineData("https://feed.example/<script>")>]
[<InlineData("https://träge.example/")>]
[<InlineData("https://feed.example/\u0001")>]
let ``what is no address is a dead letter of its own; the value goes on`` (text: string) =
    let raw, target, rejections, counts =
        map [ referring [] ] $"value,link\nv,%s{text}\n"

    Assert.Equal<string list>([ "auto v" ], valuesOf (raw, target, rejections, counts))
    let rejection = Assert.Single rejections
    Assert.Equal("CTI-MAP-012", rejection.Code)
    Assert.Equal("link", rejection.Field)
    Assert.Equal(text, rejection.Value)
    Assert.Equal(1L, counts.Expanded)
    Assert.Empty(referred target 0)

[<Fact>]
let ``an address has 2,048 bytes at most`` () =
    let address length =
        "https://a.example/".PadRight(length, 'x')

    let _, target, rejections, _ =
        map [ referring [] ] $"value,link\nv,%s{address 2048}\nw,%s{address 2049}\n"

    Assert.Single(referred target 0) |> ignore
    Assert.Equal("CTI-MAP-012", (Assert.Single rejections).Code)

[<Fact>]
let ``values of one cell share their words, and hold them once`` () =
    let template =
        { describing with
            Value =
                { ValueRule.ofField (name "value") with
                    Split = [ "," ]
                }
        }

    let long = String('x', 4_000)
    let cell = String.Join(",", [ 1..1_000 ])
    let _, target, _, _ = map [ template ] $"value,comment\n\"%s{cell}\",%s{long}\nv,\n"
    Assert.Equal(1_001, target.Count)
    Assert.Equal(long, described target 999)
    Assert.Equal("", described target 1_000)
    Assert.True(target.Remarks.Size < 10_000)

[<Fact>]
let ``a mapping without words holds none`` () =
    let _, target, _, _ = map [ byValue ] "value\na\n"
    Assert.True target.Remarks.IsEmpty

let private references =
    Gen.choose (0, 40)
    |> Gen.listOf
    |> Gen.map (List.map (sprintf "https://r.example/%02d"))

let private union (left: byte[]) (right: byte[]) =
    let target = Utf8Writer 64
    References.union (ReadOnlySpan<byte> left) (ReadOnlySpan<byte> right) target
    target.Written.ToArray()

[<Fact>]
let ``the union of references is a semilattice`` () =
    let lists = references |> Gen.map referenceText

    Prop.forAll (Arb.fromGen (Gen.three lists)) (fun (a, b, c) ->
        union a b = union b a
        && union a (union b c) = union (union a b) c
        && union a a = a)
    |> check

[<Fact>]
let ``the union of references is the sixteen smallest of both`` () =
    Prop.forAll (Arb.fromGen (Gen.two references)) (fun (left, right) ->
        let expected =
            left @ right
            |> List.distinct
            |> List.sort
            |> List.truncate 16
            |> String.concat "\n"

        // Of more than sixteen the largest of one side may have been cut before: they are none of the smallest of both.
        Encoding.UTF8.GetString(union (referenceText left) (referenceText right)) = expected)
    |> check
