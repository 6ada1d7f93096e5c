// What a tree of conditions asks for: OpenIOC's AND and OR, CybOX's compositions. What it becomes stands in CriterionPattern.fs. Knows no format.
namespace Cti.Core

/// A constant a property is compared with.
[<RequireQualifiedAccess>]
type internal CriterionValue =
    | Text of string
    | Whole of int64
    | Time of Timestamp

/// How a property is compared.
[<Struct; RequireQualifiedAccess>]
type internal CriterionTest =
    | Is
    | Contains
    | StartsWith
    | EndsWith
    /// A regular expression, PCRE.
    | Matches
    | Above
    | AtLeast
    | Below
    | AtMost
    /// An address in a network.
    | Within

/// One comparison. `Path` is a STIX object path, `file:name`.
[<Struct>]
type internal CriterionComparison =
    {
        Path: string
        Test: CriterionTest
        Value: CriterionValue
        Negated: bool
        /// The source compares letter by letter; STIX always does. A source that does not is approximated.
        CaseKept: bool
    }

/// What a tree of conditions asks for.
[<RequireQualifiedAccess>]
type internal Criterion =
    | Compare of CriterionComparison
    /// An observable, if it stands alone; `asks` says the same inside a tree.
    | Observable of observable: ObservableType * value: string * asks: Criterion
    /// `value` fulfils what `asks` asks for, and so do others: `example.com` where names that contain it are looked for.
    | Including of observable: ObservableType * value: string * asks: Criterion
    /// Values that each identify the same thing (the sums of one file), and what else is said of it.
    | Identified of by: Criterion list * beside: Criterion list
    /// The text of a rule in a language of its own: it stands for itself and goes into no tree.
    | Rule of language: ObservableType * text: string
    /// Always true of objects of this type: it only says what the comparisons beside it are about.
    | About of objectType: string
    | All of Criterion list
    | Any of Criterion list
    /// A condition that has no counterpart: in an OR it is left out, an AND of it is none either.
    | Unknown

/// What a tree becomes.
[<RequireQualifiedAccess>]
type internal CriterionSubject =
    | Observable of observable: ObservableType * value: string
    /// `approximated`: the source compares without regard to case, the pattern does not.
    | Pattern of text: string * approximated: bool

/// Why a tree becomes nothing.
[<Struct; RequireQualifiedAccess>]
type internal CriterionFault =
    /// A condition that has no counterpart stands where it cannot be left out.
    | NoCounterpart
    /// Written out it has too many alternatives.
    | TooLarge

[<RequireQualifiedAccess>]
module internal Criterion =
    let compare (path: string) (test: CriterionTest) (value: CriterionValue) : Criterion =
        Criterion.Compare
            {
                Path = path
                Test = test
                Value = value
                Negated = false
                CaseKept = false
            }

    /// The opposite. What an observable fulfils its opposite does not, so none is left.
    let rec negate (criterion: Criterion) : Criterion =
        match criterion with
        | Criterion.Compare comparison ->
            Criterion.Compare
                { comparison with
                    Negated = not comparison.Negated
                }
        | Criterion.Observable(_, _, asks)
        | Criterion.Including(_, _, asks) -> negate asks
        | Criterion.All parts -> Criterion.Any(List.map negate parts)
        | Criterion.Any parts -> Criterion.All(List.map negate parts)
        | Criterion.Identified(by, beside) -> Criterion.Any(List.map negate (by @ beside))
        | Criterion.Rule _
        | Criterion.About _
        | Criterion.Unknown -> Criterion.Unknown

    // Whether values of a type mean the same in capitals.
    let private isAnyCase (observable: ObservableType) =
        match observable with
        | ObservableType.FileName
        | ObservableType.FilePath
        | ObservableType.Mutex
        | ObservableType.RegistryKey
        | ObservableType.UserAgent
        | ObservableType.Url -> false
        | _ -> true

    /// The same, compared letter by letter: an observable no longer, where a source that does not say so means any case.
    let rec keepCase (criterion: Criterion) : Criterion =
        match criterion with
        | Criterion.Compare comparison -> Criterion.Compare { comparison with CaseKept = true }
        | Criterion.Observable(observable, _, _)
        | Criterion.Including(observable, _, _) when isAnyCase observable -> criterion
        | Criterion.Observable(_, _, asks)
        | Criterion.Including(_, _, asks) -> keepCase asks
        | Criterion.All parts -> Criterion.All(List.map keepCase parts)
        | Criterion.Any parts -> Criterion.Any(List.map keepCase parts)
        | Criterion.Identified(by, beside) -> Criterion.Identified(List.map keepCase by, List.map keepCase beside)
        | Criterion.Rule _
        | Criterion.About _
        | Criterion.Unknown -> criterion

    /// The same from a source that compares letter by letter unless it says otherwise: what is an observable stays one.
    let rec letterByLetter (criterion: Criterion) : Criterion =
        match criterion with
        | Criterion.Compare comparison -> Criterion.Compare { comparison with CaseKept = true }
        | Criterion.Observable(observable, value, asks) -> Criterion.Observable(observable, value, letterByLetter asks)
        | Criterion.Including(observable, value, asks) -> Criterion.Including(observable, value, letterByLetter asks)
        | Criterion.All parts -> Criterion.All(List.map letterByLetter parts)
        | Criterion.Any parts -> Criterion.Any(List.map letterByLetter parts)
        | Criterion.Identified(by, beside) ->
            Criterion.Identified(List.map letterByLetter by, List.map letterByLetter beside)
        | Criterion.Rule _
        | Criterion.About _
        | Criterion.Unknown -> criterion

    let private remoteOf (criterion: Criterion) : struct (ObservableType * string) voption =
        match criterion with
        | Criterion.Observable((ObservableType.Ipv4 | ObservableType.Ipv6) as observable,
                               value,
                               Criterion.Compare {
                                                     Path = "network-traffic:dst_ref.value"
                                                 }) -> ValueSome(struct (observable, value))
        | _ -> ValueNone

    let private portOf (criterion: Criterion) : int64 voption =
        match criterion with
        | Criterion.Compare {
                                Path = "network-traffic:dst_port"
                                Test = CriterionTest.Is
                                Value = CriterionValue.Whole port
                                Negated = false
                            } when port >= 0L && port <= 65_535L -> ValueSome port
        | _ -> ValueNone

    // An address and a port that belong together are one observable.
    let private endpoint (parts: Criterion list) : Criterion voption =
        let joined address port =
            match remoteOf address, portOf port with
            | ValueSome(struct (observable, value)), ValueSome port ->
                let host =
                    if observable = ObservableType.Ipv6 then
                        $"[%s{value}]"
                    else
                        value

                ValueSome(Criterion.Observable(ObservableType.IpPort, $"%s{host}:%d{port}", Criterion.All parts))
            | _ -> ValueNone

        match parts with
        | [ one; other ] ->
            match joined one other with
            | ValueSome found -> ValueSome found
            | ValueNone -> joined other one
        | _ -> ValueNone

    /// The type of object a path is about.
    let objectOf (path: string) = path.Substring(0, path.IndexOf ':')

    /// The types of objects a tree is about.
    let rec objectsOf (criterion: Criterion) : Set<string> =
        match criterion with
        | Criterion.Compare comparison -> Set.singleton (objectOf comparison.Path)
        | Criterion.Observable(_, _, asks)
        | Criterion.Including(_, _, asks) -> objectsOf asks
        | Criterion.All parts
        | Criterion.Any parts -> parts |> List.map objectsOf |> Set.unionMany
        | Criterion.Identified(by, beside) -> by @ beside |> List.map objectsOf |> Set.unionMany
        | Criterion.Rule _
        | Criterion.About _
        | Criterion.Unknown -> Set.empty

    /// The same with nothing in it that says nothing: no tree of one, no OR in an OR, no condition without a counterpart in an OR.
    let rec simplify (criterion: Criterion) : Criterion =
        match criterion with
        | Criterion.All parts ->
            let parts =
                parts
                |> List.map simplify
                |> List.collect (fun part ->
                    match part with
                    | Criterion.All inner -> inner
                    | other -> [ other ])

            let about, rest = parts |> List.partition _.IsAbout

            let isAbout objectType =
                rest |> List.exists (fun part -> (objectsOf part).Contains objectType)

            if rest |> List.exists (fun part -> part.IsUnknown || part.IsRule) then
                Criterion.Unknown
            elif
                not (List.isEmpty rest)
                && about
                   |> List.exists (fun part ->
                       match part with
                       | Criterion.About objectType -> not (isAbout objectType)
                       | _ -> false)
            then
                // It says what something is that is not asked for any further.
                Criterion.Unknown
            elif List.isEmpty rest then
                (match about with
                 | first :: _ -> first
                 | [] -> Criterion.Unknown)
            else
                match rest with
                | [ one ] -> one
                | rest -> endpoint rest |> ValueOption.defaultValue (Criterion.All rest)
        | Criterion.Any parts ->
            let parts =
                parts
                |> List.map simplify
                |> List.collect (fun part ->
                    match part with
                    | Criterion.Any inner -> inner
                    | Criterion.Unknown -> []
                    | other -> [ other ])

            match parts with
            | [] -> Criterion.Unknown
            | [ one ] -> one
            | parts -> Criterion.Any parts
        | Criterion.Identified([], beside) -> simplify (Criterion.All beside)
        | Criterion.Identified([ one ], []) -> simplify one
        | Criterion.Compare _
        | Criterion.Observable _
        | Criterion.Including _
        | Criterion.Identified _
        | Criterion.Rule _
        | Criterion.About _
        | Criterion.Unknown -> criterion
