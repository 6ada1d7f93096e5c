// The friendly face of predicates: parse a text, print it back. Printing knows the grammar's precedence.
namespace Cti.Core.Predicates

open System
open System.Globalization
open Cti.Core

/// A predicate that parsed and type-checked.
type Predicate = { Condition: Condition }

[<RequireQualifiedAccess>]
module Predicate =
    /// The same for a pipeline that names facts: they are fields, too.
    let parseWith (facts: NamedFact list) (text: string) : Result<Predicate, PredicateError list> =
        match Parser.parse Scope.Indicator text with
        | Error error -> Error [ error ]
        | Ok raw ->
            Typing.check (PredicateNames.Indicator facts) raw
            |> Result.map (fun condition -> { Condition = condition })

    /// Parses and type-checks: `type = 'url' AND score >= 60`. Errors carry offsets into the text, in its order: at most
    /// one when it cannot be read, all of them when it does not make sense.
    let parse (text: string) : Result<Predicate, PredicateError list> = parseWith [] text

    let private quote (text: string) = "'" + text.Replace("'", "''") + "'"

    let private number (value: decimal) =
        value.ToString("0.##################", CultureInfo.InvariantCulture)

    let private time (value: Timestamp) =
        let text =
            (Timestamp.toDateTime value).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture)

        $"TIMESTAMP '%s{text}'"

    let rec private printText (expr: TextExpr) =
        match expr with
        | TextExpr.Field field -> Field.name (Field.Text field)
        | TextExpr.Literal text -> quote text
        | TextExpr.Lower inner -> $"lower(%s{printText inner})"

    let private printNumber (expr: NumberExpr) =
        match expr with
        | NumberExpr.Field field -> Field.name (Field.Number field)
        | NumberExpr.Literal value -> number value
        | NumberExpr.Length inner -> $"length(%s{printText inner})"
        | NumberExpr.OfText inner -> printText inner

    let private printTime (expr: TimeExpr) =
        match expr with
        | TimeExpr.Field field -> Field.name (Field.Time field)
        | TimeExpr.Literal value -> time value

    let private sign (comparison: Comparison) =
        match comparison with
        | Comparison.Equal -> "="
        | Comparison.NotEqual -> "<>"
        | Comparison.Less -> "<"
        | Comparison.LessOrEqual -> "<="
        | Comparison.Greater -> ">"
        | Comparison.GreaterOrEqual -> ">="

    let private without (positive: bool) = if positive then "" else "NOT "

    let private inList subject positive (values: string list) =
        let list = String.concat ", " values
        $"%s{subject} %s{without positive}IN (%s{list})"

    let private between subject positive low high =
        $"%s{subject} %s{without positive}BETWEEN %s{low} AND %s{high}"

    let private isNull subject positive =
        $"%s{subject} IS %s{without positive}NULL"

    // How tightly a condition binds: 1 OR, 2 AND, 3 NOT, 4 everything else.
    let private strength (condition: Condition) =
        match condition with
        | Condition.Or _ -> 1
        | Condition.And _ -> 2
        | Condition.Not _ -> 3
        | _ -> 4

    let rec private printCondition (condition: Condition) : string =
        match condition with
        | Condition.Or parts -> parts |> List.map (inside 2) |> String.concat " OR "
        | Condition.And parts -> parts |> List.map (inside 3) |> String.concat " AND "
        | Condition.Not inner -> $"NOT %s{inside 3 inner}"
        | Condition.CompareText(sort, left, right) -> $"%s{printText left} %s{sign sort} %s{printText right}"
        | Condition.CompareNumber(sort, left, right) -> $"%s{printNumber left} %s{sign sort} %s{printNumber right}"
        | Condition.CompareTime(sort, left, right) -> $"%s{printTime left} %s{sign sort} %s{printTime right}"
        | Condition.TextIn(subject, positive, values) -> inList (printText subject) positive (List.map quote values)
        | Condition.NumberIn(subject, positive, values) ->
            inList (printNumber subject) positive (List.map number values)
        | Condition.TimeIn(subject, positive, values) -> inList (printTime subject) positive (List.map time values)
        | Condition.TextBetween(subject, positive, low, high) ->
            between (printText subject) positive (printText low) (printText high)
        | Condition.NumberBetween(subject, positive, low, high) ->
            between (printNumber subject) positive (printNumber low) (printNumber high)
        | Condition.TimeBetween(subject, positive, low, high) ->
            between (printTime subject) positive (printTime low) (printTime high)
        | Condition.Like(subject, positive, pattern, escape) ->
            let ending =
                match escape with
                | ValueSome character -> $" ESCAPE %s{quote (string character)}"
                | ValueNone -> ""

            $"%s{printText subject} %s{without positive}LIKE %s{quote pattern}%s{ending}"
        | Condition.TextNull(subject, positive) -> isNull (printText subject) positive
        | Condition.NumberNull(subject, positive) -> isNull (printNumber subject) positive
        | Condition.TimeNull(subject, positive) -> isNull (printTime subject) positive
        | Condition.ListNull(field, positive) -> isNull (Field.name (Field.List field)) positive
        | Condition.FlagNull(field, positive) -> isNull (Field.name (Field.Flag field)) positive
        | Condition.Flag field -> Field.name (Field.Flag field)
        | Condition.Test(kind, subject, part) ->
            let name =
                match kind with
                | TextTest.StartsWith -> "starts_with"
                | TextTest.EndsWith -> "ends_with"
                | TextTest.Contains -> "contains"
                | TextTest.HasItem -> "has"

            $"%s{name}(%s{printText subject}, %s{printText part})"
        | Condition.Has(field, item) -> $"has(%s{Field.name (Field.List field)}, %s{printText item})"

    and private inside (least: int) (condition: Condition) =
        if strength condition >= least then
            printCondition condition
        else
            $"(%s{printCondition condition})"

    /// The predicate in its one canonical spelling. `parse (print p)` is `p`.
    let print (predicate: Predicate) : string = printCondition predicate.Condition

    let rec private textFields (expr: TextExpr) : Field list =
        match expr with
        | TextExpr.Field field -> [ Field.Text field ]
        | TextExpr.Literal _ -> []
        | TextExpr.Lower inner -> textFields inner

    let private numberFields (expr: NumberExpr) : Field list =
        match expr with
        | NumberExpr.Field field -> [ Field.Number field ]
        | NumberExpr.Literal _ -> []
        | NumberExpr.OfText inner
        | NumberExpr.Length inner -> textFields inner

    let private timeFields (expr: TimeExpr) : Field list =
        match expr with
        | TimeExpr.Field field -> [ Field.Time field ]
        | TimeExpr.Literal _ -> []

    let rec private fieldsOf (condition: Condition) : Field list =
        match condition with
        | Condition.And parts
        | Condition.Or parts -> List.collect fieldsOf parts
        | Condition.Not inner -> fieldsOf inner
        | Condition.CompareText(_, left, right) -> textFields left @ textFields right
        | Condition.CompareNumber(_, left, right) -> numberFields left @ numberFields right
        | Condition.CompareTime(_, left, right) -> timeFields left @ timeFields right
        | Condition.TextIn(subject, _, _)
        | Condition.Like(subject, _, _, _)
        | Condition.TextNull(subject, _) -> textFields subject
        | Condition.NumberIn(subject, _, _)
        | Condition.NumberNull(subject, _) -> numberFields subject
        | Condition.TimeIn(subject, _, _)
        | Condition.TimeNull(subject, _) -> timeFields subject
        | Condition.TextBetween(subject, _, low, high) -> List.collect textFields [ subject; low; high ]
        | Condition.NumberBetween(subject, _, low, high) -> List.collect numberFields [ subject; low; high ]
        | Condition.TimeBetween(subject, _, low, high) -> List.collect timeFields [ subject; low; high ]
        | Condition.ListNull(field, _) -> [ Field.List field ]
        | Condition.FlagNull(field, _)
        | Condition.Flag field -> [ Field.Flag field ]
        | Condition.Test(_, subject, part) -> textFields subject @ textFields part
        | Condition.Has(field, item) -> Field.List field :: textFields item

    /// The fields a predicate asks for, each once.
    let fields (predicate: Predicate) : Field list =
        fieldsOf predicate.Condition |> List.distinct

/// A predicate over the columns of a raw record (`when:` of a mapping).
type RecordPredicate =
    {
        Predicate: Predicate
        /// The columns it names, each once, in order of first appearance: `TextField.Column` counts them.
        Columns: string list
        /// As it was written.
        Text: string
    }

[<RequireQualifiedAccess>]
module RecordPredicate =
    /// Parses and type-checks: `status = 'online' AND confidence >= 50 AND "First seen" IS NOT NULL`. Whether a record has such columns is
    /// asked later, when they are known. Errors as those of `Predicate.parse`.
    let parse (text: string) : Result<RecordPredicate, PredicateError list> =
        match Parser.parse Scope.Record text with
        | Error error -> Error [ error ]
        | Ok raw ->
            let columns = RawExpr.names raw |> List.map fst |> List.distinct

            Typing.check (PredicateNames.Columns columns) raw
            |> Result.map (fun condition ->
                {
                    Predicate = { Condition = condition }
                    Columns = columns
                    Text = text
                })

    /// The columns a text names, with their places in it; none where it cannot be read.
    let names (text: string) : (string * TextRange) list =
        match Parser.parse Scope.Record text with
        | Ok raw -> RawExpr.names raw
        | Error _ -> []
