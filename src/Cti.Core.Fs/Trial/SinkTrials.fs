// The sinks of a trial: state sinks rendered once at the end, stream sinks told of every source's changes, by the rules and renderers of a run.
// What a run writes to files is kept as bytes.
namespace Cti.Core.Trials

open System
open System.Collections.Generic
open Cti.Core
open Cti.Core.Declare

[<RequireQualifiedAccess>]
module internal SinkTrials =
    // Enough to say why a line is missing; a trial of a whole feed must not keep half of it.
    let private mostLeftOut = 1_000

    /// Notes why an indicator is not held.
    let leaveOut (list: List<LeftOut>) kind (value: string) (reason: string) =
        if list.Count < mostLeftOut then
            list.Add
                {
                    Type = kind
                    Value = value
                    Reason = reason
                }

    let hidden (maxTlp: Tlp) =
        $"no source claims it at or below max_tlp %s{Tlp.name maxTlp}"

    /// A state sink that holds nothing yet. `groups` are the claims' rows per subject, first and last, in canonical order.
    let state
        (sink: StateSink)
        (fold: Fold)
        (enricher: Enricher voption)
        (claims: ClaimBatch)
        (groups: struct (int * int)[])
        now
        =
        let renderer = RenderSpec.create sink.Render
        let rule = SinkRule(sink.Where, renderer)
        let batch = Enricher.batch enricher (max 1 groups.Length)
        let selected = List<int>()
        let leftOut = List<LeftOut>()

        for struct (first, last) in groups do
            let row = batch.Count

            let isSeen = fold.Add(claims, first, last, batch)

            if isSeen then
                enricher |> ValueOption.iter (fun tables -> tables.Fill(batch, row))

            if not isSeen then
                leaveOut leftOut claims.Type[first] (claims.Value.Text first) (hidden sink.MaxTlp)
            elif rule.Wants(batch, row) then
                selected.Add row
                batch.Number[row] <- selected.Count
            else
                leaveOut leftOut batch.Type[row] (batch.Value.Text row) (rule.Reason(batch, row))

        let writer = Utf8Writer 1024
        let rows = int64 selected.Count

        renderer.Header(
            {
                Now = now
                PreviousSerial = ValueNone
            },
            writer
        )

        renderer.Rows(batch, ReadOnlySpan<int>(selected.ToArray()), writer)
        renderer.Footer({ Rows = rows }, writer)

        {
            Name = sink.Name
            Rows = rows
            Bytes = writer.Written.ToArray()
            Counts =
                { StageCounts.zero with
                    In = int64 groups.Length
                    Out = rows
                    Screened = int64 groups.Length - rows
                }
            Verdict =
                Plan.judge
                    sink.Limits
                    {
                        Held = 0L
                        Add = rows
                        Change = 0L
                        Withdraw = 0L
                    }
            LeftOut = leftOut
            Losses = renderer.Losses
        }

/// A stream sink that begins with the log. It is told of changes in order, each with its subject's claims as they stand then.
[<Sealed; AllowNullLiteral(false)>]
type internal StreamTrial(sink: StreamSink, fold: Fold, enricher: Enricher voption) =
    let rule = SinkRule(sink.Where, RenderSpec.create (RenderSpec.Lines sink.Render))
    let writer = Utf8Writer 1024
    let leftOut = List<LeftOut>()
    let mutable counts = StageCounts.zero
    // Revision per indicator it was told of and that was not withdrawn.
    let told = Dictionary<Uuid, int>()
    let batch = Enricher.batch enricher 1

    /// One change; its claims are the rows of `claims`.
    member _.Tell(claims: ClaimBatch, sequence: int64) : unit =
        batch.Clear()

        let change =
            if not (fold.Add(claims, 0, claims.Count - 1, batch)) then
                SinkTrials.leaveOut leftOut claims.Type[0] (claims.Value.Text 0) (SinkTrials.hidden sink.MaxTlp)
                ValueNone
            else
                enricher |> ValueOption.iter (fun tables -> tables.Fill(batch, 0))
                let wanted = rule.Wants(batch, 0)

                let acknowledged =
                    match told.TryGetValue batch.Id[0] with
                    | true, revision -> revision
                    | _ -> 0

                if not wanted then
                    SinkTrials.leaveOut leftOut batch.Type[0] (batch.Value.Text 0) (rule.Reason(batch, 0))

                Plan.change (Plan.step wanted batch.Revision[0] acknowledged)

        match change with
        | ValueSome op ->
            ChangeFormat.write sink.Render batch 0 sequence op writer

            if op = ChangeOp.Withdrawn then
                told.Remove batch.Id[0] |> ignore
            else
                told[batch.Id[0]] <- batch.Revision[0]
        | ValueNone -> ()

        counts <-
            { counts with
                In = counts.In + 1L
                Out = counts.Out + (if change.IsSome then 1L else 0L)
                Screened = counts.Screened + (if change.IsSome then 0L else 1L)
            }

    member _.Result: SinkTrial =
        {
            Name = sink.Name
            Rows = counts.Out
            Bytes = writer.Written.ToArray()
            Counts = counts
            Verdict = PlanVerdict.Allowed
            LeftOut = leftOut
            // As of a run: lines of changes say what is known of an indicator.
            Losses = LossList()
        }
