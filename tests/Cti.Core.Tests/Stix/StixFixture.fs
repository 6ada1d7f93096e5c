// Reads STIX as the host does and shows what came out in few words. Shared by the tests of STIX input.
module Cti.Core.Tests.Stix.StixFixture

open System
open System.Text
open Xunit
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Read.Feeding
open Cti.Core.Tests.Map

type Kept =
    {
        Id: string
        Type: string
        Modified: Timestamp
        ObjectTlp: Tlp voption
        Text: string
        /// Records that were made of it.
        Records: int
    }

type Outcome =
    {
        /// Fields that are not empty, by column; list items parted by `|`.
        Records: Map<string, string> list
        Objects: Kept list
        /// Code and message.
        Rejections: (string * string) list
        /// Path and reason.
        Losses: (string * string) list
        LossCount: int64
        Fault: string voption
    }

let private shown (text: string) =
    text.Replace(char RawBatch.ListSeparator, '|')

/// What a reader makes of bytes handed over in pieces.
let readWith (reader: Reader) (bytes: byte[]) (piece: int) (batchSize: int) : Outcome =
    let batch = RawBatch 16
    let records = ResizeArray<Map<string, string>>()
    let objects = ResizeArray<Kept>()
    let rejections = ResizeArray<string * string>()
    let losses = ResizeArray<string * string>()
    let mutable lossCount = 0L
    let mutable at = 0
    let mutable length = 0
    let mutable going = true

    while going do
        batch.Clear()
        let isFinal = at + length = bytes.Length
        // A new array each time: nothing may rely on bytes of an earlier call.
        let block = Array.sub bytes at length
        let progress = reader.Read(block, 0, length, isFinal, batchSize, batch)

        for record in 0 .. batch.Count - 1 do
            records.Add(
                Map.ofList
                    [
                        for column in 0 .. StandardFields.columns.Length - 1 do
                            let text = batch.Field(record, column)

                            if text.Length > 0 then
                                StandardFields.columns[column], shown (Encoding.UTF8.GetString text)
                    ]
            )

        for item in batch.Objects do
            objects.Add
                {
                    Id = item.Id
                    Type = item.Type
                    Modified = item.Modified
                    ObjectTlp = item.Tlp
                    Text = Encoding.UTF8.GetString(batch.Slice(item.Start, item.End))
                    Records = item.EndRecord - item.FirstRecord
                }

        for rejection in batch.Rejections do
            rejections.Add((rejection.Code, rejection.Message))

        for loss in batch.Losses.Kept do
            losses.Add((loss.Path, LossReason.name loss.Reason))

        lossCount <- lossCount + batch.Losses.Total
        at <- at + progress.Consumed
        length <- length - progress.Consumed

        if progress.NeedMore then
            if isFinal then
                going <- false
            else
                length <- min (length + piece) (bytes.Length - at)

    {
        Records = List.ofSeq records
        Objects = List.ofSeq objects
        Rejections = List.ofSeq rejections
        Losses = List.ofSeq losses
        LossCount = lossCount
        Fault = reader.Fault |> ValueOption.map _.Error.code
    }

/// What the STIX reader makes of a text.
let read (text: string) : Outcome =
    readWith (StixFormat().Reader ReaderStart.beginning) (utf8 text) (max 1 text.Length) 1000

/// A bundle of objects.
let bundle (objects: string list) : string =
    let joined = String.Join(",\n", objects)
    $"{{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":[\n%s{joined}\n]}}"

let private identifier (kind: string) (number: int) =
    $"%s{kind}--00000000-0000-4000-8000-%012d{number}"

/// An object with the properties every one has, and more of them.
let item (kind: string) (number: int) (more: string) : string =
    let more = if more = "" then "" else "," + more

    $"{{\"type\":\"%s{kind}\",\"spec_version\":\"2.1\",\"id\":\"%s{identifier kind number}\",\"created\":\"2024-01-02T03:04:05.000Z\",\"modified\":\"2024-02-03T04:05:06.000Z\"%s{more}}}"

/// The id of such an object.
let idOf (kind: string) (number: int) : string = identifier kind number

let indicator (number: int) (pattern: string) (more: string) : string =
    let more = if more = "" then "" else "," + more

    let quoted =
        pattern.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")

    item
        "indicator"
        number
        $"\"pattern\":\"%s{quoted}\",\"pattern_type\":\"stix\",\"valid_from\":\"2024-01-01T00:00:00Z\"%s{more}"

/// A domain name as an observable of its own.
let observable number value =
    $"""{{"type":"domain-name","spec_version":"2.1","id":"%s{idOf "domain-name" number}","value":"%s{value}"}}"""

/// The text of a record in a column, "" where it has none.
let field (name: string) (record: Map<string, string>) =
    Map.tryFind name record |> Option.defaultValue ""

/// The one record of a document that nothing is wrong with.
let only (outcome: Outcome) : Map<string, string> =
    Assert.Equal(ValueNone, outcome.Fault)
    Assert.Equal<(string * string) list>([], outcome.Rejections)
    Assert.Single outcome.Records

let private screen =
    match ScreenSet.Build([], BroadEntry.defaults) with
    | Ok set -> set
    | Error error -> invalidOp $"%A{error}"

/// What the standard mapping and the pure stages make of a source in a format.
type Observed =
    {
        Observations: int
        Screened: int
        /// Dead letters of all stages.
        Letters: Rejection list
        Foreign: int
        Sentence: string
    }

/// Reads bytes in a format through all pure stages and checks the books.
let observe (spec: ReaderSpec) (bytes: byte[]) : Observed =
    let reader = ReaderSpec.reader spec ReaderStart.beginning
    let batch = RawBatch 4096
    let target = ObservationBatch 4096
    let map = MapFixture.specOf StandardMap.templates

    let bound =
        match MapPlan.bind map StandardFields.columns with
        | Ok bound -> bound
        | Error errors -> invalidOp $"%A{errors}"

    let observer = Observer(map, screen, day 30, Sightings.Recorded)
    let letters = ResizeArray<Rejection>()
    let mutable observations = 0
    let mutable screened = 0
    let mutable foreign = 0
    let mutable at = 0
    let mutable length = min 65_536 bytes.Length
    let mutable going = true

    while going do
        batch.Clear()
        let isFinal = at + length = bytes.Length
        let progress = reader.Read(bytes, at, length, isFinal, 4096, batch)

        if batch.Items > 0 then
            observer.Apply(batch, bound, target)

            for stage in Stage.all do
                if StageCounts.missing target.Books[Stage.index stage] <> 0L then
                    failwith $"the books of %s{Stage.name stage} do not balance"

            observations <- observations + target.Count
            screened <- screened + target.Screenings.Count
            letters.AddRange target.Rejections
            foreign <- foreign + batch.Objects.Count

        at <- at + progress.Consumed
        length <- length - progress.Consumed

        if progress.NeedMore then
            if isFinal then
                going <- false
            else
                length <- min (length + 65_536) (bytes.Length - at)

    {
        Observations = observations
        Screened = screened
        Letters = List.ofSeq letters
        Foreign = foreign
        Sentence =
            match reader.Recognition, reader.Fault with
            | _, ValueSome fault -> fault.Error.message
            | ValueSome found, _ -> found.Sentence
            | ValueNone, ValueNone -> ""
    }
