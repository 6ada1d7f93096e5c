// What a scraper is given: well-formed whatever stands in a label. (An independent parser judges a live service's text in the host's tests.)
module Cti.Core.Tests.OpenMetricsTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open Cti.Core

let private family name kind samples : MetricFamily =
    {
        Name = name
        Kind = kind
        Unit = ""
        Help = "What it is"
        Samples =
            [
                for labels, value in samples do
                    { Labels = labels; Value = value }
            ]
    }

[<Fact>]
let ``families are written as the format wants them`` () =
    let text =
        OpenMetrics.print
            [
                family "cti_runs" MetricKind.Counter [ [ "pipeline", "p"; "status", "done" ], 3.0 ]
                family "cti_queue" MetricKind.Gauge [ [], 0.5 ]
                family "cti_build" MetricKind.Info [ [ "version", "1.0" ], 1.0 ]
                family "cti_nothing" MetricKind.Gauge []
            ]

    let expected =
        "# TYPE cti_runs counter\n# HELP cti_runs What it is\ncti_runs_total{pipeline=\"p\",status=\"done\"} 3\n"
        + "# TYPE cti_queue gauge\n# HELP cti_queue What it is\ncti_queue 0.5\n"
        + "# TYPE cti_build info\n# HELP cti_build What it is\ncti_build_info{version=\"1.0\"} 1\n"
        + "# EOF\n"

    Assert.Equal(expected, text)

// Reads a label value as the format's grammar has it; what is no label value gives none.
let private unescape (text: string) : (string * int) option =
    let rec go index (found: Text.StringBuilder) =
        if index >= text.Length then
            None
        else
            match text[index] with
            | '"' -> Some(found.ToString(), index)
            | '\n' -> None
            | '\\' when index + 1 < text.Length ->
                match text[index + 1] with
                | 'n' -> go (index + 2) (found.Append '\n')
                | '"' -> go (index + 2) (found.Append '"')
                | '\\' -> go (index + 2) (found.Append '\\')
                | _ -> None
            | character -> go (index + 1) (found.Append character)

    go 0 (Text.StringBuilder())

[<Fact>]
let ``no label value breaks out of its quotes, and each is read back as it was`` () =
    let value =
        Gen.elements [ 'a'; '"'; '\\'; '\n'; 'n'; '}'; ' '; 'ä' ]
        |> Gen.listOf
        |> Gen.map (fun characters -> String(Array.ofList characters))

    Check.One(
        Config.QuickThrowOnFailure.WithMaxTest 1000,
        Prop.forAll (Arb.fromGen value) (fun value ->
            let text = OpenMetrics.print [ family "m" MetricKind.Gauge [ [ "l", value ], 1.0 ] ]
            let start = text.IndexOf("m{l=\"", StringComparison.Ordinal) + 5

            match unescape (text.Substring start) with
            | Some(read, finish) -> read = value && text.Substring(start + finish) = "\"} 1\n# EOF\n"
            | None -> false)
    )
