// Drives a reader as the host does: blocks of any size, batches of any size, tails carried over. Shared by the reader tests.
module Cti.Core.Tests.Read.Feeding

open System
open System.Text
open Xunit
open Cti.Core

/// What came out, record by record, in the source's order.
type Seen =
    | Cells of line: int64 * offset: int64 * cells: string list
    | Rejected of code: string * line: int64 * offset: int64 * original: string

let utf8 (text: string) = Encoding.UTF8.GetBytes text

/// Everything a reader makes of `bytes`, handed over in pieces of `piece ()` bytes and batches of `batchSize ()`.
let feedWith (reader: Reader) (bytes: byte[]) (piece: unit -> int) (batchSize: unit -> int) : Seen list =
    let seen = ResizeArray<Seen>()
    let batch = RawBatch 4
    // What was handed over and not consumed. A new array each time: nothing may rely on bytes of an earlier call.
    let mutable block: byte[] = [||]
    let mutable handed = 0
    let mutable going = true

    while going do
        batch.Clear()
        let mutable asking = true

        while asking do
            let isFinal = handed = bytes.Length
            let progress = reader.Read(block, 0, block.Length, isFinal, batchSize (), batch)
            Assert.InRange(progress.Consumed, 0, block.Length)

            for record in 0 .. batch.Count - 1 do
                seen.Add(
                    Cells(
                        batch.Line record,
                        batch.Offset record,
                        [
                            for field in 0 .. batch.FieldCount record - 1 ->
                                Encoding.UTF8.GetString(batch.Field(record, field))
                        ]
                    )
                )

            block <- block[progress.Consumed ..]

            if
                batch.Count + batch.Objects.Count > 0
                || (batch.Rejections.Count > 0 && not reader.Discarding)
            then
                asking <- false
            elif progress.NeedMore then
                if isFinal then
                    asking <- false
                    going <- false
                else
                    let more = min (piece ()) (bytes.Length - handed)
                    block <- Array.append block bytes[handed .. handed + more - 1]
                    handed <- handed + more
                    // The promise that lets a buffer of this size read any source.
                    Assert.True(block.Length - more <= reader.MaxRecordBytes + 8)

        for rejection in batch.Rejections do
            seen.Add(
                Rejected(
                    rejection.Code,
                    rejection.Position.Line,
                    rejection.Position.Offset,
                    Encoding.Latin1.GetString rejection.Original
                )
            )

    seen
    |> Seq.sortBy (fun item ->
        match item with
        | Cells(_, offset, _) -> offset
        | Rejected(_, _, offset, _) -> offset)
    |> Seq.toList

/// All at once.
let feed (spec: ReaderSpec) (bytes: byte[]) =
    feedWith (ReaderSpec.reader spec ReaderStart.beginning) bytes (fun () -> max 1 bytes.Length) (fun () -> 1000)

/// In random pieces and batches.
let feedRandomly (seed: int) (spec: ReaderSpec) (bytes: byte[]) =
    let random = Random seed
    let largest = random.Next(1, 12)

    feedWith (ReaderSpec.reader spec ReaderStart.beginning) bytes (fun () -> random.Next(1, largest + 1)) (fun () ->
        random.Next(1, 4))

/// Only the cells of accepted records.
let cells (seen: Seen list) =
    seen
    |> List.choose (fun item ->
        match item with
        | Cells(_, _, cells) -> Some cells
        | Rejected _ -> None)

/// Only the codes of rejections.
let codes (seen: Seen list) =
    seen
    |> List.choose (fun item ->
        match item with
        | Cells _ -> None
        | Rejected(code, _, _, _) -> Some code)
