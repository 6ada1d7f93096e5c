// How one template reads one record, rule by rule: type, times, confidence, marking, source and labels; each finds its part or a fault.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

[<RequireQualifiedAccess>]
module internal FieldRules =
    let private tlpPrefix = "tlp:"B

    let private tlps =
        WordTable(
            ("white", Tlp.Clear)
            :: (Tlp.all |> Array.map (fun tlp -> Tlp.name tlp, tlp) |> List.ofArray)
        )

    let private blanks = " \t"B

    let isEmpty (field: ReadOnlySpan<byte>) = field.IndexOfAnyExcept(' 'B, '\t'B) < 0

    let fieldName (reference: FieldRef) =
        match reference with
        | FieldRef.Name name -> name
        | FieldRef.Column column -> $"column %d{column}"

    /// The rejection of a candidate because of one of its fields.
    let faultOf (raw: RawBatch) record (fault: MapFault) (reference: FieldRef) (field: int) : Rejection =
        raw.Reject(record, Stage.Map, fault.code, fault.message, fieldName reference, raw.Field(record, field))

    let private confidenceOf (table: WordTable<byte>) (field: ReadOnlySpan<byte>) : int =
        match (if table.IsEmpty then -1 else table.Find field) with
        | -1 ->
            let mutable cursor = TimeCursor(field.Trim ' 'B)
            let value = cursor.Digits(1, 3)
            if cursor.Done && value <= 100 then value else -1
        | at -> int table[at]

    let private tlpOf (table: WordTable<Tlp>) (field: ReadOnlySpan<byte>) (tlp: byref<Tlp>) : bool =
        match table.Find field with
        | -1 ->
            let text = field.Trim ' 'B

            let isPrefixed =
                text.Length > 4
                && Ascii.EqualsIgnoreCase(text.Slice(0, 4), ReadOnlySpan<byte> tlpPrefix)

            match tlps.Find(if isPrefixed then text.Slice 4 else text) with
            | -1 -> false
            | at ->
                tlp <- tlps[at]
                true
        | at ->
            tlp <- table[at]
            true

    let rec private isOneOf (words: byte[] list) (text: ReadOnlySpan<byte>) =
        match words with
        | [] -> false
        | word :: rest -> text.SequenceEqual(ReadOnlySpan<byte> word) || isOneOf rest text

    /// The time a rule finds; `Timestamp.none` in an empty field, and in one with a word that stands for no time.
    let private timeOf
        (raw: RawBatch)
        record
        (rule: TimeRule voption)
        field
        (time: byref<Timestamp>)
        : MapFault voption =
        match rule with
        | ValueSome rule ->
            let text = raw.Field(record, field)

            if isEmpty text then
                ValueNone
            else
                match TimeFormat.parse rule.Format text with
                | TimeOutcome.Time found ->
                    time <- found
                    ValueNone
                // Asked last: what is a time costs nothing.
                | TimeOutcome.Malformed
                | TimeOutcome.OutOfRange when isOneOf rule.Blank (text.Trim(ReadOnlySpan<byte> blanks)) -> ValueNone
                | TimeOutcome.Malformed -> ValueSome MapFault.BadTime
                | TimeOutcome.OutOfRange -> ValueSome MapFault.TimeOutOfRange
        | ValueNone -> ValueNone

    /// The rejection of a time, which has a rule when it has a fault.
    let private timeFault (raw: RawBatch) record fault (rule: TimeRule voption) field =
        match rule with
        | ValueSome rule -> faultOf raw record fault rule.Field field
        | ValueNone -> faultOf raw record fault (FieldRef.Column(field + 1)) field

    /// All labels of a record by this template, from texts not met before. Nothing when one of them is no label.
    let private makeLabels (raw: RawBatch) (record: int) (template: BoundTemplate) : NameSet voption =
        let found = List<string>()
        let mutable good = true

        for rule in 0 .. template.Fields.Labels.Length - 1 do
            if template.Fields.Labels[rule] >= 0 then
                let text = Encoding.UTF8.GetString(raw.Field(record, template.Fields.Labels[rule]))
                good <- good && Cleaning.labels text template.LabelSplits[rule] found

        if good then
            ValueSome(NameSet.Union(template.ConstLabels, NameSet.Of found))
        else
            ValueNone

    let private labelsOf (raw: RawBatch) record (template: BoundTemplate) (memory: MapMemory) =
        // One look-up for all fields together: NUL parts them, as no record holds one.
        let key = memory.Key
        key.Clear()

        for field in template.Fields.Labels do
            if field >= 0 then
                key.Bytes(raw.Field(record, field))
                key.Byte 0uy

        let cache = memory.Labels template.Index
        let entry = cache.Find key.Written

        if entry >= 0 then
            ValueSome cache[entry]
        else
            match makeLabels raw record template with
            | ValueSome set ->
                if key.Length <= memory.MaxKey then
                    cache.Add(key.Written, set)

                ValueSome set
            | ValueNone -> ValueNone

    /// The rejection of a candidate's labels: names the first field that has one which is no label.
    let private labelFault (raw: RawBatch) record (template: BoundTemplate) =
        let fields = template.Fields.Labels

        let rec first (rules: LabelRule list) index =
            match rules with
            | LabelRule.Field(reference, _) :: rest ->
                let text = Encoding.UTF8.GetString(raw.Field(record, fields[index]))

                if
                    List.isEmpty rest
                    || not (Cleaning.labels text template.LabelSplits[index] (List<string>()))
                then
                    faultOf raw record MapFault.BadLabel reference fields[index]
                else
                    first rest (index + 1)
            | LabelRule.Const _ :: rest -> first rest (index + 1)
            | [] -> raw.Reject(record, Stage.Map, MapFault.BadLabel.code, MapFault.BadLabel.message, "", ReadOnlySpan())

        first template.Template.Labels 0

    let private readType (raw: RawBatch) record (template: BoundTemplate) (memory: MapMemory) : Rejection voption =
        match template.Template.Type with
        | TypeRule.Field column ->
            let field = raw.Field(record, template.Fields.Type)
            let mutable choice = TypeChoice.Skip

            if isEmpty field then
                ValueNone
            elif memory.Type(template.Index, column, field, &choice) then
                match choice with
                | TypeChoice.Take hint -> memory.Draft.Hint <- hint
                | TypeChoice.Skip -> memory.Draft.IsSkipped <- true

                ValueNone
            else
                ValueSome(faultOf raw record MapFault.UnknownType column.Field template.Fields.Type)
        | TypeRule.Auto
        | TypeRule.Fixed _ -> ValueNone

    let private readTimes (raw: RawBatch) record (template: BoundTemplate) (memory: MapMemory) : Rejection voption =
        let rule = template.Template
        let fields = template.Fields
        let mutable first = Timestamp.none
        let mutable last = Timestamp.none
        let mutable ended = Timestamp.none

        match timeOf raw record rule.FirstSeen fields.FirstSeen &first with
        | ValueSome found -> ValueSome(timeFault raw record found rule.FirstSeen fields.FirstSeen)
        | ValueNone ->
            match timeOf raw record rule.LastSeen fields.LastSeen &last with
            | ValueSome found -> ValueSome(timeFault raw record found rule.LastSeen fields.LastSeen)
            | ValueNone ->
                match timeOf raw record rule.Ended fields.Ended &ended with
                // `9999-12-31` stands for no end.
                | ValueSome MapFault.BadTime -> ValueSome(timeFault raw record MapFault.BadTime rule.Ended fields.Ended)
                | ValueSome _
                | ValueNone ->
                    memory.Draft.FirstSeen <- first
                    memory.Draft.LastSeen <- last
                    memory.Draft.Ended <- ended
                    ValueNone

    let private readConfidence (raw: RawBatch) record (template: BoundTemplate) (memory: MapMemory) =
        match template.Template.Confidence with
        | ConfidenceRule.Field(reference, _) ->
            let field = raw.Field(record, template.Fields.Confidence)

            if isEmpty field then
                ValueNone
            else
                match confidenceOf template.Confidences field with
                | -1 -> ValueSome(faultOf raw record MapFault.BadConfidence reference template.Fields.Confidence)
                | value ->
                    memory.Draft.Confidence <- byte value
                    ValueNone
        | ConfidenceRule.Default
        | ConfidenceRule.Const _ -> ValueNone

    let private readTlp (raw: RawBatch) record (template: BoundTemplate) (memory: MapMemory) =
        match template.Template.Tlp with
        | TlpRule.Field(reference, _) ->
            let field = raw.Field(record, template.Fields.Tlp)
            let mutable tlp = Tlp.Red

            if isEmpty field then
                ValueNone
            elif tlpOf template.Tlps field &tlp then
                memory.Draft.Tlp <- tlp
                ValueNone
            else
                ValueSome(faultOf raw record MapFault.BadTlp reference template.Fields.Tlp)
        | TlpRule.Default
        | TlpRule.Const _ -> ValueNone

    let private readSource (raw: RawBatch) record (template: BoundTemplate) (memory: MapMemory) =
        match template.Template.Source with
        | ValueSome reference ->
            let field = raw.Field(record, template.Fields.Source)
            let mutable name = ""

            if isEmpty field then
                ValueNone
            else
                match memory.Source(field, &name) with
                | ValueSome found -> ValueSome(faultOf raw record found reference template.Fields.Source)
                | ValueNone ->
                    memory.Draft.Source <- name
                    ValueNone
        | ValueNone -> ValueNone

    let private readLabels (raw: RawBatch) record (template: BoundTemplate) (memory: MapMemory) =
        match labelsOf raw record template memory with
        | ValueSome set ->
            memory.Draft.Labels <- set
            ValueNone
        | ValueNone -> ValueSome(labelFault raw record template)

    /// Fills the memory's draft with what the template finds beside the value; the first fault found, if any. Of a record whose type the
    /// template skips nothing more is read.
    let read
        (spec: MapSpec)
        (raw: RawBatch)
        (record: int)
        (template: BoundTemplate)
        (memory: MapMemory)
        : Rejection voption =
        let draft = memory.Draft
        draft.Hint <- template.Hint
        draft.IsSkipped <- false
        draft.FirstSeen <- Timestamp.none
        draft.LastSeen <- Timestamp.none
        draft.Ended <- Timestamp.none
        draft.Confidence <- template.Confidence
        draft.Tlp <- template.Tlp
        draft.Source <- spec.Source
        draft.Labels <- template.ConstLabels

        let mutable fault: Rejection voption = ValueNone

        if template.AsksType then
            fault <- readType raw record template memory

        if not draft.IsSkipped then
            if template.AsksTimes && fault.IsNone then
                fault <- readTimes raw record template memory

            if template.AsksConfidence && fault.IsNone then
                fault <- readConfidence raw record template memory

            if template.AsksTlp && fault.IsNone then
                fault <- readTlp raw record template memory

            if template.AsksSource && fault.IsNone then
                fault <- readSource raw record template memory

            if template.HasLabelFields && fault.IsNone then
                fault <- readLabels raw record template memory

        fault
