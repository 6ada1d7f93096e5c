// Rules for Snort 3, read back by a small reader and held against the manual's grammar of headers, options and their order.
module Cti.Core.Tests.SnortRulesTests

open System
open System.Text.RegularExpressions
open Cti.Core
open Xunit

let private options =
    { RuleOptions.defaults with
        Names = [ RuleProtocol.Dns; RuleProtocol.Http ]
    }

let private spec = RenderSpec.SnortRules options

let private hold (observable: ObservableType) (value: string) =
    (RenderSpec.create spec).CanHold(observable, ReadOnlySpan<byte>(Samples.utf8 value))

let private rules (values: (ObservableType * string) list) =
    let batch = IndicatorBatch(values.Length + 1)

    for observable, value in values do
        Samples.add batch observable value |> ignore

    Samples.render spec batch |> SensorRule.parseAll

/// What Snort 3's manual allows of what we write: service headers, or a protocol with networks and ports; options it knows, each once but content; sticky
/// buffers before what they are of.
let private check (rule: SensorRule.Rule) =
    Assert.Matches(
        @"^(alert|drop|reject) ((dns|http)|(ip|tcp|udp) any any <> [0-9a-f.:/]+ (any|[0-9]{1,5}))$",
        rule.Header
    )

    let known =
        [
            "msg"
            "flow"
            "content"
            "pcre"
            "http_header"
            "http_uri"
            "http_raw_uri"
            "bufferlen"
            "reference"
            "classtype"
            "priority"
            "metadata"
            "sid"
            "rev"
        ]

    for name, _ in rule.Options do
        Assert.Contains(name, known)

    for name in [ "msg"; "classtype"; "priority"; "metadata"; "sid"; "rev" ] do
        rule.One name |> ignore

    for content in rule.All "content" do
        Assert.Matches("^\"[^\"]+\"(,nocase)?$", content)
        SensorRule.bytes (content.Replace(",nocase", "")) |> ignore

    for expression in rule.All "pcre" do
        // Only what is written out: anchors, a group, escaped bytes, letters and digits.
        Assert.Matches(
            @"^""/\^?(\(\^\|\\\.\))?([a-z0-9]|\\x[0-9a-f]{2})+(\(:\[0-9\]\+\)\?|\(:\(80\|443\)\)\?|:[0-9]+)\$(/i)""$",
            expression
        )

    Assert.Matches("^[1-9][0-9]*$", rule.One "sid")
    Assert.Matches("^[1-9][0-9]*$", rule.One "rev")

let private matches (rule: SensorRule.Rule) (host: string) =
    let expression = (rule.One "pcre").TrimStart('"').TrimStart('/')
    Regex.IsMatch(host, expression.Substring(0, expression.LastIndexOf '/'), RegexOptions.IgnoreCase)

[<Fact>]
let ``rules, byte for byte`` () =
    let batch = IndicatorBatch 8
    let id (row: int) = Uuid.toText batch.Id[row]
    let name = Samples.add batch ObservableType.Domain "evil-1.example"
    let service = Samples.add batch ObservableType.IpPort "[2001:db8::9]:443"
    let url = Samples.add batch ObservableType.Url "http://u.example:8080/a%20b?c=1#d"
    let address = Samples.add batch ObservableType.Ipv4 "192.0.2.4"

    let tail row sid =
        $"classtype:trojan-activity; priority:2; metadata:signature_severity Major, cti_confidence 80, tlp clear, cti_indicator %s{id row}, created_at 2026_03_01, updated_at 2026_03_01; sid:%d{sid}; rev:1;)"

    Assert.Equal<string>(
        [
            $"alert ip any any <> 192.0.2.4 any (msg:\"Listed address: 192.0.2.4\"; %s{tail address 9000012}"
            $"alert tcp any any <> 2001:db8::9 443 (msg:\"Listed service: [2001:db8::9]:443\"; %s{tail service 9000004}"
            $"alert udp any any <> 2001:db8::9 443 (msg:\"Listed service: [2001:db8::9]:443\"; %s{tail service 9000005}"
            $"alert dns (msg:\"Listed name in a DNS query: evil-1.example\"; flow:to_server; content:\"|06|evil-1|07|example|00|\",nocase; %s{tail name 9000000}"
            $"alert http (msg:\"Listed name in an HTTP request: evil-1.example\"; flow:to_server,established; http_header:field host; content:\"evil-1.example\",nocase; pcre:\"/(^|\\.)evil\\x2d1\\x2eexample(:[0-9]+)?$/i\"; %s{tail name 9000002}"
            $"alert http (msg:\"Listed URL: http://u.example:8080/a%%20b?c=1#d\"; flow:to_server,established; http_header:field host; content:\"u.example\",nocase; pcre:\"/^u\\x2eexample:8080$/i\"; http_raw_uri; bufferlen:10; content:\"/a%%20b?c=1\"; %s{tail url 9000008}"
            ""
        ],
        (Samples.render spec batch).Split '\n'
    )

[<Fact>]
let ``every rule of random indicators is one that the manual allows, and no SID is there twice`` () =
    let found = Samples.render spec (Samples.batch 12 2_000) |> SensorRule.parseAll
    Assert.True(found.Length > 300)
    found |> List.iter check
    let sids = found |> List.map (fun rule -> rule.One "sid")
    Assert.Equal(sids.Length, (List.distinct sids).Length)

[<Fact>]
let ``a listed name matches itself and names under it, with and without a port, and no other`` () =
    let rule =
        rules [ ObservableType.Domain, "evil.example" ]
        |> List.find (fun rule -> rule.Header.EndsWith "http")

    for host in [ "evil.example"; "EVIL.example"; "a.evil.example"; "evil.example:8080" ] do
        Assert.True(matches rule host, host)

    for host in [ "notevil.example"; "evil.example.org"; "evilxexample"; "evil.example:8080x" ] do
        Assert.False(matches rule host, host)

[<Fact>]
let ``hostile text stays inside its option, or is screened`` () =
    for text in
        [
            "a\"; sid:1;) alert ip any any -> any any (msg:\"x"
            "a;b.example"
            "a\\b.example"
            "a|41|.example"
            "a/i.example"
            "(a+)+$.example"
            ".*.example"
            "[a.example"
            "a\nb.example"
            "# a.example"
            "a\u001b[2J"
            "é.example"
        ] do
        let batch = IndicatorBatch 2
        let name = Samples.add batch ObservableType.Domain text
        let url = Samples.add batch ObservableType.Url $"http://%s{text}/%s{text}"

        for row in [ name; url ] do
            batch.Labels[row] <- NameSet.Of [ text ]
            batch.Sources[row] <- NameSet.Of [ text ]

            batch.Remarks.Refer(
                row,
                ReadOnlySpan<byte>(Samples.utf8 $"feed\thttp://r.example/%s{text.Replace('\n', ' ')}")
            )

        let found = Samples.render spec batch |> SensorRule.parseAll
        found |> List.iter check

        match hold ObservableType.Domain text with
        | ValueSome _ -> Assert.DoesNotContain(found, (fun (rule: SensorRule.Rule) -> rule.Header.EndsWith "dns"))
        | ValueNone ->
            let rule = found |> List.find (fun rule -> (rule.One "sid") = "9000002")
            Assert.True(matches rule text, text)
            Assert.True(matches rule ("a." + text), text)
            Assert.False(matches rule ("a" + text), text)
            Assert.Equal(text, SensorRule.bytes ((rule.One "content").Replace(",nocase", "")))

[<Fact>]
let ``labels too long for a query and other types are refused`` () =
    Assert.Equal(ValueSome RenderReason.TooLong, hold ObservableType.Domain (String('a', 64) + ".example"))
    Assert.Equal(ValueSome RenderReason.TypeNotHeld, hold ObservableType.Md5 (String('a', 32)))
    Assert.Equal(ValueSome RenderReason.TypeNotHeld, hold ObservableType.Url "ftp://a.example/")
    Assert.Equal(ValueSome RenderReason.TooLong, hold ObservableType.Url ("http://a.example/" + String('a', 4_000)))
