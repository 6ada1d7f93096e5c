// What the tags of an event or attribute say: how far it may travel, how sure its author is, and labels. Tags are machine tags
// (`namespace:predicate="value"`, MISP taxonomies) or any text.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// What became of a tag.
[<Struct; RequireQualifiedAccess>]
type internal MispTagUse =
    /// A marking, a confidence or a label: carried.
    | Carried
    /// A marking that is not known: taken for red, the safe side.
    | UnknownMarking
    /// Too long for a label, or with control characters.
    | NoLabel
    /// More tags than a record may have labels.
    | TooMany

/// The tags of one thing, in the order given, each once. Cleared and filled again; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type internal MispTagSet() =
    static let most = 100
    static let longest = 256
    static let tlp = "tlp:"
    static let exact = "cti:confidence"
    // MISP's galaxies made of MITRE's catalogues: mitre-attack-pattern, mitre-mobile-attack-attack-pattern, …
    static let mitre = "misp-galaxy:mitre-"

    // As published with the taxonomies (`numerical_value`): how sure somebody is who says so.
    static let confidences: (string * (string * int) list) list =
        [
            "admiralty-scale:source-reliability", [ "a", 100; "b", 75; "c", 50; "d", 25; "e", 0; "f", 50; "g", 0 ]
            "admiralty-scale:information-credibility", [ "1", 100; "2", 75; "3", 50; "4", 25; "5", 0; "6", 50 ]
            "estimative-language:likelihood-probability",
            [
                "almost-no-chance", 0
                "very-unlikely", 5
                "unlikely", 20
                "roughly-even-chance", 45
                "likely", 55
                "very-likely", 80
                "almost-certain", 95
            ]
            "estimative-language:confidence-in-analytic-judgment", [ "low", 0; "moderate", 55; "high", 95 ]
            "misp:confidence-level",
            [
                "completely-confident", 100
                "usually-confident", 75
                "fairly-confident", 50
                "rarely-confident", 25
                "unconfident", 0
                "confidence-cannot-be-evaluated", 50
            ]
            "osint:certainty", [ "100", 100; "93", 93; "75", 75; "50", 50; "30", 30; "7", 7; "0", 0 ]
        ]

    let text = Utf8Writer 256
    let ends = List<int>()
    let techniques = List<string>()
    let mutable marking: Tlp voption = ValueNone
    let mutable stated = -1
    let mutable judged = -1

    let mark (level: Tlp) =
        match marking with
        | ValueSome known when Tlp.code known >= Tlp.code level -> ()
        | _ -> marking <- ValueSome level

    // `namespace:predicate="value"` in its parts, without the quotes.
    let parts (tag: string) : struct (string * string) voption =
        match tag.IndexOf '=' with
        | at when at > 0 && at < tag.Length - 1 ->
            ValueSome(struct (tag.Substring(0, at), tag.Substring(at + 1).Trim '"'))
        | _ -> ValueNone

    let asConfidence (tag: string) : bool =
        match parts tag with
        | ValueSome(struct (name, value)) when name = exact ->
            match
                Int32.TryParse(value, Globalization.NumberStyles.None, Globalization.CultureInfo.InvariantCulture)
            with
            | true, number when number <= 100 ->
                stated <- (if stated < 0 then number else min stated number)
                true
            | _ -> false
        | ValueSome(struct (name, value)) ->
            match confidences |> List.tryFind (fun (known, _) -> known = name) with
            | Some(_, values) ->
                match values |> List.tryFind (fun (known, _) -> known = value) with
                | Some(_, number) ->
                    judged <- (if judged < 0 then number else min judged number)
                    true
                | None -> false
            | None -> false
        | ValueNone -> false

    let contains (label: ReadOnlySpan<byte>) =
        let mutable from = 0
        let mutable at = 0
        let mutable found = false

        while not found && at < ends.Count do
            found <- label.SequenceEqual(text.Written.Slice(from, ends[at] - from))
            from <- ends[at]
            at <- at + 1

        found

    let addLabel (label: ReadOnlySpan<byte>) : MispTagUse =
        if
            label.Length > longest
            || label.ContainsAnyInRange(0uy, 0x1Fuy)
            || label.Contains 0x7Fuy
        then
            MispTagUse.NoLabel
        elif contains label then
            MispTagUse.Carried
        elif ends.Count = most then
            MispTagUse.TooMany
        else
            text.Bytes label
            ends.Add text.Length
            MispTagUse.Carried

    // A cluster of ATT&CK is called `Phishing - T1566`: the number alone is a label too, as of every other format that names techniques.
    let addTechniques (tag: ReadOnlySpan<byte>) : MispTagUse =
        techniques.Clear()
        RuleNotes.techniques tag techniques
        let mutable became = MispTagUse.Carried

        for technique in techniques do
            let label = Encoding.UTF8.GetBytes technique

            match addLabel (ReadOnlySpan<byte> label) with
            | MispTagUse.Carried -> ()
            | other -> became <- other

        became

    let addMarking (level: string) (tag: ReadOnlySpan<byte>) : MispTagUse =
        match level with
        // For the eyes of those in the room only.
        | "ex:chr" ->
            mark Tlp.Red
            MispTagUse.Carried
        // Says that nobody knows the marking: that of the source holds.
        | "unclear" -> addLabel tag
        | _ ->
            match Tlp.tryParse level with
            | ValueSome level ->
                mark level
                MispTagUse.Carried
            | ValueNone ->
                mark Tlp.Red
                MispTagUse.UnknownMarking

    /// How far it may travel: the strictest of its markings.
    member _.Tlp = marking

    /// 0 to 100; -1: no tag says. What was stated as a number counts before what was judged in words; of several the lowest.
    member _.Confidence = if stated >= 0 then stated else judged

    member _.Count = ends.Count

    /// Label `index`, from 0.
    member _.Label(index: int) : ReadOnlySpan<byte> =
        let from = if index = 0 then 0 else ends[index - 1]
        text.Written.Slice(from, ends[index] - from)

    /// Takes a tag's name, without blanks around it.
    member _.Add(tag: ReadOnlySpan<byte>) : MispTagUse =
        let tag = tag.Trim ' 'B

        if tag.Length = 0 then
            MispTagUse.Carried
        // Only machine tags can mean more than a label, and feeds have many that are none: no text is made of those.
        elif tag.Length > longest || not (tag.Contains ':'B) then
            addLabel tag
        else
            let name = Encoding.UTF8.GetString(tag).ToLowerInvariant()

            if name.StartsWith(tlp, StringComparison.Ordinal) then
                addMarking (name.Substring tlp.Length) tag
            elif asConfidence name then
                MispTagUse.Carried
            else
                match addLabel tag with
                | MispTagUse.Carried when name.StartsWith(mitre, StringComparison.Ordinal) -> addTechniques tag
                | became -> became

    member _.Clear() =
        text.Clear()
        ends.Clear()
        marking <- ValueNone
        stated <- -1
        judged <- -1
