// A pipeline's whole way in memory: what comes out of given bytes, by the rules of a run. That a run gives the same is tested beside the host.
module Cti.Core.Tests.TrialTests

open System.Text
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Declare
open Cti.Core.Trials
open Cti.Core.Tests.Support

let private text =
    """{ pipeline: p,
  sources: [ { name: a, from: { type: file, path: x }, read: { type: csv },
               map: [ { value: { field: value }, type: auto, tlp: { field: tlp }, source: { field: by } } ],
               trust: { reliability: B, credibility: 2, confidence: 80, tlp: clear } },
             { name: b, from: { type: file, path: y }, read: { type: lines },
               map: [ { value: { field: line }, type: auto } ],
               trust: { reliability: C, credibility: 3, confidence: 60, tlp: amber } } ],
  sinks: [ { name: list, render: { type: plain_list }, to: { type: file, path: l }, max_tlp: green, min_entries: 2 },
           { name: stream, render: { type: ndjson }, to: { type: file, path: s }, max_tlp: amber } ] }"""

let private pipeline =
    match PipelineDecoder.decode (Flow.read text) with
    | Ok pipeline -> pipeline
    | Error diagnostics -> diagnostics |> List.map Diagnostic.print |> String.concat "\n" |> invalidOp

let private screen =
    match ScreenSet.Build([], BroadEntry.defaults) with
    | Ok set -> set
    | Error errors -> invalidOp $"%A{errors}"

let private run (documents: (int * string) list) =
    documents
    |> List.map (fun (source, text) ->
        {
            Source = pipeline.Sources[source].Name
            Uri = "given"
            Bytes = Encoding.UTF8.GetBytes text
        })
    |> Trial.run pipeline screen ValueNone (day 0)

let private bytesOf (sink: string) (result: TrialResult) =
    result.Sinks
    |> List.find (fun trial -> trial.Name.Value = sink)
    |> fun trial -> Encoding.UTF8.GetString trial.Bytes

let private values (result: TrialResult) =
    List.init result.Indicators.Count result.Indicators.Value.Text

[<Fact>]
let ``sources without a document bring nothing, and empty sinks are written`` () =
    let result = run []
    Assert.Equal(0L, result.Records)
    Assert.Equal("", bytesOf "list" result)
    Assert.Equal(PlanVerdict.Empty, result.Sinks[0].Verdict)

[<Fact>]
let ``a source's changes are told when it ends, as the log of a run has them`` () =
    let result =
        run [ 0, "value,tlp,by\n203.0.113.9,,\n198.51.100.1,,\n"; 1, "198.51.100.1\n" ]

    let told =
        bytesOf "stream" result
        |> _.Split('\n', System.StringSplitOptions.RemoveEmptyEntries)
        |> Array.map (fun line ->
            use json = System.Text.Json.JsonDocument.Parse line

            let field (name: string) =
                json.RootElement.GetProperty(name).ToString()

            field "sequence", field "op", field "value")

    Assert.Equal<(string * string * string)[]>(
        [|
            "1", "added", "203.0.113.9"
            "2", "added", "198.51.100.1"
            "3", "changed", "198.51.100.1"
        |],
        told
    )

    Assert.Equal("198.51.100.1\n203.0.113.9\n", bytesOf "list" result)
    Assert.Equal<string list>([ "198.51.100.1"; "203.0.113.9" ], values result)

[<Fact>]
let ``what a sink may not see is left out with its reason, and a first plan that is too small would wait`` () =
    let result = run [ 0, "value,tlp,by\n203.0.113.9,red,\n198.51.100.1,,\n" ]
    let list = result.Sinks[0]
    Assert.Equal(PlanVerdict.TooFew(1L, 2L), list.Verdict)
    let left = Assert.Single list.LeftOut
    Assert.Equal("203.0.113.9", left.Value)
    Assert.Contains("max_tlp green", left.Reason)

[<Fact>]
let ``sub-sources of one source are told apart and corroborate`` () =
    let result = run [ 0, "value,tlp,by\n203.0.113.9,,x\n203.0.113.9,,y\n" ]
    Assert.Equal<string seq>([ "a/x"; "a/y" ], result.Indicators.Sources[0].Names)

[<Fact>]
let ``a header without the mapped fields is a fault of the source, and the others go on`` () =
    let result = run [ 0, "wert\n203.0.113.9\n"; 1, "198.51.100.1\n" ]
    Assert.All(result.Faults, (fun fault -> Assert.Equal("CTI-MAP-101", fault.Code)))
    Assert.NotEmpty result.Faults
    Assert.Equal<string list>([ "198.51.100.1" ], values result)

[<Fact>]
let ``more records than a trial takes are a fault`` () =
    let result = run [ 1, String.replicate (TrialStore.MaxRecords + 1_100) "x\n" ]
    Assert.Equal("CTI-TEST-010", (Assert.Single result.Faults).Code)

let private row =
    gen {
        let! value =
            Gen.elements [ "203.0.113.9"; "198.51.100.1"; "bad.example.org"; "10.0.0.1"; "nonsense"; "" ]

        let! tlp = Gen.elements [ ""; "red"; "green"; "pink" ]
        let! by = Gen.elements [ ""; "x" ]
        return $"%s{value},%s{tlp},%s{by}\n"
    }

[<Fact>]
let ``whatever is given the books balance and the count of indicators is that of the books`` () =
    check (
        Prop.forAll (Arb.fromGen (Gen.listOf row)) (fun rows ->
            let result =
                run [ 0, "value,tlp,by\n" + String.concat "" rows; 1, "198.51.100.1\n" ]

            result.Books |> Seq.forall (fun pair -> StageCounts.missing pair.Value = 0L)
            && result.Records = int64 rows.Length + 1L
            && result.Books
               |> Seq.exists (fun pair -> pair.Key = "sink:list" && pair.Value.In = int64 result.Indicators.Count))
    )

[<Fact>]
let ``one document or the same records in two of the same source give the same`` () =
    check (
        Prop.forAll (Arb.fromGen (Gen.zip (Gen.listOf row) (Gen.listOf row))) (fun (first, second) ->
            let header = "value,tlp,by\n"
            let one = run [ 0, header + String.concat "" (first @ second) ]

            let two =
                run [ 0, header + String.concat "" first; 0, header + String.concat "" second ]

            bytesOf "list" one = bytesOf "list" two
            && bytesOf "stream" one = bytesOf "stream" two)
    )
