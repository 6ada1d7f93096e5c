// Drives the reader of a rich format and shows everything it says: records by field, objects, losses, rejections.
module Cti.Core.Tests.Read.RichFeeding

open System
open System.Text
open Cti.Core

type RichRecord =
    {
        Line: int64
        Offset: int64
        Original: string
        Fields: Map<string, string list>
    }

type RichSeen =
    {
        Records: RichRecord list
        /// Id, type, text.
        Objects: (string * string * string) list
        /// Path, value, reason.
        Losses: (string * string * string) list
        Rejections: Rejection list
        Fault: ReaderFault voption
    }

/// Everything a reader makes of a document, handed over in pieces.
let readIn (piece: int) (batchSize: int) (format: RichFormat) (bytes: byte[]) : RichSeen =
    let reader = format.Reader ReaderStart.beginning
    let batch = RawBatch 4
    let records = ResizeArray()
    let objects = ResizeArray()
    let losses = ResizeArray()
    let rejections = ResizeArray()
    let mutable handed = 0
    let mutable block: byte[] = [||]
    let mutable going = true

    while going do
        batch.Clear()
        let isFinal = handed = bytes.Length
        let progress = reader.Read(block, 0, block.Length, isFinal, batchSize, batch)
        block <- block[progress.Consumed ..]

        for record in 0 .. batch.Count - 1 do
            records.Add
                {
                    Line = batch.Line record
                    Offset = batch.Offset record
                    Original = Encoding.UTF8.GetString(batch.Record record)
                    Fields =
                        reader.Columns
                        |> Array.mapi (fun field name -> name, Encoding.UTF8.GetString(batch.Field(record, field)))
                        |> Array.filter (fun (_, text) -> text <> "")
                        |> Array.map (fun (name, text) -> name, text.Split(char RawBatch.ListSeparator) |> List.ofArray)
                        |> Map.ofArray
                }

        for kept in batch.Objects do
            objects.Add((kept.Id, kept.Type, Encoding.UTF8.GetString(batch.Slice(kept.Start, kept.End))))

        for loss in batch.Losses.Kept do
            losses.Add((loss.Path, loss.Value, LossReason.name loss.Reason))

        rejections.AddRange batch.Rejections

        if progress.NeedMore then
            if isFinal then
                going <- false
            else
                let more = min piece (bytes.Length - handed)
                block <- Array.append block bytes[handed .. handed + more - 1]
                handed <- handed + more

    {
        Records = List.ofSeq records
        Objects = List.ofSeq objects
        Losses = List.ofSeq losses
        Rejections = List.ofSeq rejections
        Fault = reader.Fault
    }

let read (format: RichFormat) (text: string) : RichSeen =
    readIn Int32.MaxValue 1000 format (Encoding.UTF8.GetBytes text)

/// All values of all records, with their types, in order.
let values (seen: RichSeen) : (string * string) list =
    [
        for record in seen.Records do
            for observable in ObservableType.all do
                let name = ObservableType.name observable

                for value in Map.tryFind name record.Fields |> Option.defaultValue [] do
                    name, value
    ]

let field (name: string) (record: RichRecord) : string list =
    Map.tryFind name record.Fields |> Option.defaultValue []
