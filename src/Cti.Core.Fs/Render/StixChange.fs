// One change of the log as STIX 2.1: an envelope of TAXII 2.1 (section 3.7) with the indicator's new version, behind all that it refers to, so that each line
// can be understood alone.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module StixChange =
    let private start = "{\"objects\":["B
    let private finish = "]}\n"B

    /// Why STIX cannot hold a value of canonical form, or none if it can.
    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        match Stix.parts observable value with
        | ValueSome _ -> ValueNone
        | ValueNone when value.IsEmpty || observable = ObservableType.IpPort -> ValueSome RenderReason.NotCanonical
        | ValueNone -> ValueSome RenderReason.TypeNotHeld

    /// Notes what of a row of a type STIX does not carry, or only nearly.
    let noteLosses (losses: LossList) (observable: ObservableType) (value: ReadOnlySpan<byte>) : unit =
        // By type alone, so that a common one costs nothing.
        for loss in Stix.ownLosses observable do
            let reason =
                if loss.Kind = StixLossKind.Dropped then
                    LossReason.NoPlace
                else
                    LossReason.Approximated

            RenderLoss.add losses loss.Field value reason

    /// One line with its end. `check` refuses nothing of the row.
    let writeChange (batch: IndicatorBatch) (row: int) (op: ChangeOp) (writer: Utf8Writer) : unit =
        writer.Bytes(ReadOnlySpan<byte> start)
        StixPrinter(false).Change(batch, row, op, writer)
        writer.Bytes(ReadOnlySpan<byte> finish)
