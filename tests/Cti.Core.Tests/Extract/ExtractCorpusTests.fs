// Samples of our own, with what is found in them (tests/corpus/extract): every way of defanging, every kind of false friend, every format. To refresh
// after a change of rules: CTI_UPDATE_EXPECTED=1 dotnet test --filter ExtractCorpus, then read the diff.
module Cti.Core.Tests.Extract.ExtractCorpusTests

open System
open System.IO
open Xunit
open Cti.Core
open Cti.Core.Tests.Extract.ExtractFixture

let private folder = Path.Combine(root, "tests", "corpus", "extract")

let private samples =
    Directory.GetFiles folder
    |> Array.filter (fun file -> Path.GetExtension file <> ".expected")
    |> Array.sort

let private formatOf (file: string) =
    match Path.GetExtension file with
    | ".md" -> ReportFormat.Markdown
    | ".adoc" -> ReportFormat.AsciiDoc
    | ".html" -> ReportFormat.Html
    | ".xml" -> ReportFormat.Feed
    | ".pdf" -> ReportFormat.Pdf
    | _ -> ReportFormat.Text

let private shown (path: string) : string =
    extractBytes (formatOf path) (File.ReadAllBytes path)
    |> List.map (fun found ->
        let role =
            match found.Role with
            | FindingRole.Ioc -> "ioc"
            | FindingRole.Context -> "context"

        $"%d{found.Line}\t%s{role}\t%s{found.Type}\t%s{found.Value}\t%s{found.AsWritten}\n")
    |> String.concat ""

[<Fact>]
let ``every sample yields what is expected of it`` () =
    Assert.NotEmpty samples

    for path in samples do
        let found = shown path

        if Environment.GetEnvironmentVariable "CTI_UPDATE_EXPECTED" = "1" then
            File.WriteAllText(path + ".expected", found)

        Assert.Equal(File.ReadAllText(path + ".expected"), found)
