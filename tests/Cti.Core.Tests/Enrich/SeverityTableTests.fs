// Scores and weaknesses out of records of CVE 5 and NVD, and ATT&CK's catalogue; made-up ones, and the real ones where they are to be had.
module Cti.Core.Tests.Enrich.SeverityTableTests

open System
open System.IO
open System.IO.Compression
open System.Text
open Cti.Core
open Cti.Core.Tests.Normalise
open Cti.Core.Tests.Read
open FsCheck
open FsCheck.FSharp
open Xunit
open Xunit.Abstractions

let private utf8 (text: string) = Encoding.UTF8.GetBytes text

let severityOf (texts: string list) =
    match SeverityTable.Parse [ for text in texts -> struct ("records", utf8 text) ] with
    | Ok table -> table
    | Error error -> raise (Xunit.Sdk.XunitException(TableError.message error))

let attackOf (text: string) =
    match AttackTable.Parse [ struct ("attack", utf8 text) ] with
    | Ok table -> table
    | Error error -> raise (Xunit.Sdk.XunitException(TableError.message error))

/// `9.8 critical 3.1 VECTOR CWE-79+CWE-20`.
let shown (table: SeverityTable) (cve: string) : string =
    let facts = table.Find(ReadOnlySpan<byte>(utf8 cve))

    [
        if facts.HasScore then
            (decimal facts.Score / 10m).ToString Globalization.CultureInfo.InvariantCulture
            CvssSeverity.name facts.Severity
            CvssVersion.name facts.Version
        if facts.Vector.Length > 0 then
            Encoding.UTF8.GetString facts.Vector
        if facts.Weaknesses.Count > 0 then
            String.concat "+" facts.Weaknesses.Names
    ]
    |> String.concat " "

let private cve5 (metrics: string) (updated: string) =
    $"""{{"cveMetadata":{{"cveId":"CVE-2024-0001","state":"PUBLISHED","dateUpdated":"%s{updated}"}},"containers":{{"cna":{{"metrics":[%s{metrics}]}}}}}}"""

[<Fact>]
let ``Of several scores the newest version counts, then the record's own authority, then the first`` () =
    let score (version: string) (value: string) =
        $"""{{"%s{version}":{{"baseScore":%s{value},"vectorString":"%s{version}"}}}}"""

    for metrics, expected in
        [
            score "cvssV3_1" "9.8", "9.8 critical 3.1 cvssV3_1"
            score "cvssV2_0" "10" + "," + score "cvssV3_0" "3.9", "3.9 low 3.0 cvssV3_0"
            score "cvssV3_1" "5" + "," + score "cvssV4_0" "7.0", "7 high 4.0 cvssV4_0"
            score "cvssV3_1" "5" + "," + score "cvssV3_1" "6", "5 medium 3.1 cvssV3_1"
            score "cvssV3_1" "0.0", "0 none 3.1 cvssV3_1"
            score "cvssV3_1" "\"8.1\"", "8.1 high 3.1 cvssV3_1"
            // No scores.
            score "cvssV3_1" "10.1", ""
            score "cvssV3_1" "-1", ""
            score "cvssV3_1" "9.85", ""
            score "cvssV3_1" "\"high\"", ""
            score "cvssV3_1" "null", ""
        ] do
        Assert.Equal(
            (metrics, expected),
            (metrics, shown (severityOf [ cve5 metrics "2024-01-01T00:00:00Z" ]) "CVE-2024-0001")
        )

    let nvd =
        severityOf
            [
                VulnerabilityReaderTests.answer.Replace(",\n{\"cve\":{\"descriptions\":[]}}", "")
            ]

    Assert.Equal("9.8 critical 3.1 P CWE-502", shown nvd "CVE-2024-0001")
    Assert.Equal("", shown nvd "CVE-2024-0002")
    Assert.Equal("", shown nvd "CVE-2024-9999")

[<Fact>]
let ``Of two records of one CVE the one that was changed last counts, whatever the order of the files`` () =
    let older = cve5 """{"cvssV3_1":{"baseScore":5}}""" "2024-01-01T00:00:00Z"
    let newer = cve5 """{"cvssV3_1":{"baseScore":6}}""" "2024-01-02T00:00:00Z"

    for texts in
        [
            [ older; newer ]
            [ newer; older ]
            [ "[" + older + "," + newer + "]" ]
            [ newer + "\n" + older ]
        ] do
        Assert.Equal("6 medium 3.1", shown (severityOf texts) "CVE-2024-0001")

[<Fact>]
let ``What is no such record fails the table with its line`` () =
    let fault (text: string) =
        match SeverityTable.Parse [ struct ("f", utf8 text) ] with
        | Ok _ -> "read"
        | Error error -> TableError.code error + " " + TableError.message error

    Assert.StartsWith(
        "CTI-ENRICH-001 f:2: an element is no CVE record",
        fault (VulnerabilityReaderTests.rejected + "\n{\"a\":1}")
    )

    Assert.StartsWith("CTI-ENRICH-001 f:1:", fault "{\"cveMetadata\":")
    Assert.StartsWith("CTI-ENRICH-002", fault "[]")
    Assert.StartsWith("CTI-ENRICH-001", fault "CVE-2024-0001,9.8")

[<Fact>]
let ``A table of any bytes is a table or a fault`` () =
    let pieces =
        [
            "{"
            "}"
            "["
            "]"
            ","
            "\n"
            "\"cveMetadata\""
            ":"
            "\"cveId\""
            "\"CVE-2024-0001\""
            "1e9"
            "\"\\ud800\""
        ]

    Prop.forAll (Arb.fromGen (Gen.elements pieces |> Gen.listOf |> Gen.resize 30)) (fun pieces ->
        let bytes = utf8 (String.concat "" pieces)

        let isSaid (error: TableError) = TableError.message error <> ""

        (match SeverityTable.Parse [ struct ("f", bytes) ] with
         | Ok table -> table.Count > 0
         | Error error -> isSaid error)
        && (match AttackTable.Parse [ struct ("f", bytes) ] with
            | Ok table -> table.Count > 0
            | Error error -> isSaid error))
    |> Check.QuickThrowOnFailure

let catalogue =
    """{"type":"bundle","id":"bundle--1","objects":[
{"type":"attack-pattern","id":"attack-pattern--1","modified":"2024-01-01T00:00:00.000Z","name":"Phishing","external_references":[{"source_name":"other","external_id":"X"},{"source_name":"mitre-attack","external_id":"T1566"}],"kill_chain_phases":[{"kill_chain_name":"mitre-attack","phase_name":"initial-access"}]},
{"type":"attack-pattern","id":"attack-pattern--2","modified":"2024-01-01T00:00:00.000Z","name":"Old","revoked":true,"external_references":[{"source_name":"mitre-attack","external_id":"T1193"}]},
{"type":"attack-pattern","id":"attack-pattern--3","modified":"2024-01-01T00:00:00.000Z","name":"Between","revoked":true,"external_references":[{"source_name":"mitre-attack","external_id":"T1194"}]},
{"type":"attack-pattern","id":"attack-pattern--4","name":"Gone","x_mitre_deprecated":true,"external_references":[{"source_name":"mitre-ics-attack","external_id":"T0800"}]},
{"type":"course-of-action","id":"course-of-action--1","name":"Phishing Mitigation","external_references":[{"source_name":"mitre-attack","external_id":"T1566"}]},
{"type":"intrusion-set","id":"intrusion-set--1","name":"A Group","external_references":[{"source_name":"mitre-attack","external_id":"G0001"}]},
{"type":"relationship","id":"relationship--1","modified":"2024-05-01T00:00:00.000Z","relationship_type":"revoked-by","source_ref":"attack-pattern--2","target_ref":"attack-pattern--3"},
{"type":"relationship","id":"relationship--2","modified":"2024-04-01T00:00:00.000Z","relationship_type":"revoked-by","source_ref":"attack-pattern--3","target_ref":"attack-pattern--1"},
{"type":"marking-definition","id":"marking-definition--1"}]}"""

let private attack (table: AttackTable) (number: string) =
    let facts = table.Find(ReadOnlySpan<byte>(utf8 number))

    if facts.IsKnown then
        let tactics = String.concat "+" facts.Tactics.Names
        $"%s{Encoding.UTF8.GetString facts.Name} [%s{tactics}] %s{AttackStatus.name facts.Status} %s{Encoding.UTF8.GetString facts.Replacement}"
    else
        ""

[<Fact>]
let ``ATT&CK: names, tactics, and what stands in a revoked entry's place at the end of the chain`` () =
    let table = attackOf catalogue
    Assert.Equal("Phishing [initial-access] current ", attack table "T1566")
    Assert.Equal("Old [] revoked T1566", attack table "T1193")
    Assert.Equal("Between [] revoked T1566", attack table "T1194")
    Assert.Equal("Gone [] deprecated ", attack table "T0800")
    Assert.Equal("A Group [] current ", attack table "G0001")
    Assert.Equal("", attack table "T9999")

    Assert.Equal("2024-05-01T00:00:00.000Z", Timestamp.toText (table.Find(ReadOnlySpan<byte>("T1193"B))).AsOf)

    match AttackTable.Parse [ struct ("f", utf8 """{"type":"bundle","objects":[]}""") ] with
    | Ok _ -> Assert.Fail "read"
    | Error error -> Assert.Equal("CTI-ENRICH-003", TableError.code error)

[<Fact>]
let ``ATT&CK: entries that revoke each other in a circle have no replacement`` () =
    let circle =
        catalogue.Replace("\"target_ref\":\"attack-pattern--1\"", "\"target_ref\":\"attack-pattern--2\"")

    Assert.Equal("Old [] revoked ", attack (attackOf circle) "T1193")

let private unpacked (path: string) =
    use packed = new GZipStream(File.OpenRead path, CompressionMode.Decompress)
    use plain = new MemoryStream()
    packed.CopyTo plain
    plain.ToArray()

type RealRecords(output: ITestOutputHelper) =
    [<Fact>]
    member _.``real CVE records have the scores they say``() =
        match RealListTests.sharedData () with
        | None -> output.WriteLine "skipped: ../shared/data is not there"
        | Some root ->
            let folder = Path.Combine(root, "cve5")

            let files =
                struct ("sample", unpacked (Path.Combine(folder, "cve5_sample.ndjson.gz")))
                :: [
                    for path in Directory.GetFiles(folder, "*.json") -> struct (path, File.ReadAllBytes path)
                ]

            match SeverityTable.Parse files with
            | Error error -> Assert.Fail(TableError.message error)
            | Ok table ->
                output.WriteLine $"%d{table.Count} vulnerabilities"
                Assert.True(table.Count >= 230)

                Assert.Equal(
                    "6.4 medium 3.1 CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N CWE-79",
                    shown table "CVE-2024-7963"
                )

    [<Fact>]
    member _.``real catalogues of ATT&CK are read, STIX 2.0 and 2.1``() =
        match RealListTests.sharedData () with
        | None -> output.WriteLine "skipped: ../shared/data is not there"
        | Some root ->
            for file, number, expected in
                [
                    "stix20/attack/enterprise-attack-2.0-assembled.json.gz",
                    "T1066",
                    "Indicator Removal from Tools [defense-evasion] revoked T1027.005"
                    "stix21/ics-attack-18.1.json.gz",
                    "T0800",
                    "Activate Firmware Update Mode [inhibit-response-function] current "
                ] do
                match AttackTable.Parse [ struct (file, unpacked (Path.Combine(root, file))) ] with
                | Error error -> Assert.Fail(TableError.message error)
                | Ok table ->
                    output.WriteLine $"%s{file}: %d{table.Count} entries"
                    Assert.Equal(expected, attack table number)
