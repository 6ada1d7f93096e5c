// The standard fields: what a rich reader writes is what the standard mapping and the observer make of it; documents that are read as a whole.
module Cti.Core.Tests.Read.StandardRecordTests

open System
open System.Text
open Xunit
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Read.Feeding
open Cti.Core.Tests.Map

let private bytes (text: string) = ReadOnlySpan<byte>(utf8 text)

let private batchOf (text: string) =
    let batch = RawBatch 4
    batch.Uri <- "a.doc"
    batch.Bytes <- utf8 text
    batch

let private screen =
    match ScreenSet.Build([], BroadEntry.defaults) with
    | Ok set -> set
    | Error error -> invalidOp $"%A{error}"

let private observe (batch: RawBatch) =
    let spec = MapFixture.specOf StandardMap.templates

    match MapPlan.bind spec StandardFields.columns with
    | Error errors -> invalidOp $"%A{errors}"
    | Ok bound ->
        let target = ObservationBatch 4
        Observer(spec, screen, day 30, Sightings.Recorded).Apply(batch, bound, target)

        for stage in Stage.all do
            Assert.Equal(0L, StageCounts.missing target.Books[Stage.index stage])

        target

let private texts (batch: ObservationBatch) =
    [
        for row in 0 .. batch.Count - 1 -> ObservableType.name batch.Type[row], batch.Value.Text row
    ]

[<Fact>]
let ``every type has a column of its name, at the place of its code`` () =
    for kind in ObservableType.all do
        Assert.Equal(ObservableType.name kind, StandardFields.columns[StandardFields.ofType kind])

    Assert.Equal("first_seen", StandardFields.columns[StandardFields.firstSeen])
    Assert.Equal("object_type", StandardFields.columns[StandardFields.objectType])
    Assert.Equal(StandardFields.columns.Length, StandardFields.objectType + 1)

[<Fact>]
let ``what a reader says of a subject is what the observation says`` () =
    let batch = batchOf "0123456789"
    let record = StandardRecord()
    record.Add(ObservableType.Ipv4, bytes "192.0.2.1")
    record.Add(ObservableType.Domain, bytes "bad[.]example")
    record.Add(ObservableType.Ipv4, bytes "192.0.2.2")
    record.FirstSeen <- day 1 + 7L<us>
    record.LastSeen <- day 2
    record.Confidence <- 33uy
    record.Tlp <- Tlp.Amber
    record.Describe(bytes "first\nsecond")
    record.Object(bytes "indicator--1", bytes "indicator")
    Assert.True(record.Label(bytes " botnet "))
    Assert.True(record.Refer(bytes "https://feed.example/1"))
    Assert.True(record.Write(batch, 2, 5, 1L))
    let target = observe batch

    Assert.Equal<(string * string) list>(
        [ "ipv4", "192.0.2.1"; "ipv4", "192.0.2.2"; "domain", "bad.example" ],
        texts target
    )

    for row in 0..2 do
        Assert.Equal(day 1 + 7L<us>, target.FirstSeen[row])
        Assert.Equal(day 2, target.EventTime[row])
        Assert.Equal(33uy, target.Confidence[row])
        Assert.Equal(Tlp.Amber, target.Tlp[row])
        Assert.Equal<string list>([ "botnet" ], List.ofSeq target.Labels[row].Names)
        Assert.Equal("first\nsecond", Encoding.UTF8.GetString(target.Remarks.Description row))
        Assert.Equal("https://feed.example/1", Encoding.UTF8.GetString(target.Remarks.References row))

[<Fact>]
let ``what says nothing of a subject is no record, and the next record begins anew`` () =
    let batch = batchOf "0123456789"
    let record = StandardRecord()
    record.Describe(bytes "an identity")
    record.Add(ObservableType.Domain, bytes " \n")
    Assert.False(record.Write(batch, 0, 5, 1L))
    record.Clear()
    record.Add(ObservableType.Md5, bytes (String('a', 32)))
    Assert.True(record.Write(batch, 5, 9, 1L))
    let target = observe batch
    Assert.Equal(1, target.Count)
    Assert.True(target.Remarks.IsEmpty)
    Assert.Equal(MapFixture.trust.Confidence, target.Confidence[0])
    Assert.Equal(MapFixture.trust.Tlp, target.Tlp[0])

[<Fact>]
let ``a text that holds what parts items stays one item`` () =
    let batch = batchOf "0123456789"
    let record = StandardRecord()
    record.Add(ObservableType.Domain, bytes "one.example\u001Ftwo.example")
    record.Add(ObservableType.YaraRule, bytes "rule a {}")
    record.Add(ObservableType.YaraRule, bytes "rule b {\u0000}")
    record.Describe(bytes "a\u001Fb")
    record.Write(batch, 0, 9, 1L) |> ignore
    let target = observe batch
    Assert.Equal<(string * string) list>([ "yara_rule", "rule a {}" ], texts target)
    Assert.Equal("a b", Encoding.UTF8.GetString(target.Remarks.Description 0))

    for rejection in target.Rejections do
        Assert.Equal("CTI-NORM-003", rejection.Code)

    Assert.Equal(2, target.Rejections.Count)

[<Theory>]
[<InlineData("", false)>]
[<InlineData("   ", false)>]
[<InlineData("a\tb", false)>]
[<InlineData("a\u0085b", false)>]
[<InlineData("träge", true)>]
let ``a label that would cost the record its mapping is refused before`` (label: string, isGood: bool) =
    let record = StandardRecord()
    Assert.Equal(isGood, record.Label(bytes label))
    Assert.False(record.Label(bytes (String('x', 257))))
    Assert.False(record.Refer(bytes "ftp://feed.example/"))
    let batch = batchOf "0123456789"
    record.Add(ObservableType.Ipv4, bytes "192.0.2.1")

    for number in 1..200 do
        record.Label(bytes $"label-%d{number}") |> ignore

    record.Write(batch, 0, 9, 1L) |> ignore
    Assert.Empty((observe batch).Rejections)

[<Fact>]
let ``what was made of an object is derived from it, whatever became of its neighbours`` () =
    let batch = batchOf "<a><b><c>"
    let record = StandardRecord()

    let write kind (value: string) =
        record.Clear()
        record.Add(kind, bytes value)
        record.Write(batch, 0, 9, 1L) |> ignore

    batch.Keep("identity--1", "identity", Timestamp.none, ValueSome Tlp.Red, batch.Count, 0, 3, 1L)
    let first = batch.Count
    write ObservableType.Ipv4 "192.0.2.1"
    write ObservableType.Ipv4 "no address"
    write ObservableType.Domain "one.example"
    batch.Keep("indicator--2", "indicator", day 1, ValueNone, first, 3, 6, 1L)
    write ObservableType.Domain "two.example"
    let last = batch.Count
    write ObservableType.Domain "three.example"
    batch.Keep("indicator--3", "indicator", day 1, ValueNone, last, 6, 9, 2L)
    let target = observe batch

    Assert.Equal<(string * string * Tlp) list>(
        [
            "identity--1", "<a>", Tlp.Red
            "indicator--2", "<b>", MapFixture.trust.Tlp
            "indicator--3", "<c>", MapFixture.trust.Tlp
        ],
        [
            for index in 0 .. target.Objects.Count - 1 ->
                target.Objects[index].Id, target.ObjectTexts.Text index, target.Objects[index].Tlp
        ]
    )

    Assert.Equal<(string * string) list>(
        [
            "192.0.2.1", "indicator--2"
            "one.example", "indicator--2"
            "three.example", "indicator--3"
        ],
        [
            for derived in target.Derivations -> target.Value.Text derived.Row, target.Objects[derived.Object].Id
        ]
    )

    target.Clear()
    Assert.Empty target.Objects
    Assert.Empty target.Derivations

[<Fact>]
let ``of many losses a thousand are kept and all are counted`` () =
    let batch = batchOf "x"
    let place = batch.PositionAt(0, 1L)

    for number in 1..1500 do
        batch.Lose("a.b", bytes (String('y', 300)), LossReason.NoPlace, place)

    batch.Lose("c", bytes "z", LossReason.Unresolved, place)
    let target = observe batch
    Assert.Equal(1000, target.Losses.Kept.Count)
    Assert.Equal(1501L, target.Losses.Total)
    Assert.Equal(1500L, target.Losses.Count LossReason.NoPlace)
    Assert.Equal(1L, target.Losses.Count LossReason.Unresolved)
    Assert.Equal(256, target.Losses.Kept[0].Value.Length)
    batch.Clear()
    Assert.Equal(0L, batch.Losses.Total)

/// A document of words: each is a value, `!` breaks the document, `?` a part.
type private WordCutter() =
    inherit DocumentCutter()
    let record = StandardRecord()
    let mutable words: struct (int * int) list = []

    override _.Open document =
        let text = Encoding.UTF8.GetString document.Span

        if text.Contains '!' then
            ValueSome(ReadError.BrokenDocument("words", "a shout"))
        else
            let mutable at = 0

            words <-
                [
                    for word in text.Split ' ' do
                        struct (at, at + word.Length)
                        at <- at + word.Length + 1
                ]

            ValueNone

    override _.Next batch =
        match words with
        | struct (first, last) :: rest ->
            if batch.Bytes[first] = '?'B then
                let error = ReadError.BrokenPart("the word", "a question")
                batch.RejectBytes(first, last, 1L, error.code, error.message)
            else
                record.Clear()
                record.Add(ObservableType.Domain, batch.Slice(first, last))
                record.Write(batch, first, last, 1L) |> ignore

            words <- rest
            not (List.isEmpty rest)
        | [] -> false

let private reader limit start : Reader =
    DocumentReader(WordCutter(), limit, start)

let private domains (seen: Seen list) =
    seen
    |> List.map (fun item ->
        match item with
        | Cells(_, offset, cells) -> $"%d{offset} %s{cells[StandardFields.ofType ObservableType.Domain]}"
        | Rejected(code, _, offset, original) -> $"%d{offset} %s{code} %s{original}")

[<Theory>]
[<InlineData(1, 1)>]
[<InlineData(3, 2)>]
[<InlineData(1000, 1000)>]
let ``a document gives the same records whatever the blocks and batches`` (piece: int, batch: int) =
    let seen =
        feedWith (reader 100 ReaderStart.beginning) (utf8 "one.example ?x two.example") (fun () -> piece) (fun () ->
            batch)

    Assert.Equal<string list>([ "0 one.example"; "12 CTI-READ-062 ?x"; "15 two.example" ], domains seen)

[<Fact>]
let ``a document that is too long or broken is a fault and yields nothing`` () =
    let faultOf limit (text: string) =
        let reader = reader limit ReaderStart.beginning
        Assert.Empty(feedWith reader (utf8 text) (fun () -> 4) (fun () -> 10))

        match reader.Fault with
        | ValueSome fault -> fault.Error.code
        | ValueNone -> ""

    Assert.Equal("CTI-READ-060", faultOf 8 "one.example")
    Assert.Equal("CTI-READ-061", faultOf 100 "no!")
    Assert.Equal("", faultOf 100 "")

[<Fact>]
let ``a document that was read is not read again, and one that grew is read anew`` () =
    let from offset =
        reader
            100
            { ReaderStart.beginning with
                Offset = offset
            }

    let text = utf8 "one.example two.example"
    Assert.Empty(feedWith (from 23L) text (fun () -> 5) (fun () -> 10))
    Assert.Equal(2, (feedWith (from 11L) text (fun () -> 5) (fun () -> 10)).Length)

[<Fact>]
let ``times are written with all that they have`` () =
    let written time =
        let writer = Utf8Writer 32
        Timestamp.writeExact time writer
        writer.ToString()

    Assert.Equal("1970-01-01T00:00:00.000Z", written 0L<us>)
    Assert.Equal("1970-01-01T00:00:01.000042Z", written 1_000_042L<us>)
    Assert.Equal("1969-12-31T23:59:59.999999Z", written -1L<us>)
