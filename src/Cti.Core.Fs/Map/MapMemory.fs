// What a mapping remembers from record to record: label sets and source names, each made once.
namespace Cti.Core

open System
open System.Buffers
open System.Globalization
open System.Text
open Cti.Core.Predicates

/// Labels and source names as fields write them, made usable. Pure; called once per distinct text.
[<RequireQualifiedAccess>]
module internal Cleaning =
    let private maxLabels = 128
    let private maxLabelBytes = 256
    let private maxSourceBytes = 64

    let private isPrintable (text: string) =
        let mutable rest = text.AsSpan()
        let mutable good = true

        while good && rest.Length > 0 do
            let mutable rune = Rune()
            let mutable length = 0

            good <-
                Rune.DecodeFromUtf16(rest, &rune, &length) = OperationStatus.Done
                && (match Rune.GetUnicodeCategory rune with
                    | UnicodeCategory.Control
                    | UnicodeCategory.Format
                    | UnicodeCategory.LineSeparator
                    | UnicodeCategory.ParagraphSeparator
                    | UnicodeCategory.OtherNotAssigned
                    | UnicodeCategory.PrivateUse
                    | UnicodeCategory.Surrogate -> false
                    | _ -> true)

            rest <- rest.Slice length

        good

    let private hasControl (text: string) =
        text |> Seq.exists (fun letter -> Char.IsControl letter)

    /// Adds a field's labels to `found`; false when one of them is no label.
    let labels (field: string) (separators: string[]) (found: Collections.Generic.List<string>) : bool =
        for part in field.Split(separators, StringSplitOptions.None) do
            match part.Trim() with
            | "" -> ()
            | label -> found.Add label

        found.Count <= maxLabels
        && found
           |> Seq.forall (fun label -> Encoding.UTF8.GetByteCount label <= maxLabelBytes && not (hasControl label))

    /// The name of a reporting source: blanks around cut off, runs of blanks inside made one.
    let source (field: string) : string voption =
        let name =
            field.Split(' ', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
            |> String.concat " "

        if
            name <> ""
            && Encoding.UTF8.GetByteCount name <= maxSourceBytes
            && isPrintable name
        then
            ValueSome name
        else
            ValueNone

/// What one template finds in one record, beside its values.
[<Sealed; AllowNullLiteral(false)>]
type internal Draft() =
    member val Hint = TypeHint.Auto with get, set
    /// The record names a type that the template skips.
    member val IsSkipped = false with get, set
    member val FirstSeen = Timestamp.none with get, set
    member val LastSeen = Timestamp.none with get, set
    member val Ended = Timestamp.none with get, set
    member val Confidence = 0uy with get, set
    member val Tlp = Tlp.Clear with get, set
    member val Source = "" with get, set
    member val Labels = NameSet.Empty with get, set

/// What a mapping remembers during one run of one source, whatever the number of files. Not thread-safe. Memory is bounded:
/// 65,536 label texts and 1,024 type names of at most 1,024 bytes per template, and 4,096 source names.
[<Sealed; AllowNullLiteral(false)>]
type MapMemory(spec: MapSpec) =
    static let maxLabelTexts = 65_536
    static let maxTypes = 1024
    static let maxSources = 4096
    static let maxKey = 1024

    let perTemplate (make: MapTemplate -> 'T) =
        spec.Templates |> List.map make |> List.toArray

    let labels = perTemplate (fun _ -> ByteCache<NameSet> maxLabelTexts)
    let types = perTemplate (fun _ -> ByteCache<TypeChoice> maxTypes)

    let tables =
        perTemplate (fun template ->
            match template.Type with
            | TypeRule.Field column -> WordTable column.Table
            | TypeRule.Auto
            | TypeRule.Fixed _ -> WordTable [])

    let conditions =
        perTemplate (fun template ->
            match template.When with
            | ValueSome condition -> ValueSome(Evaluator condition.Predicate)
            | ValueNone -> ValueNone)

    let row = RecordRow()
    let sources = ByteCache<string> maxSources

    // What a type's name means that was not met before; none: nothing, which is a rejection.
    let typeOf template (column: TypeColumn) (field: ReadOnlySpan<byte>) : TypeChoice voption =
        let table: WordTable<TypeChoice> = tables[template]

        let known =
            match column.Otherwise with
            | OtherType.Known -> true
            | _ -> table.IsEmpty

        match table.Find field with
        | -1 ->
            match (if known then TypeNames.tryFindUtf8 field else ValueNone), column.Otherwise with
            | ValueSome hint, _ -> ValueSome(TypeChoice.Take hint)
            | ValueNone, OtherType.Auto -> ValueSome(TypeChoice.Take TypeHint.Auto)
            | ValueNone, OtherType.Skip -> ValueSome TypeChoice.Skip
            | ValueNone, (OtherType.Known | OtherType.Reject) -> ValueNone
        | at -> ValueSome table[at]

    /// A buffer for look-up keys.
    member val internal Key = Utf8Writer 256
    /// Buffers for descriptions and references.
    member val internal Text = Utf8Writer 256
    member val internal References = Utf8Writer 256
    member val internal Draft = Draft()
    member internal _.Labels(template: int) = labels[template]
    member internal _.MaxKey = maxKey

    /// Whether a template's condition holds for a record; it does where there is none. `columns` are the fields it names.
    member internal _.Holds(template: int, raw: RawBatch, record: int, columns: int[]) : bool =
        match conditions[template] with
        | ValueNone -> true
        | ValueSome evaluator ->
            row.MoveTo(raw, record, columns)
            evaluator.Selects row

    /// What the type that a field names means to a template.
    member internal _.Type
        (template: int, column: TypeColumn, field: ReadOnlySpan<byte>, choice: byref<TypeChoice>)
        : bool =
        let cache = types[template]
        let entry = cache.Find field

        if entry >= 0 then
            choice <- cache[entry]
            true
        else
            match typeOf template column field with
            | ValueSome found ->
                if field.Length <= maxKey then
                    cache.Add(field, found)

                choice <- found
                true
            | ValueNone -> false

    /// The full name of the source a field names.
    member internal _.Source(field: ReadOnlySpan<byte>, name: byref<string>) : MapFault voption =
        let entry = sources.Find field

        if entry >= 0 then
            name <- sources[entry]
            ValueNone
        elif field.Length > maxKey then
            ValueSome MapFault.BadSource
        else
            match Cleaning.source (Encoding.UTF8.GetString field) with
            | ValueNone -> ValueSome MapFault.BadSource
            | ValueSome _ when sources.IsFull -> ValueSome MapFault.TooManySources
            | ValueSome cleaned ->
                name <- spec.Source + "/" + cleaned
                sources.Add(field, name)
                ValueNone
