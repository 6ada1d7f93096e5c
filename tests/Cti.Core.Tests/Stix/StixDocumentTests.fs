// Documents of STIX as wholes: what is none, empty bundles, circles of references, versions of one object, ends that are missing, and depth.
module Cti.Core.Tests.Stix.StixDocumentTests

open System
open Xunit
open Cti.Core.Tests.Stix.StixFixture

[<Theory>]
[<InlineData("{{\"id\":\"indicator--1\"}}", "CTI-READ-062")>]
[<InlineData("{{\"type\":\"indicator\"}}", "CTI-READ-062")>]
[<InlineData("{{\"type\":\"indicator\",\"id\":\"indicator--1\"}}", "CTI-READ-062")>]
[<InlineData("[17]", "CTI-READ-049")>]
let ``What is no object of STIX is a dead letter`` (text: string, code: string) =
    let outcome = read (text.Replace("{{", "{").Replace("}}", "}"))
    Assert.Empty outcome.Records
    Assert.Equal<string list>([ code ], outcome.Rejections |> List.map fst)

[<Theory>]
[<InlineData("{}")>]
[<InlineData("{\"more\":false}")>]
[<InlineData("{\"type\":\"bundle\",\"id\":\"bundle--1\"}")>]
[<InlineData("{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":[]}")>]
let ``An empty bundle or envelope is nothing`` (text: string) =
    let outcome = read text
    Assert.Empty outcome.Rejections
    Assert.Empty outcome.Objects
    Assert.Equal(ValueNone, outcome.Fault)

[<Fact>]
let ``Relationships in a circle, to themselves and to nothing do no harm`` () =
    let relation number source target =
        item
            "relationship"
            number
            $"\"relationship_type\":\"indicates\",\"source_ref\":\"%s{source}\",\"target_ref\":\"%s{target}\""

    let outcome =
        read (
            bundle
                [
                    relation 1 (idOf "relationship" 2) (idOf "relationship" 1)
                    relation 2 (idOf "relationship" 1) (idOf "relationship" 2)
                    relation 3 (idOf "relationship" 3) (idOf "relationship" 3)
                ]
        )

    Assert.Empty outcome.Rejections
    Assert.Equal(3, outcome.Objects.Length)

[<Fact>]
let ``Versions and duplicates are all kept, the newest counts for what refers to it`` () =
    let version (modified: string) (value: string) =
        (indicator 1 $"[domain-name:value = '%s{value}']" "").Replace("2024-02-03T04:05:06.000Z", modified)

    let outcome =
        read (
            bundle
                [
                    version "2024-03-01T00:00:00.000Z" "new.example"
                    version "2024-02-01T00:00:00.000Z" "old.example"
                    version "2024-02-01T00:00:00.000Z" "other.example"
                    item "sighting" 2 $""" "sighting_of_ref":"%s{idOf "indicator" 1}" """
                ]
        )

    Assert.Equal(4, outcome.Objects.Length)
    Assert.Equal("new.example", field "domain" outcome.Records[3])

[<Fact>]
let ``A truncated bundle gives what stands before its end, and says that it is cut off`` () =
    let whole =
        bundle
            [
                for number in 1..5 -> indicator number $"[domain-name:value = 'b%d{number}.example']" ""
            ]

    let outcome = read (whole.Substring(0, whole.Length - 300))
    Assert.Equal(ValueSome "CTI-READ-044", outcome.Fault)
    Assert.InRange(outcome.Records.Length, 3, 4)

[<Fact>]
let ``50,000 brackets inside an object cost the object`` () =
    let deep =
        "{\"type\":\"indicator\",\"id\":\"indicator--1\",\"x\":"
        + String('[', 50_000)
        + String(']', 50_000)
        + "}"

    let outcome =
        read (bundle [ deep; indicator 2 "[domain-name:value = 'b.example']" "" ])

    Assert.Equal<string list>([ "CTI-READ-041" ], outcome.Rejections |> List.map fst)
    Assert.Equal(1, outcome.Records.Length)
    let brackets = String('(', 50_000)
    let pattern = indicator 3 $"[%s{brackets}]" ""
    Assert.Equal<string list>([ "CTI-READ-063" ], (read pattern).Rejections |> List.map fst)
