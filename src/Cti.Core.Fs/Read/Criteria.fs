// What a tree of conditions asks for (OpenIOC's AND and OR, CybOX's compositions), and what it becomes: observables where one value says it
// all, a STIX pattern (STIX 2.1 §9) where it does not. Trees are never torn apart: an AND stays one subject. Knows no format.
namespace Cti.Core

open System
open System.Globalization
open System.Text

/// A constant a property is compared with.
[<RequireQualifiedAccess>]
type CriterionValue =
    | Text of string
    | Whole of int64
    | Time of Timestamp

/// How a property is compared.
[<Struct; RequireQualifiedAccess>]
type CriterionTest =
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
type CriterionComparison =
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
type Criterion =
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
type CriterionSubject =
    | Observable of observable: ObservableType * value: string
    /// `approximated`: the source compares without regard to case, the pattern does not.
    | Pattern of text: string * approximated: bool

/// Why a tree becomes nothing.
[<Struct; RequireQualifiedAccess>]
type CriterionFault =
    /// A condition that has no counterpart stands where it cannot be left out.
    | NoCounterpart
    /// Written out it has too many alternatives.
    | TooLarge

/// A tree of comparisons that knows which object all of it is about; none where there are several.
[<NoComparison>]
type private PatternNode =
    {
        Object: string voption
        Shape: PatternShape
    }

and [<RequireQualifiedAccess; NoComparison>] private PatternShape =
    | One of CriterionComparison
    | And of PatternNode list
    | Or of PatternNode list

[<RequireQualifiedAccess>]
module Criterion =
    // Alternatives a pattern may have in which conditions on several objects are tied to each other. Each is written out.
    let private mostAlternatives = 64

    let private mostConditions = 2_000

    // Characters of a pattern; subjects are 64 KiB at most.
    let private mostCharacters = 60_000

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
                               Criterion.Compare { Path = "network-traffic:dst_ref.value" }) ->
            ValueSome(struct (observable, value))
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
                let host = if observable = ObservableType.Ipv6 then $"[%s{value}]" else value

                ValueSome(Criterion.Observable(ObservableType.IpPort, $"%s{host}:%d{port}", Criterion.All parts))
            | _ -> ValueNone

        match parts with
        | [ one; other ] ->
            match joined one other with
            | ValueSome found -> ValueSome found
            | ValueNone -> joined other one
        | _ -> ValueNone

    let private objectOf (path: string) = path.Substring(0, path.IndexOf ':')

    let rec private objectsOf (criterion: Criterion) : Set<string> =
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

    // From here on only comparisons, AND and OR.
    let rec private bare (criterion: Criterion) : Criterion =
        match criterion with
        | Criterion.Observable(_, _, asks)
        | Criterion.Including(_, _, asks) -> bare asks
        | Criterion.All parts -> Criterion.All(List.map bare parts)
        | Criterion.Any parts -> Criterion.Any(List.map bare parts)
        | Criterion.Identified(by, beside) -> Criterion.All(List.map bare (by @ beside))
        | Criterion.About _
        | Criterion.Rule _ -> Criterion.Unknown
        | Criterion.Compare _
        | Criterion.Unknown -> criterion

    let rec private sizeOf (criterion: Criterion) : int =
        match criterion with
        | Criterion.All parts
        | Criterion.Any parts -> 1 + List.sumBy sizeOf parts
        | Criterion.Identified(by, beside) -> 1 + List.sumBy sizeOf by + List.sumBy sizeOf beside
        | Criterion.Observable(_, _, asks)
        | Criterion.Including(_, _, asks) -> 1 + sizeOf asks
        | _ -> 1

    let private node (shape: PatternShape) (parts: PatternNode list) : PatternNode =
        let objectType =
            match parts with
            | first :: rest when rest |> List.forall (fun part -> part.Object = first.Object) -> first.Object
            | _ -> ValueNone

        { Object = objectType; Shape = shape }

    let private both (parts: PatternNode list) : PatternNode =
        let parts =
            parts
            |> List.collect (fun part ->
                match part.Shape with
                | PatternShape.And inner -> inner
                | _ -> [ part ])

        node (PatternShape.And parts) parts

    // `criterion` is bare and simple.
    let rec private nodeOf (criterion: Criterion) : PatternNode =
        match criterion with
        | Criterion.Compare comparison ->
            {
                Object = ValueSome(objectOf comparison.Path)
                Shape = PatternShape.One comparison
            }
        | Criterion.Any parts ->
            let parts = List.map nodeOf parts
            node (PatternShape.Or parts) parts
        | Criterion.All parts -> both (List.map nodeOf parts)
        | _ -> both []

    let private isSpread (part: PatternNode) = part.Object.IsNone && part.Shape.IsOr

    // An OR over several objects inside of an AND ties each of its branches to the rest of the AND: the alternatives are written out. Within one
    // object nothing has to be. Every call that succeeds gives an alternative at least, and the first failure ends all, so the limit bounds
    // the work, too.
    let rec private alternatives (whole: PatternNode) : Result<PatternNode list, CriterionFault> =
        match whole.Shape with
        | PatternShape.Or parts when whole.Object.IsNone -> sum parts
        | PatternShape.And parts when parts |> List.exists isSpread ->
            let spread, rest = parts |> List.partition isSpread

            (Ok [ rest ], spread)
            ||> List.fold (fun known part ->
                known
                |> Result.bind (fun known ->
                    match part.Shape with
                    | PatternShape.Or branches when known.Length * branches.Length <= mostAlternatives ->
                        Ok
                            [
                                for before in known do
                                    for branch in branches -> before @ [ branch ]
                            ]
                    | _ -> Error CriterionFault.TooLarge))
            |> Result.bind (List.map both >> sum)
        | _ -> Ok [ whole ]

    and private sum (parts: PatternNode list) : Result<PatternNode list, CriterionFault> =
        (Ok [], parts)
        ||> List.fold (fun known part ->
            known
            |> Result.bind (fun known ->
                alternatives part
                |> Result.bind (fun more ->
                    if known.Length + more.Length <= mostAlternatives then
                        Ok(known @ more)
                    else
                        Error CriterionFault.TooLarge)))

    let private escaped (text: string) =
        text.Replace("\\", "\\\\").Replace("'", "\\'")

    // PCRE's own characters; blanks and letters stand for themselves.
    let private regex (text: string) : string =
        let written = StringBuilder text.Length

        for letter in text do
            if "\\^$.|?*+()[]{}/".Contains letter then
                written.Append('\\') |> ignore

            written.Append letter |> ignore

        written.ToString()

    let private constant (value: CriterionValue) : string =
        match value with
        | CriterionValue.Text text -> $"'%s{escaped text}'"
        | CriterionValue.Whole number -> number.ToString CultureInfo.InvariantCulture
        | CriterionValue.Time time -> $"t'%s{Timestamp.toText time}'"

    let private operator (test: CriterionTest) (negated: bool) : string =
        match test, negated with
        | CriterionTest.Is, false -> "="
        | CriterionTest.Is, true -> "!="
        | CriterionTest.Above, false
        | CriterionTest.AtMost, true -> ">"
        | CriterionTest.AtLeast, false
        | CriterionTest.Below, true -> ">="
        | CriterionTest.Below, false
        | CriterionTest.AtLeast, true -> "<"
        | CriterionTest.AtMost, false
        | CriterionTest.Above, true -> "<="
        | CriterionTest.Within, false -> "ISSUBSET"
        | CriterionTest.Within, true -> "NOT ISSUBSET"
        | CriterionTest.Matches, false -> "MATCHES"
        | CriterionTest.Matches, true -> "NOT MATCHES"
        | CriterionTest.Contains, false
        | CriterionTest.StartsWith, false
        | CriterionTest.EndsWith, false -> "LIKE"
        | CriterionTest.Contains, true
        | CriterionTest.StartsWith, true
        | CriterionTest.EndsWith, true -> "NOT LIKE"

    // LIKE has `%` and `_` and no way to write them as themselves: texts that hold one are looked for by a regular expression.
    let private part (comparison: CriterionComparison) (text: string) : string =
        let negation = if comparison.Negated then "NOT " else ""
        let hasWildcard = text.Contains '%' || text.Contains '_'

        let like, expression =
            match comparison.Test with
            | CriterionTest.StartsWith -> $"%s{text}%%", $"^%s{regex text}"
            | CriterionTest.EndsWith -> $"%%%s{text}", $"%s{regex text}$"
            | _ -> $"%%%s{text}%%", regex text

        if hasWildcard then
            let folded = if comparison.CaseKept then "" else "(?i)"
            $"%s{comparison.Path} %s{negation}MATCHES '%s{escaped (folded + expression)}'"
        else
            $"%s{comparison.Path} %s{negation}LIKE '%s{escaped like}'"

    let private printOne (comparison: CriterionComparison) : string =
        match comparison.Test, comparison.Value with
        | (CriterionTest.Contains | CriterionTest.StartsWith | CriterionTest.EndsWith), CriterionValue.Text text ->
            part comparison text
        | CriterionTest.Matches, CriterionValue.Text text when not comparison.CaseKept ->
            let folded = escaped ("(?i)" + text)
            $"%s{comparison.Path} %s{operator comparison.Test comparison.Negated} '%s{folded}'"
        | _ ->
            $"%s{comparison.Path} %s{operator comparison.Test comparison.Negated} %s{constant comparison.Value}"

    // Inside of one pair of brackets. AND binds more than OR (§9.6).
    let rec private printInside (part: PatternNode) : string =
        match part.Shape with
        | PatternShape.One comparison -> printOne comparison
        | PatternShape.And parts ->
            parts
            |> List.map (fun part ->
                if part.Shape.IsOr then
                    $"(%s{printInside part})"
                else
                    printInside part)
            |> String.concat " AND "
        | PatternShape.Or parts -> parts |> List.map printInside |> String.concat " OR "

    // One alternative: what is about one object, or an AND whose parts are. What is about the same object stands in the same brackets, because it
    // is one file or one key that all of it is said of; an AND over several objects inside of one pair can never match.
    let private printAlternative (whole: PatternNode) : string =
        match whole.Shape with
        | PatternShape.And parts when whole.Object.IsNone ->
            parts
            |> List.groupBy _.Object
            |> List.map (fun (_, group) -> $"[%s{printInside (both group)}]")
            |> String.concat " AND "
        | _ -> $"[%s{printInside whole}]"

    let private print (branches: PatternNode list) : string =
        match branches with
        | [ one ] -> printAlternative one
        | several ->
            several
            |> List.map (fun one ->
                if one.Object.IsNone then
                    $"(%s{printAlternative one})"
                else
                    printAlternative one)
            |> String.concat " OR "

    // Values whose case does not matter, or has none.
    let private isCaseless (path: string) =
        path.Contains "hashes." || path.StartsWith("domain-name:", StringComparison.Ordinal)
        || path.StartsWith("email-addr:", StringComparison.Ordinal)
        || path.EndsWith("_ref.value", StringComparison.Ordinal)
        || path.StartsWith("ipv4-addr:", StringComparison.Ordinal)
        || path.StartsWith("ipv6-addr:", StringComparison.Ordinal)

    let rec private isApproximated (criterion: Criterion) : bool =
        match criterion with
        | Criterion.Compare {
                                Value = CriterionValue.Text text
                                CaseKept = false
                                Path = path
                                Test = test
                            } -> test <> CriterionTest.Matches && not (isCaseless path) && text |> Seq.exists Char.IsLetter
        | Criterion.All parts
        | Criterion.Any parts -> parts |> List.exists isApproximated
        | _ -> false

    let private patternOf (criterion: Criterion) : Result<CriterionSubject, CriterionFault> =
        match simplify (bare criterion) with
        | Criterion.Unknown -> Error CriterionFault.NoCounterpart
        | bare when sizeOf bare > mostConditions -> Error CriterionFault.TooLarge
        | bare ->
            alternatives (nodeOf bare)
            |> Result.bind (fun branches ->
                let text = print branches

                if text.Length > mostCharacters then
                    Error CriterionFault.TooLarge
                else
                    Ok(CriterionSubject.Pattern(text, isApproximated bare)))

    // The subjects of what is joined by OR; what has no counterpart is left out as long as anything has one.
    let private eachOf (found: Result<CriterionSubject list, CriterionFault> list) =
        let subjects =
            found
            |> List.collect (fun one ->
                match one with
                | Ok subjects -> subjects
                | Error _ -> [])

        match subjects, found with
        | [], Error fault :: _ -> Error fault
        | [], _ -> Error CriterionFault.NoCounterpart
        | subjects, _ -> Ok(List.distinct subjects)

    let rec private subjectsOf (criterion: Criterion) : Result<CriterionSubject list, CriterionFault> =
        match criterion with
        | Criterion.Observable(observable, value, _)
        | Criterion.Rule(observable, value) -> Ok [ CriterionSubject.Observable(observable, value) ]
        | Criterion.Including(observable, value, asks) ->
            patternOf asks
            |> Result.map (fun pattern -> [ CriterionSubject.Observable(observable, value); pattern ])
        | Criterion.Identified(by, beside) ->
            let identities = by |> List.map (simplify >> subjectsOf)
            eachOf (if List.isEmpty beside then identities else identities @ [ patternAlone criterion ])
        | Criterion.Any parts -> parts |> List.map subjectsOf |> eachOf
        | other -> patternAlone other

    and private patternAlone criterion =
        patternOf criterion |> Result.map List.singleton

    /// What a tree becomes. Each branch of an OR at its top says something by itself; anything else is one subject.
    let subjects (criterion: Criterion) : Result<CriterionSubject list, CriterionFault> =
        if sizeOf criterion > mostConditions then
            Error CriterionFault.TooLarge
        else
            subjectsOf (simplify criterion)
