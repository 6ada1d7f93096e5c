// What of STIX objects is not carried over, by the name of its property.
namespace Cti.Core

open System
open System.Text

/// Notes losses of the object that `stix` is open at. Nothing is built for a loss that is only counted.
[<Sealed; AllowNullLiteral(false)>]
type internal StixLosses(stix: StixObject) =
    // Properties that records carry, in one form or another.
    static let isCarried (property: StixProperty) =
        match property with
        | StixProperty.Lang
        | StixProperty.Extensions
        | StixProperty.NumberObserved
        | StixProperty.Count -> false
        | _ -> true

    let kindText (tree: JsonTree) =
        Encoding.UTF8.GetString(tree.Raw stix[StixProperty.Type])

    let lose (tree: JsonTree) (batch: RawBatch) (path: string) (node: int) (reason: LossReason) =
        batch.Lose(path, tree.Raw node, reason, batch.PositionAt(tree.Start 0, tree.Line 0))

    /// A property of this name, or a part of one (`external_references.url`), whose value is `node`.
    member _.Add(tree: JsonTree, batch: RawBatch, name: string, node: int, reason: LossReason) : unit =
        if batch.Losses.HasRoom then
            lose tree batch $"%s{kindText tree}.%s{name}" node reason
        else
            batch.Losses.AddCount(reason, 1L)

    member this.Add(tree: JsonTree, batch: RawBatch, property: StixProperty, reason: LossReason) : unit =
        this.Add(tree, batch, StixObject.NameOf property, stix[property], reason)

    /// A part of a property, in words.
    member _.AddText(tree: JsonTree, batch: RawBatch, property: StixProperty, text: string, reason: LossReason) : unit =
        let bytes = Encoding.UTF8.GetBytes text

        batch.Lose(
            $"%s{kindText tree}.%s{StixObject.NameOf property}",
            ReadOnlySpan<byte> bytes,
            reason,
            batch.PositionAt(tree.Start 0, tree.Line 0)
        )

    /// The object as a whole: nothing but its text was carried over.
    member _.AddWhole(tree: JsonTree, batch: RawBatch) : unit =
        if batch.Losses.HasRoom then
            lose tree batch (kindText tree) stix[StixProperty.Id] LossReason.KeptVerbatim
        else
            batch.Losses.AddCount(LossReason.KeptVerbatim, 1L)

    /// All properties that a record of the object does not carry.
    member this.AddUncarried(tree: JsonTree, batch: RawBatch) : unit =
        let mutable child = 1

        while child < tree.After 0 do
            let name = tree.Name child

            match StixObject.CodeOf name with
            | -1 ->
                if not (ObservedValues.IsRead name) then
                    this.Add(tree, batch, Encoding.UTF8.GetString name, child, LossReason.KeptVerbatim)
            | code when isCarried (enum<StixProperty> code) -> ()
            | code ->
                let property = enum<StixProperty> code

                let reason =
                    if property = StixProperty.Extensions then
                        LossReason.KeptVerbatim
                    else
                        LossReason.NoPlace

                this.Add(tree, batch, property, reason)

            child <- tree.After child
