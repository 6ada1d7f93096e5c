// Hostile texts stay texts in the queries, bodies and windows of a ticket, and what RT answers is read as it writes it. RT's own parser of TicketSQL is
// written again here, from its description, as the judge of what is put in.
module Cti.Core.Tests.TicketTextTests

open System
open System.Text
open System.Text.Json
open System.Text.RegularExpressions
open Xunit
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.TicketFixture

let private hostile =
    [
        "it's"
        "a\\'b"
        "ends in \\"
        "x' OR Queue = 'General"
        "x\\' OR id > 0 --"
        "\" OR id > 0 OR Subject = \""
        "a) OR (id > 0"
        "two\nlines\nstatus  forged"
        "a\r\nSubject: forged\r\n\r\nb"
        "a\u2028b\u2029c\u0085d"
        "\u202Egpj.exe"
        "\u001b[31mred\u0000"
        "<script>alert(1)</script>"
        "\"},{\"Status\":\"deleted\""
        "{{7*7}} ${jndi:ldap://x} __Subject__"
        "日本 é 😀"
    ]

// RT::SQL: a literal is what Regexp::Common calls delimited; its ends are taken off, then every backslash before a character.
let private unquoted (literal: string) =
    let whole =
        Regex.Match(literal, @"\G(?:'[^\\']*(?:\\.[^\\']*)*')", RegexOptions.Singleline)

    Assert.Equal(literal.Length, whole.Length)
    Regex.Replace(literal.Substring(1, literal.Length - 2), @"\\(.)", "$1")

let private texts =
    Gen.oneof
        [
            Gen.elements hostile
            Gen.elements [ '\''; '\\'; '"'; 'a'; ' '; '('; '\n' ]
            |> Gen.listOf
            |> Gen.map (fun characters -> String(Array.ofList characters))
        ]
    |> Arb.fromGen

[<Fact>]
let ``a literal of TicketSQL is read back as the text it was made of, and ends where it ends`` () =
    checkMany
        2_000
        (Prop.forAll texts (fun text ->
            match TicketSql.literal text with
            | ValueSome literal -> unquoted literal = text
            | ValueNone -> text.StartsWith("CF.", StringComparison.OrdinalIgnoreCase)))

[<Theory>]
[<InlineData("CF.{Secret}")>]
[<InlineData("cf.x")>]
let ``what RT takes for a custom field however it is quoted is put into no query`` (text: string) =
    Assert.Equal(ValueNone, TicketSql.literal text)
    Assert.Equal(ValueNone, TicketSql.find 3L "CTI Indicator" text)

[<Fact>]
let ``a ticket is looked for by queue and custom field`` () =
    Assert.Equal(ValueSome $"Queue = 3 AND 'CF.{{It\\'s \\\\ ours}}' = '%s{id}'", TicketSql.find 3L "It's \\ ours" id)

let private full () =
    let batch = Samples.batch 8 200
    let writer = Utf8Writer 256

    [
        for row in 0 .. batch.Count - 1 do
            writer.Clear()
            Ndjson.writeChange batch row 41L ChangeOp.Added writer
            writer.Written.ToArray()
    ]

[<Fact>]
let ``every line of ndjson is read, and names no fact that is not known`` () =
    for line in full () do
        match TicketChange.tryParse (ReadOnlyMemory<byte> line) with
        | ValueNone -> failwith (Encoding.UTF8.GetString line)
        | ValueSome change ->
            Assert.Equal(ChangeOp.Added, change.Op)
            Assert.NotEqual<string>("", TicketChange.fact "value" change)

            for name, text in change.Facts do
                Assert.Contains(name, TicketChange.facts)
                Assert.NotEqual<string>("", text)

[<Theory>]
[<InlineData("")>]
[<InlineData("[]")>]
[<InlineData("{}")>]
[<InlineData("""{"indicator":"indicator--x","op":"added"}""")>]
[<InlineData("""{"indicator":"indicator--11111111-1111-5111-8111-111111111111' OR id > 0 --","op":"added"}""")>]
[<InlineData("""{"indicator":"indicator--11111111-1111-5111-8111-111111111111","op":"stolen"}""")>]
[<InlineData("""{"indicator":"indicator--11111111-1111-5111-8111-111111111111","op":"added","value":"\ud800"}""")>]
let ``what is no such line makes no ticket`` (line: string) =
    Assert.Equal(ValueNone, TicketChange.tryParse (ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes line)))

[<Fact>]
let ``lists are joined, what is empty is no fact, and times of the line are none`` () =
    let line =
        $"""{{"sequence":4,"op":"changed","indicator":"%s{id}","type":"url","labels":["a","b"],"sources":[],"asn":64500,"kev":true,"created":"x","modified":"y"}}"""

    Assert.Equal(
        ValueSome(change ChangeOp.Changed [ "type", "url"; "labels", "a, b"; "asn", "64500"; "kev", "true" ]),
        TicketChange.tryParse (ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes line))
    )

let private hidden = Regex(@"[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]")

[<Fact>]
let ``hostile values neither make lines of their own nor hide in a window`` () =
    for text in hostile do
        let told =
            change ChangeOp.Changed [ "type", "file_name"; "value", text; "description", text ]

        let subject = TicketText.subject told
        Assert.DoesNotMatch(hidden, subject)

        for content in
            [
                TicketText.opening told
                TicketText.changed [ "value" ] told
                TicketText.withdrawn told
            ] do
            let lines = content.Split '\n'
            Assert.All(lines, fun line -> Assert.DoesNotMatch(hidden, line))
            // A line begins with a word of ours, or is set in.
            Assert.All(
                lines,
                fun line ->
                    Assert.Matches("^($|    |A new |Changed: |Withdrawn: |(type|value|description|indicator) )", line)
            )

[<Fact>]
let ``a subject is cut to 200 bytes, between characters`` () =
    for text in [ String('a', 500); String.replicate 200 "😀"; String.replicate 300 "é" ] do
        let subject =
            TicketText.subject (change ChangeOp.Added [ "type", "url"; "value", text ])

        Assert.InRange(Encoding.UTF8.GetByteCount subject, 190, 200)
        Assert.EndsWith("…", subject)
        Assert.DoesNotContain("\uFFFD", subject)

[<Fact>]
let ``hostile texts are texts in every body`` () =
    for text in hostile do
        let told = change ChangeOp.Added [ "type", "file_name"; "value", text ]

        match TicketPlan.next rules told [] with
        | TicketStep.Create ticket ->
            use body = JsonDocument.Parse(TicketRest.create 3L ticket)
            let root = body.RootElement
            Assert.Equal(6, root.EnumerateObject() |> Seq.length)
            Assert.Equal("text/plain", root.GetProperty("ContentType").GetString())
            Assert.Equal(ticket.Content, root.GetProperty("Content").GetString())
            Assert.Equal(ticket.Subject, root.GetProperty("Subject").GetString())
            Assert.Equal(TicketText.line text, root.GetProperty("CustomFields").GetProperty("Value").GetString())
        | other -> failwith $"%A{other}"

        use comment = JsonDocument.Parse(TicketRest.comment "CTI State" text "listed")
        Assert.Equal(3, comment.RootElement.EnumerateObject() |> Seq.length)
        Assert.Equal(text, comment.RootElement.GetProperty("Content").GetString())

[<Fact>]
let ``an edit sets what it names, and an empty field loses its value`` () =
    let body =
        TicketRest.edit
            {
                Subject = ValueNone
                Priority = ValueSome 7
                Status = ValueSome "open"
                Fields = [ "Score", "" ]
            }

    Assert.Equal("""{"Priority":7,"Status":"open","CustomFields":{"Score":null}}""", Encoding.UTF8.GetString body.Span)

let private bytes (text: string) =
    ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes text)

[<Fact>]
let ``answers are read as RT 5 writes them`` () =
    Assert.Equal(
        ValueSome
            {
                Id = 3L
                Fields = [ "CTI Indicator"; "CTI State" ]
            },
        TicketRest.tryQueue (
            bytes
                """{"id":3,"Name":"Threats","TicketCustomFields":[{"id":"2","name":"CTI Indicator"},{"name":"CTI State"}]}"""
        )
    )

    Assert.Equal(
        ValueSome
            [
                {
                    Id = 2L
                    Subject = ""
                    Priority = 0
                    Status = "new"
                    Creator = ""
                    Fields = []
                }
                {
                    Id = 7L
                    Subject = "ipv4 192.0.2.1"
                    Priority = 80
                    Status = "open"
                    Creator = "cti"
                    Fields = [ "CTI State", "listed" ]
                }
            ],
        TicketRest.tryTickets (
            bytes
                """{"items":[{"id":"7","Subject":"ipv4 192.0.2.1","Priority":"80","Status":"open","Creator":{"id":"cti","type":"user"},
                "CustomFields":[{"name":"CTI State","values":["listed"]},{"name":"Score","values":[]}]},{"id":"2","Status":"new"}],"total":2}"""
        )
    )

    for other in [ ""; "[]"; "{}"; "<html>"; """{"items":[{}]}""" ] do
        Assert.Equal(ValueNone, TicketRest.tryTickets (bytes other))
        Assert.Equal(ValueNone, TicketRest.tryQueue (bytes other))
