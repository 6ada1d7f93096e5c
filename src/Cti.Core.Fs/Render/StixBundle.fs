// The `stix_bundle` output: one STIX 2.1 bundle (§8), one object per line so that versions can be compared line by line.
namespace Cti.Core

open System
open System.Buffers.Binary
open System.IO.Hashing

/// A bundle of the producer, our extension definition, the indicators (with `observables` also their cyber-observable
/// objects, observed data and relationships), vulnerabilities and entries of ATT&CK, and the marking definitions they refer
/// to. The bundle's id is a UUIDv5 over the (id, modified) pairs in their order, so it stands after the objects: the same
/// content gives the same id.
[<Sealed; AllowNullLiteral(false)>]
type StixBundleRenderer(observables: bool) =
    let printer = StixPrinter observables
    let content = XxHash128()
    let losses = LossList()
    let mutable pairs: byte[] = Array.zeroCreate (24 * 256)

    static let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        match Stix.parts observable value with
        | ValueSome _ -> ValueNone
        | ValueNone when value.IsEmpty || observable = ObservableType.IpPort -> ValueSome RenderReason.NotCanonical
        | ValueNone -> ValueSome RenderReason.TypeNotHeld

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses

        member _.Header(_, writer) =
            writer.Bytes(ReadOnlySpan<byte> StixWire.bundleStart)
            printer.Start writer

        member _.Rows(batch, selected, writer) =
            if pairs.Length < selected.Length * 24 then
                pairs <- Array.zeroCreate (selected.Length * 24)

            let mutable held = 0

            for index in 0 .. selected.Length - 1 do
                let row = selected[index]

                if (check batch.Type[row] batch.Value[row]).IsNone then
                    let target = Span<byte>(pairs, held * 24, 24)
                    Uuid.toBytes batch.Id[row] target
                    BinaryPrimitives.WriteInt64BigEndian(target.Slice 16, int64 (StixFacts.modified batch row))
                    held <- held + 1

                    // By type alone, so that a common one costs nothing.
                    for loss in Stix.ownLosses batch.Type[row] do
                        let reason =
                            if loss.Kind = StixLossKind.Dropped then
                                LossReason.NoPlace
                            else
                                LossReason.Approximated

                        RenderLoss.add losses loss.Field batch.Value[row] reason

            content.Append(ReadOnlySpan<byte>(pairs, 0, held * 24))
            printer.Rows(batch, selected, writer)

        member _.Footer(_, writer) =
            printer.Markings writer
            let name = Array.zeroCreate<byte> 17
            content.GetCurrentHash(Span<byte> name) |> ignore
            name[16] <- if observables then 1uy else 0uy
            writer.Bytes(ReadOnlySpan<byte> StixWire.bundleId)
            Uuid.write (Uuid5.ofName Namespace.bundle (ReadOnlySpan<byte> name)) writer
            writer.Bytes(ReadOnlySpan<byte> StixWire.bundleEnd)
