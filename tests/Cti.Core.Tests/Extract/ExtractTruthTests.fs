// Reports that a person read and labelled (tests/corpus/reports), against what the extractor says. Half of them were never looked at while the rules
// were made. The files name reports by their path in the shared data; they hold no text of them.
module Cti.Core.Tests.Extract.ExtractTruthTests

open System
open System.IO
open Xunit
open Xunit.Abstractions
open Cti.Core
open Cti.Core.Tests.Extract.ExtractFixture

let private data =
    Path.GetFullPath(Path.Combine(root, "..", "shared", "data", "reports"))

type private Truth =
    {
        Report: string
        Half: string
        Ioc: Set<string * string>
    }

let private canonical (kind: string) (value: string) =
    match ObservableType.tryParse kind with
    | ValueNone -> failwith $"no type %s{kind}"
    | ValueSome observable ->
        match Normalise.tryParse (TypeHint.Fixed observable) value with
        | Ok subject -> subject.Value
        | Error error -> failwith $"%s{kind} %s{value}: %A{error}"

let private read (file: string) : Truth =
    let lines = File.ReadAllLines file

    {
        Report = lines[0].Substring 2
        Half = lines[1].Substring 2
        Ioc =
            lines
            |> Seq.skip 2
            |> Seq.map _.Split('\t')
            |> Seq.filter (fun cells -> cells[2] = "ioc")
            |> Seq.map (fun cells -> cells[0], canonical cells[0] cells[1])
            |> Set.ofSeq
    }

let private truths =
    Directory.GetFiles(Path.Combine(root, "tests", "corpus", "reports"), "*.tsv")
    |> Array.sort
    |> Array.map read

let private formatOf (report: string) (bytes: byte[]) =
    match Path.GetExtension report with
    | ".adoc" -> ReportFormat.AsciiDoc
    | ".md" -> ReportFormat.Markdown
    | _ -> ReportFormat.guess (ReadOnlySpan<byte> bytes)

type ExtractTruthTests(output: ITestOutputHelper) =
    [<Fact>]
    member _.``at least 15 reports are labelled, and every label is canonical``() = Assert.True(truths.Length >= 15)

    [<Theory>]
    [<InlineData("dev")>]
    [<InlineData("held-out")>]
    member _.``precision and recall on indicators are 0.97 at least``(half: string) =
        if not (Directory.Exists data) then
            output.WriteLine $"%s{data} is not here: nothing is compared"
        else
            let mutable hits = 0
            let mutable extra = 0
            let mutable missed = 0

            for truth in truths |> Array.filter (fun truth -> truth.Half = half) do
                let bytes = File.ReadAllBytes(Path.Combine(data, truth.Report))

                let found =
                    extractBytes (formatOf truth.Report bytes) bytes
                    |> List.filter (fun found -> found.Role = FindingRole.Ioc)
                    |> values
                    |> Set.ofList

                let common = Set.intersect found truth.Ioc
                hits <- hits + common.Count
                extra <- extra + found.Count - common.Count
                missed <- missed + truth.Ioc.Count - common.Count

                output.WriteLine(
                    $"%-80s{truth.Report} %4d{common.Count} found %3d{found.Count - common.Count} extra %3d{truth.Ioc.Count - common.Count} missed"
                )

                for kind, value in Set.difference found truth.Ioc do
                    output.WriteLine $"    extra  %s{kind} %s{value}"

                for kind, value in Set.difference truth.Ioc found do
                    output.WriteLine $"    missed %s{kind} %s{value}"

            let precision = float hits / float (hits + extra)
            let recall = float hits / float (hits + missed)
            output.WriteLine $"%s{half}: precision %.4f{precision}, recall %.4f{recall}"
            Assert.True(precision >= 0.97, $"precision %.4f{precision}")
            Assert.True(recall >= 0.97, $"recall %.4f{recall}")
