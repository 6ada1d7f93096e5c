// Maps raw records to candidates: a specification bound to the columns of one source, applied batch by batch.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// A template with its fields resolved: -1 stands for "no field".
[<Sealed; AllowNullLiteral(false)>]
type internal BoundTemplate
    (
        index: int,
        template: MapTemplate,
        value: int,
        kind: int,
        firstSeen: int,
        lastSeen: int,
        labels: int[],
        confidence: int,
        tlp: int,
        source: int
    ) =
    member _.Index = index
    member _.Template = template
    member _.Value = value
    member _.Type = kind
    member _.FirstSeen = firstSeen
    member _.LastSeen = lastSeen
    /// Field of each label rule, -1 for constants.
    member _.Labels = labels
    member _.Confidence = confidence
    member _.Tlp = tlp
    member _.Source = source

    /// What the template says without looking at a record.
    member val Hint =
        match template.Type with
        | TypeRule.Fixed kind -> TypeHint.Fixed kind
        | _ -> TypeHint.Auto

    member val ConstLabels =
        template.Labels
        |> List.choose (fun rule ->
            match rule with
            | LabelRule.Const label -> Some label
            | LabelRule.Field _ -> None)
        |> NameSet.Of

    member val HasLabelFields = labels |> Array.exists (fun field -> field >= 0)

    member val Splits =
        template.Labels
        |> List.map (fun rule ->
            match rule with
            | LabelRule.Field(_, split) -> split
            | LabelRule.Const _ -> ValueNone)
        |> List.toArray

/// A mapping bound to a source's columns. Reads only what it was given, so it may be shared; its memory may not.
[<Sealed; AllowNullLiteral(false)>]
type BoundMap internal (spec: MapSpec, templates: BoundTemplate[]) =
    let trust = spec.Trust

    static let fieldName (reference: FieldRef) =
        match reference with
        | FieldRef.Name name -> name
        | FieldRef.Column column -> $"column %d{column}"

    static let isEmpty (field: ReadOnlySpan<byte>) = field.IndexOfAnyExcept(' 'B, '\t'B) < 0

    static let confidenceOf (field: ReadOnlySpan<byte>) : int =
        let mutable cursor = TimeCursor(field.Trim ' 'B)
        let value = cursor.Digits(1, 3)
        if cursor.Done && value <= 100 then value else -1

    static let tlpOf (field: ReadOnlySpan<byte>) : Tlp voption =
        if field.Length > 32 then
            ValueNone
        else
            let name = Encoding.UTF8.GetString(field).Trim().ToLowerInvariant()

            Tlp.tryParse (
                if name.StartsWith("tlp:", StringComparison.Ordinal) then
                    name.Substring(4).TrimStart()
                else
                    name
            )

    /// The time a rule finds; `Timestamp.none` in an empty field.
    let timeOf (raw: RawBatch) record (rule: TimeRule voption) field (time: byref<Timestamp>) : MapFault voption =
        time <- Timestamp.none

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
                | TimeOutcome.Malformed -> ValueSome MapFault.BadTime
                | TimeOutcome.OutOfRange -> ValueSome MapFault.TimeOutOfRange
        | ValueNone -> ValueNone

    /// All labels of a record by this template, from texts not met before. Nothing when one of them is no label.
    let makeLabels (raw: RawBatch) (record: int) (template: BoundTemplate) : NameSet voption =
        let found = List<string>()
        let mutable good = true

        for rule in 0 .. template.Labels.Length - 1 do
            if template.Labels[rule] >= 0 then
                let text = Encoding.UTF8.GetString(raw.Field(record, template.Labels[rule]))
                good <- good && Cleaning.labels text template.Splits[rule] found

        if good then
            ValueSome(NameSet.Union(template.ConstLabels, NameSet.Of found))
        else
            ValueNone

    let labelsOf (raw: RawBatch) record (template: BoundTemplate) (memory: MapMemory) (key: Utf8Writer) =
        if not template.HasLabelFields then
            ValueSome template.ConstLabels
        else
            // One look-up for all fields together: NUL parts them, as no record holds one.
            key.Clear()

            for field in template.Labels do
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

    /// A field the template names, for messages.
    let faultOf (raw: RawBatch) record (fault: MapFault) (reference: FieldRef) (field: int) =
        raw.Reject(record, Stage.Map, fault.code, fault.message, fieldName reference, raw.Field(record, field))

    /// The rejection of a time, which has a rule when it has a fault.
    let timeFault (raw: RawBatch) record fault (rule: TimeRule voption) field =
        match rule with
        | ValueSome rule -> faultOf raw record fault rule.Field field
        | ValueNone -> faultOf raw record fault (FieldRef.Column(field + 1)) field

    /// The rejection of a candidate's labels: names the first field that has one which is no label.
    let labelFault (raw: RawBatch) record (template: BoundTemplate) =
        let rec first (rules: LabelRule list) index =
            match rules with
            | LabelRule.Field(reference, split) :: rest ->
                let text = Encoding.UTF8.GetString(raw.Field(record, template.Labels[index]))

                if List.isEmpty rest || not (Cleaning.labels text split (List<string>())) then
                    faultOf raw record MapFault.BadLabel reference template.Labels[index]
                else
                    first rest (index + 1)
            | LabelRule.Const _ :: rest -> first rest (index + 1)
            | [] -> raw.Reject(record, Stage.Map, MapFault.BadLabel.code, MapFault.BadLabel.message, "", ReadOnlySpan())

        first template.Template.Labels 0

    /// Makes the candidate a template finds in a record: a row of `target`, or a rejection.
    let tryMap (raw: RawBatch) record (template: BoundTemplate) (memory: MapMemory) key (target: CandidateBatch) =
        let rule = template.Template
        let mutable fault: Rejection voption = ValueNone
        let mutable hint = template.Hint
        let mutable firstSeen = Timestamp.none
        let mutable lastSeen = Timestamp.none
        let mutable confidence = trust.Confidence
        let mutable tlp = trust.Tlp
        let mutable source = spec.Source
        let mutable labels = NameSet.Empty

        match rule.Type with
        | TypeRule.Field reference ->
            let field = raw.Field(record, template.Type)

            if not (isEmpty field) && not (memory.Type(field, &hint)) then
                fault <- ValueSome(faultOf raw record MapFault.UnknownType reference template.Type)
        | TypeRule.Auto
        | TypeRule.Fixed _ -> ()

        if fault.IsNone then
            match timeOf raw record rule.FirstSeen template.FirstSeen &firstSeen with
            | ValueSome found -> fault <- ValueSome(timeFault raw record found rule.FirstSeen template.FirstSeen)
            | ValueNone ->
                match timeOf raw record rule.LastSeen template.LastSeen &lastSeen with
                | ValueSome found -> fault <- ValueSome(timeFault raw record found rule.LastSeen template.LastSeen)
                | ValueNone -> ()

        if fault.IsNone then
            match rule.Confidence with
            | ConfidenceRule.Default -> ()
            | ConfidenceRule.Const value -> confidence <- value
            | ConfidenceRule.Field reference ->
                let field = raw.Field(record, template.Confidence)

                if not (isEmpty field) then
                    match confidenceOf field with
                    | -1 -> fault <- ValueSome(faultOf raw record MapFault.BadConfidence reference template.Confidence)
                    | value -> confidence <- byte value

        if fault.IsNone then
            match rule.Tlp with
            | TlpRule.Default -> ()
            | TlpRule.Const value -> tlp <- value
            | TlpRule.Field reference ->
                let field = raw.Field(record, template.Tlp)

                if not (isEmpty field) then
                    match tlpOf field with
                    | ValueSome value -> tlp <- value
                    | ValueNone -> fault <- ValueSome(faultOf raw record MapFault.BadTlp reference template.Tlp)

        if fault.IsNone then
            match rule.Source with
            | ValueSome reference ->
                let field = raw.Field(record, template.Source)

                if not (isEmpty field) then
                    match memory.Source(field, &source) with
                    | ValueSome found -> fault <- ValueSome(faultOf raw record found reference template.Source)
                    | ValueNone -> ()
            | ValueNone -> ()

        if fault.IsNone then
            match labelsOf raw record template memory key with
            | ValueSome set -> labels <- set
            | ValueNone -> fault <- ValueSome(labelFault raw record template)

        if fault.IsNone then
            let row = target.Add()
            target.Record[row] <- record
            target.Hint[row] <- hint
            target.ValueStart[row] <- raw.FieldStart(record, template.Value)
            target.ValueEnd[row] <- raw.FieldEnd(record, template.Value)
            target.FirstSeen[row] <- firstSeen
            target.LastSeen[row] <- lastSeen
            target.Confidence[row] <- confidence
            target.Tlp[row] <- tlp
            target.Labels[row] <- labels
            target.Source[row] <- source

        fault

    /// Maps every record of `raw` into `target`, which is cleared first; what cannot be mapped is added to `rejections`.
    /// The candidates refer to `raw`. The account balances: in = records, expanded = candidates tried beyond one per record.
    member _.Apply
        (raw: RawBatch, target: CandidateBatch, rejections: List<Rejection>, memory: MapMemory)
        : StageCounts =
        target.Clear()
        let key = memory.Key
        let mutable expanded = 0L
        let mutable rejected = 0L

        for record in 0 .. raw.Count - 1 do
            let mutable tried = 0

            for index in 0 .. templates.Length - 1 do
                let template = templates[index]

                if not (isEmpty (raw.Field(record, template.Value))) then
                    tried <- tried + 1

                    match tryMap raw record template memory key target with
                    | ValueSome rejection ->
                        rejected <- rejected + 1L
                        rejections.Add rejection
                    | ValueNone -> ()

            if tried = 0 then
                let reference =
                    spec.Templates |> List.map (fun template -> fieldName template.Value)

                rejected <- rejected + 1L

                rejections.Add(
                    raw.Reject(
                        record,
                        Stage.Map,
                        MapFault.NoValue.code,
                        MapFault.NoValue.message,
                        String.concat ", " reference,
                        ReadOnlySpan()
                    )
                )
            else
                expanded <- expanded + int64 (tried - 1)

        { StageCounts.zero with
            In = int64 raw.Count
            Expanded = expanded
            Out = int64 target.Count
            Rejected = rejected
        }

[<RequireQualifiedAccess>]
module MapPlan =
    /// Binds a mapping to a source's columns (empty: the source has no header). All errors at once.
    let bind (spec: MapSpec) (columns: string[]) : Result<BoundMap, MapError list> =
        let errors = List<MapError>()

        let resolve (reference: FieldRef) : int =
            match reference with
            | FieldRef.Name name ->
                match Array.IndexOf(columns, name) with
                | -1 ->
                    errors.Add(
                        if columns.Length = 0 then
                            MapError.NoNames name
                        else
                            MapError.UnknownField(name, List.ofArray columns)
                    )

                    -1
                | index -> index
            | FieldRef.Column column ->
                if column < 1 || (columns.Length > 0 && column > columns.Length) then
                    errors.Add(MapError.UnknownColumn(column, columns.Length))

                column - 1

        let resolveTime (rule: TimeRule voption) =
            match rule with
            | ValueSome rule -> resolve rule.Field
            | ValueNone -> -1

        let bound =
            spec.Templates
            |> List.mapi (fun index template ->
                BoundTemplate(
                    index,
                    template,
                    resolve template.Value,
                    (match template.Type with
                     | TypeRule.Field field -> resolve field
                     | _ -> -1),
                    resolveTime template.FirstSeen,
                    resolveTime template.LastSeen,
                    template.Labels
                    |> List.map (fun rule ->
                        match rule with
                        | LabelRule.Field(field, _) -> resolve field
                        | LabelRule.Const _ -> -1)
                    |> List.toArray,
                    (match template.Confidence with
                     | ConfidenceRule.Field field -> resolve field
                     | _ -> -1),
                    (match template.Tlp with
                     | TlpRule.Field field -> resolve field
                     | _ -> -1),
                    (match template.Source with
                     | ValueSome field -> resolve field
                     | ValueNone -> -1)
                ))
            |> List.toArray

        if bound.Length = 0 then
            errors.Add MapError.NoTemplates

        if errors.Count > 0 then
            Error(errors |> Seq.distinct |> Seq.toList)
        else
            Ok(BoundMap(spec, bound))
