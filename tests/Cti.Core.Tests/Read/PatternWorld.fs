// What a STIX pattern means, worked out from the standard (STIX 2.1 §9) over little worlds: an observation holds when one object has all that stands
// in its brackets. Shares no code with the printer it judges.
module Cti.Core.Tests.Read.PatternWorld

open System
open System.Globalization
open System.Text.RegularExpressions

/// Objects: their type, and the texts of their properties.
type World = (string * Map<string, string>) list

type private Token =
    | Symbol of string
    | Literal of string
    | Word of string

let private tokens (pattern: string) : Token list =
    let rec from (at: int) (found: Token list) =
        if at >= pattern.Length then
            List.rev found
        else
            match pattern[at] with
            | ' ' -> from (at + 1) found
            | '['
            | ']'
            | '('
            | ')' -> from (at + 1) (Symbol(string pattern[at]) :: found)
            | '\'' ->
                let text = Text.StringBuilder()
                let mutable next = at + 1

                while pattern[next] <> '\'' do
                    if pattern[next] = '\\' then
                        next <- next + 1

                    text.Append pattern[next] |> ignore
                    next <- next + 1

                from (next + 1) (Literal(text.ToString()) :: found)
            | _ ->
                // Paths have brackets and quotes of their own: file:hashes.'SHA-1', values[*].
                let mutable next = at

                while next < pattern.Length
                      && (pattern[next] <> ' ' && pattern[next] <> ']' && pattern[next] <> ')'
                          || pattern[next] = ']' && pattern[next - 1] = '*') do
                    if pattern[next] = '\'' then
                        next <- pattern.IndexOf('\'', next + 1)

                    next <- next + 1

                from next (Word(pattern.Substring(at, next - at)) :: found)

    from 0 []

let private like (value: string) (pattern: string) =
    let expression =
        pattern
        |> Seq.map (fun letter ->
            match letter with
            | '%' -> ".*"
            | '_' -> "."
            | other -> Regex.Escape(string other))
        |> String.concat ""

    Regex.IsMatch(value, $"^%s{expression}$", RegexOptions.Singleline ||| RegexOptions.CultureInvariant)

let private number (text: string) =
    Int64.Parse(text, CultureInfo.InvariantCulture)

// Absent properties fulfil nothing, not even a negation.
let private test (value: string) (operator: string) (literal: string) : bool =
    match operator with
    | "=" -> value = literal
    | "!=" -> value <> literal
    | "<" -> number value < number literal
    | "<=" -> number value <= number literal
    | ">" -> number value > number literal
    | ">=" -> number value >= number literal
    | "LIKE" -> like value literal
    | "NOT LIKE" -> not (like value literal)
    | "MATCHES" -> Regex.IsMatch(value, literal, RegexOptions.CultureInvariant)
    | "NOT MATCHES" -> not (Regex.IsMatch(value, literal, RegexOptions.CultureInvariant))
    | other -> failwith $"no operator %s{other}"

type private Inside = string -> Map<string, string> -> bool

/// Whether a world fulfils a pattern. Fails on what is no pattern.
let holds (pattern: string) (world: World) : bool =
    let mutable rest = tokens pattern

    let take () =
        match rest with
        | first :: others ->
            rest <- others
            first
        | [] -> failwith $"it ends too early: %s{pattern}"

    let expect token =
        let found = take ()

        if found <> token then
            failwith $"expected %A{token}, found %A{found} in %s{pattern}"

    let isNext token = List.tryHead rest = Some token

    // operand (word operand)*
    let joined (word: string) (operand: unit -> 'T) (join: 'T -> 'T -> 'T) : 'T =
        let mutable result = operand ()

        while isNext (Word word) do
            take () |> ignore
            result <- join result (operand ())

        result

    let rec insideOr () : Inside =
        joined "OR" insideAnd (fun left right kind properties -> left kind properties || right kind properties)

    and insideAnd () : Inside =
        joined "AND" comparison (fun left right kind properties -> left kind properties && right kind properties)

    and comparison () : Inside =
        if isNext (Symbol "(") then
            take () |> ignore
            let inner = insideOr ()
            expect (Symbol ")")
            inner
        else
            match take () with
            | Word path ->
                let operator =
                    match take () with
                    | Word "NOT" ->
                        match take () with
                        | Word second -> "NOT " + second
                        | other -> failwith $"%A{other}"
                    | Word operator -> operator
                    | other -> failwith $"%A{other}"

                let literal =
                    match take () with
                    | Literal text -> text
                    | Word number -> number
                    | other -> failwith $"%A{other}"

                let kind = path.Substring(0, path.IndexOf ':')

                fun found properties ->
                    found = kind
                    && (match Map.tryFind path properties with
                        | Some value -> test value operator literal
                        | None -> false)
            | other -> failwith $"expected a path, found %A{other} in %s{pattern}"

    let rec observationOr () : World -> bool =
        joined "OR" observationAnd (fun left right world -> left world || right world)

    and observationAnd () : World -> bool =
        joined "AND" observation (fun left right world -> left world && right world)

    and observation () : World -> bool =
        match take () with
        | Symbol "(" ->
            let inner = observationOr ()
            expect (Symbol ")")
            inner
        | Symbol "[" ->
            let inside = insideOr ()
            expect (Symbol "]")
            fun world -> world |> List.exists (fun (kind, properties) -> inside kind properties)
        | other -> failwith $"expected an observation, found %A{other} in %s{pattern}"

    let whole = observationOr ()

    if not (List.isEmpty rest) then
        failwith $"%A{rest} follows the pattern %s{pattern}"

    whole world
