// What STIX objects of all types say in words: labels, phases, references, description, who made it.
namespace Cti.Core

open System
open System.Text

/// Writes the words of one object after the other to `record`. Not thread-safe; one per reader.
[<Sealed; AllowNullLiteral(false)>]
type internal StixWords(stix: StixObject, memory: StixMemory, record: StandardRecord, losses: StixLosses) =
    static let sourceName = "source_name"B
    static let externalId = "external_id"B
    static let url = "url"B
    static let killChain = "kill_chain_name"B
    static let phase = "phase_name"B
    static let mitre = "mitre-"B
    static let cve = "cve"B
    static let colon = ": "B

    let scratch = Utf8Writer 1024
    let label = Utf8Writer 256

    let addLabel (tree: JsonTree) (batch: RawBatch) (name: string) (node: int) =
        if not (record.Label(tree.Text(node, scratch))) then
            losses.Add(tree, batch, name, node, LossReason.UnusableValue)

    let addLabels (tree: JsonTree) (batch: RawBatch) (property: StixProperty) =
        let list = stix[property]

        if list >= 0 && tree.Kind list = JsonKind.Array then
            let mutable child = list + 1

            while child < tree.After list do
                addLabel tree batch (StixObject.NameOf property) child
                child <- tree.After child

    let addPhases (tree: JsonTree) (batch: RawBatch) =
        let list = stix[StixProperty.KillChainPhases]

        if list >= 0 && tree.Kind list = JsonKind.Array then
            let mutable child = list + 1

            while child < tree.After list do
                label.Clear()
                tree.WriteText(tree.Member(child, killChain), label) |> ignore
                label.Byte ':'B
                tree.WriteText(tree.Member(child, phase), label) |> ignore

                if not (record.Label label.Written) then
                    losses.Add(tree, batch, "kill_chain_phases", child, LossReason.UnusableValue)

                child <- tree.After child

    /// Whether a reference's source is a catalogue whose ids are subjects here.
    let isCatalogue (tree: JsonTree) (reference: int) (kind: ObservableType) =
        let source = tree.Member(reference, sourceName)

        tree.IsText(source)
        && (let text = tree.Raw source

            match kind with
            | ObservableType.Cve -> Ascii.EqualsIgnoreCase(text, ReadOnlySpan<byte> cve)
            | _ -> text.StartsWith(ReadOnlySpan<byte> mitre))

    let addReference (tree: JsonTree) (batch: RawBatch) (reference: int) =
        let mutable child = reference + 1

        while child < tree.After reference do
            let name = tree.Name child

            if name.SequenceEqual(ReadOnlySpan<byte> url) then
                if not (record.Refer(tree.Text(child, scratch))) then
                    losses.Add(tree, batch, "external_references.url", child, LossReason.UnusableValue)
            elif name.SequenceEqual(ReadOnlySpan<byte> externalId) then
                let isKnown =
                    isCatalogue tree reference ObservableType.Cve
                    || isCatalogue tree reference ObservableType.AttackId

                if not (isKnown && record.Label(tree.Text(child, scratch))) then
                    losses.Add(tree, batch, "external_references.external_id", child, LossReason.NoPlace)
            elif not (name.SequenceEqual(ReadOnlySpan<byte> sourceName)) then
                losses.Add(
                    tree,
                    batch,
                    $"external_references.%s{Encoding.UTF8.GetString name}",
                    child,
                    LossReason.NoPlace
                )

            child <- tree.After child

    let addReferences (tree: JsonTree) (batch: RawBatch) =
        let list = stix[StixProperty.ExternalReferences]

        if list >= 0 && tree.Kind list = JsonKind.Array then
            let mutable child = list + 1

            while child < tree.After list do
                if tree.Kind child = JsonKind.Object then
                    addReference tree batch child

                child <- tree.After child

    /// The name, and the description behind it where that does not begin with it.
    let describe (tree: JsonTree) =
        let name = stix[StixProperty.Name]
        let description = stix[StixProperty.Description]
        label.Clear()
        tree.WriteText(name, label) |> ignore
        let text = tree.Text(description, scratch)

        if text.Length > 0 && not (text.StartsWith(label.Written)) then
            if label.Length > 0 then
                label.Bytes(ReadOnlySpan<byte> colon)

            label.Bytes text
            record.Describe label.Written
        elif text.Length > 0 then
            record.Describe text
        else
            record.Describe label.Written

    let report (tree: JsonTree) (batch: RawBatch) =
        let creator = stix[StixProperty.CreatedByRef]
        let mutable name = Unchecked.defaultof<StixName>

        if tree.IsText(creator) then
            if memory.Names.TryFind(StixMemory.Key(tree.Raw creator), &name) then
                record.Report(ReadOnlySpan<byte> name.Label)
            else
                losses.Add(tree, batch, "created_by_ref", creator, LossReason.Unresolved)

    /// Writes all of them.
    member _.Write(tree: JsonTree, batch: RawBatch) : unit =
        addLabels tree batch StixProperty.Labels
        addLabels tree batch StixProperty.IndicatorTypes
        addPhases tree batch
        addReferences tree batch
        describe tree
        report tree batch

    /// The value of a reference's `external_id` where it is an id of the catalogue of `kind`, -1 where it is none.
    member _.CatalogueId(tree: JsonTree, reference: int, kind: ObservableType) : int =
        let id = tree.Member(reference, externalId)

        let isIt =
            tree.IsText(id)
            && isCatalogue tree reference kind
            && (kind.IsCve || (tree.Raw(id).Length > 0 && tree.Raw(id)[0] = 'T'B))

        if isIt then id else -1
