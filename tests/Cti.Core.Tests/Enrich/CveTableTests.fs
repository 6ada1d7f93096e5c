// KEV and EPSS in the forms they are published in, and the real files where they are to be had.
module Cti.Core.Tests.Enrich.CveTableTests

open System
open System.IO
open System.Text
open Cti.Core
open Cti.Core.Tests.Normalise
open FsCheck
open FsCheck.FSharp
open Xunit
open Xunit.Abstractions

let private utf8 (text: string) = Encoding.UTF8.GetBytes text

let kevOf (text: string) =
    match KevTable.Parse("kev", utf8 text) with
    | Ok table -> table
    | Error error -> raise (Xunit.Sdk.XunitException(TableError.message error))

let epssOf (text: string) =
    match EpssTable.Parse [ struct ("epss", utf8 text) ] with
    | Ok table -> table
    | Error error -> raise (Xunit.Sdk.XunitException(TableError.message error))

let private kev (table: KevTable) (cve: string) =
    let mutable added = Timestamp.none
    let listing = table.Find(ReadOnlySpan<byte>(utf8 cve), &added)

    struct (listing,
            (if Timestamp.isNone added then
                 ""
             else
                 (Timestamp.toDateTime added).ToString "yyyy-MM-dd"))

let private epss (table: EpssTable) (cve: string) =
    let mutable percentile = -1
    let score = table.Find(ReadOnlySpan<byte>(utf8 cve), &percentile)
    struct (score, percentile)

let private json =
    """{"title":"CISA Catalog","count":2,"vulnerabilities":[
  {"cveID":"CVE-2021-44228","vendorProject":"A","dateAdded":"2021-12-10","dueDate":"2021-12-24","knownRansomwareCampaignUse":"Known","cwes":["CWE-20"]},
  {"dateAdded":"2024-02-29","cveID":"CVE-2024-0001","knownRansomwareCampaignUse":"Unknown","notes":null}
]}"""

let private csv =
    "cveID,vendorProject,dateAdded,shortDescription,dueDate,knownRansomwareCampaignUse\nCVE-2021-44228,A,2021-12-10,\"text, with comma\nand line\",2021-12-24,Known\nCVE-2024-0001,B,2024-02-29,x,2024-03-21,Unknown\n"

[<Fact>]
let ``KEV: JSON and CSV say the same`` () =
    for table in [ kevOf json; kevOf csv; kevOf ("\uFEFF" + csv) ] do
        Assert.Equal(2, table.Count)
        Assert.Equal(struct (KevListing.Ransomware, "2021-12-10"), kev table "CVE-2021-44228")
        Assert.Equal(struct (KevListing.Listed, "2024-02-29"), kev table "CVE-2024-0001")
        Assert.Equal(struct (KevListing.NotListed, ""), kev table "CVE-2021-44229")

[<Fact>]
let ``KEV: what is not the catalogue says so`` () =
    let fault (text: string) =
        match KevTable.Parse("kev", utf8 text) with
        | Ok _ -> ""
        | Error error -> $"%s{TableError.code error} %s{TableError.message error}"

    Assert.StartsWith("CTI-ENRICH-003 kev: line 1 is no JSON", fault "{\"vulnerabilities\":[")
    Assert.StartsWith("CTI-ENRICH-003 kev: there is no list `vulnerabilities`", fault "{\"message\":\"rate limited\"}")

    Assert.StartsWith(
        "CTI-ENRICH-003 kev: entry 1",
        fault "{\"vulnerabilities\":[{\"cveID\":\"nonsense\",\"dateAdded\":\"2024-01-01\"}]}"
    )

    Assert.StartsWith("CTI-ENRICH-002 kev", fault "{\"vulnerabilities\":[]}")
    Assert.StartsWith("CTI-ENRICH-001 kev:1: the first row does not name", fault "<html>\n")
    Assert.StartsWith("CTI-ENRICH-001 kev:2: `31.1.2024` is no day", fault "cveID,dateAdded\nCVE-2024-0001,31.1.2024\n")
    Assert.StartsWith("CTI-ENRICH-001 kev:2: `2024-0001` is no CVE id", fault "cveID,dateAdded\n2024-0001,2024-01-01\n")
    Assert.StartsWith("CTI-ENRICH-002 kev", fault "")

[<Fact>]
let ``EPSS: FIRST's file with its comment and header, and semicolons without either`` () =
    for text in
        [
            "#model_version:v2025.03.14,score_date:2026-01-01T00:00:00+0000\ncve,epss,percentile\nCVE-2024-0001,0.97566,0.99999\nCVE-2024-12345678,0.00042,0.05\nCVE-1999-0001,1,0\n"
            "CVE-2024-0001;0.975660000;0.999990000\nCVE-2024-12345678;0.000420000;0.050000000\nCVE-1999-0001;1.0;0.0\n"
        ] do
        let table = epssOf text
        Assert.Equal(struct (975_660_000, 999_990_000), epss table "CVE-2024-0001")
        Assert.Equal(struct (420_000, 50_000_000), epss table "CVE-2024-12345678")
        Assert.Equal(struct (1_000_000_000, 0), epss table "CVE-1999-0001")
        Assert.Equal(struct (-1, -1), epss table "CVE-2024-0002")

[<Fact>]
let ``EPSS: a row that is none says which, and why`` () =
    let fault (text: string) =
        match EpssTable.Parse [ struct ("epss", utf8 text) ] with
        | Ok _ -> ""
        | Error error -> $"%s{TableError.code error} %s{TableError.message error}"

    Assert.StartsWith(
        "CTI-ENRICH-001 epss:2: score and percentile must be numbers",
        fault "CVE-2024-0001,0.5,0.5\nCVE-2024-0002,1.5,0.5\n"
    )

    Assert.StartsWith(
        "CTI-ENRICH-001 epss:2: score and percentile must be numbers",
        fault "CVE-2024-0001,0.5,0.5\nCVE-2024-0002,0.5\n"
    )

    Assert.StartsWith("CTI-ENRICH-001 epss:2: `x` is no CVE id", fault "CVE-2024-0001,0.5,0.5\nx,0.5,0.5\n")
    Assert.StartsWith("CTI-ENRICH-002", fault "cve,epss,percentile\n")

[<Fact>]
let ``of a CVE given twice the first row counts`` () =
    Assert.Equal(
        struct (100_000_000, 0),
        epss (epssOf "CVE-2024-0001,0.1,0\nCVE-2023-1111,0.2,0\nCVE-2024-0001,0.3,0\n") "CVE-2024-0001"
    )

[<Fact>]
let ``any bytes give a table or an error, and no exception`` () =
    Prop.forAll (ArbMap.defaults |> ArbMap.arbitrary<byte[]>) (fun bytes ->
        let isSaid (error: TableError) = (TableError.message error).Length > 0
        let braced = Array.append "{\"vulnerabilities\":"B bytes

        (match EpssTable.Parse [ struct ("bytes", bytes) ] with
         | Ok table -> table.Count > 0
         | Error error -> isSaid error)
        && (match KevTable.Parse("bytes", bytes) with
            | Ok table -> table.Count > 0
            | Error error -> isSaid error)
        && (match KevTable.Parse("bytes", braced) with
            | Ok table -> table.Count > 0
            | Error error -> isSaid error))
    |> Check.QuickThrowOnFailure

type RealTables(output: ITestOutputHelper) =
    [<Fact>]
    member _.``the published KEV and EPSS files are read, and JSON and CSV agree``() =
        match RealListTests.sharedData () with
        | None -> output.WriteLine "skipped: ../shared/data is not there"
        | Some root ->
            let read (path: string) =
                File.ReadAllBytes(Path.Combine(root, path))

            let table path =
                match KevTable.Parse(path, read path) with
                | Ok table -> table
                | Error error -> raise (Xunit.Sdk.XunitException(TableError.message error))

            let json = table "json/kev.json"
            let csv = table "csv/kev.csv"
            Assert.True(json.Count > 1000)
            Assert.Equal(json.Count, csv.Count)
            let struct (listing, added) = kev json "CVE-2021-44228"
            Assert.Equal(KevListing.Ransomware, listing)
            Assert.Equal("2021-12-10", added)

            let files =
                Directory.GetFiles(Path.Combine(root, "csv", "epss"))
                |> Array.sort
                |> Array.map (fun path -> struct (path, File.ReadAllBytes path))
                |> List.ofArray

            match EpssTable.Parse files with
            | Error error -> Assert.Fail(TableError.message error)
            | Ok scores ->
                output.WriteLine $"%d{json.Count} in KEV, %d{scores.Count} in EPSS"
                Assert.Equal(struct (1_600_000, 56_570_000), epss scores "CVE-2025-9999")
