// What a STIX 1.x package says around its indicators: who made it and when, how far it may travel, how sure it is. Knows no observables.
namespace Cti.Core

open System
open System.Globalization

[<RequireQualifiedAccess>]
module internal Stix1Context =
    /// A time as written; `Timestamp.none` where it is none.
    let timeOf (text: string) : Timestamp =
        match Timestamp.tryParse (text.Trim()) with
        | ValueSome time when (Timestamp.toDateTime time).Year > 1 -> time
        | _ -> Timestamp.none

    let private colourOf (structure: MarkupElement) : Tlp voption =
        match structure.Attribute("color").Trim().ToUpperInvariant() with
        | "WHITE"
        | "CLEAR" -> ValueSome Tlp.Clear
        | "GREEN" -> ValueSome Tlp.Green
        | "AMBER" -> ValueSome Tlp.Amber
        | "AMBER+STRICT"
        | "AMBER-STRICT" -> ValueSome Tlp.AmberStrict
        | "RED" -> ValueSome Tlp.Red
        // A colour that no version of TLP has, or none: the marking is of another kind.
        | "" -> ValueNone
        | _ -> ValueSome Tlp.Red

    let private structures (handling: MarkupElement) : MarkupElement seq =
        handling.ChildrenOf "Marking"
        |> Seq.collect (fun marking -> marking.ChildrenOf "Marking_Structure")

    /// The strictest TLP among the markings of an element; none where it has none. Which nodes a marking says it is for is not followed: it is
    /// taken to be for all around it, the safe side.
    let tlpOf (element: MarkupElement) : Tlp voption =
        (ValueNone, element.ChildrenOf "Handling" |> Seq.collect structures)
        ||> Seq.fold (fun known structure ->
            match known, colourOf structure with
            | ValueSome one, ValueSome other when Tlp.code one >= Tlp.code other -> known
            | _, ValueSome other -> ValueSome other
            | _, ValueNone -> known)

    /// Markings that are no TLP: terms of use, statements.
    let otherMarkings (element: MarkupElement) : MarkupElement list =
        element.ChildrenOf "Handling"
        |> Seq.collect structures
        |> Seq.filter (fun structure -> (colourOf structure).IsNone)
        |> List.ofSeq

    /// The name of who made it: the identity of an information source.
    let producerOf (source: MarkupElement voption) : string =
        match source |> ValueOption.bind (fun source -> source.Child "Identity") with
        | ValueSome identity -> identity.ChildText "Name"
        | ValueNone -> ""

    /// When an information source says that it was made.
    let producedAt (source: MarkupElement voption) : Timestamp =
        match
            source
            |> ValueOption.bind (fun source -> source.Descendant [ "Time"; "Produced_Time" ])
        with
        | ValueSome time -> timeOf time.Text
        | ValueNone -> Timestamp.none

    let referencesOf (source: MarkupElement voption) : string list =
        match source |> ValueOption.bind (fun source -> source.Child "References") with
        | ValueSome references -> references.ChildrenOf "Reference" |> Seq.map _.Text |> List.ofSeq
        | ValueNone -> []

    /// A confidence of 0 to 100 (STIX 2.1, appendix A, for the words); none for what says nothing.
    let confidenceOf (text: string) : byte voption =
        match text.Trim().ToLowerInvariant() with
        | "high" -> ValueSome 85uy
        | "medium" -> ValueSome 50uy
        | "low" -> ValueSome 15uy
        | "none" -> ValueSome 0uy
        | number ->
            match Double.TryParse(number.TrimEnd '%', NumberStyles.Float, CultureInfo.InvariantCulture) with
            | true, value when value >= 0.0 && value <= 100.0 -> ValueSome(byte (Math.Round value))
            | _ -> ValueNone

    /// The earliest begin and the latest end of an indicator's validity; none where one is not said.
    let validityOf (indicator: MarkupElement) : struct (Timestamp * Timestamp) =
        let times name =
            indicator.ChildrenOf "Valid_Time_Position"
            |> Seq.map (fun position -> timeOf (position.ChildText name))
            |> Seq.filter (fun time -> not (Timestamp.isNone time))
            |> List.ofSeq

        let starts = times "Start_Time"
        let ends = times "End_Time"
        let positions = indicator.ChildrenOf "Valid_Time_Position" |> Seq.length

        struct ((if List.isEmpty starts then
                     Timestamp.none
                 else
                     List.min starts),
                // A position without an end is open.
                (if List.isEmpty ends || ends.Length < positions then
                     Timestamp.none
                 else
                     List.max ends))

    /// When it was seen last, by its sightings.
    let sightedAt (indicator: MarkupElement) : Timestamp =
        match indicator.Child "Sightings" with
        | ValueSome sightings ->
            (Timestamp.none, sightings.ChildrenOf "Sighting")
            ||> Seq.fold (fun known sighting -> max known (timeOf (sighting.Attribute "timestamp")))
        | ValueNone -> Timestamp.none
