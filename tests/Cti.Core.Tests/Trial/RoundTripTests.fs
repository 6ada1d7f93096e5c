// Formats in and out of each other: an event of MISP and a document of OpenIOC are read, written in the same format and read again. What the first reading
// knew the second one knows, or it was told as left out.
module Cti.Core.Tests.RoundTripTests

open System
open System.Text
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Declare
open Cti.Core.Trials
open Cti.Core.Tests.Support
open Cti.Core.Tests.Read

let private screen =
    match
        ScreenSet.Build(
            [],
            { BroadEntry.defaults with
                MinPrefixIpv4 = 0
                MinPrefixIpv6 = 0
            }
        )
    with
    | Ok set -> set
    | Error errors -> invalidOp $"%A{errors}"

// As sure as can be, so that a confidence is not weighed down by whom it comes from.
let private pipeline (reader: string) (renderer: string) =
    let text =
        $"""{{ pipeline: p,
  sources: [ {{ name: a, from: {{ type: file, path: x }}, read: {{ %s{reader} }},
               trust: {{ reliability: A, credibility: 1, confidence: 50, tlp: clear }} }} ],
  sinks: [ {{ name: out, render: {{ %s{renderer} }}, to: {{ type: file, path: l }}, max_tlp: red }} ] }}"""

    match PipelineDecoder.decode (Flow.read text) with
    | Ok pipeline -> pipeline
    | Error diagnostics -> diagnostics |> List.map Diagnostic.print |> String.concat "\n" |> invalidOp

// Behind everything that the documents say.
let private now =
    Timestamp.ofDateTimeOffset (DateTimeOffset(2026, 1, 20, 0, 0, 0, TimeSpan.Zero))

let private run (pipeline: Pipeline) (bytes: byte[]) : TrialResult =
    Trial.run
        pipeline
        screen
        ValueNone
        now
        [
            {
                Source = pipeline.Sources.Head.Name
                Uri = "given"
                Bytes = bytes
            }
        ]

/// What is known of an indicator that holds.
type private Known =
    {
        Labels: Set<string>
        Confidence: byte
        FirstSeen: Timestamp
        LastSeen: Timestamp
        Description: string
        References: Set<string>
    }

let private knownOf (result: TrialResult) : Map<ObservableType * string, Known> =
    let batch = result.Indicators

    Map.ofList
        [
            for row in 0 .. batch.Count - 1 do
                if batch.Status[row] = IndicatorStatus.Active then
                    (batch.Type[row], batch.Value.Text row),
                    {
                        Labels = Set.ofSeq batch.Labels[row].Names
                        Confidence = batch.Confidence[row]
                        FirstSeen = batch.FirstSeen[row]
                        LastSeen = batch.LastSeen[row]
                        Description = Encoding.UTF8.GetString(batch.Remarks.Description row)
                        References =
                            Encoding.UTF8.GetString(batch.Remarks.References row).Split('\n')
                            |> Seq.map (fun line -> line.Substring(line.IndexOf '\t' + 1))
                            |> Seq.filter (fun address -> address <> "")
                            |> Set.ofSeq
                    }
        ]

/// What was known first and is known no more, and was not told as left out.
let private missing
    (first: TrialResult)
    (second: Map<ObservableType * string, Known>)
    (renamed: ObservableType -> ObservableType)
    =
    let told =
        first.Sinks.Head.LeftOut
        |> Seq.map (fun left -> left.Type, left.Value)
        |> Set.ofSeq

    knownOf first
    |> Map.toList
    |> List.filter (fun ((kind, value), _) ->
        not (told.Contains(kind, value))
        && not (second.ContainsKey(renamed kind, value)))
    |> List.map fst

let private mispOut =
    "type: misp_event, info: 'Made of it', organisation: { name: 'Example Org' }"

let private misp = pipeline "type: misp, to_ids: any" mispOut

let private attribute: Gen<string> =
    gen {
        let! number = Gen.choose (1, 500)

        let! kind, value =
            Gen.elements
                [
                    "ip-dst", $"203.0.113.%d{number % 256}"
                    "ip-src|port", $"203.0.113.%d{number % 256}|%d{number}"
                    "domain", $"h%d{number}.example"
                    "hostname|port", $"h%d{number}.example|80"
                    "domain|ip", $"h%d{number}.example|203.0.113.1"
                    "url", $"http://h%d{number}.example/a?b='c'"
                    "email-src", $"m%d{number}@h.example"
                    "filename|sha256", $"a %d{number}.exe|%064x{number}"
                    "md5", $"%032x{number}"
                    "regkey", $"HKLM\\Software\\X%d{number}"
                    "mutex", $"Global\\M%d{number}"
                    "vulnerability", $"CVE-2024-%05d{number}"
                    "AS", $"AS%d{number}"
                    "yara", $"rule r%d{number} {{ condition: true }}"
                    "snort", $"alert tcp any any -> any any (msg:\"x\"; sid:%d{number};)"
                    "stix2-pattern", $"[domain-name:value = 'h%d{number}.example' AND file:name = 'a']"
                    "comment", "only words"
                    "text", "h1.example"
                    "btc", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"
                    "domain", "not a name"
                ]

        let! members =
            Gen.elements
                [
                    ""
                    ""","deleted":true"""
                    ""","to_ids":false"""
                    ""","Tag":[{"name":"tlp:amber"},{"name":"malware:family=\"x\""}]"""
                    ""","Tag":[{"name":"cti:confidence=\"77\""},{"name":"ü b"}]"""
                    ""","comment":"seen in spam\nhttps://blog.example/1","first_seen":"2026-01-01T10:00:00+00:00","last_seen":"2026-01-03T11:12:13+00:00" """
                ]

        return MispFixture.attribute number kind value members
    }

[<Fact>]
let ``What an event of MISP says is in the event that is made of it, or told as left out`` () =
    let isOurs (label: string) =
        // What our writer says by itself, and what it leaves out because software acts upon it (docs/renderers/misp_event.md).
        label.StartsWith("misp:ids", StringComparison.Ordinal)
        || label.StartsWith("misp:threat-level", StringComparison.Ordinal)
        || label.StartsWith("admiralty-scale:", StringComparison.Ordinal)

    checkMany
        300
        (Prop.forAll (Arb.fromGen (Gen.listOf attribute)) (fun attributes ->
            let event = MispFixture.eventOf "" attributes
            let first = run misp (Encoding.UTF8.GetBytes event)
            Assert.Empty first.Faults
            let second = run misp first.Sinks.Head.Bytes |> knownOf

            let renamed kind =
                // MISP has one type for rules of both.
                if kind = ObservableType.SuricataRule then
                    ObservableType.SnortRule
                else
                    kind

            Assert.Equal<(ObservableType * string) list>([], missing first second renamed)

            for KeyValue((kind, value), before) in knownOf first do
                match second.TryFind(renamed kind, value) with
                | None -> ()
                | Some after ->
                    let labels (known: Known) = Set.filter (isOurs >> not) known.Labels
                    Assert.Equal<Set<string>>(labels before, labels after)
                    Assert.Equal((before.Confidence, before.FirstSeen), (after.Confidence, after.FirstSeen))
                    Assert.Equal(before.LastSeen, after.LastSeen)
                    Assert.Contains(before.Description, after.Description)
                    Assert.Equal<Set<string>>(before.References, Set.intersect before.References after.References)

            // Nothing is made up.
            second
            |> Map.forall (fun key _ -> (knownOf first).ContainsKey key || (fst key).IsSnortRule)))

let private openIoc = pipeline "type: openioc" "type: openioc, title: 'Made of it'"

/// An item of a known term, as text of version 1.0.
let private item: Gen<string> =
    gen {
        let! number = Gen.choose (1, 300)

        let! term, condition, content =
            Gen.elements
                [
                    "FileItem/Md5sum", "is", $"%032x{number}"
                    "FileItem/Sha256sum", "is", $"%064x{number}"
                    "FileItem/FileName", "is", $"a &amp; %d{number}.exe"
                    "FileItem/FileName", "contains", "svchost"
                    "Network/DNS", "is", $"h%d{number}.example"
                    "Network/DNS", "contains", $"c%d{number}.example"
                    "Network/URI", "is", $"http://h%d{number}.example/?a=1&amp;b=2"
                    "PortItem/remoteIP", "is", $"203.0.113.%d{number % 256}"
                    "RegistryItem/Path", "is", $"HKEY_LOCAL_MACHINE\\Software\\X%d{number}"
                    "Email/From", "is", $"m%d{number}@h.example"
                    "FileItem/SizeInBytes", "is", string number
                    "Odd/Term", "is", "x"
                ]

        let context = term.Substring(0, term.IndexOf '/')

        return
            $"""<IndicatorItem id="00000000-0000-4000-8000-%012d{number}" condition="%s{condition}"><Context document="%s{context}" search="%s{term}" type="mir"/><Content type="string">%s{content}</Content></IndicatorItem>"""
    }

let rec private branch (depth: int) : Gen<string> =
    if depth = 0 then
        item
    else
        Gen.frequency
            [
                2, item
                1,
                gen {
                    let! operator = Gen.elements [ "AND"; "OR" ]
                    let! children = Gen.nonEmptyListOf (branch (depth - 1)) |> Gen.resize 4

                    return
                        $"""<Indicator operator="%s{operator}" id="00000000-0000-4000-8000-000000000000">%s{String.Concat children}</Indicator>"""
                }
            ]

[<Fact>]
let ``What a tree of OpenIOC asks for is in the document that is made of it, or told as left out or lost`` () =
    checkMany
        300
        (Prop.forAll (Arb.fromGen (Gen.nonEmptyListOf (branch 2))) (fun branches ->
            let document =
                $"""<?xml version="1.0" encoding="utf-8"?><ioc xmlns="http://schemas.mandiant.com/2010/ioc" id="00000000-0000-4000-8000-000000000001" last-modified="2026-01-02T00:00:00"><short_description>x</short_description><authored_date>2026-01-01T00:00:00</authored_date><definition><Indicator operator="OR" id="00000000-0000-4000-8000-000000000002">%s{String.Concat branches}</Indicator></definition></ioc>"""

            let seen = RichFeeding.read OpenIoc.format document
            let first = run openIoc (Encoding.UTF8.GetBytes document)
            Assert.Empty first.Faults
            Assert.Empty first.Rejections
            let second = run openIoc first.Sinks.Head.Bytes |> knownOf
            Assert.Equal<(ObservableType * string) list>([], missing first second id)

            // A tree that cannot be told is kept, and its term named.
            if document.Contains "Odd/Term" then
                Assert.Contains(seen.Losses, fun (_, _, reason) -> reason = "unknown_kind")

            second |> Map.forall (fun key _ -> (knownOf first).ContainsKey key)))
