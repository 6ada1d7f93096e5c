// Enrichers as they are written in YAML, what must hold between them, and the predicates that ask for facts.
module Cti.Core.Tests.Declare.EnrichDecoderTests

open Cti.Core
open Cti.Core.Declare
open Cti.Core.Tests
open Xunit

let private pipeline (keys: string) (where: string) =
    "{ pipeline: p, "
    + keys
    + " sources: [ { name: s, from: { type: file, path: a.txt }, read: { type: lines }, map: [ { value: { field: line }, type: auto } ] } ], "
    + "sinks: [ { name: k, render: { type: plain_list }, to: { type: file, path: o.txt }, where: \""
    + where
    + "\" } ] }"

let private decode (keys: string) (where: string) =
    PipelineDecoder.decode (Flow.read (pipeline keys where))

[<Fact>]
let ``all enrichers decode to what they say`` () =
    let keys =
        "public_suffix_list: { path: psl.dat, sections: icann }, screen: { never: [ never.txt ] }, enrich: [ { type: registered_domain }, "
        + "{ type: ip_ranges, path: [ v4.tsv, 'v6/*.gz' ], format: iptoasn, gives: [ asn, as_name ] }, "
        + "{ type: ip_ranges, path: cc.csv, columns: [ start, end, skip, country ] }, { type: kev, path: kev.json }, { type: epss, path: e.csv.gz } ],"

    match
        decode
            keys
            "country = 'NL' and asn in (64496) and kev and not kev_ransomware and epss >= 0.5 and registered_domain is not null"
    with
    | Error diagnostics -> Assert.Fail $"%A{diagnostics}"
    | Ok pipeline ->
        Assert.Equal(
            Some
                {
                    Path = "psl.dat"
                    Sections = SuffixSections.Icann
                },
            pipeline.PublicSuffixes
        )

        Assert.Equal<string list>([ "never.txt" ], pipeline.Screen.Never)

        Assert.Equal<EnrichSettings list>(
            [
                EnrichSettings.RegisteredDomain
                EnrichSettings.IpRanges
                    {
                        Paths = [ "v4.tsv"; "v6/*.gz" ]
                        Format =
                            RangeFormat.Columns
                                [
                                    RangeColumn.Start
                                    RangeColumn.End
                                    RangeColumn.Asn
                                    RangeColumn.Country
                                    RangeColumn.AsName
                                ]
                        Gives = [ Fact.Asn; Fact.AsName ]
                    }
                EnrichSettings.IpRanges
                    {
                        Paths = [ "cc.csv" ]
                        Format =
                            RangeFormat.Columns
                                [ RangeColumn.Start; RangeColumn.End; RangeColumn.Skip; RangeColumn.Country ]
                        Gives = [ Fact.Country ]
                    }
                EnrichSettings.Kev "kev.json"
                EnrichSettings.Epss [ "e.csv.gz" ]
            ],
            pipeline.Enrich
        )

[<Theory>]
[<InlineData("", "country = 'NL'", "CTI-CFG-070", "sinks[0].where")>]
[<InlineData("enrich: [ { type: kev, path: k } ],", "kev and epss > 0.1", "CTI-CFG-070", "sinks[0].where")>]
[<InlineData("enrich: [ { type: ip_ranges, path: r, format: iptoasn, gives: [ asn ] } ],",
             "country = 'NL'",
             "CTI-CFG-070",
             "sinks[0].where")>]
[<InlineData("enrich: [ { type: ip_ranges, path: r, format: iptoasn }, { type: ip_ranges, path: q, format: dbip_country } ],",
             "asn = 1",
             "CTI-CFG-071",
             "enrich[1]")>]
[<InlineData("enrich: [ { type: kev, path: k }, { type: kev, path: k } ],", "kev", "CTI-CFG-071", "enrich[1]")>]
[<InlineData("enrich: [ { type: registered_domain } ],", "registered_domain = 'a.test'", "CTI-CFG-072", "enrich[0]")>]
[<InlineData("enrich: [ { type: ip_ranges, path: r, format: dbip_asn, gives: [ asn, country ] } ],",
             "asn = 1",
             "CTI-CFG-073",
             "enrich[0].gives[1]")>]
[<InlineData("enrich: [ { type: ip_ranges, path: r, columns: [ start, country ] } ],",
             "country = 'NL'",
             "CTI-CFG-074",
             "enrich[0].columns")>]
[<InlineData("enrich: [ { type: ip_ranges, path: r, columns: [ network, start, end, country ] } ],",
             "country = 'NL'",
             "CTI-CFG-074",
             "enrich[0].columns")>]
[<InlineData("enrich: [ { type: ip_ranges, path: r, columns: [ network, country, country ] } ],",
             "country = 'NL'",
             "CTI-CFG-074",
             "enrich[0].columns")>]
[<InlineData("enrich: [ { type: ip_ranges, path: r, columns: [ network, skip ] } ],",
             "score > 1",
             "CTI-CFG-074",
             "enrich[0].columns")>]
[<InlineData("enrich: [ { type: ip_ranges, path: r, columns: [ network, country ], format: iptoasn } ],",
             "score > 1",
             "CTI-CFG-013",
             "enrich[0]")>]
[<InlineData("enrich: [ { type: ip_ranges, path: r, format: iptosan } ],",
             "score > 1",
             "CTI-CFG-008",
             "enrich[0].format")>]
[<InlineData("enrich: [ { type: kevs, path: r } ],", "score > 1", "CTI-CFG-008", "enrich[0].type")>]
[<InlineData("", "contry = 'NL'", "CTI-PRED-003", "sinks[0].where")>]
[<InlineData("", "country = 'nl'", "CTI-PRED-007", "sinks[0].where")>]
[<InlineData("", "country > 'NL'", "CTI-PRED-005", "sinks[0].where")>]
[<InlineData("", "kev = true", "CTI-PRED-003", "sinks[0].where")>]
[<InlineData("", "kev = 1", "CTI-PRED-005", "sinks[0].where")>]
let ``what does not fit together is told where it stands``
    (keys: string)
    (where: string)
    (code: string)
    (path: string)
    =
    match decode keys where with
    | Ok _ -> Assert.Fail "it was taken"
    | Error diagnostics ->
        let diagnostic = List.head diagnostics
        Assert.Equal((code, path), (diagnostic.Code, diagnostic.Path))
        Assert.NotEqual<string>("", diagnostic.Hint + diagnostic.Message)
