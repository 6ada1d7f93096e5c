// Facts of vulnerabilities and of ATT&CK in STIX, and the law that one id never has two contents under one `modified`.
module Cti.Core.Tests.ObjectFactsTests

open System
open System.Text.Json
open Xunit
open Cti.Core

let private time (text: string) =
    (Timestamp.tryParse text |> ValueOption.get)

let private later = Samples.now + Timestamp.day

/// A bundle of one vulnerability and one technique with facts.
let private bundle (fill: FactColumns -> unit) =
    let batch = IndicatorBatch(2, Facts = FactColumns 2)
    Samples.add batch ObservableType.Cve "CVE-2024-0001" |> ignore
    Samples.add batch ObservableType.AttackId "T1566" |> ignore

    match batch.Facts with
    | null -> ()
    | facts -> fill facts

    let text =
        Samples.render
            (RenderSpec.StixBundle
                {|
                    Observables = true
                    Objects = false
                |})
            batch

    JsonDocument.Parse(text).RootElement, text

let private objects (root: JsonElement) =
    root.GetProperty("objects").EnumerateArray() |> List.ofSeq

/// A member as text; "" where there is none.
let private text (name: string) (node: JsonElement) : string =
    match node.TryGetProperty name with
    | true, value -> value.ToString()
    | _ -> ""

let private find (kind: string) (root: JsonElement) =
    objects root |> List.find (fun node -> text "type" node = kind)

let private factsId = "extension-definition--" + Uuid.toText Stix.factExtension

/// The extension's JSON; "" where there is none.
let private extensionOf (node: JsonElement) : string =
    match node.TryGetProperty "extensions" with
    | true, extensions -> text factsId extensions
    | _ -> ""

let private inside (name: string) (node: JsonElement) : string =
    text name (JsonDocument.Parse(extensionOf node).RootElement)

let private severity (score: int) (asOf: Timestamp) =
    SeverityFacts(score, CvssVersion.V31, Samples.utf8 "CVSS:3.1/AV:N", NameSet.Of [ "CWE-79"; "CWE-20" ], asOf)

[<Fact>]
let ``A vulnerability carries its facts, and its time is theirs`` () =
    let root, _ =
        bundle (fun facts ->
            facts.Severity[0] <- severity 98 later
            facts.Kev[0] <- KevListing.Ransomware
            facts.KevAdded[0] <- time "2024-01-02T00:00:00Z"
            facts.KevAsOf[0] <- Samples.now
            facts.Epss[0] <- 975_660_000
            facts.EpssPercentile[0] <- 999_000_000
            facts.EpssAsOf[0] <- Samples.now)

    let vulnerability = find "vulnerability" root
    Assert.Equal(Timestamp.toText later, text "modified" vulnerability)

    Assert.Equal(
        "{\"extension_type\":\"property-extension\",\"as_of\":\""
        + Timestamp.toText later
        + "\",\"cvss\":{\"version\":\"3.1\",\"base_score\":9.8,\"severity\":\"critical\",\"vector\":\"CVSS:3.1/AV:N\"},\"cwe\":[\"CWE-20\",\"CWE-79\"],"
        + "\"kev\":{\"listed\":true,\"date_added\":\"2024-01-02T00:00:00.000Z\",\"ransomware\":true},\"epss\":{\"score\":0.97566,\"percentile\":0.999}}",
        extensionOf vulnerability
    )

    // Once in the bundle, as the law of extensions asks.
    Assert.Single(objects root |> List.filter (fun node -> text "id" node = factsId))
    |> ignore

[<Fact>]
let ``Facts without a date stay out of STIX, and so does the definition of their extension`` () =
    let bare, plain = bundle ignore

    let root, printed =
        bundle (fun facts ->
            facts.Severity[0] <- severity 98 Timestamp.none
            facts.Epss[0] <- 1
            facts.Kev[0] <- KevListing.NotListed

            facts.Attack[1] <-
                AttackFacts(Samples.utf8 "Phishing", NameSet.Empty, AttackStatus.Current, [||], Timestamp.none))

    Assert.Equal("", extensionOf (find "vulnerability" root))
    Assert.Equal(plain, printed)
    Assert.Equal("", extensionOf (find "vulnerability" bare))

[<Fact>]
let ``Of a listing without a date of its catalogue only the day it was listed is said`` () =
    let root, _ =
        bundle (fun facts ->
            facts.Kev[0] <- KevListing.Ransomware
            facts.KevAdded[0] <- time "2024-01-02T00:00:00Z")

    Assert.Equal(
        "{\"listed\":true,\"date_added\":\"2024-01-02T00:00:00.000Z\"}",
        inside "kev" (find "vulnerability" root)
    )

    // Ours is newer.
    Assert.Equal(Timestamp.toText Samples.now, text "modified" (find "vulnerability" root))

[<Fact>]
let ``A technique is called by its name and has its tactics`` () =
    let root, _ =
        bundle (fun facts ->
            facts.Attack[1] <-
                AttackFacts(
                    Samples.utf8 "Phishing",
                    NameSet.Of [ "initial-access" ],
                    AttackStatus.Revoked,
                    Samples.utf8 "T1598",
                    later
                ))

    let technique = find "attack-pattern" root
    Assert.Equal("Phishing", text "name" technique)
    Assert.Equal("[{\"source_name\":\"mitre-attack\",\"external_id\":\"T1566\"}]", text "external_references" technique)

    Assert.Equal(
        "[{\"kill_chain_name\":\"mitre-attack\",\"phase_name\":\"initial-access\"}]",
        text "kill_chain_phases" technique
    )

    Assert.Equal("{\"status\":\"revoked\",\"replaced_by\":\"T1598\"}", inside "attack" technique)

    Assert.Equal(Timestamp.toText later, text "modified" technique)

[<Fact>]
let ``Other facts give other times: the id of the bundle changes with them`` () =
    let texts =
        [
            for score, asOf in [ 98, later; 75, later + Timestamp.day ] ->
                snd (bundle (fun facts -> facts.Severity[0] <- severity score asOf))
        ]

    let id (printed: string) =
        text "id" (JsonDocument.Parse(printed).RootElement)

    Assert.NotEqual<string>(id texts[0], id texts[1])

[<Fact>]
let ``An indicator refers to the techniques its labels name, and a rule is called by its name`` () =
    let batch = IndicatorBatch 2

    let rule =
        Samples.add batch ObservableType.YaraRule "import \"pe\"\nrule APT_X { condition: pe.is_dll() }"

    batch.Labels[rule] <- NameSet.Of [ "T1059.001"; "attack.t1059"; "T1105"; "T105"; "Txxxx" ]

    let other =
        Samples.add batch ObservableType.SuricataRule "alert tcp any any -> any any (msg:\"Beacon\"; sid:1; rev:1;)"

    ignore other

    let printed =
        Samples.render
            (RenderSpec.StixBundle
                {|
                    Observables = false
                    Objects = false
                |})
            batch

    let indicators =
        objects (JsonDocument.Parse(printed).RootElement)
        |> List.filter (fun node -> text "type" node = "indicator")
        |> List.sortBy (text "name")

    Assert.Equal<string list>([ "APT_X"; "Beacon" ], List.map (text "name") indicators)

    Assert.Equal(
        "[{\"source_name\":\"mitre-attack\",\"external_id\":\"T1059.001\"},{\"source_name\":\"mitre-attack\",\"external_id\":\"T1105\"}]",
        text "external_references" indicators[0]
    )

    Assert.Equal("", text "external_references" indicators[1])
    Assert.Equal<string list>([ "yara"; "suricata" ], List.map (text "pattern_type") indicators)
