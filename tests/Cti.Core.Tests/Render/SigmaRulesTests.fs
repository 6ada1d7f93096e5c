// Sigma rules: golden bytes of each log source, levels and tags, hostile values. A parser of YAML reads them in the tests of the host.
module Cti.Core.Tests.SigmaRulesTests

open System
open System.Text.Json
open System.Text.RegularExpressions
open Cti.Core
open Xunit

let private spec = RenderSpec.SigmaRules SigmaRules.defaults

let private rule observable value =
    let batch = IndicatorBatch 2
    Samples.add batch observable value |> ignore
    Samples.render spec batch

/// From `logsource` on.
let private detection observable value =
    let text: string = rule observable value
    text.Substring(text.IndexOf("logsource", StringComparison.Ordinal))

/// Texts in double quotes behind a key or a dash, read as JSON reads them (no escape of ours is YAML's alone, but `\U`).
let private texts (rendered: string) : string list =
    [
        for found in Regex.Matches(rendered, "(?m)^ *(?:- |[\\w|-]+: )(\".*\")$") do
            let json =
                Regex.Replace(
                    found.Groups[1].Value,
                    @"(?<!\\)((?:\\\\)*)\\U([0-9a-f]{8})",
                    fun escape ->
                        escape.Groups[1].Value
                        + Char.ConvertFromUtf32(Convert.ToInt32(escape.Groups[2].Value, 16))
                )

            match JsonSerializer.Deserialize<string> json with
            | null -> ()
            | text -> text
    ]

[<Fact>]
let ``a rule, byte for byte`` () =
    let batch = IndicatorBatch 2
    let row = Samples.add batch ObservableType.Domain "a.example"
    batch.Labels[row] <- NameSet.Of [ "T1071.001"; "botnet"; "t1071.001" ]
    batch.Tlp[row] <- Tlp.AmberStrict
    batch.Remarks.Describe(row, ReadOnlySpan<byte> "said"B, Support.day 0)
    batch.Remarks.Refer(row, ReadOnlySpan<byte> "feed\thttps://f.example/1"B)

    Assert.Equal(
        "title: \"DNS query for a.example\"\n\
         id: "
        + Uuid.toText batch.Id[row]
        + "\n\
         status: test\n\
         description: \"said\"\n\
         references:\n  - \"https://f.example/1\"\n\
         date: 2026-03-01\n\
         modified: 2026-03-01\n\
         tags:\n  - tlp.amber-strict\n  - attack.t1071.001\n\
         labels:\n  - \"botnet\"\n\
         logsource:\n  category: dns\n\
         detection:\n  selection:\n    query: \"a.example\"\n  below:\n    query|endswith: \".a.example\"\n  condition: selection or below\n\
         level: high\n",
        Samples.render spec batch
    )

[<Fact>]
let ``each type is looked for where it is logged`` () =
    let selection source field value =
        $"logsource:\n  %s{source}\ndetection:\n  selection:\n    %s{field}: %s{value}\n  condition: selection\nlevel: high\n"

    let connection = "category: network_connection"
    Assert.Equal(selection connection "DestinationIp" "\"192.0.2.1\"", detection ObservableType.Ipv4 "192.0.2.1")

    Assert.Equal(
        selection connection "DestinationIp|cidr" "\"192.0.2.0/24\"",
        detection ObservableType.Cidr "192.0.2.0/24"
    )

    Assert.Equal(
        selection connection "DestinationIp" "\"2001:db8::1\"\n    DestinationPort: 443",
        detection ObservableType.IpPort "[2001:db8::1]:443"
    )

    Assert.Equal(
        selection "category: proxy" "c-uri" "\"http://a.example/\\\\?q=\\\\*\"",
        detection ObservableType.Url "http://a.example/?q=*"
    )

    Assert.Equal(selection "category: proxy" "c-useragent" "\"curl/8\"", detection ObservableType.UserAgent "curl/8")
    let md5 = "d41d8cd98f00b204e9800998ecf8427e"

    Assert.Equal(
        selection "category: process_creation\n  product: windows" "Hashes|contains" $"\"MD5=%s{md5}\"",
        detection ObservableType.Md5 md5
    )

[<Fact>]
let ``without sub-domains a name stands for itself`` () =
    let spec =
        RenderSpec.SigmaRules
            {
                Status = SigmaStatus.Stable
                Subdomains = false
            }

    let batch = IndicatorBatch 2
    Samples.add batch ObservableType.Domain "a.example" |> ignore
    let text = Samples.render spec batch
    Assert.DoesNotContain("endswith", text)
    Assert.Contains("status: stable\n", text)

[<Fact>]
let ``a level follows from the score, and is never critical`` () =
    let levels =
        [
            for score in [ 0; 999; 1_000; 3_999; 4_000; 7_499; 7_500; 10_000 ] -> SigmaRules.level score
        ]

    Assert.Equal<string list>(
        [
            "informational"
            "informational"
            "low"
            "low"
            "medium"
            "medium"
            "high"
            "high"
        ],
        levels
    )

[<Fact>]
let ``what is logged nowhere is refused`` () =
    Assert.Equal(ValueSome RenderReason.TypeNotHeld, Hostile.hold spec ObservableType.Mutex "x")
    Assert.Equal(ValueSome RenderReason.NotCanonical, Hostile.hold spec ObservableType.Md5 "x")
    Assert.Equal(ValueSome RenderReason.NotCanonical, Hostile.hold spec ObservableType.IpPort "192.0.2.1")

/// Sigma's escapes undone, by its specification: a backslash takes the meaning of what follows it.
let private plain (value: string) =
    Regex.Replace(value, @"\\([\\*?])", "$1")

[<Fact>]
let ``hostile texts stay inside of their strings`` () =
    for text in Hostile.texts do
        let batch = IndicatorBatch 2
        Hostile.add batch ObservableType.UserAgent text text |> ignore
        let rendered = Samples.render spec batch

        // Title, description, two labels, and the value, in which Sigma has escapes of its own.
        let found = texts rendered

        Assert.Equal<string list>(
            [ "Request by " + text; text; "plain"; text ] |> List.sort,
            found |> List.take 4 |> List.sort
        )

        Assert.Equal(text, plain found[4])
        Assert.Equal(5, found.Length)
        Assert.Equal(19, (rendered.Split '\n').Length)
