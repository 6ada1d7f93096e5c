// The public suffix list: the project's own test cases, the algorithm written down naively, and the real list where it is to be had.
module Cti.Core.Tests.Screen.PublicSuffixTests

open System
open System.IO
open System.Text
open Cti.Core
open Cti.Core.Tests.Normalise
open FsCheck
open FsCheck.FSharp
open Xunit
open Xunit.Abstractions

let private parse sections (text: string) =
    PublicSuffixList.Parse("suffixes.dat", ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes text), sections)

let listOf (text: string) =
    match parse SuffixSections.All text with
    | Ok list -> list
    | Error error -> raise (Xunit.Sdk.XunitException(ScreenError.message error))

// Enough of the list for its published test cases.
let private sample =
    """
// A comment, with a name.com in it
biz
com
ac
*.mm
jp
ac.jp
kyoto.jp
ide.kyoto.jp
*.kobe.jp
!city.kobe.jp
*.ck
!www.ck
us
ak.us
k12.ak.us
cn
com.cn
公司.cn   // behind white space: no part of the rule
中国
// ===BEGIN PRIVATE DOMAINS===
uk.com
// ===END PRIVATE DOMAINS===
"""

// checkPublicSuffix, as publicsuffix.org publishes it: a host and its registered domain, "" where it has none.
let private vectors =
    [
        "com", ""
        "example.COM", "example.com"
        "WwW.example.COM", "example.com"
        "example", ""
        "example.example", "example.example"
        "b.example.example", "example.example"
        "a.b.example.example", "example.example"
        "biz", ""
        "domain.biz", "domain.biz"
        "b.domain.biz", "domain.biz"
        "a.b.domain.biz", "domain.biz"
        "b.example.com", "example.com"
        "a.b.example.com", "example.com"
        "uk.com", ""
        "example.uk.com", "example.uk.com"
        "b.example.uk.com", "example.uk.com"
        "a.b.example.uk.com", "example.uk.com"
        "test.ac", "test.ac"
        "mm", ""
        "c.mm", ""
        "b.c.mm", "b.c.mm"
        "a.b.c.mm", "b.c.mm"
        "jp", ""
        "test.jp", "test.jp"
        "www.test.jp", "test.jp"
        "ac.jp", ""
        "test.ac.jp", "test.ac.jp"
        "www.test.ac.jp", "test.ac.jp"
        "kyoto.jp", ""
        "test.kyoto.jp", "test.kyoto.jp"
        "ide.kyoto.jp", ""
        "b.ide.kyoto.jp", "b.ide.kyoto.jp"
        "a.b.ide.kyoto.jp", "b.ide.kyoto.jp"
        "c.kobe.jp", ""
        "b.c.kobe.jp", "b.c.kobe.jp"
        "a.b.c.kobe.jp", "b.c.kobe.jp"
        "city.kobe.jp", "city.kobe.jp"
        "www.city.kobe.jp", "city.kobe.jp"
        "ck", ""
        "test.ck", ""
        "b.test.ck", "b.test.ck"
        "a.b.test.ck", "b.test.ck"
        "www.ck", "www.ck"
        "www.www.ck", "www.ck"
        "us", ""
        "test.us", "test.us"
        "www.test.us", "test.us"
        "ak.us", ""
        "test.ak.us", "test.ak.us"
        "www.test.ak.us", "test.ak.us"
        "k12.ak.us", ""
        "test.k12.ak.us", "test.k12.ak.us"
        "www.test.k12.ak.us", "test.k12.ak.us"
        "食狮.com.cn", "xn--85x722f.com.cn"
        "食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn"
        "www.食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn"
        "shishi.公司.cn", "shishi.xn--55qx5d.cn"
        "公司.cn", ""
        "食狮.中国", "xn--85x722f.xn--fiqs8s"
        "www.食狮.中国", "xn--85x722f.xn--fiqs8s"
        "shishi.中国", "shishi.xn--fiqs8s"
        "xn--fiqs8s", ""
        "xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"
        "xn--55qx5d.cn", ""
    ]

let private canonical (host: string) =
    match Normalise.tryParse (TypeHint.Fixed ObservableType.Domain) host with
    | Ok subject -> subject.Value
    | Error _ -> host.ToLowerInvariant()

let private registered (list: PublicSuffixList) (host: string) =
    list.RegisteredDomain(canonical host) |> ValueOption.defaultValue ""

let private ruleOf (list: PublicSuffixList) (host: string) =
    match list.RuleOf(ReadOnlySpan<byte>(Encoding.UTF8.GetBytes(canonical host))) with
    | -1 -> ""
    | rule -> list.Rules.Text rule

[<Fact>]
let ``the published test cases hold`` () =
    let list = listOf sample

    for host, expected in vectors do
        Assert.Equal((host, expected), (host, registered list host))

[<Fact>]
let ``a suffix names its rule, as the file writes it; other names have none`` () =
    let list = listOf sample
    Assert.Equal("ac.jp", ruleOf list "ac.jp")
    Assert.Equal("*.ck", ruleOf list "anything.ck")
    Assert.Equal("公司.cn", ruleOf list "公司.cn")
    Assert.Equal("uk.com", ruleOf list "uk.com")

    for host in [ "www.ck"; "example.com"; "city.kobe.jp"; "a.anything.ck"; "unlisted.tld" ] do
        Assert.Equal("", ruleOf list host)

[<Fact>]
let ``without the private section its names are names like others`` () =
    match parse SuffixSections.Icann sample with
    | Ok list ->
        Assert.Equal("", ruleOf list "uk.com")
        Assert.Equal("uk.com", registered list "example.uk.com")
    | Error error -> Assert.Fail(ScreenError.message error)

[<Fact>]
let ``a file that is no such list says which line`` () =
    let code (text: string) =
        match parse SuffixSections.All text with
        | Ok _ -> ""
        | Error error -> $"%s{ScreenError.code error} %s{ScreenError.message error}"

    Assert.StartsWith(
        "CTI-SCREEN-106 Line 2 of the public suffix list suffixes.dat is no rule: <html>",
        code "com\n<html>\n"
    )

    Assert.StartsWith("CTI-SCREEN-106", code "*.\n")
    Assert.StartsWith("CTI-SCREEN-106", code "a.*.b\n")
    Assert.StartsWith("CTI-SCREEN-106", code "!com\n")
    Assert.StartsWith("CTI-SCREEN-106", code (String('x', 5000)))
    Assert.StartsWith("CTI-SCREEN-107", code "// nothing\n\n")

// The algorithm as publicsuffix.org states it, over lists of labels.
let private naive (rules: string list) (host: string) : string =
    let labels = host.Split('.') |> List.ofArray |> List.rev

    let matches (rule: string) =
        let wanted = rule.TrimStart('!').Split('.') |> List.ofArray |> List.rev

        wanted.Length <= labels.Length
        && List.forall2
            (fun (want: string) (label: string) -> want = "*" || want = label)
            wanted
            (List.take wanted.Length labels)

    let found = rules |> List.filter matches

    let length =
        match found |> List.tryFind (fun rule -> rule.StartsWith '!') with
        | Some rule -> rule.Split('.').Length - 1
        | None -> found |> List.map (fun rule -> rule.Split('.').Length) |> List.fold max 1

    if labels.Length > length then
        labels |> List.take (length + 1) |> List.rev |> String.concat "."
    else
        ""

[<Fact>]
let ``the registered domain is the one of the algorithm as it is stated`` () =
    let label = Gen.elements [ "a"; "b"; "c" ]

    let name least most =
        Gen.choose (least, most)
        |> Gen.bind (fun count -> Gen.listOfLength count label)
        |> Gen.map (String.concat ".")

    let rule =
        Gen.oneof
            [
                name 1 3
                name 1 2 |> Gen.map (fun text -> "*." + text)
                // An exception makes sense below a wildcard only, and is one label longer than it.
                name 2 3 |> Gen.map (fun text -> "!" + text)
            ]

    // Of two exceptions for one name the list says nothing: the shorter stands.
    let sensible (rules: string list) =
        rules
        |> List.filter (fun rule ->
            not (rule.StartsWith '!')
            || not (
                rules
                |> List.exists (fun other ->
                    other <> rule
                    && other.StartsWith '!'
                    && (rule.EndsWith("." + other.Substring 1, StringComparison.Ordinal)))
            ))

    Gen.zip (Gen.listOf rule |> Gen.map sensible) (name 1 5)
    |> Arb.fromGen
    |> fun cases ->
        Prop.forAll cases (fun (rules, host) ->
            let list = listOf (String.concat "\n" ("zz" :: rules))
            let found = list.RegisteredDomain host |> ValueOption.defaultValue ""
            found = naive rules host)
    |> Check.QuickThrowOnFailure

type RealList(output: ITestOutputHelper) =
    [<Fact>]
    member _.``the published list is read, and its test cases hold``() =
        match RealListTests.sharedData () with
        | None -> output.WriteLine "skipped: ../shared/data is not there"
        | Some root ->
            let bytes = File.ReadAllBytes(Path.Combine(root, "lists", "public_suffix_list.dat"))

            match PublicSuffixList.Parse("public_suffix_list.dat", ReadOnlyMemory<byte> bytes, SuffixSections.All) with
            | Error error -> Assert.Fail(ScreenError.message error)
            | Ok list ->
                output.WriteLine $"%d{list.Rules.Count} rules"

                for host, expected in vectors do
                    Assert.Equal((host, expected), (host, registered list host))

                Assert.Equal("github.io", ruleOf list "github.io")
                Assert.Equal("someone.github.io", registered list "www.someone.github.io")
                Assert.Equal("co.uk", ruleOf list "co.uk")
