// The csv renderer: what another parser reads back, what spreadsheets must never run, and what is told as lost.
module Cti.Core.Tests.CsvTests

open System
open System.Text
open Xunit
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Support

/// RFC 4180 read by the letter, in a way of its own: a cell is bare or in quotes, and what is neither is an error.
let private read (text: string) : string list list =
    let rec row (at: int) cells rows =
        if at = text.Length then
            List.rev rows
        else
            let cell, behind =
                if text[at] = '"' then
                    let rec quoted (at: int) (found: string) =
                        match text.IndexOf('"', at) with
                        | -1 -> failwith "a quote is not closed"
                        | close when close + 1 < text.Length && text[close + 1] = '"' ->
                            quoted (close + 2) (found + text.Substring(at, close + 1 - at))
                        | close -> found + text.Substring(at, close - at), close + 1

                    quoted (at + 1) ""
                else
                    let close = text.IndexOfAny([| ','; '\r' |], at)
                    let bare = text.Substring(at, close - at)
                    Assert.DoesNotContain("\"", bare)
                    Assert.DoesNotContain("\n", bare)
                    bare, close

            match text[behind] with
            | ',' -> row (behind + 1) (cell :: cells) rows
            | '\r' when text[behind + 1] = '\n' -> row (behind + 2) [] (List.rev (cell :: cells) :: rows)
            | other -> failwith $"%c{other} stands behind a cell"

    row 0 [] []

let private render (columns: CsvColumn list) (batch: IndicatorBatch) =
    let renderer = CsvRenderer columns :> IRenderer
    let writer = Utf8Writer 64
    let selected = [| 0 .. batch.Count - 1 |]
    renderer.Header(Samples.context, writer)
    renderer.Rows(batch, ReadOnlySpan<int> selected, writer)
    renderer.Footer({ Rows = int64 batch.Count }, writer)
    writer.ToString(), renderer.Losses

[<Fact>]
let ``a table, byte for byte`` () =
    let batch = IndicatorBatch 4
    let url = Samples.add batch ObservableType.Url "http://a.example/?q=\"x\",y"
    batch.Labels[url] <- NameSet.Of [ "botnet"; "c2" ]
    batch.Sources[url] <- NameSet.Of [ "feed" ]
    batch.Remarks.Describe(url, ReadOnlySpan<byte>("two\nlines"B), day 0)
    batch.Remarks.Refer(url, ReadOnlySpan<byte>("feed\thttps://f.example/1\nfeed\thttps://f.example/2"B))
    Samples.add batch ObservableType.Domain "b.example" |> ignore

    let text, losses =
        render
            [
                CsvColumn.Type
                CsvColumn.Value
                CsvColumn.Confidence
                CsvColumn.Labels
                CsvColumn.Description
                CsvColumn.References
            ]
            batch

    Assert.Equal(
        "type,value,confidence,labels,description,references\r\n"
        + "url,\"http://a.example/?q=\"\"x\"\",y\",80,botnet;c2,\"two\nlines\",https://f.example/1 https://f.example/2\r\n"
        + "domain,b.example,80,,,\r\n",
        text
    )

    Assert.Equal(0L, losses.Total)

[<Theory>]
[<InlineData("=HYPERLINK(\"http://a.example\";\"x\")")>]
[<InlineData("+1+cmd|' /C calc'!A0")>]
[<InlineData("-2+3+cmd|' /C calc'!A0")>]
[<InlineData("@SUM(1+1)*cmd|' /C calc'!A0")>]
[<InlineData("\t=1+1")>]
[<InlineData("\r=1+1")>]
[<InlineData("\n=1+1")>]
[<InlineData("＝1+1")>]
[<InlineData("＠SUM(1)")>]
let ``no cell begins like a formula`` (text: string) =
    let bytes = Encoding.UTF8.GetBytes text
    let renderer = CsvRenderer CsvColumn.standard :> IRenderer

    Assert.Equal(
        ValueSome RenderReason.ReservedWord,
        renderer.CanHold(ObservableType.FileName, ReadOnlySpan<byte> bytes)
    )

    let batch = IndicatorBatch 4
    Samples.add batch ObservableType.FileName text |> ignore
    let held = Samples.add batch ObservableType.FileName "held.exe"
    batch.Labels[held] <- NameSet.Of [ text ]
    batch.Sources[held] <- NameSet.Of [ text ]
    batch.Remarks.Describe(held, ReadOnlySpan<byte> bytes, day 0)
    let rendered, losses = render CsvColumn.standard batch
    let rows = read rendered
    // The value is left out, the texts are disarmed and told.
    Assert.Equal(2, rows.Length)
    Assert.InRange(losses.Count LossReason.Approximated, 3L, 5L)

    for cell in rows[1] do
        Assert.False(cell <> "" && "=+-@\t\r\n＝＠".Contains cell[0], cell)

[<Fact>]
let ``another parser reads back every cell`` () =
    let text =
        Gen.elements [ "a"; "\""; ","; "\n"; "é"; " "; ";"; "'"; "=" ]
        |> Gen.nonEmptyListOf
        |> Gen.map (fun parts -> "x" + String.concat "" parts + "x")

    check (
        Prop.forAll (Arb.fromGen (Gen.nonEmptyListOf text)) (fun values ->
            let batch = IndicatorBatch values.Length

            for value in values do
                Samples.add batch ObservableType.Mutex value |> ignore

            let rendered, _ = render [ CsvColumn.Value; CsvColumn.Type ] batch
            (read rendered |> List.tail) = (values |> List.map (fun value -> [ value; "mutex" ])))
    )

[<Fact>]
let ``a label that holds what parts labels is told`` () =
    let batch = IndicatorBatch 1
    let row = Samples.add batch ObservableType.Domain "a.example"
    batch.Labels[row] <- NameSet.Of [ "a;b"; "c" ]
    let text, losses = render [ CsvColumn.Labels ] batch
    Assert.Equal("labels\r\na;b;c\r\n", text)
    let loss = Assert.Single losses.Kept
    Assert.Equal("labels", loss.Path)
    Assert.Equal("a;b", loss.Value)
