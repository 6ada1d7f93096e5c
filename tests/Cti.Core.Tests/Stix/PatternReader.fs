// A reader of the STIX patterns we write (STIX 2.1 §9), made from the grammar and not from the printer.
module Cti.Core.Tests.PatternReader

type Literal =
    | Text of string
    | Number of int64

type Comparison =
    {
        ObjectType: string
        Path: string
        Operator: string
        Value: Literal
    }

/// `[` comparison (` AND ` comparison)* `]`, or why not.
let read (pattern: string) : Result<Comparison list, string> =
    let mutable at = 0
    let mutable error = ""

    let fail message =
        if error = "" then
            error <- $"%s{message} at %d{at} in %s{pattern}"

    let peek () =
        if at < pattern.Length then pattern[at] else '\000'

    let expect (text: string) =
        if
            String.length pattern - at >= text.Length
            && pattern.Substring(at, text.Length) = text
        then
            at <- at + text.Length
        else
            fail $"expected %s{text}"

    let word (allowed: char -> bool) =
        let start = at

        while at < pattern.Length && allowed pattern[at] do
            at <- at + 1

        if at = start then
            fail "expected a word"

        pattern.Substring(start, at - start)

    let isName character =
        System.Char.IsAsciiLetterOrDigit character || character = '-' || character = '_'

    let quoted () =
        let text = System.Text.StringBuilder()
        expect "'"

        while error = "" && peek () <> '\'' do
            if at >= pattern.Length then
                fail "an open literal"
            elif peek () = '\\' then
                at <- at + 1

                if peek () = '\'' || peek () = '\\' then
                    text.Append(peek ()) |> ignore
                    at <- at + 1
                else
                    fail "an escape that is neither \\' nor \\\\"
            else
                text.Append(peek ()) |> ignore
                at <- at + 1

        expect "'"
        text.ToString()

    let comparison () =
        let objectType = word isName
        expect ":"
        let mutable path = word isName

        while error = "" && peek () = '.' do
            at <- at + 1
            path <- path + "." + (if peek () = '\'' then quoted () else word isName)

            if peek () = '[' then
                expect "[*]"
                path <- path + "[*]"

        expect " "
        let operator = word (fun character -> character <> ' ')

        if operator <> "=" && operator <> "ISSUBSET" then
            fail "expected an operator"

        expect " "

        let value =
            if peek () = '\'' then
                Text(quoted ())
            else
                match System.Int64.TryParse(word System.Char.IsAsciiDigit) with
                | true, number -> Number number
                | _ -> Number -1L

        {
            ObjectType = objectType
            Path = path
            Operator = operator
            Value = value
        }

    expect "["
    let mutable comparisons = [ comparison () ]

    while error = "" && peek () = ' ' do
        expect " AND "
        comparisons <- comparison () :: comparisons

    expect "]"

    if error = "" && at <> pattern.Length then
        fail "text behind the pattern"

    if error = "" then Ok(List.rev comparisons) else Error error
