// What an expression of a predicate turns out to be: which kind a name gives, and which kinds may stand beside each other.
namespace Cti.Core.Predicates

open System
open Cti.Core

/// The names a predicate may use.
[<RequireQualifiedAccess>]
type internal PredicateNames =
    /// Fields of an indicator, and the facts a pipeline names.
    | Indicator of NamedFact list
    /// Columns of a record, by their place in this list.
    | Columns of string list

/// An expression, by its kind.
[<RequireQualifiedAccess>]
type internal TypedExpr =
    | Text of TextExpr
    | Number of NumberExpr
    | Time of TimeExpr
    | List of ListField
    | Condition of Condition

[<RequireQualifiedAccess>]
module internal TypedExpr =
    /// What a name stands for.
    let named (names: PredicateNames) (range: TextRange) (name: string) : Result<TypedExpr, PredicateError list> =
        let known =
            match names, Field.tryParse name with
            | PredicateNames.Indicator facts, ValueNone ->
                Field.ofNamed facts
                |> List.tryFind (fun field -> Field.name field = name.ToLowerInvariant())
                |> Option.toValueOption
            | _, field -> field

        match names, known with
        | PredicateNames.Columns columns, _ ->
            let index = columns |> List.tryFindIndex ((=) name) |> Option.defaultValue -1
            Ok(TypedExpr.Text(TextExpr.Field(TextField.Column(name, index))))
        | PredicateNames.Indicator _, ValueSome(Field.Text field) -> Ok(TypedExpr.Text(TextExpr.Field field))
        | PredicateNames.Indicator _, ValueSome(Field.Number field) -> Ok(TypedExpr.Number(NumberExpr.Field field))
        | PredicateNames.Indicator _, ValueSome(Field.Time field) -> Ok(TypedExpr.Time(TimeExpr.Field field))
        | PredicateNames.Indicator _, ValueSome(Field.List field) -> Ok(TypedExpr.List field)
        | PredicateNames.Indicator _, ValueSome(Field.Flag field) -> Ok(TypedExpr.Condition(Condition.Flag field))
        | PredicateNames.Indicator _, ValueNone when
            name.ToLowerInvariant() = "true" || name.ToLowerInvariant() = "false"
            ->
            Error
                [
                    PredicateError.unknownField
                        range
                        $"`%s{name}` is nothing to compare with"
                        "a field that is true or false stands by itself: kev, NOT kev"
                ]
        | PredicateNames.Indicator facts, ValueNone ->
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

    /// A record's column beside a number is read as a number; so it stands for both kinds, and only it does.
    let numeric (beside: TypedExpr list) (typed: TypedExpr) : TypedExpr =
        match typed with
        | TypedExpr.Text(TextExpr.Field(TextField.Column _) as column) when beside |> List.exists _.IsNumber ->
            TypedExpr.Number(NumberExpr.OfText column)
        | other -> other

    /// The kind in words.
    let kindName (typed: TypedExpr) =
        match typed with
        | TypedExpr.Text _ -> "text"
        | TypedExpr.Number _ -> "a number"
        | TypedExpr.Time _ -> "a point in time"
        | TypedExpr.List _ -> "a list"
        | TypedExpr.Condition _ -> "a condition"

    /// Kinds that cannot be compared, and what was probably meant.
    let mismatch (range: TextRange) (left: TypedExpr) (right: TypedExpr) =
        let hint =
            match left, right with
            | TypedExpr.Time _, TypedExpr.Text(TextExpr.Literal text)
            | TypedExpr.Text(TextExpr.Literal text), TypedExpr.Time _ -> $"write TIMESTAMP '%s{text}'"
            | TypedExpr.Number _, TypedExpr.Text(TextExpr.Literal text)
            | TypedExpr.Text(TextExpr.Literal text), TypedExpr.Number _ when
                text <> ""
                && text
                   |> Seq.forall (fun character -> Char.IsAsciiDigit character || character = '.')
                ->
                $"write %s{text} without quotes"
            | TypedExpr.Text _, TypedExpr.Number _
            | TypedExpr.Number _, TypedExpr.Text _ -> "text stands in single quotes"
            | TypedExpr.List _, _
            | _, TypedExpr.List _ -> "lists are searched with has(labels, 'x')"
            | TypedExpr.Condition _, _
            | _, TypedExpr.Condition _ -> "a condition stands by itself: kev, NOT kev"
            | _ -> ""

        Error
            [
                PredicateError.wrongType range $"cannot compare %s{kindName left} with %s{kindName right}" hint
            ]
