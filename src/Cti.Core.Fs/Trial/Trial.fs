// A pipeline's whole way in memory: bytes of its sources in, everything a run would store and deliver out. No store, no file, no clock.
namespace Cti.Core.Trials

open System
open Cti.Core
open Cti.Core.Declare

/// Bytes of one document of a source.
type Document =
    {
        Source: Name
        /// What positions name it.
        Uri: string
        Bytes: byte[]
    }

/// Runs pipelines on bytes.
[<RequireQualifiedAccess>]
module Trial =
    let private batchRecords = 1024

    let private tooMany (source: Source) =
        {
            Source = source.Name
            Code = "CTI-TEST-010"
            Message =
                $"more than %d{TrialStore.MaxRecords} records of one source are more than a trial takes: give it fewer"
        }

    // Reads one document to its end, or to the first thing that makes all of it useless. Gives the records read so far.
    let private read
        (source: Source)
        (screen: ScreenSet)
        (now: Timestamp)
        (store: TrialStore)
        (before: int)
        (document: Document)
        : int =
        let reader = ReaderSpec.reader source.Read ReaderStart.beginning
        let raw = RawBatch 64
        let observations = ObservationBatch 64
        let bytes = document.Bytes
        let mutable at = 0
        let mutable records = before

        let sightings =
            if source.Mode.IsSnapshot then
                Sightings.ofSnapshot source.Map
            else
                Sightings.Recorded

        let mutable observer = Observer(source.Map, screen, now, sightings)
        let mutable bound: BoundMap | null = null
        let mutable goesOn = true

        let fail code message =
            goesOn <- false

            store.Fail
                {
                    Source = source.Name
                    Code = code
                    Message = message
                }

        // Where the header is bad there are only rejections, and no columns to bind to.
        let bind () =
            if raw.Count > 0 && isNull bound then
                let map =
                    match reader.Recognition with
                    | ValueSome found ->
                        let map = AutoMap.complete source.Map found
                        observer <- Observer(map, screen, now, sightings)
                        map
                    | ValueNone -> source.Map

                match MapPlan.bind map reader.Columns with
                | Ok found -> bound <- found
                | Error errors ->
                    for error in errors do
                        fail error.code error.message

        let take () =
            bind ()

            if goesOn then
                observer.Apply(raw, bound, observations)
                store.Add observations
                records <- records + observations.Records

        raw.Uri <- document.Uri

        while goesOn do
            let progress = reader.Read(bytes, at, bytes.Length - at, true, batchRecords, raw)

            at <- at + progress.Consumed

            if
                raw.Count > 0
                || raw.Objects.Count > 0
                || (raw.Rejections.Count > 0 && not reader.Discarding)
            then
                take ()
                raw.Clear()

                if records > TrialStore.MaxRecords then
                    store.Fail(tooMany source)
                    goesOn <- false
            else
                match reader.Fault with
                | ValueSome fault -> fail fault.Error.code fault.Error.message
                | ValueNone -> goesOn <- not progress.NeedMore

        records

    /// What comes of giving `documents` to a pipeline's sources, each source's in their order. Sources without one bring nothing.
    let run
        (pipeline: Pipeline)
        (screen: ScreenSet)
        (enricher: Enricher voption)
        (now: Timestamp)
        (documents: Document list)
        : TrialResult =
        let store = TrialStore(pipeline, now, enricher)

        for source in pipeline.Sources do
            let own = documents |> List.filter (fun document -> document.Source = source.Name)

            if not (List.isEmpty own) then
                own |> List.fold (read source screen now store) 0 |> ignore

            store.EndSource()

        store.Finish()
