// The ids of what is printed beside indicators: cyber-observable objects, observed data, relationships. Hashed for many rows at once, because the
// hash takes several names side by side (bench: Stix).
namespace Cti.Core

open System

/// The ids of one batch's objects, in buffers that serve one batch after the other; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type internal StixObservableIds() =
    let hasher = Uuid5Hasher()
    let names = Utf8Writer 4096
    let mutable ends: int[] = Array.zeroCreate 256
    let mutable own: Uuid[] = Array.zeroCreate 256
    let mutable outer: Uuid[] = Array.zeroCreate 256
    let mutable observed: Uuid[] = Array.zeroCreate 256
    let mutable related: Uuid[] = Array.zeroCreate 256

    let grow (rows: int) =
        if own.Length < rows then
            ends <- Array.zeroCreate rows
            own <- Array.zeroCreate rows
            outer <- Array.zeroCreate rows
            observed <- Array.zeroCreate rows
            related <- Array.zeroCreate rows

    /// Names one `{…}` per row: of two objects the inner one's.
    let nameOwn (batch: IndicatorBatch) (row: int) =
        match Stix.parts batch.Type[row] batch.Value[row] with
        | ValueSome parts when Stix.isObservable parts.Kind ->
            names.Byte '{'B
            StixObservable.writeOwn batch.Type[row] (batch.Value[row].Slice(parts.Start, parts.Length)) names
            names.Byte '}'B
        | _ -> ()

    let nameOuter (batch: IndicatorBatch) (row: int) (inner: Uuid) =
        match Stix.parts batch.Type[row] batch.Value[row] with
        | ValueSome parts when StixObservable.isOuter parts ->
            names.Byte '{'B
            StixObservable.writeOuter parts batch.Value[row] inner names
            names.Byte '}'B
        | _ -> ()

    /// Of the object that a value is, or of two objects the inner one.
    member _.Own = own
    /// Of the object around that one (`StixObservable.isOuter`).
    member _.Outer = outer
    /// Of the observed data that refer to it.
    member _.Observed = observed
    /// Of the relationship between the indicator and the observed data.
    member _.Related = related

    /// Computes the ids of the selected rows, by their place among them.
    member _.Hash(batch: IndicatorBatch, selected: ReadOnlySpan<int>) : unit =
        let count = selected.Length
        grow count
        names.Clear()

        for index in 0 .. count - 1 do
            nameOwn batch selected[index]
            ends[index] <- names.Length

        hasher.Hash(Namespace.stixObservable, names.Written, ReadOnlySpan<int>(ends, 0, count), Span<Uuid> own)
        names.Clear()

        for index in 0 .. count - 1 do
            nameOuter batch selected[index] own[index]
            ends[index] <- names.Length

        if names.Length > 0 then
            hasher.Hash(Namespace.stixObservable, names.Written, ReadOnlySpan<int>(ends, 0, count), Span<Uuid> outer)

        names.Clear()

        for index in 0 .. count - 1 do
            Uuid.toBytes batch.Id[selected[index]] (names.Reserve 16)
            names.Advance 16
            ends[index] <- names.Length

        let rows = ReadOnlySpan<int>(ends, 0, count)
        hasher.Hash(Namespace.observedData, names.Written, rows, Span<Uuid> observed)
        hasher.Hash(Namespace.relationship, names.Written, rows, Span<Uuid> related)
