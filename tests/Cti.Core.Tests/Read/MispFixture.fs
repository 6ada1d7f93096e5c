// What the MISP tests share: documents read whole, with the records by field, objects, losses and rejections.
module Cti.Core.Tests.Read.MispFixture

open System
open System.Text
open Cti.Core

/// A record's fields that hold something, by column.
type Fields = Map<string, string>

type Seen =
    {
        Records: Fields list
        /// Id, kind, text.
        Objects: (string * string * string) list
        /// Path, value, reason.
        Losses: (string * string * LossReason) list
        /// Code and message.
        Rejections: (string * string) list
        Fault: string option
        /// Numbers of records that objects were made of.
        Derived: int
    }

let spec (dialect: MispDialect) : ReaderSpec = ReaderSpec.Rich(MispFormat dialect)

let any =
    { MispDialect.standard with
        Detection = MispDetection.Any
    }

let private fieldsOf (reader: Reader) (batch: RawBatch) record : Fields =
    reader.Columns
    |> Seq.mapi (fun index name -> name, Encoding.UTF8.GetString(batch.Field(record, index)).Replace('\u001f', '|'))
    |> Seq.filter (fun (_, text) -> text <> "")
    |> Map.ofSeq

/// All of a document, in batches of `batchSize`.
let readIn (batchSize: int) (spec: ReaderSpec) (bytes: byte[]) : Seen =
    let reader = ReaderSpec.reader spec ReaderStart.beginning
    let batch = RawBatch 4
    batch.Uri <- "events.json"
    let records = ResizeArray()
    let objects = ResizeArray()
    let losses = ResizeArray()
    let rejections = ResizeArray()
    let mutable derived = 0
    let mutable at = 0
    let mutable going = true

    while going do
        batch.Clear()
        let progress = reader.Read(bytes, at, bytes.Length - at, true, batchSize, batch)
        at <- at + progress.Consumed

        for record in 0 .. batch.Count - 1 do
            records.Add(fieldsOf reader batch record)

        for item in batch.Objects do
            derived <- derived + item.EndRecord - item.FirstRecord
            objects.Add(item.Id, item.Type, Encoding.UTF8.GetString(batch.Slice(item.Start, item.End)))

        for loss in batch.Losses.Kept do
            losses.Add(loss.Path, loss.Value, loss.Reason)

        for rejection in batch.Rejections do
            rejections.Add(rejection.Code, rejection.Message)

        going <- not progress.NeedMore

    {
        Records = List.ofSeq records
        Objects = List.ofSeq objects
        Losses = List.ofSeq losses
        Rejections = List.ofSeq rejections
        Fault =
            match reader.Fault with
            | ValueSome fault -> Some fault.Error.code
            | ValueNone -> None
        Derived = derived
    }

let read (dialect: MispDialect) (text: string) =
    readIn 1000 (spec dialect) (Encoding.UTF8.GetBytes text)

let event = "5c7cdc3b-2f40-4dca-8200-276c0a00020f"

let uuid (number: int) =
    $"00000000-0000-4000-8000-%012d{number}"

/// An event around attributes.
let eventOf (members: string) (attributes: string list) =
    let list = String.concat "," attributes

    $"""{{"Event":{{"uuid":"%s{event}","info":"A report","date":"2026-01-02","timestamp":"1767420000"%s{members},"Attribute":[%s{list}]}}}}"""

/// An attribute that is marked for detection.
let attribute (number: int) (kind: string) (value: string) (members: string) =
    let value = System.Text.Json.JsonSerializer.Serialize value

    $"""{{"uuid":"%s{uuid number}","type":"%s{kind}","category":"Other","to_ids":true,"timestamp":"1767400000","value":%s{value}%s{members}}}"""

/// The values of a record: column and text, of the columns of types.
let values (fields: Fields) =
    ObservableType.all
    |> Seq.choose (fun kind ->
        let name = ObservableType.name kind
        fields.TryFind name |> Option.map (fun text -> name, text))
    |> Seq.toList
