// What objects of STIX 2.0 and 2.1 say in the standard fields (docs/readers/stix.md has the table). Every object is kept word for word as well.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

[<Sealed; AllowNullLiteral(false)>]
type internal StixCutter() =
    inherit ElementCutter()

    static let bundle = "bundle"B
    static let indicates = "indicates"B
    static let typeOfObject = "type"B
    static let observedLabel = "observed-data"B
    static let cvePrefix = "CVE-"B

    // Mutable state: what the document said, and the object being read.
    let memory = StixMemory()
    let stix = StixObject()
    let values = SubjectValues()
    let observed = ObservedValues values
    let record = StandardRecord()
    let losses = StixLosses stix
    let facts = StixFacts(stix, memory, record, losses)
    let words = StixWords(stix, memory, record, losses)
    let patterns = StixPatterns(stix, values, losses)
    let typeNames = ByteCache<string> 4096
    let scratch = Utf8Writer 1024
    let bystanders = List<int>()
    let mutable isDone = false

    let typeName (kind: ReadOnlySpan<byte>) : string =
        match typeNames.Find kind with
        | -1 ->
            let name = Encoding.UTF8.GetString kind
            typeNames.Add(kind, name)
            name
        | entry -> typeNames[entry]

    let keyOf (tree: JsonTree) (node: int) : UInt128 = StixMemory.Key(tree.Raw node)

    let remember (tree: JsonTree) =
        if values.Count > 0 then
            let key = keyOf tree stix[StixProperty.Id]
            let mutable before = Unchecked.defaultof<StixSubject>

            // Of several versions the newest counts.
            if
                not (memory.Subjects.TryFind(key, &before))
                || Timestamp.isNone before.Modified
                || before.Modified <= facts.Modified
            then
                memory.Subjects.Set(
                    key,
                    {
                        Values = values.ToArray()
                        Modified = facts.Modified
                        Ended = facts.Ended
                        Tlp = facts.RecordTlp
                        Confidence = facts.Confidence
                    }
                )

    let start (tree: JsonTree) =
        record.Clear()
        record.Object(tree.Raw stix[StixProperty.Id], tree.Raw stix[StixProperty.Type])

    let write (tree: JsonTree) (batch: RawBatch) =
        record.Write(batch, tree.Start 0, tree.End 0, tree.Line 0) |> ignore

    let indicator (tree: JsonTree) (batch: RawBatch) : ReadError voption =
        match patterns.Read(tree, batch) with
        | ValueSome error -> ValueSome error
        | ValueNone ->
            if values.Count > 0 then
                start tree
                values.AddTo record
                words.Write(tree, batch)
                facts.Times(tree, batch, StixProperty.ValidFrom, StixProperty.Modified)
                facts.Close(tree, batch)
                write tree batch
                remember tree

            ValueNone

    /// The id that an object has in a catalogue: `CVE-…` or `T…`.
    let catalogued (tree: JsonTree) (batch: RawBatch) (kind: ObservableType) =
        start tree
        let references = stix[StixProperty.ExternalReferences]

        if references >= 0 && tree.Kind references = JsonKind.Array then
            let mutable child = references + 1

            while child < tree.After references do
                let id = words.CatalogueId(tree, child, kind)

                if id >= 0 then
                    values.Add(kind, tree.Text(id, scratch))

                child <- tree.After child

        let name = stix[StixProperty.Name]

        if values.Count = 0 && kind.IsCve && tree.IsText(name) then
            let text = tree.Text(name, scratch)

            if
                text.Length > 4
                && Ascii.EqualsIgnoreCase(text.Slice(0, 4), ReadOnlySpan<byte> cvePrefix)
            then
                values.Add(kind, text)

        if values.Count > 0 then
            values.AddTo record
            words.Write(tree, batch)
            facts.Times(tree, batch, StixProperty.Created, StixProperty.Modified)
            facts.Close(tree, batch)
            write tree batch
            remember tree

        facts.Name(tree, (if values.Count > 0 then ValueSome values else ValueNone))

    /// What relates an indicator to a name: another report of the same subject, with a label more.
    let relationship (tree: JsonTree) (batch: RawBatch) =
        let source = stix[StixProperty.SourceRef]
        let target = stix[StixProperty.TargetRef]

        if
            tree.Is(stix[StixProperty.RelationshipType], indicates)
            && tree.IsText(source)
            && tree.IsText(target)
        then
            let mutable subject = Unchecked.defaultof<StixSubject>
            let mutable name = Unchecked.defaultof<StixName>

            if not (memory.Subjects.TryFind(keyOf tree source, &subject)) then
                losses.Add(tree, batch, StixProperty.SourceRef, LossReason.Unresolved)
            elif not (memory.Names.TryFind(keyOf tree target, &name)) then
                losses.Add(tree, batch, StixProperty.TargetRef, LossReason.Unresolved)
            elif facts.Ended = Timestamp.none then
                start tree
                SubjectValues.AddTo(record, ReadOnlySpan<byte> subject.Values)
                record.Label(ReadOnlySpan<byte> name.Label) |> ignore
                words.Write(tree, batch)
                facts.Raise(subject.Tlp)
                facts.Raise(name.NameTlp)
                facts.Times(tree, batch, StixProperty.Created, StixProperty.Modified)
                facts.Inherit subject
                facts.Close(tree, batch)
                write tree batch

    let sighting (tree: JsonTree) (batch: RawBatch) =
        let target = stix[StixProperty.SightingOfRef]
        let mutable subject = Unchecked.defaultof<StixSubject>

        if tree.IsText(target) && memory.Subjects.TryFind(keyOf tree target, &subject) then
            start tree
            SubjectValues.AddTo(record, ReadOnlySpan<byte> subject.Values)
            words.Write(tree, batch)
            facts.Raise(subject.Tlp)
            facts.Times(tree, batch, StixProperty.FirstSeen, StixProperty.LastSeen)
            facts.Inherit subject
            facts.Close(tree, batch)
            write tree batch
        elif tree.IsText(target) && not (memory.Names.Contains(keyOf tree target)) then
            losses.Add(tree, batch, StixProperty.SightingOfRef, LossReason.Unresolved)

    /// The objects of 2.0 inside of observed data, without those that are only the surroundings of another.
    let embedded (tree: JsonTree) (objects: int) =
        bystanders.Clear()
        let mutable child = objects + 1

        while child < tree.After objects do
            observed.Bystanders(tree, child, bystanders)
            child <- tree.After child

        child <- objects + 1

        while child < tree.After objects do
            let mutable isBystander = false

            for reference in bystanders do
                isBystander <- isBystander || tree.Raw(reference).SequenceEqual(tree.Name child)

            if not isBystander then
                observed.Add(tree, child, objects)

            child <- tree.After child

    /// The objects of 2.1 that observed data refers to: what they said before, or when they were seen, for when they come.
    let referred (tree: JsonTree) (references: int) =
        let mutable child = references + 1

        while child < tree.After references do
            if tree.Kind child = JsonKind.Text then
                let key = keyOf tree child
                let mutable subject = Unchecked.defaultof<StixSubject>

                if memory.Bystanders.Contains key then
                    ()
                elif memory.Subjects.TryFind(key, &subject) then
                    SubjectValues.AddTo(record, ReadOnlySpan<byte> subject.Values)
                    facts.Raise subject.Tlp
                else
                    memory.Awaited.Set(
                        key,
                        {
                            First = facts.Time(tree, StixProperty.FirstObserved)
                            Last = facts.Time(tree, StixProperty.LastObserved)
                            SeenTlp = facts.RecordTlp
                            SeenConfidence = facts.Confidence
                        }
                    )

            child <- tree.After child

    let observedData (tree: JsonTree) (batch: RawBatch) =
        start tree
        let objects = stix[StixProperty.Objects]
        let references = stix[StixProperty.ObjectRefs]

        if objects >= 0 && tree.Kind objects = JsonKind.Object then
            embedded tree objects
            values.AddTo record
            remember tree

        if references >= 0 && tree.Kind references = JsonKind.Array then
            referred tree references

        if record.Values > 0 then
            record.Label(ReadOnlySpan<byte> observedLabel) |> ignore
            words.Write(tree, batch)
            facts.Times(tree, batch, StixProperty.FirstObserved, StixProperty.LastObserved)
            facts.Close(tree, batch)
            write tree batch

    let observable (tree: JsonTree) (batch: RawBatch) =
        let key = keyOf tree stix[StixProperty.Id]
        bystanders.Clear()
        observed.Bystanders(tree, 0, bystanders)

        for reference in bystanders do
            memory.Bystanders.Set(keyOf tree reference, ())

        observed.Add(tree, 0, -1)
        remember tree
        let mutable seen = Unchecked.defaultof<StixSeen>

        if values.Count > 0 && not (memory.Bystanders.Contains key) then
            let isAwaited = memory.Awaited.TryFind(key, &seen)

            if isAwaited || not memory.HasContext then
                start tree
                values.AddTo record
                words.Write(tree, batch)

                if isAwaited then
                    record.Label(ReadOnlySpan<byte> observedLabel) |> ignore
                    facts.Raise seen.SeenTlp
                    facts.Seen seen

                facts.Close(tree, batch)
                write tree batch

    let keep (tree: JsonTree) (batch: RawBatch) (first: int) =
        batch.Keep(
            Encoding.UTF8.GetString(tree.Raw stix[StixProperty.Id]),
            typeName (tree.Raw stix[StixProperty.Type]),
            facts.Modified,
            facts.ObjectTlp,
            first,
            tree.Start 0,
            tree.End 0,
            tree.Line 0
        )

        if batch.Count = first then
            losses.AddWhole(tree, batch)

    let read (tree: JsonTree) (batch: RawBatch) : ReadError voption =
        let role = StixRole.ofType (tree.Raw stix[StixProperty.Type])
        let first = batch.Count
        values.Clear()
        facts.Begin(tree, batch)

        let error =
            match role with
            | StixRole.Indicator -> indicator tree batch
            | StixRole.Vulnerability ->
                catalogued tree batch ObservableType.Cve
                ValueNone
            | StixRole.AttackPattern ->
                catalogued tree batch ObservableType.AttackId
                ValueNone
            | StixRole.Relationship ->
                relationship tree batch
                ValueNone
            | StixRole.Sighting ->
                sighting tree batch
                ValueNone
            | StixRole.ObservedData ->
                observedData tree batch
                ValueNone
            | StixRole.Observable ->
                observable tree batch
                ValueNone
            | StixRole.MarkingDefinition ->
                facts.Define tree
                ValueNone
            | StixRole.Named
            | StixRole.Identity ->
                facts.Name(tree, ValueNone)
                ValueNone
            | StixRole.Other -> ValueNone

        match role with
        | StixRole.Observable
        | StixRole.MarkingDefinition
        | StixRole.Identity -> ()
        | _ -> memory.HasContext <- true

        keep tree batch first
        error

    /// Neither an object nor a part of one: what an envelope says of itself, or an empty bundle.
    let isStructure (tree: JsonTree) =
        tree.Is(stix[StixProperty.Type], bundle)
        || (tree.Member(0, typeOfObject) < 0
            && not (stix.Has StixProperty.Id)
            && tree.After 0 <= 4)

    override _.Columns = StandardFields.columns

    override _.Open tree =
        stix.Open tree
        isDone <- false

    override _.Next(tree, batch) =
        if isDone || isStructure tree then
            ElementStep.Done
        else
            isDone <- true

            if not (tree.IsText(stix[StixProperty.Type])) then
                ElementStep.Refused(0, ReadError.BrokenPart("the object", "it has no `type`"))
            elif
                not (tree.IsText(stix[StixProperty.Id]))
                || tree.Raw(stix[StixProperty.Id]).Length = 0
            then
                ElementStep.Refused(0, ReadError.BrokenPart("the object", "it has no `id`"))
            else
                let before = batch.Count

                match read tree batch with
                | ValueSome error -> ElementStep.Refused(0, error)
                | ValueNone when batch.Count > before -> ElementStep.Record
                | ValueNone -> ElementStep.Done
