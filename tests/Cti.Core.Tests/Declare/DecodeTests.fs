// The combinators: literals parse and print, blocks collect every independent error, schemas say what decoders do.
module Cti.Core.Tests.DecodeTests

open System
open System.Text.Json
open Xunit
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Declare
open Cti.Core.Tests.Support

let private inverse (literal: Literal<'T>) (texts: string list) =
    for text in texts do
        match literal.Parse text with
        | Ok value -> Assert.Equal(text, literal.Print value)
        | Error fault -> invalidOp (Fault.message fault)

[<Fact>]
let ``literals print what they parse`` () =
    inverse Literal.duration [ "500ms"; "30s"; "5m"; "12h"; "1d"; "36500d"; "90s" ]
    inverse Literal.size [ "512B"; "10MB"; "64KB"; "1GB" ]
    inverse (Literal.percentage 100m) [ "30%"; "0.5%"; "0%"; "100%" ]
    inverse Literal.range [ "100..500000"; "100.."; "..500"; "0..0" ]
    inverse (Literal.int "n" -5 5) [ "-5"; "0"; "5" ]
    inverse (Literal.float "n" 0.1 10.0) [ "0.1"; "1.0"; "10.0" ]
    inverse Literal.bool [ "true"; "false" ]
    inverse Literal.time [ "2026-01-01T00:00:00Z"; "2026-01-01T00:00:00.5Z" ]

[<Fact>]
let ``every whole number of milliseconds is a duration`` () =
    Prop.forAll (Arb.fromGen (Gen.choose (0, Int32.MaxValue))) (fun milliseconds ->
        let span = TimeSpan.FromMilliseconds(int64 milliseconds)
        Literal.duration.Parse(Literal.duration.Print span) = Ok span)
    |> check

[<Fact>]
let ``literals refuse what they are not, with their code`` () =
    let refused (literal: Literal<'T>) (code: string) (texts: string list) =
        for text in texts do
            match literal.Parse text with
            | Ok value -> invalidOp $"%s{text} was read as %A{value}"
            | Error fault -> Assert.Equal(code, Fault.code fault)

    refused Literal.duration "CTI-CFG-009" [ "30"; "1w"; "1 d"; "-1d"; "1.5h"; "d"; ""; "1D" ]
    refused Literal.duration "CTI-CFG-010" [ "36501d"; "9223372036854775807d" ]
    refused Literal.size "CTI-CFG-009" [ "10"; "10mb"; "MB" ]
    refused Literal.size "CTI-CFG-010" [ "1001GB" ]
    refused (Literal.percentage 100m) "CTI-CFG-009" [ "30"; "%"; "-1%"; "30%%"; "1e1%" ]
    refused (Literal.percentage 100m) "CTI-CFG-010" [ "101%" ]
    refused Literal.range "CTI-CFG-009" [ ".."; "1...2"; "a..b"; "5"; "-1..2" ]
    refused Literal.range "CTI-CFG-010" [ "5..4" ]
    refused (Literal.int "n" 0 5) "CTI-CFG-009" [ "x"; "1.0"; "0x1"; "1e3"; "" ]
    refused (Literal.int "n" 0 5) "CTI-CFG-010" [ "6"; "-1" ]
    refused (Literal.float "n" 0.0 5.0) "CTI-CFG-009" [ "x"; "NaN"; "1e1"; "∞" ]
    refused Literal.bool "CTI-CFG-008" [ "yes"; "True"; "on"; "1" ]
    refused Literal.name "CTI-CFG-009" [ "A"; "1a"; "a b"; "a.b"; "../a"; ""; String('a', 65) ]

[<Theory>]
[<InlineData("relability", "reliability")>]
[<InlineData("max-tlp", "max_tlp")>]
[<InlineData("MAX_TLP", "max_tlp")>]
[<InlineData("widht", "width")>]
let ``a misspelt word finds its neighbour`` (word: string, expected: string) =
    Assert.Equal(Some expected, Suggest.nearest [ "width"; "reliability"; "credibility"; "max_tlp" ] word)

[<Theory>]
[<InlineData("")>]
[<InlineData("nothing_like_it")>]
[<InlineData("zz")>]
let ``a strange word finds none`` (word: string) =
    Assert.Equal(None, Suggest.nearest [ "width"; "reliability"; "max_tlp" ] word)

[<Fact>]
let ``distance is symmetric, zero only for equals, and at most the longer length`` () =
    Prop.forAll (Arb.fromGen (Gen.two PredicateWords.word)) (fun (left, right) ->
        let edits = Suggest.distance left right

        edits = Suggest.distance right left
        && (edits = 0) = (left = right)
        && edits <= max left.Length right.Length)
    |> check

let private sample =
    Decode.block (
        block {
            let! width =
                Field.required "width" "how wide, in pixels" (Decode.literal (Literal.int "width" 1 100))

            and! colour =
                Field.defaulted "colour" "what colour" (Literal.choice "a colour" [ 1, "red"; 2, "green" ]) 1

            and! place =
                Field.exactlyOne
                    [
                        "left", "columns from the left", Decode.literal (Literal.int "left" 0 9)
                        "right", "columns from the right", Decode.literal (Literal.int "right" 0 9)
                    ]

            and! tags =
                Field.optional "tags" "any words" (Decode.list (Decode.literal Literal.text))

            return width, colour, place, tags
        }
    )

let private problems (text: string) =
    match Decode.run sample (Flow.read text) with
    | Ok value -> invalidOp $"%A{value}"
    | Error found ->
        found
        |> List.map (fun diagnostic -> diagnostic.Line, diagnostic.Column, diagnostic.Code, diagnostic.Path)

[<Fact>]
let ``a block decodes with its defaults`` () =
    Assert.Equal(Ok(5, 1, 3, None), Decode.run sample (Flow.read "{ width: 5, left: 3 }"))

    Assert.Equal(
        Ok(5, 2, 3, Some [ "a"; "1" ]),
        Decode.run sample (Flow.read "{ width: 5, right: 3, colour: green, tags: [a, 1] }")
    )

[<Fact>]
let ``independent errors are all said, in the order of the file`` () =
    Assert.Equal<(int * int * string * string) list>(
        [ 1, 10, "CTI-CFG-010", "width" ],
        problems "{ width: 500, left: 1 }"
    )

    Assert.Equal<(int * int * string * string) list>(
        [
            1, 3, "CTI-CFG-004", "wdth"
            1, 20, "CTI-CFG-008", "colour"
            2, 10, "CTI-CFG-013", ""
            3, 8, "CTI-CFG-003", "tags"
            4, 1, "CTI-CFG-005", "tags"
        ],
        problems "{ wdth: 5, colour: gren, left: 1,\n         right: 2,\n tags: { a: b },\ntags: [] }"
    )

[<Fact>]
let ``a missing key is said once, at the block, and not when it is merely misspelt`` () =
    Assert.Equal<(int * int * string * string) list>([ 1, 1, "CTI-CFG-006", "width" ], problems "{ left: 1 }")
    Assert.Equal<(int * int * string * string) list>([ 1, 3, "CTI-CFG-004", "widht" ], problems "{ widht: 1, left: 1 }")

[<Theory>]
[<InlineData("{ width: '5', left: 1 }", "CTI-CFG-014")>]
[<InlineData("{ width: ~, left: 1 }", "CTI-CFG-007")>]
[<InlineData("{ width: [5], left: 1 }", "CTI-CFG-003")>]
[<InlineData("{ width: 5 }", "CTI-CFG-013")>]
[<InlineData("[ width ]", "CTI-CFG-003")>]
[<InlineData("{ width: 5, left: 1, tags: [ '' ] }", "CTI-CFG-007")>]
let ``each mistake has its code`` (text: string, code: string) =
    Assert.Equal<string list>([ code ], problems text |> List.map (fun (_, _, found, _) -> found))

[<Fact>]
let ``the schema says what the decoder does`` () =
    use document = JsonDocument.Parse(JsonSchema.print "sample" sample.Schema)
    let root = document.RootElement
    Assert.Equal("https://json-schema.org/draft/2020-12/schema", root.GetProperty("$schema").GetString())
    Assert.False(root.GetProperty("additionalProperties").GetBoolean())
    let properties = root.GetProperty "properties"
    Assert.Equal(100, properties.GetProperty("width").GetProperty("maximum").GetInt32())
    Assert.Equal("red", properties.GetProperty("colour").GetProperty("default").GetString())
    // Whole, or made whole by what it uses, or a part itself.
    let ways = root.GetProperty "anyOf"
    Assert.Equal(3, ways.GetArrayLength())
    let required (way: JsonElement) = (way.GetProperty "required")[0]
    Assert.Equal("use", string (required ways[0]))
    Assert.Equal("width", string (required ways[1]))
    let group = (ways[1].GetProperty "allOf")[0]
    Assert.Equal(2, group.GetProperty("oneOf").GetArrayLength())

[<Fact>]
let ``the reference has a row per key`` () =
    let page = ReferencePage.page "Sample" [] sample.Schema

    Assert.Contains(
        String.concat
            "\n"
            [
                "| `width` | integer 1 to 100 | required | how wide, in pixels |"
                "| `colour` | `red`, `green` | `red` | what colour |"
                "| `left` | integer 0 to 9 | one of `left`, `right` | columns from the left |"
                "| `right` | integer 0 to 9 | one of `left`, `right` | columns from the right |"
                "| `tags` | list of text |  | any words |"
            ],
        page
    )

[<Fact>]
let ``a declaration is told as the same text whatever its layout, and as another one for another value`` () =
    let told (text: string) = Node.print (Flow.read text)
    let one = told "{ type: csv, columns: [ type, value ] }"
    Assert.Equal(one, told "{ columns: [ 'type',\n  \"value\" ],\n  type: csv }")

    for other in
        [
            "{ type: csv, columns: [ value, type ] }"
            "{ type: csv, columns: [ type ] }"
            "{ type: csv, columns: 'type,value' }"
            "{ type: csv, columns: [ 'type,5:value' ] }"
            "{ type: csv }"
        ] do
        Assert.NotEqual<string>(one, told other)
