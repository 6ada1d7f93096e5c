// Changes as envelopes of STIX: what each refers to stands before it, what is withdrawn ends, and every revision is a version of its own.
module Cti.Core.Tests.StixChangeTests

open System.Text.Json
open Cti.Core
open Xunit

let private envelope (op: ChangeOp) (batch: IndicatorBatch) (row: int) =
    let writer = Utf8Writer 256
    ChangeFormat.write ChangeFormat.Stix batch row 41L op writer
    let text = writer.ToString()
    Assert.EndsWith("]}\n", text)
    Assert.DoesNotContain("\n", text.TrimEnd '\n')
    use document = JsonDocument.Parse text

    [
        for item in document.RootElement.GetProperty("objects").EnumerateArray() do
            item.Clone()
    ]

let private said (item: JsonElement) : string =
    match item.GetString() with
    | null -> ""
    | text -> text

let private text (name: string) (item: JsonElement) = said (item.GetProperty name)

let private one (revision: int) =
    let batch = IndicatorBatch 1
    let row = Samples.add batch ObservableType.Domain "evil.example"
    batch.Sources[row] <- NameSet.Of [ "feed" ]
    batch.Tlp[row] <- Tlp.Green
    batch.Revision[row] <- revision
    batch

[<Fact>]
let ``what an object refers to stands before it`` () =
    for observable, value in [ ObservableType.Domain, "evil.example"; ObservableType.Cve, "CVE-2024-1234" ] do
        let batch = IndicatorBatch 1
        let row = Samples.add batch observable value
        batch.Tlp[row] <- Tlp.Amber
        batch.Sources[row] <- NameSet.Of [ "feed" ]
        let mutable known = Set.empty

        for item in envelope ChangeOp.Added batch row do
            for name in [ "created_by_ref"; "object_marking_refs" ] do
                match item.TryGetProperty name with
                | true, reference when reference.ValueKind = JsonValueKind.Array ->
                    for each in reference.EnumerateArray() do
                        Assert.Contains(said each, known)
                | true, reference -> Assert.Contains(said reference, known)
                | _ -> ()

            known <- Set.add (text "id" item) known

[<Fact>]
let ``the first version is the one a bundle has`` () =
    let batch = one 1

    let bundle =
        Samples.render
            (RenderSpec.StixBundle
                {|
                    Observables = false
                    Objects = false
                |})
            batch

    Assert.Contains((List.last (envelope ChangeOp.Added batch 0)).GetRawText(), bundle)

[<Fact>]
let ``each revision of one time is a later version`` () =
    let modified revision =
        envelope ChangeOp.Changed (one revision) 0 |> List.last |> text "modified"

    Assert.True(modified 1 < modified 2 && modified 2 < modified 3)
    Assert.Equal(24, (modified 3).Length)

[<Fact>]
let ``what is withdrawn has an end, also where it still holds for others`` () =
    let batch = one 2
    let item = envelope ChangeOp.Withdrawn batch 0 |> List.last
    Assert.True(text "valid_until" item > text "valid_from" item)
    let again = envelope ChangeOp.Changed batch 0 |> List.last
    Assert.False(fst (again.TryGetProperty "valid_until"))

[<Fact>]
let ``of what may not be seen any more there is a version with times`` () =
    let batch = one 2
    batch.Created[0] <- Timestamp.none
    batch.FirstSeen[0] <- Timestamp.none
    batch.Status[0] <- IndicatorStatus.Withdrawn
    let item = envelope ChangeOp.Withdrawn batch 0 |> List.last
    Assert.Equal(text "modified" item, text "created" item)
    Assert.True(text "valid_until" item > text "valid_from" item)
