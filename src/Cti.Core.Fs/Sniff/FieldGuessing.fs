// What one field of sampled records holds: asked of its values first, of its name second.
namespace Cti.Core

open System
open System.Text

/// The samples of one field.
type internal FieldSamples =
    {
        /// Empty where columns have only numbers.
        Name: string
        /// From 1.
        Number: int
        /// What is not empty, in the records' order; a list's items one by one.
        Values: string[]
    }

/// What a sampled value normalises to.
[<RequireQualifiedAccess>]
module internal SampleValue =
    /// A URL path without its host counts: lists of them are published, and screened.
    let typeOf (value: string) : ObservableType voption =
        match Normalise.tryParse TypeHint.Auto value with
        | Ok subject -> ValueSome subject.Type
        | Error error when error.IsUrlPath -> ValueSome ObservableType.Url
        | Error _ -> ValueNone

[<RequireQualifiedAccess>]
module internal FieldGuessing =
    // Shares of the samples that are not empty.
    let private enoughValues = 0.8
    let private enoughTypeNames = 0.95

    /// The words of a field's name: `firstSeenUtc` and `first_seen (UTC)` are first, seen, utc.
    let words (name: string) : string list =
        let text = StringBuilder()

        for letter in name do
            if Char.IsUpper letter && text.Length > 0 && Char.IsLower text[text.Length - 1] then
                text.Append ' ' |> ignore

            text.Append(if Char.IsLetterOrDigit letter then letter else ' ') |> ignore

        text.ToString().ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries)
        |> List.ofArray

    let private any (wanted: string) (words: string list) =
        let wanted = wanted.Split ' '
        words |> List.exists (fun word -> Array.contains word wanted)

    // Names of fields, and of objects around them, that tell of a value: where it was reported, by whom, what looks like a hash and is none.
    let isContext (words: string list) : bool =
        any
            ("reference references ref refs link links permalink report reports source sources reporter user username author "
             + "tweet twitter note notes comment comments description screenshot ja3 ja3s jarm imphash dhash telfhash gimphash "
             + "filename authentihash thumbprint serial issuer subject")
            words
        || words = [ "file"; "name" ]

    let private isTime (words: string list) =
        any
            ("date time timestamp first last seen added created published detected discovered submitted reported listed updated modified "
             + "firstseen lastseen dateadded datetime day utc observed start online lastonline")
            words

    let private isLast (words: string list) =
        any "last latest updated modified lastseen lastonline" words

    // Times that are not about having been seen.
    let private isOtherTime (words: string list) =
        any "due expires expired expiry expiration until end birth remediation released" words

    let private isLabel (words: string list) =
        any
            "tag tags label labels malware family families threat category campaign classification signature actor threattype"
            words

    let private extensions =
        ".exe .dll .doc .docx .xls .xlsx .pdf .js .vbs .ps1 .bat .zip .rar .txt .php .html .htm .jar .apk .sys .lnk .png .jpg"
            .Split
            ' '

    let private isFileName (value: string) =
        not (value.Contains '/')
        && extensions
           |> Array.exists (fun extension -> value.EndsWith(extension, StringComparison.OrdinalIgnoreCase))

    /// Whether nearly all of many addresses are on one site: pages about indicators, then, where other fields hold observables.
    let isOneSite (values: string[]) : bool =
        let distinct = Array.distinct values

        let hosts =
            distinct
            |> Array.choose (fun value ->
                match Uri.TryCreate(value, UriKind.Absolute) with
                | true, (NonNull uri) when uri.Host <> "" -> Some uri.Host
                | _ -> None)
            |> Array.countBy id

        hosts.Length > 0
        && distinct.Length >= 5
        && (hosts |> Array.map snd |> Array.max) * 5 >= distinct.Length * 4

    let private describe (found: (ObservableType * int)[]) (all: int) =
        let types =
            found
            |> Array.map (fun (kind, count) ->
                if found.Length = 1 then
                    ObservableType.name kind
                else
                    $"%d{count} %s{ObservableType.name kind}")
            |> String.concat ", "

        $"%d{Array.sumBy snd found} of %d{all} samples are %s{types}"

    let private partsOf (mark: string) (value: string) : string[] =
        value.Split(mark, StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)

    let private isValue (value: string) = (SampleValue.typeOf value).IsSome

    // What parts several observables in one cell. A blank is no mark: `203.0.113.1 host.example` is a pair, not a list.
    let private valueSplit (values: string[]) : string voption =
        [ ","; ";"; "|"; "\n" ]
        |> List.tryFind (fun mark ->
            values
            |> Array.exists (fun value ->
                value.Contains(mark, StringComparison.Ordinal)
                && not (isValue value)
                && value |> partsOf mark |> Array.forall isValue))
        |> ValueOption.ofOption

    /// Observables, if they are: their type, what parts several in one cell, and the evidence.
    let private valueOf (samples: FieldSamples) (words: string list) : (TypeHint * string voption * string) voption =
        let split = valueSplit samples.Values

        let values =
            match split with
            | ValueSome mark -> samples.Values |> Array.collect (partsOf mark)
            | ValueNone -> samples.Values

        let found =
            values
            |> Array.choose (SampleValue.typeOf >> ValueOption.toOption)
            |> Array.countBy id
            |> Array.sortByDescending snd

        let hits = found |> Array.sumBy snd

        if
            values.Length = 0
            || float hits < enoughValues * float values.Length
            || isContext words
            || (values |> Array.filter isFileName |> Array.length) * 2 > values.Length
        then
            ValueNone
        else
            let hint =
                if found.Length = 1 && hits = values.Length then
                    TypeHint.Fixed(fst found[0])
                else
                    TypeHint.Auto

            let parted =
                match split with
                | ValueSome "\n" -> ", parted by line ends"
                | ValueSome mark -> $", parted by `%s{mark}`"
                | ValueNone -> ""

            ValueSome(hint, split, describe found values.Length + parted)

    let private isTypeName (samples: FieldSamples) =
        let known =
            samples.Values
            |> Array.filter (fun value -> (TypeNames.tryFind value).IsSome)
            |> Array.length

        samples.Values.Length > 0
        && float known >= enoughTypeNames * float samples.Values.Length

    // What stands between several labels in one cell.
    let private splitOf (values: string[]) (words: string list) : string voption =
        if any "tags labels" words then
            match
                [ ","; "|"; ";"; " " ]
                |> List.tryFind (fun mark -> values |> Array.exists _.Contains(mark, StringComparison.Ordinal))
            with
            | Some mark -> ValueSome mark
            | None -> ValueSome ","
        else
            ValueNone

    /// What the field holds.
    let guess (samples: FieldSamples) : FieldGuess =
        let words = words samples.Name

        let field role evidence =
            {
                Name = samples.Name
                Number = samples.Number
                Role = role
                Evidence = evidence
            }

        match valueOf samples words with
        | ValueSome(hint, split, evidence) -> field (FieldRole.Value(hint, split)) evidence
        | ValueNone ->
            match TimeGuess.ofSamples (isTime words) samples.Values with
            | TimeGuess.Format _ when isOtherTime words -> field FieldRole.Other "times of something else"
            | TimeGuess.Format format when isLast words -> field (FieldRole.LastSeen format) $"times as %s{format}"
            | TimeGuess.Format format -> field (FieldRole.FirstSeen format) $"times as %s{format}"
            | TimeGuess.DayOrMonth -> field FieldRole.Other "dates, but which number is the day cannot be told"
            | TimeGuess.NoTime when isTypeName samples -> field FieldRole.TypeName "names of types"
            | TimeGuess.NoTime when isLabel words && samples.Values.Length > 0 ->
                field (FieldRole.Label(splitOf samples.Values words)) ""
            | TimeGuess.NoTime -> field FieldRole.Other ""

    // Of several times the one whose name says most.
    let private keepOne (isIt: FieldRole -> bool) (best: string) (fields: FieldGuess list) : FieldGuess list =
        let candidates = fields |> List.filter (fun field -> isIt field.Role)

        let kept =
            candidates
            |> List.tryFind (fun field -> any best (words field.Name))
            |> Option.orElse (List.tryHead candidates)

        fields
        |> List.map (fun field ->
            if isIt field.Role && Some field <> kept then
                { field with Role = FieldRole.Other }
            else
                field)

    // Pages about indicators stand beside indicators; where they are all there is, they are what is meant.
    let private withoutPages (samples: FieldSamples list) (fields: FieldGuess list) : FieldGuess list =
        let isPage (field: FieldGuess, samples: FieldSamples) =
            field.Role.IsValue && isOneSite samples.Values

        let values =
            List.zip fields samples |> List.filter (fun (field, _) -> field.Role.IsValue)

        if values |> List.forall isPage then
            fields
        else
            List.zip fields samples
            |> List.map (fun (field, samples) ->
                if isPage (field, samples) then
                    { field with
                        Role = FieldRole.Other
                        Evidence = "pages on one site"
                    }
                else
                    field)

    /// The fields beside each other: at most one of first and one of last times, and no pages about indicators beside indicators.
    let settle (samples: FieldSamples list) (fields: FieldGuess list) : FieldGuess list =
        fields
        |> withoutPages samples
        |> keepOne _.IsFirstSeen "first firstseen added dateadded"
        |> keepOne _.IsLastSeen "seen lastseen"
