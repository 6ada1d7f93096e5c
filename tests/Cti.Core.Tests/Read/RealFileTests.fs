// Real feeds, where they are at hand: as many records as their manifest counts.
module Cti.Core.Tests.Read.RealFileTests

open System
open System.IO
open System.Text
open Xunit
open Xunit.Abstractions
open Cti.Core
open Cti.Core.Tests.Read.Feeding

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

let private headless =
    [
        "tweetfeed_today.csv"
        "tweetfeed_month.csv"
        "keybase_panels.txt"
        "sha256_w_timestamps.csv"
        "hashes.csv"
    ]

/// How a person would declare the file.
let private specOf (file: string) : ReaderSpec =
    let name = Path.GetFileName file |> string

    let startsWith (prefix: string) =
        file.StartsWith(prefix, StringComparison.Ordinal)

    let filter (dialect: string) = name = "urlhaus-filter-" + dialect

    if startsWith "csv/epss/" then
        ReaderSpec.Csv
            { noHeader with
                Separator = CsvSeparator.Text ";"
            }
    elif startsWith "csv/abusech/" then
        ReaderSpec.Csv(csv CsvHeader.InComment)
    elif List.contains name headless then
        ReaderSpec.Csv noHeader
    elif startsWith "csv/" then
        ReaderSpec.Csv CsvDialect.standard
    elif name = "ipsum.txt" then
        ReaderSpec.Csv
            { noHeader with
                Separator = CsvSeparator.Whitespace
            }
    elif name = "hosts.txt" || filter "hosts-online.txt" then
        blockList BlockListDialect.Hosts
    elif name = "rpz.txt" || filter "rpz-online.conf" then
        blockList BlockListDialect.Rpz
    elif filter "online.txt" || filter "ag-online.txt" then
        blockList BlockListDialect.Adblock
    elif filter "bind-online.conf" then
        blockList BlockListDialect.BindZone
    elif filter "dnsmasq-online.conf" then
        blockList BlockListDialect.Dnsmasq
    elif filter "unbound-online.conf" then
        blockList BlockListDialect.Unbound
    elif name.EndsWith(".rules", StringComparison.Ordinal) then
        blockList BlockListDialect.IdsRules
    elif name = "public_suffix_list.dat" then
        lines [ "//" ]
    else
        lines [ "#" ]

/// Where the manifest counts otherwise: $TTL, SOA and NS of zones, which list nothing; a header that begins with `#`, taken for a comment.
let private countedOtherwise =
    Map.ofList
        [
            "lists/urlhaus-filter/urlhaus-filter-rpz-online.conf", -3
            "lists/tweetfeed-blocklists/rpz.txt", -3
            "csv/samples.csv", 1
        ]

/// Rows that are rejected: their bytes are in another encoding, their quotes inside a quoted cell are not doubled.
let private rejected =
    Map.ofList
        [
            "csv/unit42/domains18.csv", 79
            "csv/volexity/2018-06-07_-_Patchwork_APT_Group_Targets_US_Think_Tanks.csv", 1
        ]

type Counting(output: ITestOutputHelper) =
    [<Fact>]
    member _.``Every real list and table gives the records its manifest counts``() =
        match SharedData.folder with
        | None -> output.WriteLine "skipped: no shared data beside the repository"
        | Some folder ->
            let rows =
                File.ReadAllLines(Path.Combine(folder, "MANIFEST.tsv"))
                |> Array.skip 1
                |> Array.map (fun row -> row.Split '\t')
                |> Array.filter (fun row -> row[0].StartsWith("csv/") || row[0].StartsWith("lists/"))

            let wrong =
                [
                    for row in rows do
                        let file = row[0]
                        let bytes = File.ReadAllBytes(Path.Combine(folder, file))
                        let reader = ReaderSpec.reader (specOf file) ReaderStart.beginning
                        let seen = feedWith reader bytes (fun () -> 100_000) (fun () -> 10_000)
                        let faults = codes seen

                        let known map =
                            Map.tryFind file map |> Option.defaultValue 0

                        let expected = int row[6] + known countedOtherwise, known rejected

                        if (seen.Length, faults.Length) <> expected then
                            $"%s{file}: %d{seen.Length} records, %d{faults.Length} rejected, expected %A{expected}: %A{List.distinct faults}"
                ]

            Assert.True(rows.Length > 100)
            Assert.Equal<string list>([], wrong)

    [<Fact>]
    member _.``Rows in another encoding are rejected until it is declared``() =
        match SharedData.folder with
        | None -> output.WriteLine "skipped: no shared data beside the repository"
        | Some folder ->
            let bytes = File.ReadAllBytes(Path.Combine(folder, "csv/unit42/domains18.csv"))
            let seen = feed (ReaderSpec.Csv CsvDialect.standard) bytes
            Assert.Equal(18_623, seen.Length)
            Assert.All(codes seen, (fun code -> Assert.Equal("CTI-READ-006", code)))
            Assert.InRange((codes seen).Length, 1, 100)

            // The byte is Mac OS Roman's no-break space: as Latin-1 it would be part of a domain's name.
            let text = Array.zeroCreate<byte>(bytes.Length * 2)

            let step =
                Transcoder.decode TextEncoding.Macintosh (ReadOnlySpan<byte> bytes) (Span<byte> text) true

            let decoded = feed (ReaderSpec.Csv CsvDialect.standard) text[.. step.Written - 1]
            Assert.Equal(18_623, (cells decoded).Length)
            Assert.Empty(codes decoded)
