// The oracle's half: a predicate as DuckDB SQL, and rows as an INSERT. Written from the language's definition, not from the
// evaluator: where the two disagree, one of them is wrong.
module Cti.Core.Tests.DuckDbTranslation

open System.Globalization
open Cti.Core
open Cti.Core.Predicates
open Cti.Core.Tests.RowGen

let private quote (text: string) = "'" + text.Replace("'", "''") + "'"

let private number (value: decimal) =
    value.ToString(CultureInfo.InvariantCulture)

let private time (value: Timestamp) =
    $"make_timestamp(%d{Timestamp.toMicroseconds value})"

let rec private text (expr: TextExpr) =
    match expr with
    | TextExpr.Field field -> Field.name (Field.Text field)
    | TextExpr.Literal value -> quote value
    | TextExpr.Lower inner -> $"lower(%s{text inner})"

let private numberExpr (expr: NumberExpr) =
    match expr with
    | NumberExpr.Field field -> Field.name (Field.Number field)
    | NumberExpr.Literal value -> number value
    | NumberExpr.Length inner -> $"length(%s{text inner})"
    | NumberExpr.OfText inner -> $"try_cast(%s{text inner} AS DECIMAL(38, 18))"

let private timeExpr (expr: TimeExpr) =
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

let private without positive = if positive then "" else "NOT "

let private inList subject positive values =
    let list = String.concat ", " values
    $"%s{subject} %s{without positive}IN (%s{list})"

let private between subject positive low high =
    $"%s{subject} %s{without positive}BETWEEN %s{low} AND %s{high}"

let private isNull subject positive =
    $"%s{subject} IS %s{without positive}NULL"

let rec private condition (expr: Condition) : string =
    match expr with
    | Condition.And parts -> parts |> List.map bracketed |> String.concat " AND "
    | Condition.Or parts -> parts |> List.map bracketed |> String.concat " OR "
    | Condition.Not inner -> $"NOT %s{bracketed inner}"
    | Condition.CompareText(sort, left, right) -> $"%s{text left} %s{sign sort} %s{text right}"
    | Condition.CompareNumber(sort, left, right) -> $"%s{numberExpr left} %s{sign sort} %s{numberExpr right}"
    | Condition.CompareTime(sort, left, right) -> $"%s{timeExpr left} %s{sign sort} %s{timeExpr right}"
    | Condition.TextIn(subject, positive, values) -> inList (text subject) positive (List.map quote values)
    | Condition.NumberIn(subject, positive, values) -> inList (numberExpr subject) positive (List.map number values)
    | Condition.TimeIn(subject, positive, values) -> inList (timeExpr subject) positive (List.map time values)
    | Condition.TextBetween(subject, positive, low, high) -> between (text subject) positive (text low) (text high)
    | Condition.NumberBetween(subject, positive, low, high) ->
        between (numberExpr subject) positive (numberExpr low) (numberExpr high)
    | Condition.TimeBetween(subject, positive, low, high) ->
        between (timeExpr subject) positive (timeExpr low) (timeExpr high)
    | Condition.Like(subject, positive, pattern, escape) ->
        let ending =
            match escape with
            | ValueSome character -> $" ESCAPE %s{quote (string character)}"
            | ValueNone -> ""

        $"%s{text subject} %s{without positive}LIKE %s{quote pattern}%s{ending}"
    | Condition.TextNull(subject, positive) -> isNull (text subject) positive
    | Condition.NumberNull(subject, positive) -> isNull (numberExpr subject) positive
    | Condition.TimeNull(subject, positive) -> isNull (timeExpr subject) positive
    | Condition.ListNull(field, positive) -> isNull (Field.name (Field.List field)) positive
    | Condition.FlagNull(field, positive) -> isNull (Field.name (Field.Flag field)) positive
    | Condition.Flag field -> Field.name (Field.Flag field)
    | Condition.Test(kind, subject, part) ->
        let name =
            match kind with
            | TextTest.StartsWith -> "starts_with"
            | TextTest.EndsWith -> "ends_with"
            | TextTest.Contains -> "contains"
            | TextTest.HasItem -> invalidOp "only records have items"

        $"%s{name}(%s{text subject}, %s{text part})"
    | Condition.Has(field, item) -> $"list_contains(%s{Field.name (Field.List field)}, %s{text item})"

and private bracketed expr = $"(%s{condition expr})"

/// A boolean SQL expression over the columns of `rows`.
let sql (predicate: Predicate) : string = condition predicate.Condition

/// The table the expressions are about.
let createRows =
    "CREATE TABLE rows (id BIGINT, type VARCHAR, value VARCHAR, tlp VARCHAR, score BIGINT, confidence BIGINT, source_count BIGINT, "
    + "first_seen TIMESTAMP, last_seen TIMESTAMP, labels VARCHAR[], sources VARCHAR[], "
    + "country VARCHAR, asn BIGINT, as_name VARCHAR, registered_domain VARCHAR, kev BOOLEAN, kev_ransomware BOOLEAN, kev_added TIMESTAMP, "
    + "epss DECIMAL(18, 9), epss_percentile DECIMAL(18, 9), cvss DECIMAL(3, 1), cvss_severity VARCHAR, cvss_version VARCHAR, "
    + "cvss_vector VARCHAR, cwe VARCHAR[], attack_name VARCHAR, attack_tactics VARCHAR[], attack_status VARCHAR, attack_replacement VARCHAR)"

/// One row of that table as a VALUES item.
let values (id: int) (sample: Sample) : string =
    let literal (print: 'T -> string) (value: 'T option) =
        value |> Option.map print |> Option.defaultValue "NULL"

    let probability (parts: int) =
        number (decimal parts / decimal FactColumns.Whole)

    let list (items: string list) =
        "[" + (items |> List.map quote |> String.concat ", ") + "]::VARCHAR[]"

    [
        string id
        literal quote sample.Type
        literal quote sample.Value
        literal quote sample.Tlp
        literal string sample.Score
        literal string sample.Confidence
        literal string sample.SourceCount
        literal time sample.FirstSeen
        literal time sample.LastSeen
        literal list sample.Labels
        literal list sample.Sources
        literal quote sample.Country
        literal string sample.Asn
        literal quote sample.AsName
        literal quote sample.RegisteredDomain
        literal string sample.Kev
        literal string sample.KevRansomware
        literal time sample.KevAdded
        literal probability sample.Epss
        literal probability sample.EpssPercentile
        literal (fun tenths -> number (decimal tenths / 10m)) sample.Cvss
        literal quote sample.CvssSeverity
        literal quote sample.CvssVersion
        literal quote sample.CvssVector
        literal list sample.Cwe
        literal quote sample.AttackName
        literal list sample.AttackTactics
        literal quote sample.AttackStatus
        literal quote sample.AttackReplacement
    ]
    |> String.concat ", "
    |> sprintf "(%s)"
