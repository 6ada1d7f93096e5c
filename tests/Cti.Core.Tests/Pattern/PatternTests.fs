// STIX patterns: the grammar, its printed form, and what of it becomes observables.
module Cti.Core.Tests.Pattern.PatternTests

open System
open System.Text.Json
open FsCheck
open FsCheck.FSharp
open Xunit
open Xunit.Abstractions
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Read
open Cti.Core.Tests.Pattern.PatternGen

let private parsed text =
    match PatternParser.parse text with
    | Ok pattern -> pattern
    | Error error -> failwith $"%s{text}: column %d{error.Column}: %s{error.Problem}"

let private meaning text =
    match PatternMeaning.ofPattern (parsed text) with
    | PatternMeaning.Whole -> "whole"
    | PatternMeaning.Observables(found, dropped) ->
        let values =
            found
            |> List.map (fun (kind, value) -> $"%s{ObservableType.name kind}=%s{value}")

        let dropped = dropped |> List.map (fun path -> $"-%s{PatternPrinter.pathText path}")

        String.Join(" ", values @ dropped)

// Forms of the grammar of STIX 2.1 §9, and of 2.0.
[<Theory>]
[<InlineData("[file:size = 1280]")>]
[<InlineData("[file:size != -5 AND file:size < +1.5 AND file:size <= 1 AND file:size > .5 AND file:size >= 0]")>]
[<InlineData("[ file : name='x' OR(file:size <> 3)]")>]
[<InlineData("[file:hashes.'SHA-256' == 'aa' AND file:hashes[*] = 'bb' AND file:x[0].y[-1].'z z' = 'cc']")>]
[<InlineData("[x:a NOT = 1 AND x:b NOT LIKE 'a%' AND x:c NOT IN ('a', 1, true, h'0f') AND x:d NOT MATCHES '^\\\\d$']")>]
[<InlineData("[ipv4-addr:value ISSUBSET '192.0.2.0/24' OR ipv4-addr:value NOT ISSUPERSET '192.0.2.0/24']")>]
[<InlineData("[EXISTS file:name AND NOT EXISTS file:extensions.'ntfs-ext']")>]
[<InlineData("[x:a IN ()]")>]
[<InlineData("[x:t = t'2018-03-22T12:11:14.1Z' AND x:b = b'dGVzdA==' AND x:h = h'' AND x:f = false]")>]
[<InlineData("[a:b = 1] AND [a:b = 2] OR [a:b = 3] FOLLOWEDBY ([a:b = 4] OR [a:b = 5]) REPEATS 5 TIMES WITHIN 0.5 SECONDS")>]
[<InlineData("([a:b = 1] REPEATS 2 TIMES) REPEATS 2 TIMES")>]
[<InlineData("[a:b = 1] START t'2016-06-01T01:30:00.123Z' STOP t'2016-06-01T02:20:00Z'")>]
[<InlineData("[a:b = 1] START '2016-06-01T01:30:00Z' STOP '2016-06-01T02:20:00Z'")>]
[<InlineData("/* about */ [a:b = 'it\\'s \\\\ here'] // more")>]
[<InlineData("[file:hashes.SHA-256 = 'aa']")>]
let ``A pattern is read, and printed so that it is read as the same`` (text: string) =
    let pattern = parsed text
    Assert.Equal(pattern, parsed (PatternPrinter.print pattern))

[<Theory>]
[<InlineData("", 1)>]
[<InlineData("file:size = 1", 1)>]
[<InlineData("[file:size = ]", 14)>]
[<InlineData("[file.size = 1]", 6)>]
[<InlineData("[file:name = bare]", 14)>]
[<InlineData("[file:name MATCHES /x/]", 20)>]
[<InlineData("[a:b = 1] within 2 SECONDS", 11)>]
[<InlineData("[a:b = 1] WITHIN 5 HOURS", 20)>]
[<InlineData("[a:b = 1] WITHIN -5 SECONDS", 28)>]
[<InlineData("[a:b =? 'x']", 7)>]
[<InlineData("[a:b = 'x]", 11)>]
[<InlineData("[a:b = 'x\\d']", 11)>]
[<InlineData("[a:b = 01]", 10)>]
[<InlineData("[a:b < true]", 8)>]
[<InlineData("[a:b = 1", 9)>]
[<InlineData("[a:b = 1]]", 10)>]
[<InlineData("[a:b = t'2016-13-01T00:00:00Z']", 30)>]
[<InlineData("[a:b = h'0']", 11)>]
[<InlineData("[a:b = b'====']", 14)>]
[<InlineData("[a:b = 99999999999999999999]", 28)>]
[<InlineData("[a:b = 1] REPEATS 2 TIMES REPEATS 2 TIMES", 42)>]
[<InlineData("[a:b = 1] AND", 14)>]
let ``What is no pattern tells the column at which it breaks`` (text: string, column: int) =
    match PatternParser.parse text with
    | Ok pattern -> failwith $"read as %s{PatternPrinter.print pattern}"
    | Error error ->
        Assert.Equal(column, error.Column)
        Assert.NotEqual<string>("", error.Problem)

[<Fact>]
let ``A fault is told in words`` () =
    let problem text =
        match PatternParser.parse text with
        | Ok _ -> ""
        | Error error -> error.Problem

    Assert.Equal("here should stand `.` or `NOT` or `[` or a comparison such as `=`", problem "[file:name 'x']")
    Assert.Contains("no point in time", problem "[a:b = t'yesterday']")

[<Fact>]
let ``Brackets are bounded, and 50,000 of them do no harm`` () =
    let deep count =
        "[" + String('(', count) + "a:b = 1" + String(')', count) + "]"

    Assert.True((PatternParser.parse (deep 64)).IsOk)
    Assert.True((PatternParser.parse (deep 65)).IsError)
    Assert.True((PatternParser.parse (deep 30_000)).IsError)
    Assert.True((PatternParser.parse (String('(', 50_000))).IsError)
    Assert.True((PatternParser.parse (String('[', 70_000))).IsError)

    let wide = "[" + String.Join(" OR ", Seq.replicate 5_000 "a:b = 1") + "]"

    Assert.True((PatternParser.parse wide).IsOk)

[<Fact>]
let ``Parser and printer are inverses`` () =
    checkMany
        3_000
        (Prop.forAll (Arb.fromGen pattern) (fun pattern ->
            PatternParser.parse (PatternPrinter.print pattern) = Ok pattern))

[<Fact>]
let ``Any text is read or refused within its length`` () =
    let pieces =
        Gen.elements
            [
                "["
                "]"
                "("
                ")"
                "a:b"
                "file:hashes.MD5"
                "'x'"
                "'"
                "="
                "!="
                "IN"
                "LIKE"
                "AND"
                "OR"
                "NOT"
                "EXISTS"
                " "
                "FOLLOWEDBY"
                "REPEATS"
                "5"
                "TIMES"
                "WITHIN"
                "SECONDS"
                "\\"
                "t'2016-01-01T00:00:00Z'"
                ","
                "//"
                "/*"
                "1.5"
            ]

    checkMany
        3_000
        (Prop.forAll (Arb.fromGen (Gen.listOf pieces)) (fun pieces ->
            let text = String.Join(" ", pieces)

            match PatternParser.parse text with
            | Ok pattern -> parsed (PatternPrinter.print pattern) = pattern
            | Error error -> error.Column >= 1 && error.Column <= text.Length + 1))

[<Theory>]
[<InlineData("[ipv4-addr:value = '192.0.2.1']", "ipv4=192.0.2.1")>]
[<InlineData("[ipv4-addr:value = '192.0.2.0/24']", "cidr=192.0.2.0/24")>]
[<InlineData("[ipv4-addr:value ISSUBSET '192.0.2.0/24']", "cidr=192.0.2.0/24")>]
[<InlineData("[ipv6-addr:value = '2001:db8::1']", "ipv6=2001:db8::1")>]
[<InlineData("[domain-name:value = 'a.example' OR domain-name:value = 'b.example']", "domain=a.example domain=b.example")>]
[<InlineData("[domain-name:value = 'a.example'] OR [url:value = 'http://a.example/']",
             "domain=a.example url=http://a.example/")>]
[<InlineData("[domain-name:value IN ('a.example', 'b.example')]", "domain=a.example domain=b.example")>]
[<InlineData("[email-addr:value = 'a@example.com']", "email=a@example.com")>]
[<InlineData("[email-message:from_ref.value = 'a@example.com']", "email=a@example.com")>]
[<InlineData("[file:hashes.'SHA-256' = 'aa']", "sha256=aa")>]
[<InlineData("[file:hashes.md5 = 'aa']", "md5=aa")>]
[<InlineData("[file:hashes.MD5 = 'aa' AND file:hashes.'SHA-1' = 'bb' AND file:hashes.SSDEEP = 'cc']",
             "md5=aa sha1=bb ssdeep=cc")>]
[<InlineData("[file:hashes.MD5 = 'aa' AND file:hashes.MD5 = 'bb']", "whole")>]
[<InlineData("[file:hashes.MD5 = 'aa' AND file:name = 'x.exe']", "whole")>]
[<InlineData("[file:hashes.IMPHASH = 'aa']", "whole")>]
[<InlineData("[file:name = 'x.exe']", "file_name=x.exe")>]
[<InlineData("[file:name = '/tmp/x']", "file_path=/tmp/x")>]
[<InlineData("[file:name = 'x.exe' AND file:parent_directory_ref.path = 'C:\\\\Temp']", "file_path=C:\\Temp\\x.exe")>]
[<InlineData("[file:parent_directory_ref.path = '/tmp/' AND file:name = 'x']", "file_path=/tmp/x")>]
[<InlineData("[directory:path = '/tmp/x']", "file_path=/tmp/x")>]
[<InlineData("[mutex:name = 'm']", "mutex=m")>]
[<InlineData("[windows-registry-key:key = 'HKLM\\\\Software\\\\X']", "registry_key=HKLM\\Software\\X")>]
[<InlineData("[windows-registry-key:key = 'HKLM\\\\X' AND windows-registry-key:values[*].name = 'v']", "whole")>]
[<InlineData("[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 443]",
             "ip_port=192.0.2.1:443")>]
[<InlineData("[network-traffic:dst_ref.value = '2001:db8::1' AND network-traffic:dst_port = '443' AND network-traffic:protocols[*] = 'tcp']",
             "ip_port=[2001:db8::1]:443 -network-traffic:protocols[*]")>]
[<InlineData("[network-traffic:dst_ref.type = 'domain-name' AND network-traffic:dst_ref.value = 'a.example']",
             "domain=a.example")>]
[<InlineData("[network-traffic:src_ref.value = '192.0.2.1' AND network-traffic:src_port = 443]", "whole")>]
[<InlineData("[network-traffic:src_ref.value = '192.0.2.1' AND network-traffic:dst_ref.value = '192.0.2.2']", "whole")>]
[<InlineData("[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'x']", "user_agent=x")>]
[<InlineData("[x509-certificate:hashes.'SHA-1' = 'aa' AND x509-certificate:hashes.'SHA-256' = 'bb']",
             "certificate_sha1=aa certificate_sha256=bb")>]
[<InlineData("[autonomous-system:number = 64496]", "asn=64496")>]
[<InlineData("[mac-addr:value = '00:00:5e:00:53:01']", "mac=00:00:5e:00:53:01")>]
[<InlineData("[process:name = 'x']", "whole")>]
[<InlineData("[domain-name:value LIKE '%.example']", "whole")>]
[<InlineData("[domain-name:value MATCHES 'x']", "whole")>]
[<InlineData("[domain-name:value != 'a.example']", "whole")>]
[<InlineData("[domain-name:value NOT = 'a.example']", "whole")>]
[<InlineData("[ipv4-addr:value NOT ISSUBSET '192.0.2.0/24']", "whole")>]
[<InlineData("[domain-name:value = 'a.example' AND domain-name:resolves_to_refs[*].value = '192.0.2.1']", "whole")>]
[<InlineData("[domain-name:value = 'a.example' OR process:name = 'x']", "whole")>]
[<InlineData("[domain-name:value = 'a.example'] AND [ipv4-addr:value = '192.0.2.1']", "whole")>]
[<InlineData("[domain-name:value = 'a.example'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.1']", "whole")>]
[<InlineData("[domain-name:value = 'a.example'] REPEATS 5 TIMES", "whole")>]
[<InlineData("[domain-name:value = 'a.example'] OR [ipv4-addr:value = '192.0.2.1'] WITHIN 5 SECONDS", "whole")>]
[<InlineData("[file:hashes.MD5 = 'aa' AND url:value = 'http://a.example/']", "whole")>]
let ``Simple patterns become observables, compound ones stay whole`` (text: string, expected: string) =
    Assert.Equal(expected, meaning text)

/// Every pattern of the shared feeds.
let private realPatterns (folder: string) : string list =
    [
        for listed in SharedData.manifest folder do
            if listed.Format.StartsWith("STIX 2", StringComparison.Ordinal) then
                use document = JsonDocument.Parse(SharedData.bytes folder listed.File)

                let objects =
                    match document.RootElement.ValueKind with
                    | JsonValueKind.Array -> document.RootElement
                    | _ -> document.RootElement.GetProperty "objects"

                for item in objects.EnumerateArray() do
                    match item.TryGetProperty "pattern" with
                    | true, pattern -> string (pattern.GetString())
                    | _ -> ()
    ]

type RealPatterns(output: ITestOutputHelper) =
    [<Fact>]
    member _.``Every pattern of the shared feeds is read and printed so that it is read as the same``() =
        match SharedData.folder with
        | None -> output.WriteLine "skipped: no shared data beside the repository"
        | Some folder ->
            let patterns = realPatterns folder
            Assert.True(patterns.Length > 6_000)

            for text in List.distinct patterns do
                let pattern = parsed text
                Assert.Equal(pattern, parsed (PatternPrinter.print pattern))
