// A tree of conditions as subjects: observables where one value says it all, a STIX pattern (STIX 2.1 §9) where it does not. Trees are never torn
// apart: an AND stays one subject. Knows no format.
namespace Cti.Core

open System
open System.Globalization
open System.Text

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
module internal CriterionPattern =
    // Alternatives a pattern may have in which conditions on several objects are tied to each other. Each is written out.
    let private mostAlternatives = 64

    let private mostConditions = 2_000

    // Characters of a pattern; subjects are 64 KiB at most.
    let private mostCharacters = 60_000

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
                Object = ValueSome(Criterion.objectOf comparison.Path)
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
        | _ -> $"%s{comparison.Path} %s{operator comparison.Test comparison.Negated} %s{constant comparison.Value}"

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
        path.Contains "hashes."
        || path.StartsWith("domain-name:", StringComparison.Ordinal)
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
                            } ->
            test <> CriterionTest.Matches
            && not (isCaseless path)
            && text |> Seq.exists Char.IsLetter
        | Criterion.All parts
        | Criterion.Any parts -> parts |> List.exists isApproximated
        | _ -> false

    let private patternOf (criterion: Criterion) : Result<CriterionSubject, CriterionFault> =
        match Criterion.simplify (bare criterion) with
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

    // Comparisons with properties of one object: ways to say one thing.
    let private saysOneThing (criterion: Criterion) : bool =
        let rec isBare (part: Criterion) =
            match part with
            | Criterion.Compare _ -> true
            | Criterion.All parts
            | Criterion.Any parts -> List.forall isBare parts
            | _ -> false

        isBare criterion && (Criterion.objectsOf criterion).Count = 1

    let rec private subjectsOf (criterion: Criterion) : Result<CriterionSubject list, CriterionFault> =
        match criterion with
        | Criterion.Observable(observable, value, _)
        | Criterion.Rule(observable, value) -> Ok [ CriterionSubject.Observable(observable, value) ]
        | Criterion.Including(observable, value, asks) ->
            patternOf asks
            |> Result.map (fun pattern -> [ CriterionSubject.Observable(observable, value); pattern ])
        | Criterion.Identified(by, beside) ->
            let identities = by |> List.map (Criterion.simplify >> subjectsOf)

            eachOf (
                if List.isEmpty beside then
                    identities
                else
                    identities @ [ patternAlone criterion ]
            )
        | Criterion.Any _ when saysOneThing criterion -> patternAlone criterion
        | Criterion.Any parts -> parts |> List.map subjectsOf |> eachOf
        | other -> patternAlone other

    and private patternAlone criterion =
        patternOf criterion |> Result.map List.singleton

    /// What a tree becomes. Each branch of an OR at its top says something by itself; anything else is one subject.
    let subjects (criterion: Criterion) : Result<CriterionSubject list, CriterionFault> =
        if sizeOf criterion > mostConditions then
            Error CriterionFault.TooLarge
        else
            subjectsOf (Criterion.simplify criterion)
