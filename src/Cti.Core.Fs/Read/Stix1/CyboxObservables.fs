// Observables of CybOX 2 and their compositions, with what they refer to in the same document, as one tree of conditions each. References may
// run in circles or multiply without end; both are bounded.
namespace Cti.Core

open System
open System.Collections.Generic

/// What a document's parts are called, and what was noticed while they were put together.
[<Sealed; AllowNullLiteral(false)>]
type internal CyboxObservables(root: MarkupElement) =
    // References that lead to references, and elements one indicator may be put together from.
    static let mostSteps = 32
    static let mostParts = 1_000

    let byId = Dictionary<string, MarkupElement>(StringComparer.Ordinal)

    let rec index (element: MarkupElement) =
        match element.Attribute "id" with
        | "" -> ()
        // The first one of an id counts.
        | id -> byId.TryAdd(id.Trim(), element) |> ignore

        for child in element.Children do
            index child

    do index root

    let used = HashSet<MarkupElement>(HashIdentity.Reference)
    let losses = List<struct (string * string * LossReason * MarkupElement)>()
    let mutable parts = 0

    let lose path value reason (element: MarkupElement) =
        losses.Add(struct (path, value, reason, element))

    let kindOf (properties: MarkupElement) : string =
        let ofType =
            properties.Attributes
            |> Array.tryFind (fun one ->
                one.Name = "type" && one.Namespace = "http://www.w3.org/2001/XMLSchema-instance")

        match ofType with
        | Some one ->
            let local = one.Value.Substring(one.Value.IndexOf ':' + 1).Trim()

            if local.EndsWith("ObjectType", StringComparison.Ordinal) then
                local.Substring(0, local.Length - 10)
            else
                local
        | None ->
            // Its fields' namespace says it: http://cybox.mitre.org/objects#AddressObject-2.
            match properties.Children |> Seq.tryHead with
            | Some child ->
                let space = child.Namespace
                let name = space.Substring(space.IndexOf '#' + 1)
                let finish = name.IndexOf("Object", StringComparison.Ordinal)
                if finish > 0 then name.Substring(0, finish) else name
            | None -> ""

    // What `idref` or `object_reference` leads to; none where it leads nowhere.
    let rec follow (steps: int) (element: MarkupElement) : MarkupElement voption =
        let reference =
            match element.Attribute "idref" with
            | "" -> element.Attribute "object_reference"
            | reference -> reference

        if reference = "" then
            ValueSome element
        else
            match byId.TryGetValue(reference.Trim()) with
            | true, target when steps < mostSteps -> follow (steps + 1) target
            | _ -> ValueNone

    let resolve (element: MarkupElement) : MarkupElement voption =
        let found = follow 0 element

        if found.IsNone then
            lose
                element.Name
                (element.Attribute "idref" + element.Attribute "object_reference")
                LossReason.Unresolved
                element

        found

    let propertiesOf (element: MarkupElement) : MarkupElement voption =
        match follow 0 element with
        | ValueSome target -> target.Child "Properties"
        | ValueNone -> ValueNone

    let isNegated (element: MarkupElement) =
        match element.Attribute("negate").ToLowerInvariant() with
        | "true"
        | "1" -> true
        | _ -> false

    // Whether something in it says by itself what is looked for.
    let rec identifies (criterion: Criterion) =
        match criterion with
        | Criterion.Observable _
        | Criterion.Including _
        | Criterion.Identified _ -> true
        | Criterion.All inner
        | Criterion.Any inner -> List.exists identifies inner
        | _ -> false

    let ofProperties (properties: MarkupElement) : Criterion =
        let kind = kindOf properties
        let read = CyboxProperties properties

        match CyboxObjects.criterion propertiesOf kind read with
        | ValueNone ->
            lose "Properties" kind LossReason.UnknownKind properties
            Criterion.Unknown
        | ValueSome criterion ->
            let unknown = read.Unknown

            for child in unknown do
                lose $"Properties.%s{child.Name}" (child.Text.Trim()) LossReason.NoPlace child

            // A condition more that cannot be told makes the rest say too much, unless the rest names a thing.
            if List.isEmpty unknown || identifies criterion then
                criterion
            else
                Criterion.Unknown

    // A part that is put together once more, or a step further: none when it has become too much.
    let guarded (depth: int) (element: MarkupElement) (build: unit -> Criterion) : Criterion =
        parts <- parts + 1

        if depth > mostSteps || parts > mostParts then
            lose element.Name (element.Attribute "id") LossReason.TooLarge element
            Criterion.Unknown
        else
            build ()

    let rec ofObject (depth: int) (element: MarkupElement) : Criterion =
        guarded depth element (fun () ->
            match resolve element with
            | ValueNone -> Criterion.Unknown
            | ValueSome target ->
                used.Add target |> ignore

                for related in target.ChildrenOf "Related_Objects" do
                    // What an e-mail has attached was read with it.
                    if (target.Descendant [ "Properties"; "Attachments" ]).IsNone then
                        lose "Object.Related_Objects" (target.Attribute "id") LossReason.NoPlace related

                match target.Child "Properties" with
                | ValueSome properties -> ofProperties properties
                | ValueNone ->
                    lose "Object" (target.Attribute "id") LossReason.UnknownKind target
                    Criterion.Unknown)

    let rec ofObservable (depth: int) (element: MarkupElement) : Criterion =
        guarded depth element (fun () ->
            match resolve element with
            | ValueNone -> Criterion.Unknown
            | ValueSome target ->
                used.Add target |> ignore

                let asked =
                    match target.Child "Observable_Composition", target.Child "Object" with
                    | ValueSome composition, _ ->
                        let inner =
                            composition.ChildrenOf "Observable"
                            |> Seq.map (ofObservable (depth + 1))
                            |> List.ofSeq

                        if composition.Attribute("operator").Trim().ToUpperInvariant() = "OR" then
                            Criterion.Any inner
                        else
                            Criterion.All inner
                    | ValueNone, ValueSome inner -> ofObject depth inner
                    | ValueNone, ValueNone ->
                        for event in target.ChildrenOf "Event" do
                            lose "Observable.Event" (target.Attribute "id") LossReason.UnknownKind event

                        Criterion.Unknown

                if isNegated target then Criterion.negate asked else asked)

    let rec ofIndicator (depth: int) (element: MarkupElement) : Criterion =
        guarded depth element (fun () ->
            match resolve element with
            | ValueNone -> Criterion.Unknown
            | ValueSome target ->
                let observables =
                    target.ChildrenOf "Observable"
                    |> Seq.map (ofObservable (depth + 1))
                    |> List.ofSeq

                let composed =
                    target.ChildrenOf "Composite_Indicator_Expression"
                    |> Seq.map (fun composition ->
                        let inner =
                            composition.ChildrenOf "Indicator"
                            |> Seq.map (ofIndicator (depth + 1))
                            |> List.ofSeq

                        if composition.Attribute("operator").Trim().ToUpperInvariant() = "AND" then
                            Criterion.All inner
                        else
                            Criterion.Any inner)
                    |> List.ofSeq

                let asked = Criterion.Any(observables @ composed)
                if isNegated target then Criterion.negate asked else asked)

    let gather
        (build: unit -> Criterion)
        : struct (Criterion * struct (string * string * LossReason * MarkupElement) list) =
        parts <- 0
        losses.Clear()
        let criterion = build ()
        struct (criterion, List.ofSeq losses)

    /// What an indicator asks for, and what of it was not understood.
    member _.OfIndicator(indicator: MarkupElement) =
        gather (fun () -> ofIndicator 0 indicator)

    /// The same of an observable.
    member _.OfObservable(observable: MarkupElement) =
        gather (fun () -> ofObservable 0 observable)

    /// Whether an observable or an object has been a part of what was asked for so far.
    member _.IsUsed(element: MarkupElement) : bool = used.Contains element
    /// What an element refers to, or itself.
    member _.Resolve(element: MarkupElement) : MarkupElement voption = follow 0 element
