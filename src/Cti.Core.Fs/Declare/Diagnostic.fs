// What is wrong with a configuration, said to a tired person at night: a stable code, a place, one sentence, one hint.
namespace Cti.Core.Declare

open System
open Cti.Core

/// What can be wrong. Each case has a stable code; words may improve, codes never change.
[<RequireQualifiedAccess>]
type Fault =
    /// Not YAML.
    | Syntax of problem: string * hint: string
    /// Too deep, too large, or too many aliases.
    | Limit of problem: string
    /// A list where a block of keys must stand, and the like.
    | WrongShape of expected: string * found: string
    | UnknownKey of key: string * allowed: string list
    | DuplicateKey of key: string * firstLine: int
    | MissingKey of key: string * doc: string
    /// A key or value that was begun and left empty.
    | NoValue of expected: string
    | NotAllowed of what: string * found: string * allowed: string list
    /// A text that does not read as what it must be.
    | Malformed of expected: string * found: string * example: string
    | OutOfRange of what: string * found: string * range: string
    | EmptyList of what: string
    | DuplicateName of what: string * name: string * firstLine: int
    /// None or several of keys of which exactly one must stand.
    | NotExactlyOne of keys: string list * found: string list
    /// A key that makes no sense beside another value.
    | Conflict of problem: string * hint: string
    /// A name that nothing in the file declares.
    | Unresolved of what: string * name: string * known: string list
    /// A predicate that does not parse or type-check; with its own code.
    | Predicate of code: string * problem: string * hint: string
    /// Enrichers that do not fit together, or do not give what is asked for; with its own code.
    | Enrichment of code: string * problem: string * hint: string

[<RequireQualifiedAccess>]
module Fault =
    let private quoted (keys: string list) =
        keys |> List.map (fun key -> $"`%s{key}`") |> String.concat ", "

    // Values are shown cut: a mistake may be a whole document in the wrong place.
    let private shown (text: string) =
        let line = text.Replace("\n", "⏎")

        if line.Length > 60 then
            line.Substring(0, 57) + "…"
        else
            line

    /// `CTI-CFG-001` to `CTI-CFG-015`; a predicate brings its own, `CTI-PRED-…`.
    let code (fault: Fault) : string =
        match fault with
        | Fault.Syntax _ -> "CTI-CFG-001"
        | Fault.Limit _ -> "CTI-CFG-002"
        | Fault.WrongShape _ -> "CTI-CFG-003"
        | Fault.UnknownKey _ -> "CTI-CFG-004"
        | Fault.DuplicateKey _ -> "CTI-CFG-005"
        | Fault.MissingKey _ -> "CTI-CFG-006"
        | Fault.NoValue _ -> "CTI-CFG-007"
        | Fault.NotAllowed _ -> "CTI-CFG-008"
        | Fault.Malformed _ -> "CTI-CFG-009"
        | Fault.OutOfRange _ -> "CTI-CFG-010"
        | Fault.EmptyList _ -> "CTI-CFG-011"
        | Fault.DuplicateName _ -> "CTI-CFG-012"
        | Fault.NotExactlyOne _ -> "CTI-CFG-013"
        | Fault.Conflict _ -> "CTI-CFG-014"
        | Fault.Unresolved _ -> "CTI-CFG-015"
        | Fault.Predicate(code, _, _)
        | Fault.Enrichment(code, _, _) -> code

    /// One sentence, no full stop.
    let message (fault: Fault) : string =
        match fault with
        | Fault.Syntax(problem, _)
        | Fault.Limit problem -> problem
        | Fault.WrongShape(expected, found) -> $"expected %s{expected}, found %s{found}"
        | Fault.UnknownKey(key, _) -> $"there is no key `%s{shown key}` here"
        | Fault.DuplicateKey(key, line) -> $"`%s{shown key}` is already given on line %d{line}"
        | Fault.MissingKey(key, _) -> $"`%s{key}` is missing"
        | Fault.NoValue expected -> $"no value given, expected %s{expected}"
        | Fault.NotAllowed(what, found, _) -> $"`%s{shown found}` is not %s{what}"
        | Fault.Malformed(expected, found, _) -> $"`%s{shown found}` is not %s{expected}"
        | Fault.OutOfRange(what, found, range) -> $"%s{what} %s{shown found} is out of range, it must be %s{range}"
        | Fault.EmptyList what -> $"%s{what} must not be empty"
        | Fault.DuplicateName(what, name, line) -> $"the %s{what} `%s{shown name}` is already used on line %d{line}"
        | Fault.NotExactlyOne(keys, []) -> $"one of %s{quoted keys} must be given"
        | Fault.NotExactlyOne(_, found) -> $"%s{quoted found} cannot stand together"
        | Fault.Conflict(problem, _) -> problem
        | Fault.Unresolved(what, name, _) -> $"there is no %s{what} named `%s{shown name}`"
        | Fault.Predicate(_, problem, _)
        | Fault.Enrichment(_, problem, _) -> problem

    /// What to do about it; "" where the message says it all.
    let hint (fault: Fault) : string =
        match fault with
        | Fault.Syntax(_, hint) -> hint
        | Fault.Limit _ -> ""
        | Fault.WrongShape _ -> ""
        | Fault.UnknownKey(key, []) -> $"remove `%s{shown key}`: nothing is set here"
        | Fault.UnknownKey(key, allowed) -> Suggest.hint allowed key
        | Fault.DuplicateKey _ -> "keep one of the two"
        | Fault.MissingKey(key, doc) -> $"add `%s{key}:` (%s{doc})"
        | Fault.NoValue _ -> "give a value, or delete the line to get the default"
        | Fault.NotAllowed(_, found, allowed) -> Suggest.hint allowed found
        | Fault.Malformed(_, _, example) -> $"write it like %s{example}"
        | Fault.OutOfRange _ -> ""
        | Fault.EmptyList _ -> "give at least one entry"
        | Fault.DuplicateName(what, _, _) -> $"every %s{what} must be different"
        | Fault.NotExactlyOne(keys, _) -> $"give exactly one of %s{quoted keys}"
        | Fault.Conflict(_, hint) -> hint
        | Fault.Unresolved(what, _, []) -> $"no %s{what} is declared"
        | Fault.Unresolved(_, name, known) ->
            match Suggest.nearest known name with
            | Some near -> $"did you mean `%s{near}`? Known: %s{quoted known}"
            | None -> $"known: %s{quoted known}"
        | Fault.Predicate(_, _, hint)
        | Fault.Enrichment(_, _, hint) -> hint

/// A fault at its place, ready to be shown or printed as JSON.
type Diagnostic =
    {
        /// Stable: `CTI-CFG-004`.
        Code: string
        /// From 1.
        Line: int
        /// From 1.
        Column: int
        /// Columns to underline, at least 1.
        Length: int
        Message: string
        /// What to do; "" when the message says it all.
        Hint: string
        /// Where in the document: `sinks[0].max_tlp`; "" for the document itself.
        Path: string
    }

[<RequireQualifiedAccess>]
module Diagnostic =
    let create (path: Path) (span: Span) (fault: Fault) : Diagnostic =
        {
            Code = Fault.code fault
            Line = span.Start.Line
            Column = span.Start.Column
            Length = Span.width span
            Message = Fault.message fault
            Hint = Fault.hint fault
            Path = Path.print path
        }

    /// In the order of the file; the same diagnostic is said once.
    let sort (diagnostics: Diagnostic list) : Diagnostic list =
        diagnostics
        |> List.distinct
        |> List.sortBy (fun diagnostic -> struct (diagnostic.Line, diagnostic.Column, diagnostic.Code))

    /// `12:5 CTI-CFG-004 there is no key …`
    let print (diagnostic: Diagnostic) : string =
        let hint =
            if diagnostic.Hint = "" then
                ""
            else
                $" (%s{diagnostic.Hint})"

        $"%d{diagnostic.Line}:%d{diagnostic.Column} %s{diagnostic.Code} %s{diagnostic.Message}%s{hint}"
