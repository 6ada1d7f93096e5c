// The rule_file output: rules as they came, of one id the newest, in an order their tool takes.
module Cti.Core.Tests.RuleFileTests

open System
open Xunit
open Cti.Core

let private render (language: RuleLanguage) (rules: string list) =
    let batch = IndicatorBatch(max 1 rules.Length)
    let observable = RuleLanguage.observable language

    for rule in rules do
        Samples.add batch observable rule |> ignore

    Samples.render (RenderSpec.RuleFile language) batch

let private canHold (language: RuleLanguage) (observable: ObservableType) (text: string) =
    (RenderSpec.create (RenderSpec.RuleFile language)).CanHold(observable, ReadOnlySpan<byte>(Samples.utf8 text))

let private ids (sid: int) (revision: int) (text: string) =
    $"alert tcp any any -> any any (msg:\"%s{text}\"; sid:%d{sid}; rev:%d{revision};)"

[<Fact>]
let ``Of rules with one sid the newest revision stays`` () =
    let rules =
        [
            ids 2 1 "b"
            ids 1 3 "new"
            ids 1 10 "newest"
            ids 1 2 "old"
            "alert ip any any -> any any (sid:1; gid:3; rev:1;)"
        ]

    let expected =
        [
            ids 1 10 "newest"
            ids 2 1 "b"
            "alert ip any any -> any any (sid:1; gid:3; rev:1;)"
        ]

    for order in [ rules; List.rev rules ] do
        Assert.Equal(String.concat "\n" expected + "\n", render RuleLanguage.Suricata order)

[<Fact>]
let ``YARA rules stand behind those they need`` () =
    let rule (name: string) (condition: string) =
        $"rule %s{name} {{ condition: %s{condition} }}"

    let rules =
        [
            rule "a" "z or b"
            rule "b" "true"
            "import \"pe\"\n" + rule "c" "pe.is_dll() and z"
            rule "z" "b"
        ]

    Assert.Equal(String.concat "\n\n" [ rules[1]; rules[3]; rules[0]; rules[2] ] + "\n", render RuleLanguage.Yara rules)
    // In a circle they cannot all; each still stands once.
    let circle = [ rule "a" "b"; rule "b" "a" ]
    Assert.Equal(String.concat "\n\n" (List.rev circle) + "\n", render RuleLanguage.Yara circle)

[<Fact>]
let ``Sigma rules are documents, and a collection ends where it should`` () =
    let rule (id: string) (date: string) =
        $"title: T %s{id}\nid: %s{id}\nmodified: %s{date}\nlogsource:\n  product: x\ndetection:\n  a: 1\n  condition: a"

    let collection = "action: global\ntitle: G\n---\ndetection:\n  a: 1\n  condition: a"

    Assert.Equal(
        rule "1" "2024-02-01"
        + "\n---\n"
        + rule "2" "2024-01-01"
        + "\n---\n"
        + collection
        + "\n---\naction: reset\n",
        render
            RuleLanguage.Sigma
            [
                rule "1" "2024-01-01"
                rule "2" "2024-01-01"
                rule "1" "2024-02-01"
                collection
            ]
    )

[<Fact>]
let ``What is not one whole rule is not held`` () =
    let refused language text =
        Assert.Equal(
            (text, ValueSome RenderReason.NotCanonical),
            (text, canHold language (RuleLanguage.observable language) text)
        )

    for text in
        [
            "rule a { condition: true } rule b { condition: true }"
            "include \"/etc/passwd\"\nrule a { condition: true }"
            "rule a { condition: true"
            "import \"pe\""
            ""
        ] do
        refused RuleLanguage.Yara text

    for text in
        [
            "alert tcp any any -> any any (msg:\"no id\";)"
            "alert tcp any any -> any any (sid:1;)\nalert tcp any any -> any any (sid:2;)"
            "#alert tcp any any -> any any (sid:1;)"
            "alert tcp any any -> any any (msg:\"open; sid:1;)"
            "x"
        ] do
        refused RuleLanguage.Suricata text
        refused RuleLanguage.Snort text

    for text in [ "title: only"; "detection: only"; "- list" ] do
        refused RuleLanguage.Sigma text

    Assert.Equal(
        ValueSome RenderReason.TypeNotHeld,
        canHold RuleLanguage.Yara ObservableType.SigmaRule "rule a { condition: true }"
    )

    Assert.Equal(ValueNone, canHold RuleLanguage.Yara ObservableType.YaraRule "rule a { condition: true }")
