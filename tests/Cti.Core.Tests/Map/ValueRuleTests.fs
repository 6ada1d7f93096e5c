// What of a cell is a value: several of them, prefixes and suffixes, hashes that name their type.
module Cti.Core.Tests.Map.ValueRuleTests

open System
open System.Text
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Map.MapFixture

let private rule = ValueRule.ofField (name "value")
let private by (rule: ValueRule) = { byValue with Value = rule }

/// One record with this cell, mapped by the template.
let private cell (template: MapTemplate) (text: string) =
    let quoted = text.Replace("\"", "\"\"")
    map [ template ] $"x,value\n1,\"%s{quoted}\"\n"

[<Theory>]
[<InlineData(",", "a,b", "a|b")>]
[<InlineData(",", " a , ,b,, ", "a|b")>]
[<InlineData(",", "a", "a")>]
[<InlineData("; ", "a; b;c", "a|b;c")>]
[<InlineData("||", "a||b|c|||d", "a|b|c|||d")>]
[<InlineData("->", "a -> b - c", "a|b - c")>]
let ``a cell is cut at the declared text`` (split: string, text: string, expected: string) =
    let found = cell (by { rule with Split = [ split ] }) text |> valuesOf

    let wanted =
        if split = "||" then
            [ "a"; "b|c"; "|d" ]
        else
            List.ofArray (expected.Split '|')

    Assert.Equal<string list>(wanted |> List.map (sprintf "auto %s"), found)

[<Fact>]
let ``several texts may part a cell, the longest at a place counts`` () =
    let template =
        by
            { rule with
                Split = [ ","; ";"; " and "; " " ]
            }

    Assert.Equal<string list>(
        [ "auto a"; "auto b"; "auto c"; "auto d"; "auto e" ],
        cell template "a,b; c and d e" |> valuesOf
    )

[<Fact>]
let ``items of a list field are apart without a word`` () =
    Assert.Equal<string list>([ "auto a"; "auto b c" ], cell byValue "a\u001f\u001fb c" |> valuesOf)

[<Fact>]
let ``items share what the record says beside the value, and are expanded in the books`` () =
    let template =
        { by { rule with Split = [ "," ] } with
            Confidence = ConfidenceRule.Field(name "x", [])
        }

    let _, target, _, counts = map [ template ] "x,value\n7,\"a,b,c\"\n8,d\n"
    Assert.Equal(4, target.Count)
    Assert.Equal<byte list>([ 7uy; 7uy; 7uy; 8uy ], [ for row in 0..3 -> target.Confidence[row] ])
    Assert.Equal(2L, counts.Expanded)

[<Fact>]
let ``a doubled quote inside a cell moves no item`` () =
    Assert.Equal<string list>(
        [ "auto a\"1"; "auto b\"2" ],
        cell (by { rule with Split = [ "," ] }) "a\"1,b\"2" |> valuesOf
    )

[<Fact>]
let ``blank items alone are no value`` () =
    Assert.Equal<string list>([ "CTI-MAP-001" ], cell (by { rule with Split = [ "," ] }) " , ,," |> codesOf)

[<Fact>]
let ``one fault of the record costs one dead letter, whatever the cell holds`` () =
    let template =
        { by { rule with Split = [ "," ] } with
            Confidence = ConfidenceRule.Field(name "x", [])
        }

    let _, target, rejections, counts = map [ template ] "x,value\n700,\"a,b,c\"\n"
    Assert.Equal(0, target.Count)
    Assert.Equal("CTI-MAP-004", (Assert.Single rejections).Code)
    Assert.Equal(0L, counts.Expanded)

[<Theory>]
[<InlineData(10_000, "")>]
[<InlineData(10_001, "CTI-MAP-010")>]
let ``a cell holds ten thousand values at most`` (count: int, code: string) =
    let text = String.Join(",", seq { for number in 1..count -> string number })
    let raw, target, rejections, counts = cell (by { rule with Split = [ "," ] }) text

    if code = "" then
        Assert.Equal(count, target.Count)
        Assert.Equal(int64 (count - 1), counts.Expanded)
        Assert.Equal("10000", valueOf raw target 9_999)
    else
        Assert.Equal(0, target.Count)
        Assert.Equal(code, (Assert.Single rejections).Code)

[<Theory>]
[<InlineData(1, "a", "evil.example")>]
[<InlineData(2, "b", "0f4e")>]
let ``one item of a composite value can be taken`` (item: int, _case: string, expected: string) =
    let template =
        by
            { rule with
                Split = [ "|" ]
                Item = ValueSome item
            }

    Assert.Equal<string list>([ $"auto %s{expected}" ], cell template "evil.example | 0f4e" |> valuesOf)

[<Fact>]
let ``an item that is not there is no value`` () =
    let template =
        by
            { rule with
                Split = [ "|" ]
                Item = ValueSome 3
            }

    Assert.Equal<string list>([ "CTI-MAP-001" ], cell template "a|b" |> codesOf)

[<Theory>]
[<InlineData("SHA1: 0a", "0a")>]
[<InlineData("sha1: 0a", "0a")>]
[<InlineData("SHA1:  0a ", "0a")>]
[<InlineData("0a", "0a")>]
[<InlineData("hash=0a;", "0a")>]
[<InlineData("hash=hash=0a", "hash=0a")>]
let ``declared prefixes and suffixes come off once`` (text: string, expected: string) =
    let template =
        by
            { rule with
                StripPrefix = [ "SHA1: "; "hash=" ]
                StripSuffix = [ ";" ]
            }

    Assert.Equal<string list>([ $"auto %s{expected}" ], cell template text |> valuesOf)

[<Fact>]
let ``the longest prefix counts, and a prefix alone is no value`` () =
    let template =
        by
            { rule with
                StripPrefix = [ "ip"; "ip:" ]
            }

    Assert.Equal<string list>([ "auto 192.0.2.1" ], cell template "IP:192.0.2.1" |> valuesOf)
    Assert.Equal<string list>([ "CTI-MAP-001" ], cell template "ip:" |> codesOf)

let private md5 = "0123456789abcdef0123456789abcdef"

[<Theory>]
[<InlineData("SHA1: 0a4D", "sha1 0a4D")>]
[<InlineData("md5=0a", "md5 0a")>]
[<InlineData("sha-256:0a", "sha256 0a")>]
[<InlineData(" SHA512 : 0a ", "sha512 0a")>]
[<InlineData("SHA1 0a", "auto SHA1 0a")>]
[<InlineData("md5:g", "auto md5:g")>]
[<InlineData("md5:", "auto md5:")>]
[<InlineData("sha1.example", "auto sha1.example")>]
[<InlineData("mail.example:443", "auto mail.example:443")>]
[<InlineData("md5:/x", "auto md5:/x")>]
let ``a hash that names its type is understood`` (text: string, expected: string) =
    Assert.Equal<string list>([ expected ], cell byValue text |> valuesOf)

[<Fact>]
let ``a type named before a hash must be the declared one`` () =
    let template kind =
        { byValue with
            Type = TypeRule.Fixed kind
        }

    Assert.Equal<string list>([ $"md5 %s{md5}" ], cell (template ObservableType.Md5) $"MD5: %s{md5}" |> valuesOf)
    Assert.Equal<string list>([ "CTI-MAP-011" ], cell (template ObservableType.Sha1) $"MD5: %s{md5}" |> codesOf)
    // Where no hash is meant, nothing is taken off.
    Assert.Equal<string list>([ $"url MD5: %s{md5}" ], cell (template ObservableType.Url) $"MD5: %s{md5}" |> valuesOf)

[<Fact>]
let ``each of several hashes in a cell names its own type`` () =
    let template = by { rule with Split = [ ";" ] }

    Assert.Equal<string list>([ "md5 0a"; "sha256 0b"; "auto 0c" ], cell template "md5:0a; SHA256=0b; 0c" |> valuesOf)

[<Fact>]
let ``splitting gives what String.Split gives`` () =
    let pieces =
        Gen.elements [ "a"; "bc"; ","; ";"; ", "; " "; "\t"; "\u001f"; "é"; "'" ]

    let text = pieces |> Gen.listOf |> Gen.map (String.concat "")
    let template = by { rule with Split = [ ","; ", "; ";" ] }

    check (
        Prop.forAll (Arb.fromGen text) (fun text ->
            let expected =
                text.Split(
                    [| ","; ";"; "\u001f" |],
                    StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries
                )
                |> Array.map (sprintf "auto %s")
                |> List.ofArray

            valuesOf (cell template text) = expected)
    )
