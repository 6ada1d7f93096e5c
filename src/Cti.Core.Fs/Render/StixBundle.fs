// The `stix_bundle` output: one STIX 2.1 bundle (§8), one object per line so that versions can be compared line by line.
namespace Cti.Core

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.IO.Hashing

/// A bundle of the producer, our extension definition, the indicators (with `observables` also their cyber-observable
/// objects, observed data and relationships), vulnerabilities and entries of ATT&CK, which of its techniques indicators point to, and the marking
/// definitions they refer to. The bundle's id is a UUIDv5 over the (id, modified) pairs in their order, so it stands after the objects: the same
/// content gives the same id.
[<Sealed; AllowNullLiteral(false)>]
type StixBundleRenderer(observables: bool, objects: bool) =
    let printer = StixPrinter observables
    let content = XxHash128()
    let losses = LossList()
    // Only used with objects: what of ours is in the bundle, and what of others.
    let rendered = Dictionary<Uuid, StixKind>()
    let foreign = HashSet<string>(StringComparer.Ordinal)
    let references = StixReferences()
    let indications = StixIndications printer
    let mutable pairs: byte[] = Array.zeroCreate (24 * 256)

    // The marking definitions that every reader of STIX knows: TLP 1 (STIX 2.1 §7.2.1.4) and ours of TLP 2.0, which are printed where they are referred to.
    static let oldMarkings =
        [
            "613f2e26-407d-48c7-9eca-b8e91df99dc9"
            "34098fce-860f-48ae-8e50-ebd3cc5e41da"
            "f88d31f6-486f-44da-b317-01333bde0b82"
            "5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
        ]
        |> List.map (fun id -> "marking-definition--" + id)

    static let newMarkings =
        Tlp.all
        |> Array.map (fun tlp -> "marking-definition--" + Uuid.toText (Stix.marking tlp), tlp)
        |> Map.ofArray

    static let ownObjects =
        [
            "identity--" + Uuid.toText Stix.producer
            "extension-definition--" + Uuid.toText Stix.extension
        ]

    let isThere (id: string) =
        foreign.Contains id
        || List.contains id oldMarkings
        || List.contains id ownObjects
        || (let border = id.IndexOf("--", StringComparison.Ordinal)

            match
                (if border > 0 then
                     Guid.TryParse(id.AsSpan(border + 2))
                 else
                     (false, Guid.Empty))
            with
            | true, found -> rendered.ContainsKey(Uuid.ofGuid found)
            | _ -> false)

    // A marking that foreign objects refer to is printed with ours; any other reference has to be there.
    let resolve () =
        for reference in references.All do
            match Map.tryFind reference.Key newMarkings with
            | Some tlp -> printer.Mark tlp
            | None when isThere reference.Key -> ()
            | None ->
                let id = Text.Encoding.UTF8.GetBytes reference.Key
                RenderLoss.add losses reference.Value (ReadOnlySpan<byte> id) LossReason.Unresolved

    interface IObjectRenderer with
        member _.AddObject(id, modified, tlp, text, writer) =
            if
                objects
                && not (Map.containsKey id newMarkings || List.contains id ownObjects)
                && foreign.Add id
            then
                let name = Text.Encoding.UTF8.GetBytes id
                let time = Array.zeroCreate<byte> 8
                BinaryPrimitives.WriteInt64BigEndian(Span<byte> time, int64 modified)
                content.Append(ReadOnlySpan<byte> name)
                content.Append(ReadOnlySpan<byte> time)
                references.Add(id, text)
                indications.AddObject(id, tlp, text)
                printer.Foreign(text, writer)

        member _.AddDerivation(indicator, objectId, tlp, at, writer) =
            match rendered.TryGetValue indicator with
            | true, kind when foreign.Contains objectId -> printer.Derived(kind, indicator, objectId, tlp, at, writer)
            | _ -> ()

        member _.AddIndications(writer) = indications.Write writer

    interface IRenderer with
        member _.CanHold(observable, value) = StixChange.check observable value

        member _.Losses = losses

        // A last sighting would make a new version at every sighting (`Stix.losses`).
        member _.Holds(field) = field <> IndicatorField.LastSeen

        member _.Header(_, writer) =
            writer.Bytes(ReadOnlySpan<byte> StixWire.bundleStart)
            printer.Start writer

        member _.Rows(batch, selected, writer) =
            if pairs.Length < selected.Length * 24 then
                pairs <- Array.zeroCreate (selected.Length * 24)

            let mutable held = 0

            for index in 0 .. selected.Length - 1 do
                let row = selected[index]

                if (StixChange.check batch.Type[row] batch.Value[row]).IsNone then
                    let target = Span<byte>(pairs, held * 24, 24)
                    Uuid.toBytes batch.Id[row] target
                    BinaryPrimitives.WriteInt64BigEndian(target.Slice 16, int64 (ObjectFacts.modified batch row))
                    held <- held + 1

                    match Stix.parts batch.Type[row] batch.Value[row] with
                    | ValueSome parts ->
                        indications.Add(batch, row, parts.Kind)

                        if objects then
                            rendered[batch.Id[row]] <- parts.Kind
                    | ValueNone -> ()

                    StixChange.noteLosses losses batch.Type[row] batch.Value[row]

            content.Append(ReadOnlySpan<byte>(pairs, 0, held * 24))
            printer.Rows(batch, selected, writer)

        member _.Footer(_, writer) =
            if objects then
                resolve ()

            while indications.Write writer do
                ()

            printer.Markings writer
            let name = Array.zeroCreate<byte> 17
            content.GetCurrentHash(Span<byte> name) |> ignore
            name[16] <- if observables then 1uy else 0uy
            writer.Bytes(ReadOnlySpan<byte> StixWire.bundleId)
            Uuid.write (Uuid5.ofName Namespace.bundle (ReadOnlySpan<byte> name)) writer
            writer.Bytes(ReadOnlySpan<byte> StixWire.bundleEnd)
