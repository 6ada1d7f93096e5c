// OpenIOC (1.0 and 1.1) as raw records: one for each thing that is said by itself, an item of the topmost OR or a whole AND below it.
namespace Cti.Core

open System

[<Sealed; AllowNullLiteral(false)>]
type internal OpenIocCutter() =
    inherit XmlCutter("OpenIOC")

    let record = XmlRecord()

    let elementOf (node: IocNode) =
        match node with
        | IocNode.Item item -> item.Element
        | IocNode.Branch branch -> branch.Element

    let idOf (node: IocNode) =
        match node with
        | IocNode.Item item -> item.Id
        | IocNode.Branch branch -> branch.Id

    let parametersOf (node: IocNode) =
        match node with
        | IocNode.Item item -> item.Parameters
        | IocNode.Branch branch -> branch.Parameters

    let bare (item: IocItem) : Criterion =
        match item.Test with
        | _ when item.Content = "" -> Criterion.Unknown
        | _ when OpenIocTerms.isSnort item.Term -> Criterion.Rule(ObservableType.SnortRule, item.Content)
        | _ when OpenIocYara.isWhole item -> Criterion.Rule(ObservableType.YaraRule, item.Content)
        | ValueNone -> Criterion.Unknown
        | ValueSome test -> OpenIocTerms.criterion item.Term test item.Content

    let criterionOfItem (item: IocItem) : Criterion =
        let asked = bare item
        let asked = if item.CaseKept then Criterion.keepCase asked else asked
        if item.Negated then Criterion.negate asked else asked

    let rec criterionOf (node: IocNode) : Criterion =
        match node with
        | IocNode.Item item -> criterionOfItem item
        | IocNode.Branch branch when branch.Parameters |> List.exists (fun one -> one.Name = "yara/set") ->
            Criterion.Unknown
        | IocNode.Branch branch when branch.IsAnd -> Criterion.All(List.map criterionOf branch.Children)
        | IocNode.Branch branch -> Criterion.Any(List.map criterionOf branch.Children)

    let loseTerms (batch: RawBatch) (items: IocItem list) =
        for item in items do
            if (criterionOfItem item).IsUnknown then
                record.Lose(
                    batch,
                    "IndicatorItem.Context",
                    (if item.Term = "" then item.Id else item.Term),
                    LossReason.UnknownKind,
                    item.Element
                )
            elif OpenIocTerms.isHandle item.Term then
                // It may be an event or a section as well.
                record.Lose(batch, "IndicatorItem.Context", item.Term, LossReason.Approximated, item.Element)

    let fillSubjects (batch: RawBatch) (node: IocNode) (subjects: CriterionSubject list) =
        for subject in subjects do
            match subject with
            | CriterionSubject.Observable(observable, value) -> record.Add(observable, value)
            | CriterionSubject.Pattern(text, approximated) ->
                record.Add(ObservableType.StixPattern, text)

                if approximated then
                    record.Lose(
                        batch,
                        "IndicatorItem.preserve-case",
                        idOf node,
                        LossReason.Approximated,
                        elementOf node
                    )

    let fillDocument (batch: RawBatch) (document: IocDocument) =
        record.FirstSeen <- document.Authored
        record.LastSeen <- document.Modified
        record.Report document.Author

        for word in document.Keywords.Split([| ' '; ','; ';'; '\n'; '\t' |], StringSplitOptions.RemoveEmptyEntries) do
            record.Label(batch, "keywords", word, document.Element)

        for struct (rel, href, text) in document.Links do
            if href <> "" then
                record.Refer(batch, "links.link", href, document.Element)
            elif
                text.StartsWith("http", StringComparison.OrdinalIgnoreCase)
                && WholeValue.isUrl text
            then
                record.Refer(batch, "links.link", text, document.Element)
            elif not (rel.Equals("license", StringComparison.OrdinalIgnoreCase)) then
                record.Label(batch, "links.link", text, document.Element)

    let fillNode (batch: RawBatch) (document: IocDocument) (node: IocNode) =
        let comments =
            parametersOf node
            |> List.choose (fun one ->
                if one.Name.Equals("comment", StringComparison.OrdinalIgnoreCase) then
                    Some one.Value
                else
                    None)

        [ document.Title; document.Description ] @ comments
        |> List.filter (fun text -> text <> "")
        |> String.concat "\n"
        |> record.Describe

        for parameter in parametersOf node do
            match parameter.Name.ToLowerInvariant(), Int32.TryParse parameter.Value with
            | "comment", _ -> ()
            | "confidence", (true, number) when number >= 0 && number <= 100 -> record.Confidence <- byte number
            | name, _ when name.StartsWith("yara/", StringComparison.Ordinal) -> ()
            | _ ->
                record.Lose(
                    batch,
                    "parameters.param",
                    $"%s{parameter.Name}=%s{parameter.Value}",
                    LossReason.NoPlace,
                    elementOf node
                )

    let kindOf (node: IocNode) =
        match node with
        | IocNode.Item _ -> "openioc-indicator-item"
        | IocNode.Branch _ -> "openioc-indicator"

    let isYara (items: IocItem list) =
        not (List.isEmpty items) && items |> List.forall OpenIocYara.isPart

    let subjectsOf (batch: RawBatch) (document: IocDocument) (node: IocNode) (items: IocItem list) =
        if isYara items then
            match OpenIocYara.rule (idOf node) document.Title node with
            | ValueSome rule -> Ok [ CriterionSubject.Observable(ObservableType.YaraRule, rule) ]
            | ValueNone ->
                for item in items do
                    record.Lose(batch, "IndicatorItem.Context", item.Term, LossReason.UnknownKind, item.Element)

                Error CriterionFault.NoCounterpart
        else
            loseTerms batch items
            CriterionPattern.subjects (criterionOf node)

    let cut (document: IocDocument) (node: IocNode) (batch: RawBatch) =
        let items = OpenIocTree.items node

        match subjectsOf batch document node items with
        | Ok subjects ->
            record.Clear()
            fillSubjects batch node subjects
            fillDocument batch document
            fillNode batch document node
            record.Object(idOf node, kindOf node)
            record.Write(batch, elementOf node)
        | Error fault ->
            if fault = CriterionFault.TooLarge then
                record.Lose(batch, "Indicator", idOf node, LossReason.TooLarge, elementOf node)

            record.Keep(batch, "Indicator", idOf node, kindOf node, document.Modified, elementOf node)

    // What is said of a document once, not of each of its parts.
    let loseDocument (document: IocDocument) (batch: RawBatch) =
        for struct (rel, _, text) in document.Links do
            if rel.Equals("license", StringComparison.OrdinalIgnoreCase) then
                record.Lose(batch, "links.link", text, LossReason.NoPlace, document.Element)

    override _.Steps(root) =
        match OpenIocTree.documents root with
        | [] -> ValueNone
        | documents ->
            ValueSome(
                seq {
                    for document in documents do
                        yield loseDocument document

                        for node in List.collect OpenIocTree.disjuncts document.Criteria do
                            // A tree without an item says nothing.
                            if not (List.isEmpty (OpenIocTree.items node)) then
                                yield cut document node
                }
            )

/// `read: { type: openioc }`.
[<RequireQualifiedAccess>]
module OpenIoc =
    let format: RichFormat =
        { new RichFormat("openioc") with
            member _.Reader(start) =
                DocumentReader(OpenIocCutter(), DocumentReader.MaxBytes, start)
        }
