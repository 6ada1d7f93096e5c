// Gives a parsed predicate its types: every field, function and comparison must make sense. All errors at once.
namespace Cti.Core.Predicates

open Cti.Core

[<RequireQualifiedAccess>]
module internal Typing =
    let private functions =
        [ "lower"; "length"; "starts_with"; "ends_with"; "contains"; "has" ]

    let rec private expression (names: PredicateNames) (raw: RawExpr) : Result<TypedExpr, PredicateError list> =
        match raw.Kind with
        | RawKind.Text text -> Ok(TypedExpr.Text(TextExpr.Literal text))
        | RawKind.Number number -> Ok(TypedExpr.Number(NumberExpr.Literal number))
        | RawKind.Time time -> Ok(TypedExpr.Time(TimeExpr.Literal time))
        | RawKind.Name name -> TypedExpr.named names raw.Range name
        | RawKind.Call(name, arguments) -> call names raw.Range (name.ToLowerInvariant()) arguments
        | RawKind.And parts ->
            parts
            |> List.map (condition names)
            |> Both.all
            |> Result.map (Condition.And >> TypedExpr.Condition)
        | RawKind.Or parts ->
            parts
            |> List.map (condition names)
            |> Both.all
            |> Result.map (Condition.Or >> TypedExpr.Condition)
        | RawKind.Not inner -> condition names inner |> Result.map (Condition.Not >> TypedExpr.Condition)
        | RawKind.Compare(operator, left, right) ->
            Both.zip (expression names left) (expression names right)
            |> Result.bind (fun (struct (first, second)) ->
                let beside = [ first; second ]

                match TypedExpr.numeric beside first, TypedExpr.numeric beside second with
                | TypedExpr.Text first, TypedExpr.Text second ->
                    TextRules.compare operator (first, left.Range) (second, right.Range) raw.Range
                | TypedExpr.Number first, TypedExpr.Number second ->
                    Ok(Condition.CompareNumber(operator, first, second))
                | TypedExpr.Time first, TypedExpr.Time second -> Ok(Condition.CompareTime(operator, first, second))
                | _ -> TypedExpr.mismatch raw.Range first second)
            |> Result.map TypedExpr.Condition
        | RawKind.In(left, positive, values) ->
            inList names raw.Range left positive values |> Result.map TypedExpr.Condition
        | RawKind.Between(value, positive, low, high) ->
            Both.zip (expression names value) (Both.zip (expression names low) (expression names high))
            |> Result.bind (fun (struct (value, struct (low, high))) ->
                let beside = [ value; low; high ]

                match TypedExpr.numeric beside value, TypedExpr.numeric beside low, TypedExpr.numeric beside high with
                | TypedExpr.Text text, TypedExpr.Text low, TypedExpr.Text high ->
                    TextRules.orError
                        (TextRules.vocabularyErrors true text [] raw.Range)
                        (Condition.TextBetween(text, positive, low, high))
                | TypedExpr.Number number, TypedExpr.Number low, TypedExpr.Number high ->
                    Ok(Condition.NumberBetween(number, positive, low, high))
                | TypedExpr.Time time, TypedExpr.Time low, TypedExpr.Time high ->
                    Ok(Condition.TimeBetween(time, positive, low, high))
                | TypedExpr.Text _, TypedExpr.Text _, other
                | TypedExpr.Number _, TypedExpr.Number _, other
                | TypedExpr.Time _, TypedExpr.Time _, other
                | _, other, _ -> TypedExpr.mismatch raw.Range value other)
            |> Result.map TypedExpr.Condition
        | RawKind.Like(value, positive, written, escape) ->
            Both.zip (text names value) (TextRules.escapeCharacter escape)
            |> Result.bind (fun (struct (subject, escape)) ->
                match written.Kind with
                | RawKind.Text text ->
                    TextRules.pattern written.Range escape text
                    |> Result.map (fun text -> Condition.Like(subject, positive, text, escape))
                | _ ->
                    Error
                        [
                            PredicateError.badPattern written.Range "the pattern of LIKE must be a text in quotes" ""
                        ])
            |> Result.map TypedExpr.Condition
        | RawKind.IsNull(value, positive) ->
            expression names value
            |> Result.bind (fun typed ->
                match typed with
                | TypedExpr.Text inner -> Ok(Condition.TextNull(inner, positive))
                | TypedExpr.Number inner -> Ok(Condition.NumberNull(inner, positive))
                | TypedExpr.Time inner -> Ok(Condition.TimeNull(inner, positive))
                | TypedExpr.List inner -> Ok(Condition.ListNull(inner, positive))
                | TypedExpr.Condition(Condition.Flag field) -> Ok(Condition.FlagNull(field, positive))
                | TypedExpr.Condition _ ->
                    Error
                        [
                            PredicateError.wrongType value.Range "IS NULL asks about a value, not a condition" ""
                        ])
            |> Result.map TypedExpr.Condition

    and private inList (names: PredicateNames) range (left: RawExpr) positive (values: RawExpr list) =
        // One kind of literal throughout; `pick` says which.
        let literals (kind: TypedExpr) (pick: RawKind -> 'V voption) =
            values
            |> List.map (fun value ->
                match pick value.Kind with
                | ValueSome literal -> Ok literal
                | ValueNone ->
                    match expression names value with
                    | Error errors -> Error errors
                    | Ok other when TypedExpr.kindName other = TypedExpr.kindName kind ->
                        Error [ PredicateError.wrongType value.Range "IN takes literals only" "use = and OR" ]
                    | Ok other -> TypedExpr.mismatch value.Range kind other)
            |> Both.all

        expression names left
        |> Result.bind (fun typed ->
            let typed =
                match values with
                | { Kind = RawKind.Number number } :: _ ->
                    TypedExpr.numeric [ typed; TypedExpr.Number(NumberExpr.Literal number) ] typed
                | _ -> typed

            match typed with
            | TypedExpr.Text subject ->
                literals typed (fun kind ->
                    match kind with
                    | RawKind.Text text -> ValueSome text
                    | _ -> ValueNone)
                |> Result.bind (fun texts ->
                    let written =
                        List.map2 (fun text (value: RawExpr) -> TextExpr.Literal text, value.Range) texts values

                    TextRules.orError
                        (TextRules.vocabularyErrors false subject written range)
                        (Condition.TextIn(subject, positive, texts)))
            | TypedExpr.Number subject ->
                literals typed (fun kind ->
                    match kind with
                    | RawKind.Number number -> ValueSome number
                    | _ -> ValueNone)
                |> Result.map (fun numbers -> Condition.NumberIn(subject, positive, numbers))
            | TypedExpr.Time subject ->
                literals typed (fun kind ->
                    match kind with
                    | RawKind.Time time -> ValueSome time
                    | _ -> ValueNone)
                |> Result.map (fun times -> Condition.TimeIn(subject, positive, times))
            | TypedExpr.List _ ->
                Error
                    [
                        PredicateError.wrongType
                            left.Range
                            "IN asks about one value, this is a list"
                            "write has(labels, 'x')"
                    ]
            | TypedExpr.Condition _ ->
                Error
                    [
                        PredicateError.wrongType left.Range "IN asks about a value, not a condition" ""
                    ])

    and private call
        (names: PredicateNames)
        range
        (name: string)
        (arguments: RawExpr list)
        : Result<TypedExpr, PredicateError list> =
        let test (kind: TextTest) subject part =
            Both.zip (text names subject) (text names part)
            |> Result.map (fun (struct (subject, part)) -> TypedExpr.Condition(Condition.Test(kind, subject, part)))

        match name, arguments with
        | "lower", [ inner ] -> text names inner |> Result.map (TextExpr.Lower >> TypedExpr.Text)
        | "length", [ inner ] -> text names inner |> Result.map (NumberExpr.Length >> TypedExpr.Number)
        | "starts_with", [ subject; part ] -> test TextTest.StartsWith subject part
        | "ends_with", [ subject; part ] -> test TextTest.EndsWith subject part
        | "contains", [ subject; part ] -> test TextTest.Contains subject part
        | "has", [ list; item ] ->
            Both.zip (expression names list) (text names item)
            |> Result.bind (fun (struct (typed, item)) ->
                match typed with
                | TypedExpr.List field -> Ok(TypedExpr.Condition(Condition.Has(field, item)))
                | TypedExpr.Text(TextExpr.Field(TextField.Column _) as subject) ->
                    Ok(TypedExpr.Condition(Condition.Test(TextTest.HasItem, subject, item)))
                | other ->
                    Error
                        [
                            PredicateError.wrongType
                                list.Range
                                $"has searches a list, this is %s{TypedExpr.kindName other}"
                                "lists are labels and sources; a text is searched with contains"
                        ])
        | known, _ when List.contains known functions ->
            let usage =
                match known with
                | "lower" -> "lower(text)"
                | "length" -> "length(text)"
                | "has" -> "has(labels, 'x')"
                | other -> $"%s{other}(text, text)"

            Error
                [
                    PredicateError.wrongArguments
                        range
                        (if arguments.Length = 1 then
                             $"%s{known} does not take 1 argument"
                         else
                             $"%s{known} does not take %d{arguments.Length} arguments")
                        $"write %s{usage}"
                ]
        | unknown, _ ->
            Error
                [
                    PredicateError.unknownFunction
                        range
                        $"there is no function `%s{unknown}`"
                        (Suggest.hint functions unknown)
                ]

    and private text (names: PredicateNames) (raw: RawExpr) : Result<TextExpr, PredicateError list> =
        expression names raw
        |> Result.bind (fun typed ->
            match typed with
            | TypedExpr.Text inner -> Ok inner
            | TypedExpr.List _ ->
                Error
                    [
                        PredicateError.wrongType raw.Range "expected text, found a list" "write has(labels, 'x')"
                    ]
            | other ->
                Error
                    [
                        PredicateError.wrongType raw.Range $"expected text, found %s{TypedExpr.kindName other}" ""
                    ])

    and private condition (names: PredicateNames) (raw: RawExpr) : Result<Condition, PredicateError list> =
        expression names raw
        |> Result.bind (fun typed ->
            match typed with
            | TypedExpr.Condition inner -> Ok inner
            | other ->
                Error
                    [
                        PredicateError.notACondition
                            raw.Range
                            $"expected a condition, found %s{TypedExpr.kindName other}"
                            "compare it: score >= 60, type = 'url'"
                    ])

    /// The typed condition, or all that is wrong with it, in the order of the text.
    let check (names: PredicateNames) (raw: RawExpr) : Result<Condition, PredicateError list> =
        condition names raw |> Result.mapError (List.sortBy (fun error -> error.Offset))
