// An OpenIOC document (Mandiant's OpenIOC 1.0, <http://schemas.mandiant.com/2010/ioc>, and 1.1, <http://openioc.org/schemas/OpenIOC_1.1>) as a
// tree of AND and OR. Knows the format's elements, not what its terms mean.
namespace Cti.Core

open System

/// What a parameter says of an item or a branch (OpenIOC 1.1): `name` is free, `comment` the commonest.
[<Struct>]
type internal IocParameter = { Name: string; Value: string }

/// One condition.
[<NoComparison; NoEquality>]
type internal IocItem =
    {
        Id: string
        /// None: a condition no version knows.
        Test: CriterionTest voption
        Negated: bool
        CaseKept: bool
        /// The context's `search`: `FileItem/Md5sum`.
        Term: string
        Content: string
        Parameters: IocParameter list
        Element: MarkupElement
    }

/// A condition, or several joined.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type internal IocNode =
    | Item of IocItem
    | Branch of IocBranch

and [<NoComparison; NoEquality>] internal IocBranch =
    {
        Id: string
        IsAnd: bool
        Children: IocNode list
        Parameters: IocParameter list
        Element: MarkupElement
    }

/// What is said of a whole document.
[<NoComparison; NoEquality>]
type internal IocDocument =
    {
        Id: string
        Modified: Timestamp
        Authored: Timestamp
        Title: string
        Description: string
        Author: string
        Keywords: string
        /// `rel`, `href`, text.
        Links: struct (string * string * string) list
        /// Joined by OR.
        Criteria: IocNode list
        Element: MarkupElement
    }

[<RequireQualifiedAccess>]
module internal OpenIocTree =
    let private isYes (text: string) =
        text.Equals("true", StringComparison.OrdinalIgnoreCase) || text = "1"

    let private timeOf (text: string) : Timestamp =
        match Timestamp.tryParse (text.Trim()) with
        // A year that stands for none: writers print the smallest date they have.
        | ValueSome time when (Timestamp.toDateTime time).Year > 1 -> time
        | _ -> Timestamp.none

    // `isnot` and `containsnot` are of 1.0's first writers.
    let private testOf (condition: string) : struct (CriterionTest * bool) voption =
        match condition.Trim().ToLowerInvariant() with
        | "is" -> ValueSome(struct (CriterionTest.Is, false))
        | "isnot" -> ValueSome(struct (CriterionTest.Is, true))
        | "contains" -> ValueSome(struct (CriterionTest.Contains, false))
        | "containsnot" -> ValueSome(struct (CriterionTest.Contains, true))
        | "matches" -> ValueSome(struct (CriterionTest.Matches, false))
        | "starts-with" -> ValueSome(struct (CriterionTest.StartsWith, false))
        | "ends-with" -> ValueSome(struct (CriterionTest.EndsWith, false))
        | "greater-than" -> ValueSome(struct (CriterionTest.Above, false))
        | "less-than" -> ValueSome(struct (CriterionTest.Below, false))
        | _ -> ValueNone

    let private idOf (element: MarkupElement) =
        match element.Attribute "id" with
        | "" -> $"at-byte-%d{element.Offset}"
        | id -> id.Trim()

    let private parametersOf (root: MarkupElement) : Map<string, IocParameter list> =
        match root.Child "parameters" with
        | ValueNone -> Map.empty
        | ValueSome parameters ->
            parameters.ChildrenOf "param"
            |> Seq.map (fun one ->
                one.Attribute("ref-id").Trim(),
                {
                    Name = one.Attribute("name").Trim()
                    Value = one.ChildText "value"
                })
            |> Seq.toList
            |> List.groupBy fst
            |> List.map (fun (id, all) -> id, List.map snd all)
            |> Map.ofList

    let private itemOf (parameters: string -> IocParameter list) (element: MarkupElement) : IocItem =
        let id = idOf element
        let test = testOf (element.Attribute "condition")

        {
            Id = id
            Test =
                match test with
                | ValueSome(struct (test, _)) -> ValueSome test
                | ValueNone -> ValueNone
            Negated =
                (match test with
                 | ValueSome(struct (_, negated)) -> negated
                 | ValueNone -> false)
                <> isYes (element.Attribute "negate")
            CaseKept = isYes (element.Attribute "preserve-case")
            Term =
                match element.Child "Context" with
                | ValueSome context -> context.Attribute("search").Trim()
                | ValueNone -> ""
            Content = element.ChildText "Content"
            Parameters = parameters id
            Element = element
        }

    // As deep as the document at most, which is bounded.
    let rec private nodesOf (parameters: string -> IocParameter list) (parent: MarkupElement) : IocNode list =
        [
            for element in parent.Children do
                match element.Name with
                | "IndicatorItem" -> IocNode.Item(itemOf parameters element)
                | "Indicator" ->
                    let id = idOf element

                    IocNode.Branch
                        {
                            Id = id
                            IsAnd =
                                element.Attribute("operator").Trim().Equals("AND", StringComparison.OrdinalIgnoreCase)
                            Children = nodesOf parameters element
                            Parameters = parameters id
                            Element = element
                        }
                | _ -> ()
        ]

    let private documentOf (root: MarkupElement) : IocDocument =
        // 1.1 keeps in `metadata` what 1.0 has at its root.
        let metadata = root.Child "metadata" |> ValueOption.defaultValue root

        let criteria =
            match root.Child "criteria" with
            | ValueSome criteria -> ValueSome criteria
            | ValueNone -> root.Child "definition"

        let parameters = parametersOf root

        let ofId id =
            Map.tryFind id parameters |> Option.defaultValue []

        {
            Id = idOf root
            Modified = timeOf (root.Attribute "last-modified")
            Authored = timeOf (metadata.ChildText "authored_date")
            Title = metadata.ChildText "short_description"
            Description = metadata.ChildText "description"
            Author = metadata.ChildText "authored_by"
            Keywords = metadata.ChildText "keywords"
            Links =
                match metadata.Child "links" with
                | ValueSome links ->
                    links.ChildrenOf "link"
                    |> Seq.map (fun link ->
                        struct (link.Attribute("rel").Trim(), link.Attribute("href").Trim(), link.Text.Trim()))
                    |> Seq.toList
                | ValueNone -> []
            Criteria =
                match criteria with
                | ValueSome criteria -> nodesOf ofId criteria
                | ValueNone -> []
            Element = root
        }

    /// Whether an element is the root of a document of this format.
    let isDocument (element: MarkupElement) : bool =
        match element.Name with
        | "ioc"
        | "OpenIOC" ->
            (element.Child "definition").IsSome
            || (element.Child "criteria").IsSome
            || element.Namespace.Contains("openioc", StringComparison.OrdinalIgnoreCase)
            || element.Namespace.EndsWith("/ioc", StringComparison.Ordinal)
        | _ -> false

    /// The documents in it: the root, or those right below it where several were put into one file.
    let documents (root: MarkupElement) : IocDocument list =
        if isDocument root then
            [ documentOf root ]
        else
            root.Children |> Seq.filter isDocument |> Seq.map documentOf |> Seq.toList

    /// All conditions of a tree, in order.
    let rec items (node: IocNode) : IocItem list =
        match node with
        | IocNode.Item item -> [ item ]
        | IocNode.Branch branch -> List.collect items branch.Children

    // A set of which so many have to hold is no plain OR.
    let private isPlain (branch: IocBranch) =
        branch.Parameters |> List.forall (fun one -> one.Name <> "yara/set")

    /// What is joined by OR at the top: each says something by itself. An AND of one is that one.
    let rec disjuncts (node: IocNode) : IocNode list =
        match node with
        | IocNode.Branch branch when isPlain branch && (not branch.IsAnd || branch.Children.Length = 1) ->
            List.collect disjuncts branch.Children
        | other -> [ other ]
