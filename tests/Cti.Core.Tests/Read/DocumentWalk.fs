// One document read, mapped and observed as a run does, in memory: of which of its bytes something came, and whether the books balance.
module Cti.Core.Tests.Read.DocumentWalk

open System
open System.Collections.Generic
open Cti.Core

// Behind the last date in the data.
let private now = Timestamp.ofMicroseconds 1_787_443_200_000_000L

let private noLists =
    match ScreenSet.Build([], BroadEntry.defaults) with
    | Ok set -> set
    | Error errors -> invalidOp $"%A{errors}"

/// Bytes of a file of which something came.
[<Struct>]
type Stretch =
    {
        From: int64
        Until: int64
        /// Of a kept object its type.
        Type: string
    }

type Walked =
    {
        Used: Stretch list
        Fault: string
        /// Stages whose books do not balance.
        Missing: string list
        /// Rejections that do not say what is wrong and where.
        Silent: int
    }

let private trust: Trust =
    {
        Reliability = Reliability.C
        Credibility = Credibility.Three
        Confidence = 50uy
        Tlp = Tlp.Clear
        Group = ValueNone
        License = ValueNone
    }

/// Reads a document the way a run does.
let walk (spec: ReaderSpec) (templates: MapTemplate list) (bytes: byte[]) : Walked =
    let map =
        {
            Source = "feed"
            Trust = trust
            Templates = templates
        }

    let observe map =
        Observer(map, noLists, now, Sightings.Recorded)

    let reader = ReaderSpec.reader spec ReaderStart.beginning
    let raw = RawBatch 64
    raw.Uri <- "file"
    let observations = ObservationBatch 64
    let used = ResizeArray<Stretch>()
    let missing = ResizeArray<string>()
    let mutable observer = observe map
    let mutable bound: BoundMap | null = null
    let mutable fault = ""
    let mutable silent = 0
    let mutable at = 0
    let mutable going = true

    let bind () =
        let map =
            match reader.Recognition with
            | ValueSome found ->
                let map = AutoMap.complete map found
                observer <- observe map
                map
            | ValueNone -> map

        match MapPlan.bind map reader.Columns with
        | Ok found -> bound <- found
        | Error errors ->
            fault <- errors |> List.map _.code |> String.concat " "
            going <- false

    let note () =
        let places = HashSet<int64>()

        for row in 0 .. observations.Count - 1 do
            places.Add observations.Offset[row] |> ignore

        for screening in observations.Screenings do
            places.Add screening.Position.Offset |> ignore

        for record in 0 .. raw.Count - 1 do
            let from = raw.Offset record

            if places.Contains from then
                used.Add
                    {
                        From = from
                        Until = from + int64 (raw.Record(record).Length)
                        Type = ""
                    }

        for kept in raw.Objects do
            let from = raw.BaseOffset + int64 kept.Start

            used.Add
                {
                    From = from
                    Until = from + int64 (kept.End - kept.Start)
                    Type = kept.Type
                }

        for stage in Stage.all do
            if StageCounts.missing observations.Books[Stage.index stage] <> 0L then
                missing.Add(Stage.name stage)

        for rejection in observations.Rejections do
            if rejection.Code = "" || rejection.Message = "" || rejection.Position.Line < 1L then
                silent <- silent + 1

    while going do
        let progress = reader.Read(bytes, at, bytes.Length - at, true, 1024, raw)
        at <- at + progress.Consumed

        if
            raw.Count + raw.Objects.Count > 0
            || (raw.Rejections.Count > 0 && not reader.Discarding)
        then
            if raw.Count > 0 && isNull bound then
                bind ()

            if going then
                observer.Apply(raw, bound, observations)
                note ()

            raw.Clear()
        else
            match reader.Fault with
            | ValueSome found ->
                fault <- found.Error.code
                going <- false
            | ValueNone -> going <- not progress.NeedMore

    {
        Used = List.ofSeq used
        Fault = fault
        Missing = List.distinct (List.ofSeq missing)
        Silent = silent
    }
