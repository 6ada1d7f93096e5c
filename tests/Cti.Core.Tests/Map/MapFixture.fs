// What the tests of mappings share: a trust, a reader, and a mapping applied to text with its account checked.
module Cti.Core.Tests.Map.MapFixture

open System
open System.Collections.Generic
open System.Text
open Xunit
open Cti.Core

let trust: Trust =
    {
        Reliability = Reliability.B
        Credibility = Credibility.Two
        Confidence = 70uy
        Tlp = Tlp.Green
        Group = ValueNone
        License = ValueNone
    }

let name = FieldRef.Name
let byValue = MapTemplate.ofValue (name "value")

let typeFrom field table =
    TypeRule.Field
        {
            Field = name field
            Table = table
            Otherwise = OtherType.Known
        }

let format pattern =
    match TimePattern.tryParse pattern 0 with
    | Ok format -> format
    | Error error -> invalidOp error

let specOf templates =
    {
        Source = "feed"
        Trust = trust
        Templates = templates
    }

let read (text: string) : RawBatch * string[] =
    let reader =
        ReaderSpec.reader (ReaderSpec.Csv CsvDialect.standard) ReaderStart.beginning

    let bytes = Encoding.UTF8.GetBytes text
    let raw = RawBatch 4
    raw.Uri <- "a.csv"
    reader.Read(bytes, 0, bytes.Length, true, Int32.MaxValue, raw) |> ignore
    Assert.Empty raw.Rejections
    raw, reader.Columns

/// Maps the text; gives candidates, rejections and the account.
let mapWith (memory: MapMemory) (spec: MapSpec) (text: string) =
    let raw, columns = read text

    match MapPlan.bind spec columns with
    | Error errors -> invalidOp $"%A{errors}"
    | Ok bound ->
        let target = CandidateBatch 1
        let rejections = List<Rejection>()
        let counts = bound.Apply(raw, target, rejections, memory)
        Assert.Equal(0L, StageCounts.missing counts)
        Assert.Equal(int64 target.Count, counts.Out)
        Assert.Equal(int64 rejections.Count, counts.Rejected)
        Assert.Equal(int64 target.Refused.Count, counts.Screened)
        raw, target, Seq.toList rejections, counts

let map templates text =
    let spec = specOf templates
    mapWith (MapMemory spec) spec text

let valueOf (raw: RawBatch) (target: CandidateBatch) row =
    Encoding.UTF8.GetString(raw.Slice(target.ValueStart[row], target.ValueEnd[row]))

/// Every value as written, with its type's name or auto.
let valuesOf (raw: RawBatch, target: CandidateBatch, _: Rejection list, _: StageCounts) =
    [
        for row in 0 .. target.Count - 1 ->
            match target.Hint[row] with
            | TypeHint.Auto -> $"auto %s{valueOf raw target row}"
            | TypeHint.Fixed kind -> $"%s{ObservableType.name kind} %s{valueOf raw target row}"
    ]

let codesOf (_: RawBatch, _: CandidateBatch, rejections: Rejection list, _: StageCounts) = rejections |> List.map _.Code

/// A record predicate that must parse.
let condition (text: string) =
    match Predicates.RecordPredicate.parse text with
    | Ok condition -> ValueSome condition
    | Error errors -> invalidOp $"%s{text}: %A{errors}"
