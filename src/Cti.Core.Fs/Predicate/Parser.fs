// Reads tokens as SQL-flavoured grammar: OR below AND below NOT below comparison. Knows no field and no type.
namespace Cti.Core.Predicates

open System
open System.Globalization
open Cti.Core

[<RequireQualifiedAccess>]
module internal Parser =
    /// How deep parentheses, NOT and function calls may nest: what comes later walks the tree by recursion.
    let maxDepth = 100

    // One parse. The first failure is kept and moves the cursor to the end, so that every rule comes home at once.
    type private Cursor(lexemes: Lexeme[]) =
        let mutable at = 0
        let mutable failure: PredicateError voption = ValueNone
        let mutable last = { From = 0; To = 0 }
        member _.Peek = lexemes[at]
        member _.PeekNext = lexemes[min (at + 1) (lexemes.Length - 1)]
        /// The range of the token taken last.
        member _.Last = last

        member _.Next() =
            let lexeme = lexemes[at]
            last <- lexeme.Range
            at <- min (at + 1) (lexemes.Length - 1)
            lexeme

        member _.Failure = failure

        member _.Fail(error: PredicateError) =
            if failure.IsNone then
                failure <- ValueSome error

            at <- lexemes.Length - 1

    // What a rule gives after a failure; `parse` gives the failure instead of anything built on it.
    let private nothing: RawExpr =
        {
            Kind = RawKind.Text ""
            Range = { From = 0; To = 0 }
        }

    let private stop (error: PredicateError) (cursor: Cursor) : RawExpr =
        cursor.Fail error
        nothing

    let private keywords = set Keyword.all

    let private keyword (lexeme: Lexeme) =
        match lexeme.Token with
        | Token.Word word ->
            let upper = word.ToUpperInvariant()
            if keywords.Contains upper then upper else ""
        | _ -> ""

    let private isSymbol (symbol: string) (lexeme: Lexeme) = lexeme.Token = Token.Symbol symbol

    let private shown (lexeme: Lexeme) =
        match lexeme.Token with
        | Token.Word word
        | Token.Quoted word -> $"`%s{word}`"
        | Token.Text _ -> "a text"
        | Token.Number number -> $"`%O{number}`"
        | Token.Symbol symbol -> $"`%s{symbol}`"
        | Token.End -> "the end"

    let private unexpected (lexeme: Lexeme) (expected: string) (cursor: Cursor) : RawExpr =
        let hint =
            match lexeme.Token with
            | Token.Symbol "=" -> "equality is written with one `=`"
            | Token.End -> "something is missing at the end"
            | _ -> ""

        stop (PredicateError.unreadable lexeme.Range $"expected %s{expected}, found %s{shown lexeme}" hint) cursor

    let private expectSymbol (symbol: string) (cursor: Cursor) =
        if isSymbol symbol cursor.Peek then
            cursor.Next() |> ignore
        else
            unexpected cursor.Peek $"`%s{symbol}`" cursor |> ignore

    let private expectKeyword (word: string) (cursor: Cursor) =
        if keyword cursor.Peek = word then
            cursor.Next() |> ignore
        else
            unexpected cursor.Peek word cursor |> ignore

    let private comparison (lexeme: Lexeme) : Comparison voption =
        match lexeme.Token with
        | Token.Symbol "=" -> ValueSome Comparison.Equal
        | Token.Symbol("<>" | "!=") -> ValueSome Comparison.NotEqual
        | Token.Symbol "<" -> ValueSome Comparison.Less
        | Token.Symbol "<=" -> ValueSome Comparison.LessOrEqual
        | Token.Symbol ">" -> ValueSome Comparison.Greater
        | Token.Symbol ">=" -> ValueSome Comparison.GreaterOrEqual
        | _ -> ValueNone

    let private timeForms =
        [|
            "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'"
            "yyyy-MM-dd HH:mm:ss.FFFFFF'Z'"
            "yyyy-MM-dd'T'HH:mm:ss.FFFFFF"
            "yyyy-MM-dd HH:mm:ss.FFFFFF"
            "yyyy-MM-dd"
        |]

    let private between (start: TextRange) (cursor: Cursor) (kind: RawKind) : RawExpr =
        {
            Kind = kind
            Range =
                {
                    From = start.From
                    To = cursor.Last.To
                }
        }

    let private timestamp (range: TextRange) (text: string) (cursor: Cursor) : RawExpr =
        let style = DateTimeStyles.AssumeUniversal ||| DateTimeStyles.AdjustToUniversal

        match DateTimeOffset.TryParseExact(text, timeForms, CultureInfo.InvariantCulture, style) with
        | true, value -> Timestamp.ofDateTimeOffset value |> RawKind.Time |> between range cursor
        | _ ->
            stop
                (PredicateError.badLiteral
                    { range with To = cursor.Last.To }
                    $"'%s{text}' is not a point in time"
                    "write it like TIMESTAMP '2026-01-01T00:00:00Z'")
                cursor

    let private deeper (cursor: Cursor) depth =
        if depth >= maxDepth then
            cursor.Fail(
                PredicateError.tooLarge cursor.Peek.Range $"nested more than %d{maxDepth} deep" "split the predicate"
            )

        depth + 1

    let rec private items (cursor: Cursor) (parse: Cursor -> RawExpr) (found: RawExpr list) : RawExpr list =
        let all = parse cursor :: found

        if isSymbol "," cursor.Peek then
            cursor.Next() |> ignore
            items cursor parse all
        else
            List.rev all

    let rec private disjunction depth (cursor: Cursor) : RawExpr =
        chain "OR" RawKind.Or (conjunction depth) cursor

    and private conjunction depth (cursor: Cursor) : RawExpr =
        chain "AND" RawKind.And (negation depth) cursor

    and private chain (word: string) (build: RawExpr list -> RawKind) (parse: Cursor -> RawExpr) (cursor: Cursor) =
        let start = cursor.Peek.Range
        let first = parse cursor

        let rec more (found: RawExpr list) =
            if keyword cursor.Peek = word then
                cursor.Next() |> ignore
                more (parse cursor :: found)
            else
                List.rev found

        match more [ first ] with
        | [ single ] -> single
        | several -> build several |> between start cursor

    and private negation depth (cursor: Cursor) : RawExpr =
        if keyword cursor.Peek = "NOT" then
            let start = cursor.Next().Range
            let inner = negation (deeper cursor depth) cursor
            RawKind.Not inner |> between start cursor
        else
            comparing depth cursor

    and private comparing depth (cursor: Cursor) : RawExpr =
        let start = cursor.Peek.Range
        let left = operand depth cursor

        match comparison cursor.Peek with
        | ValueSome operator ->
            cursor.Next() |> ignore
            let right = operand depth cursor
            RawKind.Compare(operator, left, right) |> between start cursor
        | ValueNone ->
            let positive = keyword cursor.Peek <> "NOT"
            let decider = if positive then cursor.Peek else cursor.PeekNext

            match keyword decider with
            | "IN"
            | "LIKE"
            | "BETWEEN" as word ->
                if not positive then
                    cursor.Next() |> ignore

                cursor.Next() |> ignore
                phrase depth word left positive cursor |> between start cursor
            | "IS" when positive ->
                cursor.Next() |> ignore
                let isNull = keyword cursor.Peek <> "NOT"

                if not isNull then
                    cursor.Next() |> ignore

                expectKeyword "NULL" cursor
                RawKind.IsNull(left, isNull) |> between start cursor
            | _ when not positive -> unexpected decider "IN, LIKE or BETWEEN" cursor
            | _ -> left

    and private phrase depth (word: string) (left: RawExpr) (positive: bool) (cursor: Cursor) : RawKind =
        match word with
        | "IN" ->
            expectSymbol "(" cursor
            let values = items cursor (operand depth) []
            expectSymbol ")" cursor
            RawKind.In(left, positive, values)
        | "LIKE" ->
            let pattern = operand depth cursor

            if keyword cursor.Peek = "ESCAPE" then
                cursor.Next() |> ignore
                RawKind.Like(left, positive, pattern, ValueSome(operand depth cursor))
            else
                RawKind.Like(left, positive, pattern, ValueNone)
        | _ ->
            let low = operand depth cursor
            expectKeyword "AND" cursor
            RawKind.Between(left, positive, low, operand depth cursor)

    and private operand depth (cursor: Cursor) : RawExpr =
        let lexeme = cursor.Peek

        match lexeme.Token, keyword lexeme with
        | Token.Symbol "(", _ ->
            cursor.Next() |> ignore
            let inner = disjunction (deeper cursor depth) cursor
            expectSymbol ")" cursor
            inner
        | Token.Text text, _ ->
            cursor.Next() |> ignore
            RawKind.Text text |> between lexeme.Range cursor
        | Token.Number number, _ ->
            cursor.Next() |> ignore
            RawKind.Number number |> between lexeme.Range cursor
        | Token.Word _, "TIMESTAMP" ->
            cursor.Next() |> ignore
            let literal = cursor.Next()

            match literal.Token with
            | Token.Text text -> timestamp lexeme.Range text cursor
            | _ -> unexpected literal "a text like '2026-01-01T00:00:00Z'" cursor
        | Token.Word _, "NULL" ->
            stop
                (PredicateError.unreadable
                    lexeme.Range
                    "NULL compares with nothing"
                    "write `field IS NULL` or `IS NOT NULL`")
                cursor
        | Token.Quoted name, _ ->
            cursor.Next() |> ignore
            RawKind.Name name |> between lexeme.Range cursor
        | Token.Word name, "" ->
            cursor.Next() |> ignore

            if isSymbol "(" cursor.Peek then
                call (deeper cursor depth) name lexeme.Range cursor
            else
                RawKind.Name name |> between lexeme.Range cursor
        | _ -> unexpected lexeme "a field, a function or a literal" cursor

    and private call depth (name: string) (start: TextRange) (cursor: Cursor) : RawExpr =
        expectSymbol "(" cursor

        let arguments =
            if isSymbol ")" cursor.Peek then
                []
            else
                items cursor (operand depth) []

        expectSymbol ")" cursor
        RawKind.Call(name, arguments) |> between start cursor

    /// Reads a whole predicate; the first thing that does not fit ends it.
    let parse (scope: Scope) (text: string) : Result<RawExpr, PredicateError> =
        match Lexer.tokens scope text with
        | Error error -> Error error
        | Ok lexemes ->
            let cursor = Cursor(Array.ofList lexemes)

            let whole = disjunction 0 cursor

            if cursor.Peek.Token <> Token.End then
                unexpected cursor.Peek "AND, OR or the end" cursor |> ignore

            match cursor.Failure with
            | ValueSome error -> Error error
            | ValueNone -> Ok whole
