// Gives a parsed predicate its types: every field, function and comparison must make sense. All errors at once.
namespace Cti.Core.Predicates

open System
open Cti.Core

[<RequireQualifiedAccess>]
module internal Typing =
    [<RequireQualifiedAccess>]
    type private Typed =
        | Text of TextExpr
        | Number of NumberExpr
        | Time of TimeExpr
        | List of ListField
        | Condition of Condition

    /// The names a predicate may use.
    [<RequireQualifiedAccess>]
    type Names =
        /// Fields of an indicator, and the facts a pipeline names.
        | Indicator of NamedFact list
        /// Columns of a record, by their place in this list.
        | Columns of string list

    let private named (names: Names) (range: TextRange) (name: string) : Result<Typed, PredicateError list> =
        let known =
            match names, Field.tryParse name with
            | Names.Indicator facts, ValueNone ->
                Field.ofNamed facts
                |> List.tryFind (fun field -> Field.name field = name.ToLowerInvariant())
                |> Option.toValueOption
            | _, field -> field

        match names, known with
        | Names.Columns columns, _ ->
            let index = columns |> List.tryFindIndex ((=) name) |> Option.defaultValue -1
            Ok(Typed.Text(TextExpr.Field(TextField.Column(name, index))))
        | Names.Indicator _, ValueSome(Field.Text field) -> Ok(Typed.Text(TextExpr.Field field))
        | Names.Indicator _, ValueSome(Field.Number field) -> Ok(Typed.Number(NumberExpr.Field field))
        | Names.Indicator _, ValueSome(Field.Time field) -> Ok(Typed.Time(TimeExpr.Field field))
        | Names.Indicator _, ValueSome(Field.List field) -> Ok(Typed.List field)
        | Names.Indicator _, ValueSome(Field.Flag field) -> Ok(Typed.Condition(Condition.Flag field))
        | Names.Indicator _, ValueNone when name.ToLowerInvariant() = "true" || name.ToLowerInvariant() = "false" ->
            Error
                [
                    PredicateError.unknownField
                        range
                        $"`%s{name}` is nothing to compare with"
                        "a field that is true or false stands by itself: kev, NOT kev"
                ]
        | Names.Indicator facts, ValueNone ->
            let all = Field.names @ List.map Field.name (Field.ofNamed facts)

            Error
                [
                    PredicateError.unknownField
                        range
                        $"there is no field `%s{name}`"
                        (match Suggest.nearest all name with
                         | Some _ -> Suggest.hint all name
                         | None ->
                             let names = String.Join(", ", all)
                             $"a text stands in single quotes: '%s{name}'; fields: %s{names}")
                ]

    // A record's column beside a number is read as a number; so it stands for both kinds, and only it does.
    let private numeric (beside: Typed list) (typed: Typed) : Typed =
        match typed with
        | Typed.Text(TextExpr.Field(TextField.Column _) as column) when beside |> List.exists _.IsNumber ->
            Typed.Number(NumberExpr.OfText column)
        | other -> other

    let private functions =
        [ "lower"; "length"; "starts_with"; "ends_with"; "contains"; "has" ]

    let private kindName (typed: Typed) =
        match typed with
        | Typed.Text _ -> "text"
        | Typed.Number _ -> "a number"
        | Typed.Time _ -> "a point in time"
        | Typed.List _ -> "a list"
        | Typed.Condition _ -> "a condition"

    let private zip left right =
        match left, right with
        | Ok a, Ok b -> Ok struct (a, b)
        | Error errors, Ok _
        | Ok _, Error errors -> Error errors
        | Error first, Error second -> Error(first @ second)

    let private all (results: Result<'T, PredicateError list> list) : Result<'T list, PredicateError list> =
        let add result rest =
            zip result rest |> Result.map (fun (struct (head, tail)) -> head :: tail)

        List.foldBack add results (Ok [])

    let private mismatch (range: TextRange) (left: Typed) (right: Typed) =
        let hint =
            match left, right with
            | Typed.Time _, Typed.Text(TextExpr.Literal text)
            | Typed.Text(TextExpr.Literal text), Typed.Time _ -> $"write TIMESTAMP '%s{text}'"
            | Typed.Number _, Typed.Text(TextExpr.Literal text)
            | Typed.Text(TextExpr.Literal text), Typed.Number _ when
                text <> ""
                && text
                   |> Seq.forall (fun character -> Char.IsAsciiDigit character || character = '.')
                ->
                $"write %s{text} without quotes"
            | Typed.Text _, Typed.Number _
            | Typed.Number _, Typed.Text _ -> "text stands in single quotes"
            | Typed.List _, _
            | _, Typed.List _ -> "lists are searched with has(labels, 'x')"
            | Typed.Condition _, _
            | _, Typed.Condition _ -> "a condition stands by itself: kev, NOT kev"
            | _ -> ""

        Error
            [
                PredicateError.wrongType range $"cannot compare %s{kindName left} with %s{kindName right}" hint
            ]

    // `type` and `tlp` hold words we know: another word is a typo, and "less than" would compare letters.
    let private vocabularyErrors (ordered: bool) (left: TextExpr) (right: (TextExpr * TextRange) list) range =
        match left with
        | TextExpr.Field field ->
            match Field.vocabulary field with
            | ValueNone -> []
            | ValueSome _ when ordered ->
                let name = Field.name (Field.Text field)

                [
                    PredicateError.wrongType
                        range
                        $"`%s{name}` has no order in a predicate: it would be compared letter by letter"
                        $"list what you mean: %s{name} IN ('…', '…')"
                ]
            | ValueSome words ->
                right
                |> List.collect (fun (value, at) ->
                    match value with
                    | TextExpr.Literal word when not (List.contains word words) ->
                        let name = Field.name (Field.Text field)

                        let hint =
                            match field with
                            | TextField.Country -> "a country is two upper-case letters: 'NL'"
                            | _ -> Suggest.hint words word

                        [ PredicateError.unknownWord at $"`%s{name}` is never '%s{word}'" hint ]
                    | _ -> [])
        | TextExpr.Literal _
        | TextExpr.Lower _ -> []

    let private orError errors value =
        if List.isEmpty errors then Ok value else Error errors

    let private compareText operator (left: TextExpr, leftRange) (right: TextExpr, rightRange) range =
        let ordered =
            match operator with
            | Comparison.Equal
            | Comparison.NotEqual -> false
            | _ -> true

        let errors =
            vocabularyErrors ordered left [ right, rightRange ] range
            @ vocabularyErrors ordered right [ left, leftRange ] range

        orError errors (Condition.CompareText(operator, left, right))

    let private pattern (range: TextRange) (escape: char voption) (pattern: string) =
        let rec scan at =
            if at >= pattern.Length then true
            elif ValueSome pattern[at] <> escape then scan (at + 1)
            elif at + 1 >= pattern.Length then false
            else scan (at + 2)

        if scan 0 then
            Ok pattern
        else
            Error
                [
                    PredicateError.badPattern range "the pattern ends with its escape character" ""
                ]

    let private escapeCharacter (escape: RawExpr voption) =
        match escape with
        | ValueNone -> Ok ValueNone
        | ValueSome { Kind = RawKind.Text text } when
            text.Length = 1 && Char.IsAscii text[0] && text <> "%" && text <> "_"
            ->
            Ok(ValueSome text[0])
        | ValueSome other ->
            Error
                [
                    PredicateError.badPattern other.Range "ESCAPE takes one ASCII character" @"write ESCAPE '\'"
                ]

    let rec private expression (names: Names) (raw: RawExpr) : Result<Typed, PredicateError list> =
        match raw.Kind with
        | RawKind.Text text -> Ok(Typed.Text(TextExpr.Literal text))
        | RawKind.Number number -> Ok(Typed.Number(NumberExpr.Literal number))
        | RawKind.Time time -> Ok(Typed.Time(TimeExpr.Literal time))
        | RawKind.Name name -> named names raw.Range name
        | RawKind.Call(name, arguments) -> call names raw.Range (name.ToLowerInvariant()) arguments
        | RawKind.And parts ->
            parts
            |> List.map (condition names)
            |> all
            |> Result.map (Condition.And >> Typed.Condition)
        | RawKind.Or parts ->
            parts
            |> List.map (condition names)
            |> all
            |> Result.map (Condition.Or >> Typed.Condition)
        | RawKind.Not inner -> condition names inner |> Result.map (Condition.Not >> Typed.Condition)
        | RawKind.Compare(operator, left, right) ->
            zip (expression names left) (expression names right)
            |> Result.bind (fun (struct (a, b)) ->
                match numeric [ a; b ] a, numeric [ a; b ] b with
                | Typed.Text x, Typed.Text y -> compareText operator (x, left.Range) (y, right.Range) raw.Range
                | Typed.Number x, Typed.Number y -> Ok(Condition.CompareNumber(operator, x, y))
                | Typed.Time x, Typed.Time y -> Ok(Condition.CompareTime(operator, x, y))
                | _ -> mismatch raw.Range a b)
            |> Result.map Typed.Condition
        | RawKind.In(left, positive, values) ->
            inList names raw.Range left positive values |> Result.map Typed.Condition
        | RawKind.Between(value, positive, low, high) ->
            zip (expression names value) (zip (expression names low) (expression names high))
            |> Result.bind (fun (struct (v, struct (l, h))) ->
                let all = [ v; l; h ]

                match numeric all v, numeric all l, numeric all h with
                | Typed.Text v, Typed.Text l, Typed.Text h ->
                    orError (vocabularyErrors true v [] raw.Range) (Condition.TextBetween(v, positive, l, h))
                | Typed.Number v, Typed.Number l, Typed.Number h -> Ok(Condition.NumberBetween(v, positive, l, h))
                | Typed.Time v, Typed.Time l, Typed.Time h -> Ok(Condition.TimeBetween(v, positive, l, h))
                | Typed.Text _, Typed.Text _, other
                | Typed.Number _, Typed.Number _, other
                | Typed.Time _, Typed.Time _, other -> mismatch raw.Range v other
                | _, other, _ -> mismatch raw.Range v other)
            |> Result.map Typed.Condition
        | RawKind.Like(value, positive, written, escape) ->
            zip (text names value) (escapeCharacter escape)
            |> Result.bind (fun (struct (subject, escape)) ->
                match written.Kind with
                | RawKind.Text text ->
                    pattern written.Range escape text
                    |> Result.map (fun text -> Condition.Like(subject, positive, text, escape))
                | _ ->
                    Error
                        [
                            PredicateError.badPattern written.Range "the pattern of LIKE must be a text in quotes" ""
                        ])
            |> Result.map Typed.Condition
        | RawKind.IsNull(value, positive) ->
            expression names value
            |> Result.bind (fun typed ->
                match typed with
                | Typed.Text inner -> Ok(Condition.TextNull(inner, positive))
                | Typed.Number inner -> Ok(Condition.NumberNull(inner, positive))
                | Typed.Time inner -> Ok(Condition.TimeNull(inner, positive))
                | Typed.List inner -> Ok(Condition.ListNull(inner, positive))
                | Typed.Condition(Condition.Flag field) -> Ok(Condition.FlagNull(field, positive))
                | Typed.Condition _ ->
                    Error
                        [
                            PredicateError.wrongType value.Range "IS NULL asks about a value, not a condition" ""
                        ])
            |> Result.map Typed.Condition

    and private inList (names: Names) range (left: RawExpr) positive (values: RawExpr list) =
        // One kind of literal throughout; `pick` says which.
        let literals (kind: Typed) (pick: RawKind -> 'V voption) =
            values
            |> List.map (fun value ->
                match pick value.Kind with
                | ValueSome literal -> Ok literal
                | ValueNone ->
                    match expression names value with
                    | Error errors -> Error errors
                    | Ok other when kindName other = kindName kind ->
                        Error [ PredicateError.wrongType value.Range "IN takes literals only" "use = and OR" ]
                    | Ok other -> mismatch value.Range kind other)
            |> all

        expression names left
        |> Result.bind (fun typed ->
            let typed =
                match values with
                | { Kind = RawKind.Number number } :: _ ->
                    numeric [ typed; Typed.Number(NumberExpr.Literal number) ] typed
                | _ -> typed

            match typed with
            | Typed.Text subject ->
                literals typed (fun kind ->
                    match kind with
                    | RawKind.Text text -> ValueSome text
                    | _ -> ValueNone)
                |> Result.bind (fun texts ->
                    let written =
                        List.map2 (fun text (value: RawExpr) -> TextExpr.Literal text, value.Range) texts values

                    orError
                        (vocabularyErrors false subject written range)
                        (Condition.TextIn(subject, positive, texts)))
            | Typed.Number subject ->
                literals typed (fun kind ->
                    match kind with
                    | RawKind.Number number -> ValueSome number
                    | _ -> ValueNone)
                |> Result.map (fun numbers -> Condition.NumberIn(subject, positive, numbers))
            | Typed.Time subject ->
                literals typed (fun kind ->
                    match kind with
                    | RawKind.Time time -> ValueSome time
                    | _ -> ValueNone)
                |> Result.map (fun times -> Condition.TimeIn(subject, positive, times))
            | Typed.List _ ->
                Error
                    [
                        PredicateError.wrongType
                            left.Range
                            "IN asks about one value, this is a list"
                            "write has(labels, 'x')"
                    ]
            | Typed.Condition _ ->
                Error
                    [
                        PredicateError.wrongType left.Range "IN asks about a value, not a condition" ""
                    ])

    and private call
        (names: Names)
        range
        (name: string)
        (arguments: RawExpr list)
        : Result<Typed, PredicateError list> =
        let test (kind: TextTest) subject part =
            zip (text names subject) (text names part)
            |> Result.map (fun (struct (subject, part)) -> Typed.Condition(Condition.Test(kind, subject, part)))

        match name, arguments with
        | "lower", [ inner ] -> text names inner |> Result.map (TextExpr.Lower >> Typed.Text)
        | "length", [ inner ] -> text names inner |> Result.map (NumberExpr.Length >> Typed.Number)
        | "starts_with", [ subject; part ] -> test TextTest.StartsWith subject part
        | "ends_with", [ subject; part ] -> test TextTest.EndsWith subject part
        | "contains", [ subject; part ] -> test TextTest.Contains subject part
        | "has", [ list; item ] ->
            zip (expression names list) (text names item)
            |> Result.bind (fun (struct (typed, item)) ->
                match typed with
                | Typed.List field -> Ok(Typed.Condition(Condition.Has(field, item)))
                | Typed.Text(TextExpr.Field(TextField.Column _) as subject) ->
                    Ok(Typed.Condition(Condition.Test(TextTest.HasItem, subject, item)))
                | other ->
                    Error
                        [
                            PredicateError.wrongType
                                list.Range
                                $"has searches a list, this is %s{kindName other}"
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

    and private text (names: Names) (raw: RawExpr) : Result<TextExpr, PredicateError list> =
        expression names raw
        |> Result.bind (fun typed ->
            match typed with
            | Typed.Text inner -> Ok inner
            | Typed.List _ ->
                Error
                    [
                        PredicateError.wrongType raw.Range "expected text, found a list" "write has(labels, 'x')"
                    ]
            | other ->
                Error
                    [
                        PredicateError.wrongType raw.Range $"expected text, found %s{kindName other}" ""
                    ])

    and private condition (names: Names) (raw: RawExpr) : Result<Condition, PredicateError list> =
        expression names raw
        |> Result.bind (fun typed ->
            match typed with
            | Typed.Condition inner -> Ok inner
            | other ->
                Error
                    [
                        PredicateError.notACondition
                            raw.Range
                            $"expected a condition, found %s{kindName other}"
                            "compare it: score >= 60, type = 'url'"
                    ])

    /// The typed condition, or all that is wrong with it, in the order of the text.
    let check (names: Names) (raw: RawExpr) : Result<Condition, PredicateError list> =
        condition names raw |> Result.mapError (List.sortBy (fun error -> error.Offset))
