// Real OpenIOC and STIX 1 files, where they are at hand: every item and observable of theirs is accounted for, by format and by `auto`.
module Cti.Core.Tests.Read.RealXmlTests

open System
open System.IO
open System.Xml.Linq
open Xunit
open Xunit.Abstractions
open Cti.Core
open Cti.Core.Tests.Read.RichFeeding

// Files of the manifest whose format begins with a text, with their number of records; none where there is no data.
let private files (format: string) : (string * int) list =
    match SharedData.folder with
    | None -> []
    | Some folder ->
        SharedData.manifest folder
        |> List.filter (fun listed -> listed.Format.StartsWith(format, StringComparison.Ordinal))
        |> List.map (fun listed -> Path.Combine(folder, listed.File), listed.Records)

// Counted by another parser.
let private elements (text: string) (names: string list) : int =
    XDocument.Parse(text.TrimStart '\uFEFF').Descendants()
    |> Seq.filter (fun element -> List.contains element.Name.LocalName names)
    |> Seq.length

let private reads (bytes: byte[]) : ReaderSpec option =
    match Sniffer.recogniser.Recognise(ReadOnlyMemory<byte> bytes, true, [], ValueNone) with
    | Ok(spec, _) -> Some spec
    | Error _ -> None

let private isRich (name: string) (spec: ReaderSpec option) =
    match spec with
    | Some(ReaderSpec.Rich format) -> format.Name = name
    | _ -> false

type RealXmlTests(output: ITestOutputHelper) =
    let walk (format: RichFormat) (manifest: string) (names: string list) =
        for path, count in files manifest do
            let bytes = File.ReadAllBytes path
            let seen = readIn 10_000 100 format bytes
            Assert.True(isRich format.Name (reads bytes), path)
            Assert.True seen.Fault.IsNone
            Assert.Empty seen.Rejections

            // Start tags: a slice does not bring its namespaces along.
            let inside (text: string) =
                names
                |> List.sumBy (fun name -> Text.RegularExpressions.Regex.Count(text, $"<(\\w+:)?%s{name}[\\s>/]"))

            let inRecords = seen.Records |> List.sumBy (fun record -> inside record.Original)
            let inObjects = seen.Objects |> List.sumBy (fun (_, _, text) -> inside text)
            let all = elements (File.ReadAllText path) names

            let kinds =
                values seen
                |> List.countBy fst
                |> List.map (fun (kind, count) -> $"%s{kind} %d{count}")
                |> String.concat ", "

            let losses =
                seen.Losses
                |> List.countBy (fun (path, _, reason) -> $"%s{reason} %s{path}")
                |> List.map (fun (what, count) -> $"%s{what} ×%d{count}")
                |> String.concat ", "

            output.WriteLine
                $"%s{Path.GetFileName path |> string} (%d{count}): %d{seen.Records.Length} records, %d{seen.Objects.Length} objects; %s{kinds}; lost: %s{losses}"
            // Nothing falls through: what is in no record is in an object.
            Assert.True(inRecords + inObjects >= all, $"%s{path}: %d{inRecords} + %d{inObjects} of %d{all}")

            for kind, value in values seen do
                if kind = "stix_pattern" then
                    // It is a pattern: the reader of patterns does not fail.
                    PatternWorld.holds value [] |> ignore

    [<Fact>]
    member _.``every item of every OpenIOC file is in a record or kept``() =
        walk OpenIoc.format "OpenIOC" [ "IndicatorItem" ]

    [<Fact>]
    member _.``every indicator of every STIX 1 file is in a record or kept``() =
        walk Stix1.format "STIX 1" [ "Indicator" ]

    [<Fact>]
    member _.``rules made of YARA's terms compile``() =
        let hasYara =
            (Environment.GetEnvironmentVariable "PATH" |> string).Split Path.PathSeparator
            |> Array.exists (fun folder -> File.Exists(Path.Combine(folder, "yarac")))

        if hasYara then
            for path, _ in files "OpenIOC" do
                for kind, rule in values (readIn 10_000 100 OpenIoc.format (File.ReadAllBytes path)) do
                    if kind = "yara_rule" then
                        let file = Path.GetTempFileName()

                        try
                            File.WriteAllText(file, rule)

                            use compiling =
                                match
                                    Diagnostics.Process.Start(
                                        Diagnostics.ProcessStartInfo(
                                            "yarac",
                                            [ file; "/dev/null" ],
                                            RedirectStandardError = true
                                        )
                                    )
                                with
                                | null -> failwith "yarac does not start"
                                | started -> started

                            let said = compiling.StandardError.ReadToEnd()
                            compiling.WaitForExit()
                            Assert.True(compiling.ExitCode = 0, $"%s{said}\n%s{rule}")
                        finally
                            File.Delete file
        else
            Assert.True(Environment.GetEnvironmentVariable "CI" <> "true", "yarac is not installed (yara)")
