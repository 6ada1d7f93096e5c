// What a mapping remembers from record to record: label sets and source names, each made once.
namespace Cti.Core

open System
open System.Buffers
open System.Globalization
open System.Text

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
    let labels (field: string) (split: string voption) (found: Collections.Generic.List<string>) : bool =
        let parts =
            match split with
            | ValueSome separator -> field.Split separator
            | ValueNone -> [| field |]

        for part in parts do
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

/// What a mapping remembers during one run of one source, whatever the number of files. Not thread-safe. Memory is bounded:
/// 65,536 label texts of at most 1,024 bytes per template and 4,096 source names.
[<Sealed; AllowNullLiteral(false)>]
type MapMemory(spec: MapSpec) =
    static let maxLabelTexts = 65_536
    static let maxSources = 4096
    static let maxKey = 1024

    let labels =
        spec.Templates
        |> List.map (fun _ -> ByteCache<NameSet> maxLabelTexts)
        |> List.toArray

    let sources = ByteCache<string> maxSources
    let types = ByteCache<TypeHint> 1024

    /// A buffer for look-up keys.
    member val internal Key = Utf8Writer 256
    member internal _.Labels(template: int) = labels[template]
    member internal _.MaxKey = maxKey

    /// The type a field names.
    member internal _.Type(field: ReadOnlySpan<byte>, hint: byref<TypeHint>) : bool =
        let entry = types.Find field

        if entry >= 0 then
            hint <- types[entry]
            true
        else
            match TypeNames.tryFindUtf8 field with
            | ValueSome found ->
                types.Add(field, found)
                hint <- found
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
