// What texts of a predicate must hold: words of a field's vocabulary, patterns of LIKE that end well.
namespace Cti.Core.Predicates

open System
open Cti.Core

[<RequireQualifiedAccess>]
module internal TextRules =
    /// `type` and `tlp` hold words we know: another word is a typo, and "less than" would compare letters.
    let vocabularyErrors (ordered: bool) (left: TextExpr) (right: (TextExpr * TextRange) list) range =
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

    /// The value, where there is no error.
    let orError errors value =
        if List.isEmpty errors then Ok value else Error errors

    /// A comparison of texts, where it makes sense.
    let compare operator (left: TextExpr, leftRange) (right: TextExpr, rightRange) range =
        let ordered =
            match operator with
            | Comparison.Equal
            | Comparison.NotEqual -> false
            | _ -> true

        let errors =
            vocabularyErrors ordered left [ right, rightRange ] range
            @ vocabularyErrors ordered right [ left, leftRange ] range

        orError errors (Condition.CompareText(operator, left, right))

    /// A pattern of LIKE.
    let pattern (range: TextRange) (escape: char voption) (pattern: string) =
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

    /// What takes its meaning from the character behind it in a pattern.
    let escapeCharacter (escape: RawExpr voption) =
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
