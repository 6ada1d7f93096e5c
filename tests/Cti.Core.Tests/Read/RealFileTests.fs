// Real feeds, where they are at hand: as many records as their manifest counts.
module Cti.Core.Tests.Read.RealFileTests

open System
open System.IO
open System.Text
open Xunit
open Xunit.Abstractions
open Cti.Core
open Cti.Core.Tests.Read.Feeding

/// `../shared/data` beside the repository, if it is there.
let private data =
    let rec root (folder: DirectoryInfo | null) =
        match folder with
        | null -> None
        | folder when File.Exists(Path.Combine(folder.FullName, "Cti.Pipelines.sln")) -> Some folder.FullName
        | folder -> root folder.Parent

    root (DirectoryInfo AppContext.BaseDirectory)
    |> Option.map (fun folder -> Path.GetFullPath(Path.Combine(folder, "..", "shared", "data")))
    |> Option.filter Directory.Exists

let private lines comments =
    ReaderSpec.Lines
        { LinesDialect.standard with
            Comments = comments
            TrailingComments = true
        }

let private csv header =
    { CsvDialect.standard with
        Header = header
        Comments = [ "#" ]
    }

let private json records fields : JsonDialect =
    { JsonDialect.standard with
        Records = records
        Fields = fields
    }

let private noHeader = csv CsvHeader.NoHeader

let private blockList dialect =
    ReaderSpec.BlockList(dialect, ReadLimits.standard)

let files: objnull array list =
    [
        struct ("lists/ipsum.txt", ReaderSpec.Csv { noHeader with Separator = '\t'B }, 120_430)
        struct ("lists/ipsum_level3.txt", lines [ "#" ], 14_217)
        struct ("lists/tor-exit-nodes.lst", lines [ "#" ], 1_746)
        struct ("lists/tor-nodes.lst", lines [ "#" ], 8_054)
        struct ("lists/maltrail/emotet.txt", lines [ "#" ], 15_034)
        struct ("lists/maltrail/mass_scanner.txt", lines [ "#" ], 19_220)
        struct ("lists/urlhaus-filter/urlhaus-filter-online.txt", lines [ "!" ], 6_817)
        // The list whose first lines are bare hosts is read by the reader for filter lists as well.
        struct ("lists/urlhaus-filter/urlhaus-filter-online.txt", blockList BlockListDialect.Adblock, 6_817)
        struct ("lists/urlhaus-filter/urlhaus-filter-ag-online.txt", blockList BlockListDialect.Adblock, 6_817)
        struct ("lists/urlhaus-filter/urlhaus-filter-bind-online.conf", blockList BlockListDialect.BindZone, 1_241)
        struct ("lists/urlhaus-filter/urlhaus-filter-dnsmasq-online.conf", blockList BlockListDialect.Dnsmasq, 1_241)
        struct ("lists/urlhaus-filter/urlhaus-filter-hosts-online.txt", blockList BlockListDialect.Hosts, 1_241)
        struct ("lists/urlhaus-filter/urlhaus-filter-unbound-online.conf", blockList BlockListDialect.Unbound, 1_241)
        // Its manifest counts $TTL, SOA and NS too.
        struct ("lists/urlhaus-filter/urlhaus-filter-rpz-online.conf", blockList BlockListDialect.Rpz, 1_241)
        struct ("lists/urlhaus-filter/urlhaus-filter-snort2-online.rules", blockList BlockListDialect.IdsRules, 394)
        struct ("lists/urlhaus-filter/urlhaus-filter-suricata-online.rules", blockList BlockListDialect.IdsRules, 394)
        struct ("lists/tweetfeed-blocklists/hosts.txt", blockList BlockListDialect.Hosts, 4_875)
        // Its manifest counts $TTL, SOA and NS too.
        struct ("lists/tweetfeed-blocklists/rpz.txt", blockList BlockListDialect.Rpz, 9_750)
        struct ("csv/kev.csv", ReaderSpec.Csv CsvDialect.standard, 1_404)
        struct ("csv/abusech/sslbl_blacklist_excerpt.csv", ReaderSpec.Csv(csv CsvHeader.InComment), 26)
        struct ("csv/abusech/urlhaus_csv_recent_excerpt.csv", ReaderSpec.Csv(csv CsvHeader.InComment), 4)
        struct ("csv/tweetfeed_today.csv", ReaderSpec.Csv noHeader, 59)
        struct ("csv/tweetfeed_month.csv", ReaderSpec.Csv noHeader, 6_000)
        struct ("csv/unit42/golang_malware_results.csv", ReaderSpec.Csv CsvDialect.standard, 10_700)
        struct ("csv/unit42/dearjoohn_iocs.csv", ReaderSpec.Csv CsvDialect.standard, 9)
        struct ("csv/unit42/keybase_panels.txt", ReaderSpec.Csv noHeader, 2_621)
        struct ("csv/targetedthreats.csv", ReaderSpec.Csv CsvDialect.standard, 3_248)
        struct ("csv/amnesty_nso_2018.csv", ReaderSpec.Csv CsvDialect.standard, 604)
        struct ("json/kev.json", ReaderSpec.Json(json [ JsonStep.Key "vulnerabilities" ] [ "cveID"; "cwes.*" ]), 1_404)
        struct ("ndjson/targetedthreats.json", ReaderSpec.Ndjson(json [] [ "ioc"; "type" ]), 3_248)
        struct ("csv/infoblox/usps_cta_20231219.csv", ReaderSpec.Csv CsvDialect.standard, 7_444)
    ]
    |> List.map (fun struct (a, b, c) -> [| box a; box b; box c |])

type Counting(output: ITestOutputHelper) =
    [<Theory; MemberData(nameof files, MemberType = typeof<Counting>)>]
    member _.``A real feed gives the records its manifest counts``(name: string, spec: ReaderSpec, expected: int) =
        match data with
        | None -> output.WriteLine "skipped: no shared data beside the repository"
        | Some folder ->
            let bytes = File.ReadAllBytes(Path.Combine(folder, name))
            let reader = ReaderSpec.reader spec ReaderStart.beginning
            let seen = feedWith reader bytes (fun () -> 100_000) (fun () -> 10_000)

            for item in seen do
                match item with
                | Rejected(code, line, _, original) -> output.WriteLine $"%s{code} line %d{line}: %s{original}"
                | Cells _ -> ()

            Assert.Equal(expected, seen.Length)

    static member files = files

    [<Fact>]
    member _.``Latin-1 rows are rejected, the others read``() =
        match data with
        | None -> output.WriteLine "skipped: no shared data beside the repository"
        | Some folder ->
            let bytes = File.ReadAllBytes(Path.Combine(folder, "csv/unit42/domains18.csv"))
            let seen = feed (ReaderSpec.Csv CsvDialect.standard) bytes
            Assert.Equal(18_623, seen.Length)
            Assert.All(codes seen, (fun code -> Assert.Equal("CTI-READ-006", code)))
            Assert.InRange((codes seen).Length, 1, 100)
            Assert.True(Encoding.UTF8.GetString(bytes).Contains '\uFFFD')
