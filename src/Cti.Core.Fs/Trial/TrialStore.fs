// A store in memory that begins empty and is thrown away: observations become claims and changes as in a run (EpochMerge, Fold, the sinks' rules),
// and nothing is written anywhere. One epoch per source, so it holds at most as many records of a source as an epoch of a run.
namespace Cti.Core.Trials

open System
open System.Collections.Generic
open Cti.Core
open Cti.Core.Declare

/// Takes a pipeline's observations, source by source in the pipeline's order, and tells what a run from an empty store would have made of them.
[<Sealed; AllowNullLiteral(false)>]
type TrialStore(pipeline: Pipeline, now: Timestamp, enricher: Enricher voption) =
    let sources = SourceTable()
    let labels = NameSetTable()

    do
        for source in pipeline.Sources do
            sources.Set
                {
                    Name = source.Name.Value
                    Pipeline = pipeline.Name.Value
                    Trust = source.Map.Trust
                    Own = true
                }
            |> ignore

    let merge = EpochMerge(sources, labels, 64)
    // Of the sources that have ended, in order of arrival. No source touches a claim of another, so none is ever replaced.
    let claims = ClaimBatch 64
    let rowsOf = Dictionary<Uuid, List<int>>()
    let group = ClaimBatch 4
    let screenings = List<Screening>()
    let rejections = List<Rejection>()
    let losses = LossList()
    let faults = List<TrialFault>()
    let books = Array.create Stage.all.Length StageCounts.zero
    let mutable records = 0L
    let mutable observations = 0L
    let mutable sequence = 0L

    let foldFor maxTlp =
        Fold(
            {
                MaxTlp = maxTlp
                Now = now
                Settings = pipeline.Score
                OwnOnly = true
            },
            sources,
            labels,
            VerdictTable.Empty
        )

    let streams =
        pipeline.Sinks
        |> List.choose (fun sink ->
            match sink with
            | Sink.Stream stream -> Some(StreamTrial(stream, foldFor stream.MaxTlp, enricher))
            | Sink.State _ -> None)

    let account (stage: Stage) (counts: StageCounts) =
        let at = Stage.index stage
        books[at] <- StageCounts.add books[at] counts

    let keep (claim: int) =
        let row = claims.Count
        claims.AddFrom(merge.Claims, claim)
        claims.Row[row] <- int64 row

        match rowsOf.TryGetValue claims.Subject[row] with
        | true, rows -> rows.Add row
        | _ -> rowsOf[claims.Subject[row]] <- List [ row ]

    // Of a dead letter's original only what a person looks at is kept.
    let cut (rejection: Rejection) =
        if rejection.Original.Length <= 4_096 then
            rejection
        else
            { rejection with
                Original = Array.sub rejection.Original 0 4_096
            }

    // The claims in canonical order, and the rows of each subject.
    let inOrder () : struct (ClaimBatch * struct (int * int)[]) =
        let compare (left: int) (right: int) =
            match claims.Value[left].SequenceCompareTo claims.Value[right] with
            | 0 -> Operators.compare claims.Type[left] claims.Type[right]
            | order -> order

        let subjects = rowsOf.Values |> Seq.toArray

        Array.Sort(subjects, Comparison(fun (left: List<int>) (right: List<int>) -> compare left[0] right[0]))

        let sorted = ClaimBatch(max 1 claims.Count)

        let groups =
            subjects
            |> Array.map (fun rows ->
                let first = sorted.Count

                for row in rows do
                    sorted.AddFrom(claims, row)

                struct (first, sorted.Count - 1))

        struct (sorted, groups)

    /// Raw records of one source that a trial takes at most: fewer than an epoch of a run, so that both cut in the same places.
    static member MaxRecords = 200_000

    /// Takes a batch of the source that is being read; the caller may use it again.
    member _.Add(batch: ObservationBatch) : unit =
        for row in 0 .. batch.Count - 1 do
            let isNew = merge.Add(batch, row, now) >= 0
            observations <- observations + (if isNew then 1L else 0L)

            account
                Stage.Store
                { StageCounts.zero with
                    In = 1L
                    Out = if isNew then 1L else 0L
                    Merged = if isNew then 0L else 1L
                }

        for stage in Stage.all do
            if stage <> Stage.Store then
                account stage batch.Books[Stage.index stage]

        records <- records + int64 batch.Records
        screenings.AddRange batch.Screenings
        losses.AddRange batch.Losses

        for rejection in batch.Rejections do
            rejections.Add(cut rejection)

    /// Notes a document that could not be used.
    member _.Fail(fault: TrialFault) : unit = faults.Add fault

    /// Ends a source: what a run commits then is kept, and stream sinks are told.
    member _.EndSource() : unit =
        merge.Resolve(claims, now, pipeline.Score)

        for claim in 0 .. merge.Claims.Count - 1 do
            keep claim

        for subject in merge.ChangeSubjects do
            sequence <- sequence + 1L
            group.Clear()

            for row in rowsOf[subject] do
                group.AddFrom(claims, row)

            for stream in streams do
                stream.Tell(group, sequence)

        merge.Clear()

    /// Ends the trial.
    member _.Finish() : TrialResult =
        let struct (sorted, groups) = inOrder ()
        let indicators = Enricher.batch enricher (max 1 groups.Length)
        let everything = foldFor Tlp.Red

        for struct (first, last) in groups do
            if everything.Add(sorted, first, last, indicators) then
                enricher
                |> ValueOption.iter (fun tables -> tables.Fill(indicators, indicators.Count - 1))

        let told =
            streams
            |> List.map (fun stream -> stream.Result)
            |> List.map (fun result -> result.Name, result)
            |> Map.ofList

        let sinks =
            pipeline.Sinks
            |> List.map (fun sink ->
                match sink with
                | Sink.Stream stream -> told[stream.Name]
                | Sink.State state -> SinkTrials.state state (foldFor state.MaxTlp) enricher sorted groups now)

        for sink in sinks do
            losses.AddRange sink.Losses

        {
            Now = now
            Books =
                [|
                    for stage in Stage.all do
                        KeyValuePair(Stage.name stage, books[Stage.index stage])

                    for sink in sinks do
                        KeyValuePair("sink:" + sink.Name.Value, sink.Counts)
                |]
            Records = records
            Observations = observations
            Indicators = indicators
            Screenings = screenings
            Rejections = rejections
            Losses = losses
            Sinks = sinks
            Faults = faults
        }
