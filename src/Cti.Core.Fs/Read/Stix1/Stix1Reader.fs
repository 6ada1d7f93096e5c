// STIX 1.x packages (1.0 to 1.2, XML) as raw records: one for each indicator, one for each observable that no indicator asks for, one for each
// weakness that has a CVE. The other constructs (TTPs, actors, campaigns, incidents, courses of action) are kept word for word.
namespace Cti.Core

open System

/// What is said of a whole package.
[<NoComparison; NoEquality>]
type internal Stix1Package =
    {
        Element: MarkupElement
        Observables: CyboxObservables
        Title: string
        Producer: string
        Produced: Timestamp
        Tlp: Tlp voption
    }

[<Sealed; AllowNullLiteral(false)>]
type internal Stix1Cutter() =
    inherit XmlCutter("STIX 1.x")

    let record = XmlRecord()

    // Constructs that are more than indicators; their elements below a package's lists.
    static let constructs =
        [
            "TTPs", "TTP"
            "Threat_Actors", "Threat_Actor"
            "Campaigns", "Campaign"
            "Courses_Of_Action", "Course_Of_Action"
            "Incidents", "Incident"
            "Exploit_Targets", "Exploit_Target"
            "Reports", "Report"
        ]

    // Children of an indicator that are carried, or say nothing.
    static let carried =
        set
            [
                "Title"
                "Type"
                "Description"
                "Short_Description"
                "Valid_Time_Position"
                "Observable"
                "Composite_Indicator_Expression"
                "Indicated_TTP"
                "Test_Mechanisms"
                "Handling"
                "Confidence"
                "Sightings"
                "Producer"
            ]

    let idOf (element: MarkupElement) =
        match element.Attribute("id").Trim() with
        | "" -> $"at-byte-%d{element.Offset}"
        | id -> id

    let firstOf (times: Timestamp list) =
        times
        |> List.tryFind (fun time -> not (Timestamp.isNone time))
        |> Option.defaultValue Timestamp.none

    let describe (element: MarkupElement) =
        [ "Title"; "Short_Description"; "Description" ]
        |> List.map element.ChildText
        |> List.filter (fun text -> text <> "")
        |> List.distinct
        |> String.concat "\n"
        |> record.Describe

    let loseAll (batch: RawBatch) (losses: struct (string * string * LossReason * MarkupElement) list) =
        for struct (path, value, reason, element) in losses do
            record.Lose(batch, path, value, reason, element)

    // False: nothing of it can be told.
    let fillSubjects (batch: RawBatch) (element: MarkupElement) (criterion: Criterion) : bool =
        match CriterionPattern.subjects criterion with
        | Error CriterionFault.TooLarge ->
            record.Lose(batch, element.Name, idOf element, LossReason.TooLarge, element)
            false
        | Error CriterionFault.NoCounterpart -> false
        | Ok subjects ->
            for subject in subjects do
                match subject with
                | CriterionSubject.Observable(observable, value) -> record.Add(observable, value)
                | CriterionSubject.Pattern(text, approximated) ->
                    record.Add(ObservableType.StixPattern, text)

                    if approximated then
                        record.Lose(batch, "is_case_sensitive", idOf element, LossReason.Approximated, element)

            true

    let typeOf (element: MarkupElement) : string =
        element.Attributes
        |> Array.tryFind (fun one -> one.Name = "type" && one.Namespace <> "")
        |> Option.map _.Value
        |> Option.defaultValue ""

    let fillMechanism (batch: RawBatch) (mechanism: MarkupElement) : bool =
        let kind = typeOf mechanism

        let has (name: string) =
            kind.Contains(name, StringComparison.OrdinalIgnoreCase)

        let language =
            if has "Yara" then
                ValueSome ObservableType.YaraRule
            elif has "Snort" then
                if mechanism.ChildText("Product_Name").Contains("suricata", StringComparison.OrdinalIgnoreCase) then
                    ValueSome ObservableType.SuricataRule
                else
                    ValueSome ObservableType.SnortRule
            else
                ValueNone

        let rules =
            mechanism.ChildrenOf "Rule"
            |> Seq.map (fun rule -> rule.Text.Trim())
            |> Seq.filter (fun rule -> rule <> "")
            |> List.ofSeq

        match language with
        | ValueSome language when not (List.isEmpty rules) ->
            for rule in rules do
                record.Add(language, rule)

            true
        | _ ->
            record.Lose(batch, "Indicator.Test_Mechanisms", kind, LossReason.UnknownKind, mechanism)
            false

    let fillMechanisms (batch: RawBatch) (indicator: MarkupElement) : bool =
        match indicator.Child "Test_Mechanisms" with
        | ValueSome mechanisms ->
            mechanisms.ChildrenOf "Test_Mechanism"
            |> Seq.map (fillMechanism batch)
            |> List.ofSeq
            |> List.exists id
        | ValueNone -> false

    // What the techniques and malware that an indicator indicates are called.
    let labelTtps (package: Stix1Package) (batch: RawBatch) (indicator: MarkupElement) =
        for indicated in indicator.ChildrenOf "Indicated_TTP" do
            for reference in indicated.ChildrenOf "TTP" do
                match package.Observables.Resolve reference with
                | ValueNone ->
                    record.Lose(
                        batch,
                        "Indicator.Indicated_TTP",
                        reference.Attribute "idref",
                        LossReason.Unresolved,
                        reference
                    )
                | ValueSome ttp ->
                    record.Label(batch, "TTP.Title", ttp.ChildText "Title", ttp)

                    match ttp.Descendant [ "Behavior"; "Malware" ] with
                    | ValueSome malware ->
                        for instance in malware.ChildrenOf "Malware_Instance" do
                            for name in instance.ChildrenOf "Name" do
                                record.Label(batch, "TTP.Malware_Instance.Name", name.Text, name)
                    | ValueNone -> ()

    let fillTlp (package: Stix1Package) (element: MarkupElement) =
        match Stix1Context.tlpOf element, package.Tlp with
        | ValueSome tlp, _
        | ValueNone, ValueSome tlp -> record.Tlp <- tlp
        | ValueNone, ValueNone -> ()

    let fillIndicator (package: Stix1Package) (batch: RawBatch) (indicator: MarkupElement) =
        let struct (start, finish) = Stix1Context.validityOf indicator
        let producer = indicator.Child "Producer"
        describe indicator

        record.FirstSeen <-
            firstOf
                [
                    start
                    Stix1Context.timeOf (indicator.Attribute "timestamp")
                    Stix1Context.producedAt producer
                    package.Produced
                ]

        record.LastSeen <- Stix1Context.sightedAt indicator
        record.Ended <- finish

        match Stix1Context.producerOf producer with
        | "" -> record.Report package.Producer
        | name -> record.Report name

        for reference in Stix1Context.referencesOf producer do
            record.Refer(batch, "Indicator.Producer.References", reference, indicator)

        for kind in indicator.ChildrenOf "Type" do
            record.Label(batch, "Indicator.Type", kind.Text, kind)

        match indicator.Descendant [ "Confidence"; "Value" ] with
        | ValueSome value ->
            match Stix1Context.confidenceOf value.Text with
            | ValueSome confidence -> record.Confidence <- confidence
            | ValueNone -> record.Lose(batch, "Indicator.Confidence", value.Text, LossReason.UnusableValue, value)
        | ValueNone -> ()

        labelTtps package batch indicator
        fillTlp package indicator
        record.Object(idOf indicator, "stix1-indicator")

        for child in indicator.Children do
            if not (carried.Contains child.Name) then
                record.Lose(batch, $"Indicator.%s{child.Name}", child.Text.Trim(), LossReason.NoPlace, child)

        for marking in Stix1Context.otherMarkings indicator do
            record.Lose(batch, "Indicator.Handling", typeOf marking, LossReason.NoPlace, marking)

    let cutIndicator (package: Stix1Package) (indicator: MarkupElement) (batch: RawBatch) =
        record.Clear()
        let struct (criterion, losses) = package.Observables.OfIndicator indicator
        loseAll batch losses
        let hasSubjects = fillSubjects batch indicator criterion
        let hasRules = fillMechanisms batch indicator

        if hasSubjects || hasRules then
            fillIndicator package batch indicator
            record.Write(batch, indicator)
        else
            record.Keep(
                batch,
                "Indicator",
                idOf indicator,
                "stix1-indicator",
                Stix1Context.timeOf (indicator.Attribute "timestamp"),
                indicator
            )

    // `about`: the construct it stands in, for a label.
    let cutObservable (package: Stix1Package) (about: string) (observable: MarkupElement) (batch: RawBatch) =
        if not (package.Observables.IsUsed observable) then
            record.Clear()
            let struct (criterion, losses) = package.Observables.OfObservable observable
            loseAll batch losses

            if fillSubjects batch observable criterion then
                describe observable
                record.FirstSeen <- package.Produced
                record.Report package.Producer
                record.Label(batch, "TTP.Title", about, observable)
                fillTlp package observable
                record.Object(idOf observable, "stix1-observable")
                record.Write(batch, observable)
            else
                record.Keep(batch, "Observable", idOf observable, "stix1-observable", Timestamp.none, observable)

    let cutWeakness (package: Stix1Package) (weakness: MarkupElement) (batch: RawBatch) =
        record.Clear()

        for vulnerability in weakness.ChildrenOf "Vulnerability" do
            record.Add(ObservableType.Cve, vulnerability.ChildText "CVE_ID")

        describe weakness

        record.FirstSeen <- firstOf [ Stix1Context.timeOf (weakness.Attribute "timestamp"); package.Produced ]

        record.Report package.Producer
        fillTlp package weakness
        record.Object(idOf weakness, "stix1-exploit-target")
        record.Write(batch, weakness)

    let keep (construct: MarkupElement) (batch: RawBatch) =
        let kind = construct.Name.Replace('_', '-').ToLowerInvariant()

        record.Keep(
            batch,
            construct.Name,
            idOf construct,
            $"stix1-%s{kind}",
            Stix1Context.timeOf (construct.Attribute "timestamp"),
            construct
        )

    let isReference (element: MarkupElement) = element.Attribute "idref" <> ""

    // Elements of a name anywhere in it that are no references, with the title of the construct they stand in.
    let rec anywhere (name: string) (title: string) (element: MarkupElement) : struct (MarkupElement * string) seq =
        seq {
            for child in element.Children do
                if child.Name = name && not (isReference child) then
                    yield struct (child, title)

                let title =
                    match child.ChildText "Title" with
                    | "" -> title
                    | found -> found

                // The parts of a composition belong to it.
                if child.Name <> name then
                    yield! anywhere name title child
        }

    let packageOf (element: MarkupElement) : Stix1Package =
        let header = element.Child "STIX_Header"

        let source =
            header |> ValueOption.bind (fun header -> header.Child "Information_Source")

        {
            Element = element
            Observables = CyboxObservables element
            Title =
                match header with
                | ValueSome header -> header.ChildText "Title"
                | ValueNone -> ""
            Producer = Stix1Context.producerOf source
            Produced =
                firstOf
                    [
                        Stix1Context.producedAt source
                        Stix1Context.timeOf (element.Attribute "timestamp")
                    ]
            Tlp = header |> ValueOption.bind Stix1Context.tlpOf
        }

    let loseHeader (package: Stix1Package) (batch: RawBatch) =
        match package.Element.Child "STIX_Header" with
        | ValueSome header ->
            for marking in Stix1Context.otherMarkings header do
                record.Lose(batch, "STIX_Header.Handling", typeOf marking, LossReason.NoPlace, marking)

            if package.Title <> "" then
                record.Lose(batch, "STIX_Header.Title", package.Title, LossReason.NoPlace, header)
        | ValueNone -> ()

    let stepsOf (package: Stix1Package) : XmlStep seq =
        let element = package.Element

        seq {
            yield loseHeader package

            // First, because what they ask for stands by itself no more.
            for struct (indicator, _) in anywhere "Indicator" "" element do
                yield cutIndicator package indicator

            for struct (observable, title) in anywhere "Observable" "" element do
                yield cutObservable package title observable

            for list, name in constructs do
                match element.Child list with
                | ValueSome all ->
                    for construct in all.ChildrenOf name do
                        if name = "Exploit_Target" then
                            yield cutWeakness package construct

                        if not (isReference construct) then
                            yield keep construct
                | ValueNone -> ()
        }

    // Packages and bare lists of observables, wherever they stand: TAXII 1 wraps them.
    let rec packages (element: MarkupElement) : MarkupElement list =
        match element.Name with
        | "STIX_Package" -> [ element ]
        | "Observables" when element.Namespace.Contains("cybox", StringComparison.OrdinalIgnoreCase) -> [ element ]
        | _ -> element.Children |> Seq.collect packages |> List.ofSeq

    override _.Steps(root) =
        match packages root with
        | [] -> ValueNone
        | found -> ValueSome(found |> Seq.collect (packageOf >> stepsOf))

/// `read: { type: stix1 }`.
[<RequireQualifiedAccess>]
module Stix1 =
    let format: RichFormat =
        { new RichFormat("stix1") with
            member _.Reader(start) =
                DocumentReader(Stix1Cutter(), DocumentReader.MaxBytes, start)
        }
