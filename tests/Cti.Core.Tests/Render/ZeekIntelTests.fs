// Files of Zeek's intelligence framework, read back by a reader written from its documentation: named columns, tabs, `\xHH`, `-` for nothing.
module Cti.Core.Tests.ZeekIntelTests

open System
open System.Text
open Cti.Core
open Xunit

let private hold (observable: ObservableType) (value: string) =
    (RenderSpec.create RenderSpec.ZeekIntel).CanHold(observable, ReadOnlySpan<byte>(Samples.utf8 value))

let private kinds =
    set
        [
            "Intel::ADDR"
            "Intel::SUBNET"
            "Intel::URL"
            "Intel::SOFTWARE"
            "Intel::EMAIL"
            "Intel::DOMAIN"
            "Intel::FILE_HASH"
            "Intel::FILE_NAME"
            "Intel::CERT_HASH"
        ]

/// A cell's text; none where it is unset. Fails on what Zeek would not read as one.
let private cell (text: string) : string option =
    if text = "-" then
        None
    elif text = "" || text = "(empty)" then
        failwith $"no cell: %s{text}"
    else
        let bytes = ResizeArray<byte>()
        let mutable at = 0

        while at < text.Length do
            if text[at] = '\\' then
                Assert.Equal('x', text[at + 1])
                bytes.Add(Convert.ToByte(text.Substring(at + 2, 2), 16))
                at <- at + 4
            else
                Assert.InRange(text[at], ' ', '~')
                bytes.Add(byte text[at])
                at <- at + 1

        Some(Encoding.UTF8.GetString(bytes.ToArray()))

let private read (file: string) =
    let lines = file.Split '\n'
    Assert.Equal("#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\tmeta.url", lines[0])
    Assert.Equal("", lines[lines.Length - 1])

    [
        for line in lines[1 .. lines.Length - 2] do
            Assert.False(line.StartsWith '#', line)

            match line.Split '\t' with
            | [| indicator; kind; source; description; url |] ->
                Assert.Contains(kind, kinds)
                (cell indicator).Value, kind, (cell source).Value, cell description, cell url
            | other -> failwith $"%d{other.Length} columns: %s{line}"
    ]

[<Fact>]
let ``a file, byte for byte`` () =
    let batch = IndicatorBatch 16
    let name = Samples.add batch ObservableType.Domain "evil.example"
    batch.Sources[name] <- NameSet.Of [ "b"; "a" ]
    batch.Labels[name] <- NameSet.Of [ "c2"; "botnet" ]
    batch.Remarks.Describe(name, ReadOnlySpan<byte>(Samples.utf8 "A\tserver"), Samples.now)
    batch.Remarks.Refer(name, ReadOnlySpan<byte>(Samples.utf8 "a\thttps://r.example/1\na\thttps://r.example/2"))
    Samples.add batch ObservableType.Ipv6 "2001:db8::1" |> ignore
    Samples.add batch ObservableType.Cidr "192.0.2.0/24" |> ignore
    Samples.add batch ObservableType.Url "https://u.example/a?b#c" |> ignore
    Samples.add batch ObservableType.Email "a@b.example" |> ignore

    Samples.add batch ObservableType.Sha1 "da39a3ee5e6b4b0d3255bfef95601890afd80709"
    |> ignore

    Samples.add batch ObservableType.FileName "é.exe" |> ignore
    Samples.add batch ObservableType.UserAgent "-" |> ignore

    Samples.add batch ObservableType.CertificateSha1 "da39a3ee5e6b4b0d3255bfef95601890afd80701"
    |> ignore

    Samples.add batch ObservableType.IpPort "192.0.2.1:80" |> ignore

    Assert.Equal<string>(
        [
            "#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\tmeta.url"
            "\\x2d\tIntel::SOFTWARE\tfeed\t-\t-"
            "192.0.2.0/24\tIntel::SUBNET\tfeed\t-\t-"
            "2001:db8::1\tIntel::ADDR\tfeed\t-\t-"
            "a@b.example\tIntel::EMAIL\tfeed\t-\t-"
            "da39a3ee5e6b4b0d3255bfef95601890afd80701\tIntel::CERT_HASH\tfeed\t-\t-"
            "da39a3ee5e6b4b0d3255bfef95601890afd80709\tIntel::FILE_HASH\tfeed\t-\t-"
            "evil.example\tIntel::DOMAIN\ta, b\tA\\x09server [botnet, c2]\thttps://r.example/1"
            "u.example/a?b\tIntel::URL\tfeed\t-\t-"
            "\\xc3\\xa9.exe\tIntel::FILE_NAME\tfeed\t-\t-"
            ""
        ],
        (Samples.render RenderSpec.ZeekIntel batch).Split '\n'
    )

[<Fact>]
let ``hostile text stays in its cell, or is screened`` () =
    for text in
        [
            "a\tIntel::ADDR\tx\ty\tz"
            "a\nb"
            "a\r\n#fields\tx"
            "#fields"
            "-"
            "(empty)"
            "a\\x41b"
            "a\\b"
            "a\u0000b"
            "\u001b[2J"
            "é"
            "=cmd"
            "$(id)"
            "\"; rm"
        ] do
        let batch = IndicatorBatch 4

        for observable in [ ObservableType.FileName; ObservableType.UserAgent; ObservableType.Domain ] do
            let row = Samples.add batch observable text
            batch.Labels[row] <- NameSet.Of [ text ]
            batch.Sources[row] <- NameSet.Of [ text ]
            batch.Remarks.Describe(row, ReadOnlySpan<byte>(Samples.utf8 text), Samples.now)

            batch.Remarks.Refer(
                row,
                ReadOnlySpan<byte>(Samples.utf8 $"s\thttp://r.example/%s{text.Replace('\n', ' ')}")
            )

        let found = read (Samples.render RenderSpec.ZeekIntel batch)
        let domains = if (hold ObservableType.Domain text).IsNone then 1 else 0
        Assert.Equal(2 + domains, found.Length)

        for indicator, _, source, description, url in found do
            Assert.Equal(text, indicator)
            Assert.Equal(text, source)
            Assert.Equal(Some $"%s{text} [%s{text}]", description)
            Assert.Equal(Some $"http://r.example/%s{text.Replace('\n', ' ')}", url)

[<Fact>]
let ``every line of random indicators is one Zeek reads`` () =
    let found = read (Samples.render RenderSpec.ZeekIntel (Samples.batch 13 2_000))
    Assert.True(found.Length > 400)

[<Fact>]
let ``a long description is cut between characters, and that is a loss`` () =
    let batch = IndicatorBatch 1
    let row = Samples.add batch ObservableType.Domain "a.example"
    batch.Remarks.Describe(row, ReadOnlySpan<byte>(Samples.utf8 (String('a', 999) + "éb")), Samples.now)
    let renderer = RenderSpec.create RenderSpec.ZeekIntel
    let writer = Utf8Writer 16
    renderer.Rows(batch, ReadOnlySpan<int> [| 0 |], writer)
    Assert.Contains("\t" + String('a', 999) + "\t-\n", writer.ToString())
    Assert.Equal(1L, renderer.Losses.Count(LossReason.TooLarge))

[<Fact>]
let ``what Zeek has no type for is refused, and URLs it never sees`` () =
    Assert.Equal(ValueSome RenderReason.TypeNotHeld, hold ObservableType.IpPort "192.0.2.1:80")
    Assert.Equal(ValueSome RenderReason.TypeNotHeld, hold ObservableType.Sha512 (String('a', 128)))
    Assert.Equal(ValueSome RenderReason.TypeNotHeld, hold ObservableType.Url "ftp://a.example/")
    Assert.Equal(ValueSome RenderReason.NotCanonical, hold ObservableType.Url "http://a.example/\t")
    Assert.Equal(ValueSome RenderReason.TooLong, hold ObservableType.FileName (String('a', 1_001)))
