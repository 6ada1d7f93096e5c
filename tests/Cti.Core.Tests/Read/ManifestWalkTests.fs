// Every file of the manifest beside the repository, by its format and by `auto`: the books of every stage balance, and 95 of 100 records become
// observations, screenings or kept objects, or docs/feeds.md says why not. In memory: what becomes of them in a store is for the host's tests.
module Cti.Core.Tests.Read.ManifestWalkTests

open System
open System.Collections.Generic
open System.IO
open System.Text
open System.Text.RegularExpressions
open Xunit
open Xunit.Abstractions
open Cti.Core
open Cti.Core.Tests.Read.DocumentWalk

let private enough = 0.95

/// What the manifest counts in a file.
type private Unit =
    /// Lines, rows, objects: a record or a kept object each.
    | Records
    /// Elements of XML of these names: several may be one record.
    | Elements of names: string

/// How files of a folder are read.
[<NoComparison; NoEquality>]
type private Way =
    {
        Spec: ReaderSpec
        /// Its mapping; empty: left to recognition.
        Templates: MapTemplate list
        Counted: Unit
    }

/// Who reads the files of a folder by their format.
[<NoComparison; NoEquality>]
type private Reading =
    | Here of Way
    /// Another test, which walks the folder itself.
    | By of test: string

let private rich (format: RichFormat) (counted: Unit) =
    Here
        {
            Spec = ReaderSpec.Rich format
            Templates = StandardMap.templates
            Counted = counted
        }

let private ofField (name: string) =
    [ MapTemplate.ofValue (FieldRef.Name name) ]

let private lines =
    {
        Spec =
            ReaderSpec.Lines
                { LinesDialect.standard with
                    Comments = [ "#" ]
                    TrailingComments = true
                }
        Templates = ofField "line"
        Counted = Records
    }

let private kev =
    {
        Spec =
            ReaderSpec.Json
                { JsonDialect.standard with
                    Records = [ JsonStep.Key "vulnerabilities"; JsonStep.Every ]
                    Fields = [ "cveID" ]
                }
        Templates = ofField "cveID"
        Counted = Records
    }

/// By the beginning of a file's path; the first that fits.
let private readings: (string * Reading) list =
    [
        "csv/", By "FeedWalkTests"
        "json/", By "FeedWalkTests"
        "lists/", By "FeedWalkTests"
        "ndjson/", By "FeedWalkTests"
        "reports/", By "ExtractTruthTests"
        "warninglists/", By "RealWarninglistTests"
        "cve5/", rich (Cve5Format()) Records
        "history/kev/", Here kev
        "history/", Here lines
        "misp/",
        rich
            (MispFormat
                { MispDialect.standard with
                    Detection = MispDetection.Any
                })
            Records
        "openioc/", rich OpenIoc.format (Elements "IndicatorItem")
        "stix1/", rich Stix1.format (Elements "Indicator|Observable")
        "stix20/", rich (StixFormat()) Records
        "stix21/", rich (StixFormat()) Records
    ]

let private readingOf (file: string) : Reading option =
    readings
    |> List.tryFind (fun (folder, _) -> file.StartsWith(folder, StringComparison.Ordinal))
    |> Option.map snd

// MISP's events and objects are kept beside their attributes, which are what the manifest counts.
let private isFrame (stretch: Stretch) =
    stretch.Type = "misp-event" || stretch.Type = "misp-object"

/// How many of what the manifest counts something came of. An element of XML also counts where one of which something came refers to it.
let private countUsed (counted: Unit) (bytes: byte[]) (walked: Walked) : int =
    match counted with
    | Records ->
        walked.Used
        |> List.filter (isFrame >> not)
        |> List.distinctBy _.From
        |> List.length
    | Elements names ->
        // One letter a byte, so that places in the text are places in the file.
        let text = Encoding.Latin1.GetString bytes

        let isUsed (place: int) =
            walked.Used
            |> List.exists (fun stretch -> stretch.From <= int64 place && int64 place < stretch.Until)

        let referred =
            Regex.Matches(text, "idref=\"([^\"]+)\"")
            |> Seq.filter (fun found -> isUsed found.Index)
            |> Seq.map _.Groups[1].Value
            |> HashSet

        Regex.Matches(text, $"<(?:\\w+:)?(?:%s{names})(?=[\\s>/])([^>]*)>")
        |> Seq.filter (fun found ->
            isUsed found.Index
            || referred.Contains(Regex.Match(found.Groups[1].Value, "\\bid=\"([^\"]+)\"").Groups[1].Value))
        |> Seq.length

/// A row of the page's table: percent kept, none where nothing is.
[<NoComparison; NoEquality>]
type private Exception = { File: Regex; By: string; Keeps: int }

let private exceptions: Exception list =
    let rec root (folder: DirectoryInfo | null) =
        match folder with
        | null -> invalidOp "no repository around the tests"
        | folder when File.Exists(Path.Combine(folder.FullName, "Cti.Pipelines.sln")) -> folder.FullName
        | folder -> root folder.Parent

    File.ReadAllLines(Path.Combine(root (DirectoryInfo AppContext.BaseDirectory), "docs", "feeds.md"))
    |> Seq.skipWhile (fun line -> line <> "## By format and by auto")
    |> Seq.skip 1
    |> Seq.takeWhile (fun line -> not (line.StartsWith("## ", StringComparison.Ordinal)))
    |> Seq.filter (fun line -> line.StartsWith('|'))
    |> Seq.skip 2
    |> Seq.map (fun line -> line.Trim('|').Split('|', StringSplitOptions.TrimEntries))
    |> Seq.map (fun cells ->
        {
            File = Regex("^" + Regex.Escape(cells[0].Trim '`').Replace("\\*", "[^/]*") + "$")
            By = cells[1]
            Keeps =
                if cells[2] = "not read" then
                    0
                else
                    int (cells[2].Replace(" %", ""))
        })
    |> List.ofSeq

let private judge (by: string) (listed: SharedData.Listed) (used: int) : string option =
    let share =
        if listed.Records > 0 then float used / float listed.Records
        elif listed.Records = 0 then 1.0
        else 0.0

    let exception' =
        exceptions
        |> List.tryFind (fun row -> row.File.IsMatch listed.File && (row.By = by || row.By = "both"))

    match exception' with
    | None when share < enough -> Some $"%s{listed.File} by %s{by}: %d{used} of %d{listed.Records}"
    | Some _ when share >= enough -> Some $"%s{listed.File} by %s{by} needs no exception in docs/feeds.md any more"
    | Some row when share < float row.Keeps / 100.0 ->
        Some $"%s{listed.File} by %s{by}: %d{used} of %d{listed.Records}, docs/feeds.md promises %d{row.Keeps} %%"
    | _ -> None

let private auto =
    ReaderSpec.Auto
        {
            Recogniser = Sniffer.recogniser
            Fields = []
            Only = ValueNone
        }

let private faultsOf (by: string) (listed: SharedData.Listed) (counted: Unit) (bytes: byte[]) (walked: Walked) =
    [
        yield! Option.toList (judge by listed (countUsed counted bytes walked))

        for stage in walked.Missing do
            $"%s{listed.File} by %s{by}: the books of %s{stage} do not balance"

        if walked.Silent > 0 then
            $"%s{listed.File} by %s{by}: %d{walked.Silent} rejections do not say what is wrong, or where"
    ]

type ManifestWalk(output: ITestOutputHelper) =
    let rows =
        match SharedData.folder with
        | None -> []
        | Some folder -> SharedData.manifest folder |> List.map (fun listed -> folder, listed)

    let check (faults: string list) =
        if List.isEmpty rows then
            output.WriteLine "skipped: no shared data beside the repository"

        Assert.Equal<string list>([], faults)

    [<Fact>]
    member _.``every file of the manifest is read by its format``() =
        check
            [
                for folder, listed in rows do
                    match readingOf listed.File with
                    | Some(Here way) ->
                        let bytes = SharedData.bytes folder listed.File
                        yield! faultsOf "format" listed way.Counted bytes (walk way.Spec way.Templates bytes)
                    | Some(By _) -> ()
                    | None -> $"%s{listed.File}: nobody reads it. Add its folder"
            ]

    [<Fact>]
    member _.``every file of the manifest is read by auto``() =
        check
            [
                for folder, listed in rows do
                    match readingOf listed.File with
                    // Reports have no number of records, and warninglists are no feeds.
                    | Some(By("ExtractTruthTests" | "RealWarninglistTests")) -> ()
                    | reading ->
                        let counted =
                            match reading with
                            | Some(Here way) -> way.Counted
                            | _ -> Records

                        let bytes = SharedData.bytes folder listed.File
                        yield! faultsOf "auto" listed counted bytes (walk auto [] bytes)
            ]

    [<Fact>]
    member _.``every exception is of a file there is``() =
        check
            [
                if not (List.isEmpty rows) then
                    for row in exceptions do
                        if not (rows |> List.exists (fun (_, listed) -> row.File.IsMatch listed.File)) then
                            $"%O{row.File}"
            ]
