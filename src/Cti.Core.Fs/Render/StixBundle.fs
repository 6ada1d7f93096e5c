// The `stix_bundle` output: one STIX 2.1 bundle (§8), one object per line so that versions can be compared line by line.
namespace Cti.Core

open System
open System.Buffers.Binary
open System.IO.Hashing

/// A bundle of the producer, our extension definition, the indicators (with `observables` also their cyber-observable
/// objects, observed data and relationships) and the marking definitions they refer to. The bundle's id is a UUIDv5 over the
/// (id, modified) pairs in their order, so it stands after the objects: the same content gives the same id.
[<Sealed; AllowNullLiteral(false)>]
type StixBundleRenderer(observables: bool) =
    let printer = StixPrinter observables
    let content = XxHash128()
    let mutable pairs: byte[] = Array.zeroCreate (24 * 256)

    interface IRenderer with
        member _.CanHold(observable, value) =
            match Stix.parts observable value with
            | ValueSome _ -> ValueNone
            | ValueNone -> ValueSome RenderReason.NotCanonical

        member _.Header(_, writer) =
            writer.Bytes(ReadOnlySpan<byte> StixWire.bundleStart)
            printer.Start writer

        member _.Rows(batch, selected, writer) =
            if pairs.Length < selected.Length * 24 then
                pairs <- Array.zeroCreate (selected.Length * 24)

            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let target = Span<byte>(pairs, index * 24, 24)
                Uuid.toBytes batch.Id[row] target
                BinaryPrimitives.WriteInt64BigEndian(target.Slice 16, int64 batch.Modified[row])

            content.Append(ReadOnlySpan<byte>(pairs, 0, selected.Length * 24))
            printer.Rows(batch, selected, writer)

        member _.Footer(_, writer) =
            printer.Markings writer
            let name = Array.zeroCreate<byte> 17
            content.GetCurrentHash(Span<byte> name) |> ignore
            name[16] <- if observables then 1uy else 0uy
            writer.Bytes(ReadOnlySpan<byte> StixWire.bundleId)
            Uuid.write (Uuid5.ofName Namespace.bundle (ReadOnlySpan<byte> name)) writer
            writer.Bytes(ReadOnlySpan<byte> StixWire.bundleEnd)
