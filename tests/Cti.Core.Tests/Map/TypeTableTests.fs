// Types, confidences and markings by a table of the feed's own words.
module Cti.Core.Tests.Map.TypeTableTests

open Xunit
open Cti.Core
open Cti.Core.Tests.Map.MapFixture

let private table =
    [
        "ip:port", TypeChoice.Take(TypeHint.Fixed ObservableType.IpPort)
        "Domain name", TypeChoice.Take(TypeHint.Fixed ObservableType.Domain)
        "any", TypeChoice.Take TypeHint.Auto
        "comment", TypeChoice.Skip
    ]

let private template entries otherwise =
    { byValue with
        Type =
            TypeRule.Field
                {
                    Field = name "type"
                    Table = entries
                    Otherwise = otherwise
                }
    }

let private rows entries otherwise (word: string) =
    map [ template entries otherwise ] $"type,value\n%s{word},v\n"

[<Theory>]
[<InlineData("ip:port", "ip_port v")>]
[<InlineData("IP:Port", "ip_port v")>]
[<InlineData(" domain NAME ", "domain v")>]
[<InlineData("any", "auto v")>]
[<InlineData("", "auto v")>]
[<InlineData("FileHash-MD5", "md5 v")>]
let ``a table says what the feed's words mean, known names go on`` (word: string, expected: string) =
    Assert.Equal<string list>([ expected ], rows table OtherType.Known word |> valuesOf)

[<Fact>]
let ``a table can mean something else by a known name`` () =
    let url = [ "domain", TypeChoice.Take(TypeHint.Fixed ObservableType.Url) ]
    Assert.Equal<string list>([ "url v" ], rows url OtherType.Known "domain" |> valuesOf)

[<Theory>]
[<InlineData("md5")>]
[<InlineData("pcre")>]
let ``names that are not in the table do as declared`` (word: string) =
    Assert.Equal<string list>([ "auto v" ], rows table OtherType.Auto word |> valuesOf)
    Assert.Equal<string list>([ "CTI-MAP-006" ], rows table OtherType.Reject word |> codesOf)
    let _, target, rejections, counts = rows table OtherType.Skip word
    Assert.Empty rejections
    Assert.Equal(1L, counts.Screened)
    let refused = Assert.Single target.Refused
    Assert.Equal(Refusal.SkippedType word, refused.Refusal)
    Assert.Equal("CTI-SCREEN-007", refused.Refusal.code)

[<Fact>]
let ``without a table the known names are the table`` () =
    Assert.Equal<string list>([ "md5 v" ], rows [] OtherType.Skip "md5" |> valuesOf)
    let _, _, _, counts = rows [] OtherType.Skip "pcre"
    Assert.Equal(1L, counts.Screened)

[<Fact>]
let ``a word of the table can be skipped; a record another template takes is not screened`` () =
    let _, target, _, counts =
        map
            [
                template table OtherType.Known
                { byValue with
                    When = condition "type = 'comment' AND value = 'w'"
                }
            ]
            "type,value\ncomment,v\ncomment,w\nany,x\n"

    Assert.Equal(2, target.Count)
    Assert.Equal(1L, counts.Screened)
    Assert.Equal(0, (Assert.Single target.Refused).Record)

[<Theory>]
[<InlineData("High", 90)>]
[<InlineData(" medium ", 60)>]
[<InlineData("33", 33)>]
[<InlineData("", 70)>]
[<InlineData("lowish", -1)>]
let ``confidence by words and numbers`` (word: string, expected: int) =
    let template =
        { byValue with
            Confidence = ConfidenceRule.Field(name "level", [ "high", 90uy; "medium", 60uy; "low", 30uy ])
        }

    let raw, target, rejections, counts = map [ template ] $"level,value\n%s{word},v\n"

    if expected < 0 then
        Assert.Equal<string list>([ "CTI-MAP-004" ], codesOf (raw, target, rejections, counts))
    else
        Assert.Equal(byte expected, target.Confidence[0])

[<Theory>]
[<InlineData("TLP:WHITE", "clear")>]
[<InlineData("white", "clear")>]
[<InlineData("TLP:CLEAR", "clear")>]
[<InlineData("tlp: Amber+Strict", "amber+strict")>]
[<InlineData("Internal", "amber")>]
[<InlineData("GREEN ", "green")>]
[<InlineData("", "green")>]
[<InlineData("TLP:", "none")>]
[<InlineData("purple", "none")>]
let ``markings in the words of TLP 1 and 2, and of a table`` (word: string, expected: string) =
    let template =
        { byValue with
            Tlp = TlpRule.Field(name "marking", [ "internal", Tlp.Amber ])
        }

    let _, target, rejections, _ = map [ template ] $"marking,value\n%s{word},v\n"

    if expected = "none" then
        Assert.Equal("CTI-MAP-005", (Assert.Single rejections).Code)
    else
        Assert.Equal(expected, Tlp.name target.Tlp[0])
