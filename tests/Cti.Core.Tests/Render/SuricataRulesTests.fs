// Rules for Suricata: golden bytes, what is refused, SIDs and revisions, and hostile text. That Suricata takes them and what they catch is tested with the
// tool itself.
module Cti.Core.Tests.SuricataRulesTests

open System
open Cti.Core
open Xunit

let private spec = RenderSpec.SuricataRules RuleOptions.defaults

let private hold (observable: ObservableType) (value: string) =
    (RenderSpec.create spec).CanHold(observable, ReadOnlySpan<byte>(Samples.utf8 value))

let private rendered (options: RuleOptions) (values: (ObservableType * string) list) =
    let batch = IndicatorBatch(values.Length + 1)

    for observable, value in values do
        Samples.add batch observable value |> ignore

    Samples.render (RenderSpec.SuricataRules options) batch

let private rules values =
    rendered RuleOptions.defaults values |> SensorRule.parseAll

[<Fact>]
let ``rules, byte for byte`` () =
    let batch = IndicatorBatch 8
    let name = Samples.add batch ObservableType.Domain "evil.example"
    batch.Labels[name] <- NameSet.Of [ "T1071.001"; "botnet"; "no; word" ]
    batch.Revision[name] <- 3
    batch.Remarks.Refer(name, ReadOnlySpan<byte>(Samples.utf8 "feed\thttps://report.example/a?b=c"))
    let address = Samples.add batch ObservableType.Ipv4 "192.0.2.4"
    batch.Confidence[address] <- 95uy
    batch.Tlp[address] <- Tlp.AmberStrict
    let network = Samples.add batch ObservableType.Cidr "2001:db8::/32"
    batch.Confidence[network] <- 20uy
    Samples.add batch ObservableType.IpPort "192.0.2.9:443" |> ignore

    Samples.add batch ObservableType.Url "http://u.example:8080/a%20b?c=1#d"
    |> ignore

    Samples.add batch ObservableType.Url "https://v.example/x" |> ignore

    let id row = Uuid.toText batch.Id[row]

    let wanted =
        [
            yield
                $"alert ip any any <> 192.0.2.4 any (msg:\"Listed address: 192.0.2.4\"; classtype:trojan-activity; priority:1; metadata:signature_severity Critical, cti_confidence 95, tlp amber+strict, cti_indicator %s{id 1}, created_at 2026_03_01, updated_at 2026_03_01; sid:9000004; rev:1;)"
            yield
                $"alert ip any any <> 192.0.2.9 443 (msg:\"Listed service: 192.0.2.9:443\"; classtype:trojan-activity; priority:2; metadata:signature_severity Major, cti_confidence 80, tlp clear, cti_indicator %s{id 3}, created_at 2026_03_01, updated_at 2026_03_01; sid:9000012; rev:1;)"
            yield
                $"alert ip any any <> 2001:db8::/32 any (msg:\"Listed network: 2001:db8::/32\"; classtype:trojan-activity; priority:4; metadata:signature_severity Informational, cti_confidence 20, tlp clear, cti_indicator %s{id 2}, created_at 2026_03_01, updated_at 2026_03_01; sid:9000008; rev:1;)"
            yield!
                [
                    "alert dns any any -> any any (msg:\"Listed name in a DNS query: evil.example\"; dns.query; dotprefix; content:\".evil.example\"; nocase; endswith;",
                    0
                    "alert tls any any -> any any (msg:\"Listed name in a TLS handshake: evil.example\"; flow:to_server; tls.sni; dotprefix; content:\".evil.example\"; nocase; endswith;",
                    1
                    "alert http any any -> any any (msg:\"Listed name in an HTTP request: evil.example\"; flow:to_server; http.host; to_lowercase; dotprefix; content:\".evil.example\"; endswith;",
                    2
                ]
                |> List.map (fun (head, slot) ->
                    $"%s{head} reference:url,report.example/a?b=c; classtype:trojan-activity; priority:2; metadata:signature_severity Major, cti_confidence 80, tlp clear, cti_indicator %s{id 0}, created_at 2026_03_01, updated_at 2026_03_01, mitre_technique_id T1071.001, label botnet; sid:%d{9000000 + slot}; rev:3;)")
            yield
                $"alert http any any -> any 8080 (msg:\"Listed URL: http://u.example:8080/a%%20b?c=1#d\"; flow:to_server; http.host; to_lowercase; content:\"u.example\"; startswith; endswith; http.uri.raw; content:\"/a%%20b?c=1\"; startswith; endswith; classtype:trojan-activity; priority:2; metadata:signature_severity Major, cti_confidence 80, tlp clear, cti_indicator %s{id 4}, created_at 2026_03_01, updated_at 2026_03_01; sid:9000016; rev:1;)"
            yield
                $"alert http any any -> any any (msg:\"Listed URL: https://v.example/x\"; flow:to_server; http.host; to_lowercase; content:\"v.example\"; startswith; endswith; http.uri; content:\"/x\"; startswith; endswith; classtype:trojan-activity; priority:2; metadata:signature_severity Major, cti_confidence 80, tlp clear, cti_indicator %s{id 5}, created_at 2026_03_01, updated_at 2026_03_01; sid:9000020; rev:1;)"
            yield ""
        ]

    let renderer = RenderSpec.create spec
    Assert.Equal<string>(wanted, (Samples.render spec batch).Split '\n')
    let writer = Utf8Writer 16
    renderer.Rows(batch, ReadOnlySpan<int> [| 0 |], writer)
    Assert.Equal(1L, renderer.Losses.Total)

[<Fact>]
let ``options change action, SIDs, class and where names are looked for, and no SID moves when a place is added`` () =
    let options names =
        { RuleOptions.defaults with
            Action = RuleAction.Drop
            SidFrom = 10
            Names = names
            ClassType = "bad-unknown"
        }

    let sids names =
        rendered (options names) [ ObservableType.Domain, "a.example"; ObservableType.Domain, "b.example" ]
        |> SensorRule.parseAll
        |> List.map (fun rule ->
            Assert.StartsWith("drop ", rule.Header)
            Assert.Equal("bad-unknown", rule.One "classtype")
            rule.One "sid")

    Assert.Equal<string list>([ "12"; "16" ], sids [ RuleProtocol.Http ])

    Assert.Equal<string list>(
        [ "10"; "12"; "14"; "16" ],
        sids [ RuleProtocol.Dns; RuleProtocol.Http; RuleProtocol.Dns ]
    )

[<Fact>]
let ``types that a rule cannot look for are refused by type`` () =
    let said =
        [|
            ObservableType.Domain
            ObservableType.Url
            ObservableType.Ipv4
            ObservableType.Ipv6
            ObservableType.Cidr
            ObservableType.IpPort
        |]

    for observable in Array.except said ObservableType.all do
        Assert.Equal(ValueSome RenderReason.TypeNotHeld, hold observable "a.example")

    Assert.Equal(ValueSome RenderReason.TypeNotHeld, hold ObservableType.Url "ftp://a.example/")

[<Theory>]
[<InlineData("192.0.2.1")>]
[<InlineData("192.0.2.0/24")>]
[<InlineData("2001:db8::/32")>]
let ``canonical networks and addresses are held`` (value: string) =
    let kind =
        if value.Contains '/' then
            ObservableType.Cidr
        else
            ObservableType.Ipv4

    Assert.Equal(ValueNone, hold kind value)

[<Fact>]
let ``what is no canonical address, network or service is refused`` () =
    for kind, value in
        [
            ObservableType.Cidr, "192.0.2.1/24"
            ObservableType.Cidr, "0.0.0.0/0"
            ObservableType.Cidr, "::/0"
            ObservableType.Cidr, "192.0.2.0/33"
            ObservableType.Cidr, ""
            ObservableType.Ipv4, "010.0.0.1"
            ObservableType.Ipv4, "1.2.3.4,any"
            ObservableType.Ipv4, "any"
            ObservableType.Ipv4, "!1.2.3.4"
            ObservableType.Ipv4, "$HOME_NET"
            ObservableType.Ipv6, "::ffff:192.0.2.1"
            ObservableType.Ipv6, "fe80::1%eth0"
            ObservableType.Ipv6, "2001:DB8::1"
            ObservableType.IpPort, "192.0.2.1"
            ObservableType.IpPort, "192.0.2.1:any"
            ObservableType.IpPort, "192.0.2.1:80) (x"
            ObservableType.IpPort, ""
        ] do
        Assert.Equal(ValueSome RenderReason.NotCanonical, hold kind value)

[<Fact>]
let ``names and URLs that no traffic can show are refused`` () =
    for value in [ ""; "."; "a..b"; ".a"; "a."; "A.example"; "é.example" ] do
        Assert.Equal(ValueSome RenderReason.NotCanonical, hold ObservableType.Domain value)

    for value in [ "a\nb"; "a b"; "a\u0000"; "a\u007f" ] do
        Assert.Equal(ValueSome RenderReason.UnsafeText, hold ObservableType.Domain value)

    Assert.Equal(ValueSome RenderReason.ReservedWord, hold ObservableType.Domain "*.example")
    Assert.Equal(ValueSome RenderReason.TooLong, hold ObservableType.Domain (String('a', 254)))

    for value in
        [
            "http://"
            "http:///x"
            "http://a:b/"
            "http://a.example/\n"
            "http://a.example/ x"
            "http://A/"
        ] do
        Assert.Equal(ValueSome RenderReason.NotCanonical, hold ObservableType.Url value)

    Assert.Equal(ValueNone, hold ObservableType.Url ("http://a.example/" + String('a', 3_000)))
    Assert.Equal(ValueSome RenderReason.TooLong, hold ObservableType.Url ("http://a.example/" + String('a', 3_500)))
    Assert.Equal(ValueSome RenderReason.TooLong, hold ObservableType.Url ("http://a.example/" + String(';', 1_500)))

[<Fact>]
let ``the whole of a rule stays within what Suricata reads`` () =
    let batch = IndicatorBatch 1

    let row =
        Samples.add batch ObservableType.Url ("http://a.example/" + String.replicate 600 "a;")

    Assert.Equal(ValueNone, hold ObservableType.Url (batch.Value.Text row))

    let addresses =
        [
            for index in 1..16 -> $"feed\thttp://r%02d{index}.example/" + String('x', 280)
        ]

    batch.Remarks.Refer(row, ReadOnlySpan<byte>(Samples.utf8 (String.Join('\n', addresses))))
    batch.Labels[row] <- NameSet.Of [ for index in 1..90 -> $"label-%d{index}-" + String('y', 60) ]
    Assert.True((Samples.render spec batch).Length < 8_192)

[<Theory>]
[<InlineData("http://u.example", "u.example", "/", "http.uri", "any")>]
[<InlineData("http://u.example/", "u.example", "/", "http.uri", "any")>]
[<InlineData("http://u.example?a=b", "u.example", "/?a=b", "http.uri", "any")>]
[<InlineData("https://user:pass@u.example:8443/x;y:z|w\"#f?g", "u.example", "/x;y:z|w\"", "http.uri", "8443")>]
[<InlineData("http://[2001:db8::1]:81/x", "[2001:db8::1]", "/x", "http.uri", "81")>]
[<InlineData("http://192.0.2.1/a//b", "192.0.2.1", "/a//b", "http.uri.raw", "any")>]
[<InlineData("http://u.example/a/../b", "u.example", "/a/../b", "http.uri.raw", "any")>]
[<InlineData("http://u.example/a\\b", "u.example", "/a\\b", "http.uri.raw", "any")>]
[<InlineData("http://u.example/?u=http://x@y/", "u.example", "/?u=http://x@y/", "http.uri.raw", "any")>]
let ``a URL becomes its host, its port and what is asked for`` (url, host, target, buffer, port) =
    match rules [ ObservableType.Url, url ] with
    | [ rule ] ->
        Assert.Equal<string list>([ host; target ], rule.All "content" |> List.map SensorRule.bytes)
        Assert.Contains((buffer, ""), rule.Options)
        Assert.EndsWith($" any any -> any %s{port}", rule.Header)
    | other -> Assert.Fail $"%d{other.Length} rules"

let private hostile =
    [
        "a\"; sid:1; rev:1;) alert ip any any -> any any (msg:\"x"
        "a;b.example"
        "a\\b.example"
        "a|41|.example"
        "a:b.example"
        "$(reboot).example"
        "`id`.example"
        "a\nalert ip any any -> any any (sid:7;)"
        "a\r\nb.example"
        "# comment.example"
        "=cmd.example"
        "a\u001b[2J.example"
        "{{7*7}}.example"
        "../../etc/passwd"
        "a, b.example"
        "é.example"
        "a\u0085b.example"
        "!a.example"
        "a)b.example"
    ]

[<Fact>]
let ``hostile text stays inside its option, or is screened`` () =
    for text in hostile do
        let batch = IndicatorBatch 2
        let name = Samples.add batch ObservableType.Domain text
        let url = Samples.add batch ObservableType.Url $"http://u.example/%s{text}"

        for row in [ name; url ] do
            batch.Labels[row] <- NameSet.Of [ text; "good" ]
            batch.Sources[row] <- NameSet.Of [ text ]

            batch.Remarks.Refer(
                row,
                ReadOnlySpan<byte>(
                    Samples.utf8 $"%s{text.Replace('\n', ' ')}\thttp://r.example/%s{text.Replace('\n', ' ')}"
                )
            )

            batch.Remarks.Describe(row, ReadOnlySpan<byte>(Samples.utf8 text), Samples.now)

        let output = Samples.render spec batch
        let found = SensorRule.parseAll output
        Assert.All(output, (fun letter -> Assert.True(letter = '\n' || letter >= ' ' && letter <= '~')))

        let expected =
            [
                if (hold ObservableType.Domain text).IsNone then
                    yield! List.replicate 3 $".%s{text}"
                if (hold ObservableType.Url $"http://u.example/%s{text}").IsNone then
                    let target = $"/%s{text}"
                    yield "u.example"

                    yield
                        (match target.IndexOf '#' with
                         | -1 -> target
                         | at -> target.Substring(0, at))
            ]

        let patterns =
            found
            |> List.collect (fun rule -> rule.All "content" |> List.map SensorRule.bytes)

        Assert.Equal<string list>(List.sort expected, List.sort patterns)

        for rule in found do
            Assert.Contains("label good", rule.One "metadata")
            Assert.InRange(int (rule.One "sid"), 9_000_000, 9_000_007)
            Assert.Equal(1, rule.All("msg").Length)
