// What a sink wants, and why not: one rule for running, planning, explaining and testing.
namespace Cti.Core

open Cti.Core.Predicates

/// Decides per indicator whether a sink shall hold it. One per sink and thread: it holds the row it looks at.
[<Sealed; AllowNullLiteral(false)>]
type SinkRule(where: Predicate option, renderer: IRenderer) =
    let filter =
        match where with
        | Some predicate -> ValueSome struct (Evaluator predicate, Predicate.print predicate)
        | None -> ValueNone

    let row = IndicatorRow()

    let passes (batch: IndicatorBatch) index =
        match filter with
        | ValueSome(struct (evaluator, _)) ->
            row.MoveTo(batch, index)
            evaluator.Selects row
        | ValueNone -> true

    /// Whether a condition may say no.
    member _.IsConditional = filter.IsSome

    /// Whether the sink shall hold an indicator: it is active, `where` is true (neither false nor unknown), and the format can say it.
    member _.Wants(batch: IndicatorBatch, index: int) : bool =
        batch.Status[index] = IndicatorStatus.Active
        && passes batch index
        && renderer.CanHold(batch.Type[index], batch.Value[index]).IsNone

    /// Why, for a person.
    member _.Reason(batch: IndicatorBatch, index: int) : string =
        match batch.Status[index], filter with
        | IndicatorStatus.Expired, _ -> "not seen for longer than the lifetime of its type"
        | IndicatorStatus.Withdrawn, _ -> "taken back by its last source"
        | IndicatorStatus.Revoked, _ -> "a false positive"
        | IndicatorStatus.Active, ValueSome(struct (_, text)) when not (passes batch index) ->
            $"`where` is not true of it: %s{text}"
        | IndicatorStatus.Active, _ ->
            match renderer.CanHold(batch.Type[index], batch.Value[index]), filter with
            | ValueSome refusal, _ -> RenderReason.message refusal
            | ValueNone, ValueSome(struct (_, text)) -> $"active, and `where` is true: %s{text}"
            | ValueNone, ValueNone -> "active"
