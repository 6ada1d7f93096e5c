// Which facts a value of which type gets.
module Cti.Core.Tests.Enrich.EnricherTests

open System
open System.Text
open Cti.Core
open Cti.Core.Tests
open Cti.Core.Tests.Screen
open Xunit

let private enricher =
    Enricher(
        ValueSome(
            PublicSuffixTests.listOf
                "test\nco.test\n// ===BEGIN PRIVATE DOMAINS===\nhost.test\n// ===END PRIVATE DOMAINS===\n"
        ),
        [
            {
                Table =
                    RangeTableTests.tableOf
                        RangeTableTests.iptoasn
                        "192.0.2.0\t192.0.2.255\t64496\tNL\tExample\n2001:db8::\t2001:db8::ffff\t64497\tDE\tSix\n"
                Country = false
                Asn = true
                AsName = true
            }
            {
                Table =
                    RangeTableTests.tableOf
                        (RangeFormat.Columns [ RangeColumn.Network; RangeColumn.Country ])
                        "192.0.2.0/24,FR\n"
                Country = true
                Asn = false
                AsName = false
            }
        ],
        ValueSome(CveTableTests.kevOf "cveID,dateAdded,knownRansomwareCampaignUse\nCVE-2024-0001,2024-01-02,Known\n"),
        ValueSome(CveTableTests.epssOf "CVE-2024-0001,0.5,0.9\n"),
        ValueSome(SeverityTableTests.severityOf [ Read.VulnerabilityReaderTests.record ]),
        ValueSome(SeverityTableTests.attackOf SeverityTableTests.catalogue),
        ValueNone
    )

// Every fact there is, as `name=text`.
let private factsOf (observable: ObservableType) (value: string) : string =
    let batch = IndicatorBatch(1, Facts = FactColumns 1)
    let row = batch.Add()
    batch.Type[row] <- observable
    batch.Value.Add(ReadOnlySpan<byte>(Encoding.UTF8.GetBytes value))
    enricher.Fill(batch, row)

    match batch.Facts with
    | null -> ""
    | facts ->
        [
            if facts.Country[row] <> CountryCode.none then
                Encoding.UTF8.GetString(CountryCode.text facts.Country[row])
            if facts.Asn[row] >= 0L then
                string facts.Asn[row]
            if facts.AsName[row].Length > 0 then
                Encoding.UTF8.GetString facts.AsName[row]
            if facts.DomainStart[row] >= 0 then
                value.Substring(facts.DomainStart[row], facts.DomainLength[row])
            if facts.Kev[row] <> KevListing.Unknown then
                string facts.Kev[row]
            if not (Timestamp.isNone facts.KevAdded[row]) then
                (Timestamp.toDateTime facts.KevAdded[row]).ToString "yyyy-MM-dd"
            if facts.Epss[row] >= 0 then
                $"%d{facts.Epss[row]}/%d{facts.EpssPercentile[row]}"
            if facts.Severity[row].IsKnown then
                $"%d{facts.Severity[row].Score}"
            if facts.Attack[row].IsKnown then
                Encoding.UTF8.GetString facts.Attack[row].Name
        ]
        |> String.concat " "

[<Fact>]
let ``addresses, names and vulnerabilities get their facts, other types none`` () =
    for observable, value, expected in
        [
            ObservableType.Ipv4, "192.0.2.1", "FR 64496 Example"
            ObservableType.Ipv6, "2001:db8::1", "64497 Six"
            ObservableType.Cidr, "192.0.2.0/25", "FR 64496 Example"
            ObservableType.Cidr, "192.0.0.0/16", ""
            ObservableType.IpPort, "192.0.2.1:80", "FR 64496 Example"
            ObservableType.IpPort, "[2001:db8::1]:80", "64497 Six"
            ObservableType.Url, "http://192.0.2.1:8080/x", "FR 64496 Example"
            ObservableType.Url, "http://[2001:db8::1]/x", "64497 Six"
            ObservableType.Url, "http://user@www.shop.co.test:8080/x?u=other.test", "shop.co.test"
            ObservableType.Url, "http://someone.host.test/", "someone.host.test"
            ObservableType.Domain, "a.b.shop.co.test", "shop.co.test"
            ObservableType.Domain, "co.test", ""
            ObservableType.Domain, "shop.test", "shop.test"
            ObservableType.Email, "someone@mail.shop.test", "shop.test"
            ObservableType.Cve, "CVE-2024-0001", "Ransomware 2024-01-02 500000000/900000000 98"
            ObservableType.Cve, "CVE-2024-9999", "NotListed"
            ObservableType.AttackId, "T1566", "Phishing"
            ObservableType.Md5, String('a', 32), ""
            ObservableType.Asn, "64496", ""
        ] do
        Assert.Equal((value, expected), (value, factsOf observable value))
