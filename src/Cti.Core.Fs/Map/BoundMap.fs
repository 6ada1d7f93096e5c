// Maps raw records to candidates: a specification bound to the columns of one source, applied batch by batch.
namespace Cti.Core

open System
open System.Collections.Generic

/// A mapping bound to a source's columns. Reads only what it was given, so it may be shared; its memory may not.
[<Sealed; AllowNullLiteral(false)>]
type BoundMap internal (spec: MapSpec, templates: BoundTemplate[]) =
    /// Values one cell may hold.
    static let maxItems = 10_000

    static let isHash (kind: ObservableType) =
        kind = ObservableType.Md5
        || kind = ObservableType.Sha1
        || kind = ObservableType.Sha256
        || kind = ObservableType.Sha512

    // A value may name its own type only where that could be meant: an address may well begin with `s`.
    static let mayNameHash (hint: TypeHint) =
        match hint with
        | TypeHint.Auto -> true
        | TypeHint.Fixed kind -> isHash kind

    static let isOther (hint: TypeHint) (kind: ObservableType) =
        match hint with
        | TypeHint.Auto -> false
        | TypeHint.Fixed known -> known <> kind

    let addRow record (memory: MapMemory) hint start finish (target: CandidateBatch) =
        let draft = memory.Draft
        let row = target.Add()
        target.Record[row] <- record
        target.Hint[row] <- hint
        target.ValueStart[row] <- start
        target.ValueEnd[row] <- finish
        target.FirstSeen[row] <- draft.FirstSeen
        target.LastSeen[row] <- draft.LastSeen
        target.Ended[row] <- draft.Ended
        target.Confidence[row] <- draft.Confidence
        target.Tlp[row] <- draft.Tlp
        target.Labels[row] <- draft.Labels
        target.Source[row] <- draft.Source

    /// Adds the value in the slice of `length` bytes at `start`, or its rejection.
    let addValue
        (raw: RawBatch)
        record
        (template: BoundTemplate)
        (memory: MapMemory)
        start
        length
        (target: CandidateBatch)
        (rejections: List<Rejection>)
        =
        let text = raw.Slice(start, start + length)
        let hint = memory.Draft.Hint
        let mutable kind = ObservableType.Md5
        let named = if mayNameHash hint then CellText.hashName text &kind else 0

        if named = 0 then
            addRow record memory hint start (start + length) target
        elif isOther hint kind then
            let fault = MapFault.OtherType
            let field = FieldRules.fieldName template.Template.Value.Field
            rejections.Add(raw.Reject(record, Stage.Map, fault.code, fault.message, field, text))
        else
            let hash = RawBatch.Within(start, named)
            addRow record memory (TypeHint.Fixed kind) hash (hash + length - named) target

    /// Adds what stands from `from` to `finish` in a value's cell: 1 when something does, a candidate or a rejection; 0 when it is blank.
    let addItem
        (raw: RawBatch)
        record
        (template: BoundTemplate)
        memory
        from
        finish
        (target: CandidateBatch)
        rejections
        =
        let cell = raw.Field(record, template.Value)
        let mutable item = cell.Slice(from, finish - from)
        let mutable at = from + CellText.leading item
        item <- cell.Slice(at, finish - at)
        item <- item.Slice(0, CellText.trailing item)

        let prefix = CellText.prefix template.Prefixes item

        if prefix > 0 then
            let blanks = CellText.leading (item.Slice prefix)
            at <- at + prefix + blanks
            item <- item.Slice(prefix + blanks)

        let suffix = CellText.suffix template.Suffixes item

        if suffix > 0 then
            item <- item.Slice(0, item.Length - suffix)
            item <- item.Slice(0, CellText.trailing item)

        if item.Length = 0 then
            0
        else
            let start = RawBatch.Within(raw.FieldStart(record, template.Value), at)
            addValue raw record template memory start item.Length target rejections
            1

    /// Adds the items of a value's cell; gives how many they are.
    let addItems (raw: RawBatch) record (template: BoundTemplate) memory (target: CandidateBatch) rejections =
        let cell = raw.Field(record, template.Value)

        if template.Splitter.Exceeds(cell, maxItems) then
            let reference = template.Template.Value.Field

            (rejections: List<Rejection>)
                .Add(FieldRules.faultOf raw record MapFault.TooManyItems reference template.Value)

            1
        else
            let mutable found = 0
            let mutable number = 0
            let mutable from = 0

            while from >= 0 do
                let mutable length = 0
                let at = template.Splitter.Find(cell, from, &length)
                number <- number + 1

                if template.Item = 0 || template.Item = number then
                    let finish = if at < 0 then cell.Length else at
                    found <- found + addItem raw record template memory from finish target rejections

                from <- if at < 0 then -1 else at + length

            found

    /// Adds the value that a record spreads over several fields, or the rejection for the field it lacks.
    let addJoined (raw: RawBatch) record (template: BoundTemplate) memory target (rejections: List<Rejection>) =
        let from = raw.Scratch.Length

        match JoinedValue.write raw record template with
        | ValueNone -> addValue raw record template memory ~~~from (raw.Scratch.Length - from) target rejections
        | ValueSome found -> rejections.Add(FieldRules.faultOf raw record found.Fault found.Reference found.Field)

    // The rows a record added since `first` share what the record says in words. Gives the number of bad references.
    let addRemarks (raw: RawBatch) record template memory (target: CandidateBatch) first (rejections: List<Rejection>) =
        let before = rejections.Count
        RemarkRules.read raw record template memory target.Remarks first rejections

        if target.Remarks.Entry first >= 0 then
            for row in first + 1 .. target.Count - 1 do
                target.Remarks.Share(row, first)

        rejections.Count - before

    /// Maps a record by one template; gives how many candidates were tried and rejections made.
    let mapBy (raw: RawBatch) record (template: BoundTemplate) memory (target: CandidateBatch) rejections : int =
        let before = target.Count

        match FieldRules.read spec raw record template memory with
        | ValueSome fault ->
            (rejections: List<Rejection>).Add fault
            1
        | ValueNone when memory.Draft.IsSkipped -> 0
        | ValueNone ->
            let cell = raw.Field(record, template.Value)

            let tried =
                if
                    template.IsWholeCell
                    && not (CellText.mayNameHash cell)
                    && cell.IndexOf RawBatch.ListSeparator < 0
                then
                    // As nearly all cells are: what stands there is the value; blanks around it go when it is normalised.
                    let start = raw.FieldStart(record, template.Value)
                    addRow record memory memory.Draft.Hint start (start + cell.Length) target
                    1
                elif template.IsJoined then
                    addJoined raw record template memory target rejections
                    1
                else
                    addItems raw record template memory target rejections

            if template.HasRemarks && target.Count > before then
                tried + addRemarks raw record template memory target before rejections
            else
                tried

    let noValue (raw: RawBatch) record =
        let reference =
            spec.Templates
            |> List.map (fun template -> FieldRules.fieldName template.Value.Field)

        raw.Reject(
            record,
            Stage.Map,
            MapFault.NoValue.code,
            MapFault.NoValue.message,
            String.concat ", " reference,
            ReadOnlySpan()
        )

    // Why a template does not want a record, and the value it would have had.
    let refuse (raw: RawBatch) record (template: BoundTemplate) holds (target: CandidateBatch) =
        let refusal =
            match template.Template.When with
            | ValueSome condition when not holds -> Refusal.Condition condition.Text
            | _ -> Refusal.SkippedType(RawBatch.TextOf(raw.Field(record, template.Fields.Type), 1024))

        let from = raw.Scratch.Length

        let struct (start, finish) =
            if template.IsJoined && (JoinedValue.write raw record template).IsNone then
                struct (~~~from, ~~~from + raw.Scratch.Length - from)
            elif template.Value < raw.FieldCount record then
                struct (raw.FieldStart(record, template.Value), raw.FieldEnd(record, template.Value))
            else
                struct (0, 0)

        target.Refused.Add
            {
                Record = record
                Refusal = refusal
                Hint = template.Hint
                ValueStart = start
                ValueEnd = finish
            }

    /// Maps every record of `raw` into `target`, which is cleared first; what cannot be mapped is added to `rejections`, records that no
    /// template wants to the target's `Refused`. The candidates refer to `raw`, whose `Scratch` takes values put together of several fields.
    /// The account balances: in = records, expanded = candidates tried (and references that are none) beyond one per record.
    member _.Apply
        (raw: RawBatch, target: CandidateBatch, rejections: List<Rejection>, memory: MapMemory)
        : StageCounts =
        target.Clear()
        let before = rejections.Count
        let mutable expanded = 0L

        for record in 0 .. raw.Count - 1 do
            let mutable tried = 0
            let mutable refusing = -1
            let mutable holds = false

            for index in 0 .. templates.Length - 1 do
                let template = templates[index]

                if
                    template.HasCondition
                    && not (memory.Holds(index, raw, record, template.Fields.When))
                then
                    refusing <- if refusing < 0 then index else refusing
                elif not (FieldRules.isEmpty (raw.Field(record, template.Value))) then
                    tried <- tried + mapBy raw record template memory target rejections

                    if memory.Draft.IsSkipped && refusing < 0 then
                        refusing <- index
                        holds <- true

            if tried > 0 then
                expanded <- expanded + int64 (tried - 1)
            elif refusing >= 0 then
                refuse raw record templates[refusing] holds target
            else
                rejections.Add(noValue raw record)

        { StageCounts.zero with
            In = int64 raw.Count
            Expanded = expanded
            Out = int64 target.Count
            Screened = int64 target.Refused.Count
            Rejected = int64 (rejections.Count - before)
        }
