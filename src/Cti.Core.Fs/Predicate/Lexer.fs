// Cuts a predicate's text into tokens. Knows letters and quotes, not grammar.
namespace Cti.Core.Predicates

open System
open System.Globalization

[<RequireQualifiedAccess>]
type internal Token =
    /// A name or keyword, as written.
    | Word of string
    /// A name in double quotes, which is never a keyword.
    | Quoted of string
    | Text of string
    | Number of decimal
    /// `(`, `)`, `,` or an operator.
    | Symbol of string
    | End

[<Struct>]
type internal Lexeme = { Token: Token; Range: TextRange }

[<RequireQualifiedAccess>]
module internal Lexer =
    /// Characters a predicate may have.
    let maxLength = 65_536

    let private isWordStart (character: char) =
        Char.IsAsciiLetter character || character = '_'

    let private isWordPart (character: char) =
        isWordStart character || Char.IsAsciiDigit character

    let private twoCharacters = [ "<>"; "!="; "<="; ">=" ]

    // The end of the run of characters that satisfy `holds`.
    let rec private runEnd (text: string) (holds: char -> bool) at =
        if at < text.Length && holds text[at] then
            runEnd text holds (at + 1)
        else
            at

    // Behind the closing quote, or none. A doubled quote stands for itself.
    let rec private closing (quote: char) (text: string) at =
        match text.IndexOf(quote, startIndex = at) with
        | -1 -> ValueNone
        | found when found + 1 < text.Length && text[found + 1] = quote -> closing quote text (found + 2)
        | found -> ValueSome(found + 1)

    let private hasLoneSurrogate (text: string) =
        let rec scan at =
            if at >= text.Length then false
            elif Char.IsSurrogatePair(text, at) then scan (at + 2)
            elif Char.IsSurrogate text[at] then true
            else scan (at + 1)

        // IsSurrogatePair looks one character ahead only when there is one.
        scan 0

    let private quoted (text: string) (start: int) : Result<Lexeme, PredicateError> =
        match closing '\'' text (start + 1) with
        | ValueNone ->
            PredicateError.unreadable
                { From = start; To = text.Length }
                "the text that begins here is not closed"
                "close it with `'`; a quote inside is written twice: 'it''s'"
            |> Error
        | ValueSome finish ->
            let range = { From = start; To = finish }
            let inner = text.Substring(start + 1, finish - start - 2).Replace("''", "'")

            if inner.Contains '\000' || hasLoneSurrogate inner then
                Error(PredicateError.badLiteral range "this text holds a character that no value can hold" "")
            else
                Ok
                    {
                        Token = Token.Text inner
                        Range = range
                    }

    let private name (text: string) (start: int) : Result<Lexeme, PredicateError> =
        match closing '"' text (start + 1) with
        | ValueNone ->
            PredicateError.unreadable
                { From = start; To = text.Length }
                "the column name that begins here is not closed"
                "close it with `\"`; a quote inside is written twice"
            |> Error
        | ValueSome finish ->
            let inner = text.Substring(start + 1, finish - start - 2).Replace("\"\"", "\"")

            Ok
                {
                    Token = Token.Quoted inner
                    Range = { From = start; To = finish }
                }

    let private number (text: string) (start: int) : Result<Lexeme, PredicateError> =
        let first = if text[start] = '-' then start + 1 else start
        let whole = runEnd text Char.IsAsciiDigit first

        let finish =
            if
                whole + 1 < text.Length
                && text[whole] = '.'
                && Char.IsAsciiDigit text[whole + 1]
            then
                runEnd text Char.IsAsciiDigit (whole + 1)
            else
                whole

        let range = { From = start; To = finish }
        let written = text.Substring(start, finish - start)
        let digits = written |> Seq.filter Char.IsAsciiDigit |> Seq.length
        let style = NumberStyles.AllowLeadingSign ||| NumberStyles.AllowDecimalPoint

        match Decimal.TryParse(written, style, CultureInfo.InvariantCulture) with
        | true, value when digits <= 18 ->
            // 1.50 and 1.5 are the same number: keep the one that prints shorter.
            Ok
                {
                    Token = Token.Number(value / 1.000000000000000000000000000000000m)
                    Range = range
                }
        | _ -> Error(PredicateError.badLiteral range "this number is too long" "write at most 18 digits")

    let private startsNumber (text: string) at =
        Char.IsAsciiDigit text[at]
        || (text[at] = '-' && at + 1 < text.Length && Char.IsAsciiDigit text[at + 1])

    let private one (scope: Scope) (text: string) (start: int) : Result<Lexeme, PredicateError> =
        let symbol length =
            Ok
                {
                    Token = Token.Symbol(text.Substring(start, length))
                    Range = { From = start; To = start + length }
                }

        let character = text[start]

        if character = '\'' then
            quoted text start
        elif character = '"' && scope = Scope.Record then
            name text start
        elif isWordStart character then
            let finish = runEnd text isWordPart start

            Ok
                {
                    Token = Token.Word(text.Substring(start, finish - start))
                    Range = { From = start; To = finish }
                }
        elif startsNumber text start then
            number text start
        elif
            start + 1 < text.Length
            && List.contains (text.Substring(start, 2)) twoCharacters
        then
            symbol 2
        elif "()=<>,".Contains character then
            symbol 1
        else
            let range = { From = start; To = start + 1 }

            let hint =
                match character with
                | '"'
                | '`' -> "text stands in single quotes: 'url'; field names stand bare"
                | '&'
                | '|' -> "write AND, OR"
                | '!' -> "write NOT"
                | '~' -> "a text is searched with contains(value, 'x'), or value LIKE '%x%'"
                | '+'
                | '-'
                | '*'
                | '/' -> "a predicate has no arithmetic"
                | _ -> ""

            Error(PredicateError.unreadable range $"`%c{character}` cannot stand here" hint)

    /// All tokens with an `End` behind them, or the first thing that is none.
    let tokens (scope: Scope) (text: string) : Result<Lexeme list, PredicateError> =
        let rec scan (found: Lexeme list) at =
            let start = runEnd text Char.IsWhiteSpace at

            if start >= text.Length then
                let last = { From = text.Length; To = text.Length }
                Ok(List.rev ({ Token = Token.End; Range = last } :: found))
            else
                match one scope text start with
                | Ok lexeme -> scan (lexeme :: found) lexeme.Range.To
                | Error error -> Error error

        if text.Length > maxLength then
            Error(
                PredicateError.tooLarge
                    { From = 0; To = 1 }
                    $"a predicate may have %d{maxLength} characters, this one has %d{text.Length}"
                    ""
            )
        else
            scan [] 0
