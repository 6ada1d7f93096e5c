// What a probe sends: one indicator that is nobody's, of a type the sink takes, and its end. Knows no sink's place and no store.
namespace Cti.Core

open System
open System.Text
open Cti.Core.Predicates

[<RequireQualifiedAccess>]
module Probe =
    let private name = NameSet.Of [ "cti-probe" ]

    /// A batch of one row: the subject, active, with the best score and no marking.
    let row (subject: Subject) (now: Timestamp) : IndicatorBatch =
        let batch = IndicatorBatch 1
        let at = batch.Add()
        batch.Value.Add(ReadOnlySpan<byte>(Encoding.UTF8.GetBytes subject.Value))
        batch.Type[at] <- subject.Type
        batch.Subject[at] <- Identity.subject subject
        batch.Id[at] <- batch.Subject[at]
        batch.FirstSeen[at] <- now
        batch.LastSeen[at] <- now
        batch.Created[at] <- now
        batch.Modified[at] <- now
        batch.ValidUntil[at] <- Timestamp.none
        batch.Status[at] <- IndicatorStatus.Active
        batch.Confidence[at] <- 100uy
        batch.Score[at] <- 10_000
        batch.Tlp[at] <- Tlp.Clear
        batch.Labels[at] <- name
        batch.Sources[at] <- name
        batch.Revision[at] <- 1
        batch

    /// The same row, taken back: its next revision.
    let ended (subject: Subject) (now: Timestamp) : IndicatorBatch =
        let batch = row subject now
        batch.Status[0] <- IndicatorStatus.Withdrawn
        batch.ValidUntil[0] <- now
        batch.Revision[0] <- 2
        batch

    /// The subject to probe a sink with: of the types its format can hold the first that its `where` selects, else the first that `where` names, else the first.
    /// None where the format holds nothing that is nobody's.
    let choose (where: Predicate option) (renderer: IRenderer) (now: Timestamp) : Subject voption =
        let rule = SinkRule(where, renderer)

        let held =
            [
                for observable in ObservableType.all do
                    match ProbeValue.ofType observable with
                    | ValueSome value when
                        (renderer.CanHold(observable, ReadOnlySpan<byte>(Encoding.UTF8.GetBytes value))).IsNone
                        ->
                        { Type = observable; Value = value }
                    | _ -> ()
            ]

        let isSelected (subject: Subject) = rule.Wants(row subject now, 0)

        let isNamed (subject: Subject) =
            match where with
            | Some predicate ->
                (Predicate.print predicate)
                    .Contains($"'%s{ObservableType.name subject.Type}'", StringComparison.Ordinal)
            | None -> false

        match List.tryFind isSelected held |> Option.orElse (List.tryFind isNamed held), held with
        | Some subject, _ -> ValueSome subject
        | None, first :: _ -> ValueSome first
        | None, [] -> ValueNone
