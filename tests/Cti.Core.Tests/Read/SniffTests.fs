// Recognition: what a column, a document or a file is taken for, and that the decision hangs on the first bytes only.
module Cti.Core.Tests.Read.SniffTests

open System
open System.Text
open Xunit
open FsCheck
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Read.Feeding

let private recognise (text: string) =
    Sniffer.recognise (ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes text)) true []

let private auto =
    ReaderSpec.Auto
        {
            Recogniser = Sniffer.recogniser
            Fields = []
            Only = ValueNone
        }

let private rowsOf (row: int -> string) = Seq.init 12 row |> String.concat "\n"

/// `field role` for every field that is not `Other`.
let private roles (text: string) =
    match recognise text with
    | Error error -> [ error.code ]
    | Ok(_, recognition) ->
        recognition.Fields
        |> List.choose (fun field ->
            let name = if field.Name = "" then string field.Number else field.Name

            match field.Role with
            | FieldRole.Value(hint, split) ->
                let kind =
                    match hint with
                    | TypeHint.Fixed kind -> ObservableType.name kind
                    | TypeHint.Auto -> "auto"

                let several = ValueOption.defaultValue "" split
                Some $"%s{name}=%s{kind}%s{several}"
            | FieldRole.FirstSeen format -> Some $"%s{name}<%s{format}"
            | FieldRole.LastSeen format -> Some $"%s{name}>%s{format}"
            | FieldRole.Label _ -> Some $"%s{name}#"
            | FieldRole.TypeName
            | FieldRole.Standard
            | FieldRole.Other -> None)

[<Fact>]
let ``Columns are told by their values first and their names second`` () =
    Assert.Equal<string list>(
        [ "ioc=auto"; "tags#"; "first_seen<iso8601"; "last_seen>unix" ],
        roles (
            "ioc,type,tags,reference,first_seen,last_seen\n"
            + rowsOf (fun row ->
                let ioc =
                    if row % 2 = 0 then
                        $"192.0.2.%d{row}"
                    else
                        $"host%d{row}.example.com"

                $"%s{ioc},ip,a,https://blog%d{row}.example.org/,2026-01-%02d{row + 1} 10:00:00,%d{1767225600 + row}")
        )
    )

[<Fact>]
let ``Numbers are no times, and pages about indicators no indicators, unless their names say so`` () =
    Assert.Equal<string list>(
        [ "1=ipv4" ],
        roles (rowsOf (fun row -> $"192.0.2.%d{row};1767225%03d{row};https://x.example.com/status/%d{row}"))
    )

[<Fact>]
let ``Day and month that cannot be told apart are no time`` () =
    Assert.Equal<string list>(
        [ "ip=ipv4" ],
        roles ("ip,seen\n" + rowsOf (fun row -> $"192.0.2.%d{row},0%d{row % 9 + 1}/02/2026"))
    )

    Assert.Equal<string list>(
        [ "ip=ipv4"; "seen<d/M/yyyy" ],
        roles ("ip,seen\n" + rowsOf (fun row -> $"192.0.2.%d{row},%d{row + 10}/02/2026"))
    )

[<Theory>]
[<InlineData("{\"a\":{\"list\":[{\"h\":\"a.example.com\"},{\"h\":\"b.example.com\"}]}}", "a.list")>]
[<InlineData("{\"x\":{\"h\":\"a.example.com\"},\"y\":{\"h\":\"b.example.com\"}}", "*")>]
[<InlineData("{\"data\":{\"x\":{\"h\":\"a.example.com\"},\"y\":{\"h\":\"b.example.com\"}}}", "data.*")>]
[<InlineData("[{\"n\":1,\"hosts\":[{\"h\":\"a.example.com\"}]},{\"n\":2,\"hosts\":[{\"h\":\"b.example.com\"}]}]", "")>]
[<InlineData("[[\"no\"],{\"h\":\"a.example.com\"}]", "")>]
[<InlineData("{\"h\":\"a.example.com\"}", "")>]
let ``The path of records is found in a document`` (text: string, path: string) =
    match recognise text with
    | Ok(ReaderSpec.Json dialect, _) -> Assert.Equal(path, JsonPath.text dialect.Records)
    | other -> Assert.Fail $"%A{other}"

[<Theory>]
[<InlineData("")>]
[<InlineData(" \n\n")>]
let ``Nothing is an empty list`` (text: string) = Assert.Empty(feed auto (utf8 text))

[<Fact>]
let ``Other kinds are named`` () =
    for bytes, kind in
        [
            [| 0x1Fuy; 0x8Buy; 8uy; 0uy |], "gzip"
            [| 0xFFuy; 0xFEuy; 'a'B; 0uy |], "UTF-16"
            Array.create 100 1uy, "binary"
            "<rss version=\"2.0\">"B, "RSS"
        ] do
        match Sniffer.recognise (ReadOnlyMemory<byte> bytes) true [] with
        | Error error ->
            Assert.Equal("CTI-READ-050", error.code)
            Assert.Contains(kind, error.message)
        | Ok(_, recognition) -> Assert.Fail recognition.Sentence

[<Fact>]
let ``Recognition takes any bytes`` () =
    let parts =
        [
            "{"
            "["
            "\""
            ","
            ";"
            "\t"
            "\n"
            ":"
            "}"
            "]"
            "192.0.2.1"
            "a.example.com"
            "2026-01-01"
            "#"
            "\\"
            "é"
            "\000"
            "x"
        ]

    Cti.Core.Tests.Support.check (
        Prop.forAll
            (Gen.elements parts
             |> Gen.listOf
             |> Gen.resize 40
             |> Gen.map (String.concat "")
             |> Arb.fromGen)
            (fun text ->
                let bytes = utf8 text
                // Whatever it is taken for, blocks and batches change nothing.
                feedRandomly text.Length auto bytes = feed auto bytes)
    )

[<Fact>]
let ``Only the first 64 KiB decide`` () =
    let head = String.replicate 8000 "192.0.2.1\n"
    let reader = ReaderSpec.reader auto ReaderStart.beginning

    let seen =
        feedWith reader (utf8 (head + "{\"a\":1}\n")) (fun () -> 50_000) (fun () -> 10_000)

    Assert.Equal(8001, seen.Length)
    Assert.Equal("line", reader.Columns[0])

[<Fact>]
let ``Texts in the file are written so that YAML reads them back`` () =
    Assert.Equal("\"a\\\"b\\\\c\\n\\u0001\"", ReaderText.quoted "a\"b\\c\n\001")
    Assert.Equal("ip_address", ReaderText.scalar "ip_address")
    Assert.Equal("\"no\"", ReaderText.scalar "no")
    Assert.Equal("\"first seen\"", ReaderText.scalar "first seen")
