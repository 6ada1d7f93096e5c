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
    | Limit of problem: string * hint: string
    /// A list where a block of keys must stand, and the like.
    | WrongShape of expected: string * found: string * hint: string
    | UnknownKey of key: string * allowed: string list
    /// A key that blocks of another `type` have: `owners` are those.
    | ForeignKey of key: string * owners: string list * allowed: string list
    | DuplicateKey of key: string * first: Span
    | MissingKey of key: string * doc: string
    /// A key or value that was begun and left empty.
    | NoValue of expected: string
    | NotAllowed of what: string * found: string * allowed: string list
    /// A text that does not read as what it must be.
    | Malformed of expected: string * found: string * example: string
    | OutOfRange of what: string * found: string * range: string
    | EmptyList of what: string
    | DuplicateName of what: string * name: string * first: Span
    /// None or several of keys of which exactly one must stand.
    | NotExactlyOne of keys: string list * found: string list
    /// A key that makes no sense beside another value.
    | Conflict of problem: string * hint: string
    /// An expectation that nothing can fail.
    | ProvesNothing of problem: string * hint: string
    /// A file the pipeline's file names, and what is wrong with it.
    | BadFile of path: string * problem: string * hint: string
    /// A name that nothing in the file declares.
    | Unresolved of what: string * name: string * known: string list
    /// `use` names a file that cannot be had: `problem` reads behind its name; `meant` is a path that is there and spelt alike;
    /// `there` are names in that folder.
    | IncludeMissing of file: string * problem: string * meant: string option * there: string list
    /// Files that include each other, the first one again at the end.
    | IncludeCycle of chain: string list
    /// Files included too deep, too many of them, or too much of them.
    | IncludeLimit of problem: string
    /// A file that is no text in UTF-8.
    | Encoding of problem: string * hint: string
    /// Two pipelines given together claim the same thing. `other` is where the first one stands.
    | Clash of what: string * name: string * other: string
    /// A reference, `${env:NAME}`, whose value is not there. Never holds a value.
    | MissingSecret of reference: string * problem: string
    /// Something in `${…}` that is no reference.
    | BadReference of problem: string
    /// A reference where none is resolved.
    | MisplacedReference of hint: string
    /// Standard input can be read once.
    | SharedInput of firstLine: int
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

    /// The key that was meant where the colon or the blank behind it was forgotten: `read:{ type` and `read { type` are `read`.
    let glued (allowed: string list) (key: string) : string option =
        match key.IndexOfAny [| ':'; ' '; '='; '{'; '[' |] with
        | -1 -> None
        | finish -> allowed |> List.tryFind (fun name -> name = key.Substring(0, finish))

    /// `CTI-CFG-…`; a predicate brings its own, `CTI-PRED-…`.
    let code (fault: Fault) : string =
        match fault with
        | Fault.Syntax _ -> "CTI-CFG-001"
        | Fault.Limit _ -> "CTI-CFG-002"
        | Fault.WrongShape _ -> "CTI-CFG-003"
        | Fault.UnknownKey _
        | Fault.ForeignKey _ -> "CTI-CFG-004"
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
        | Fault.IncludeMissing _ -> "CTI-CFG-045"
        | Fault.IncludeCycle _ -> "CTI-CFG-046"
        | Fault.IncludeLimit _ -> "CTI-CFG-047"
        | Fault.Encoding _ -> "CTI-CFG-048"
        | Fault.Clash _ -> "CTI-CFG-049"
        | Fault.MissingSecret _ -> "CTI-CFG-035"
        | Fault.BadReference _ -> "CTI-CFG-036"
        | Fault.MisplacedReference _ -> "CTI-CFG-037"
        | Fault.SharedInput _ -> "CTI-CFG-038"
        | Fault.ProvesNothing _ -> "CTI-CFG-040"
        | Fault.BadFile _ -> "CTI-CFG-041"
        | Fault.Predicate(code, _, _)
        | Fault.Enrichment(code, _, _) -> code

    /// One sentence, no full stop.
    let message (fault: Fault) : string =
        match fault with
        | Fault.Syntax(problem, _)
        | Fault.Limit(problem, _) -> problem
        | Fault.WrongShape(expected, found, _) -> $"expected %s{expected}, found %s{found}"
        | Fault.ForeignKey(key, _, _)
        | Fault.UnknownKey(key, _) -> $"there is no key `%s{shown key}` here"
        | Fault.DuplicateKey(key, first) -> $"`%s{shown key}` is already given on %s{Span.line first}"
        | Fault.MissingKey(key, _) -> $"`%s{key}` is missing"
        | Fault.NoValue expected -> $"no value given, expected %s{expected}"
        | Fault.NotAllowed(what, found, _) -> $"`%s{shown found}` is not %s{what}"
        | Fault.Malformed(expected, found, _) -> $"`%s{shown found}` is not %s{expected}"
        | Fault.OutOfRange(what, found, range) -> $"%s{what} %s{shown found} is out of range, it must be %s{range}"
        | Fault.EmptyList what -> $"%s{what} must not be empty"
        | Fault.DuplicateName(what, name, first) ->
            $"the %s{what} `%s{shown name}` is already used on %s{Span.line first}"
        | Fault.NotExactlyOne(keys, []) -> $"one of %s{quoted keys} must be given"
        | Fault.NotExactlyOne(_, found) -> $"%s{quoted found} cannot stand together"
        | Fault.Conflict(problem, _)
        | Fault.ProvesNothing(problem, _) -> problem
        | Fault.BadFile(path, problem, _) -> $"`%s{shown path}` %s{problem}"
        | Fault.Unresolved(what, name, _) -> $"there is no %s{what} named `%s{shown name}`"
        | Fault.IncludeMissing(file, problem, _, _) -> $"`%s{shown file}` %s{problem}"
        | Fault.IncludeCycle chain ->
            let way = String.concat " uses " chain
            $"these files include each other: %s{way}"
        | Fault.IncludeLimit problem -> problem
        | Fault.Encoding(problem, _) -> problem
        | Fault.Clash(what, name, other) -> $"the %s{what} `%s{shown name}` is already used by %s{other}"
        | Fault.MissingSecret(reference, problem) -> $"%s{shown reference} cannot be resolved: %s{problem}"
        | Fault.BadReference problem -> problem
        | Fault.MisplacedReference _ -> "a reference is not resolved here"
        | Fault.SharedInput line -> $"standard input is already read by the source on line %d{line}"
        | Fault.Predicate(_, problem, _)
        | Fault.Enrichment(_, problem, _) -> problem

    /// What to do about it; "" where the message says it all.
    let hint (fault: Fault) : string =
        match fault with
        | Fault.Syntax(_, hint) -> hint
        | Fault.Limit(_, hint)
        | Fault.WrongShape(_, _, hint) -> hint
        | Fault.UnknownKey("<<", _) ->
            "merge keys are not read: put the shared keys in a file of their own and write `use: FILE`"
        | Fault.UnknownKey(key, []) -> $"remove `%s{shown key}`: nothing is set here"
        | Fault.UnknownKey(key, allowed) ->
            match glued allowed key, Suggest.nearest allowed key with
            | Some name, _ ->
                let rest = key.Substring(name.Length).TrimStart(':', ' ', '=')
                $"a colon and a blank stand behind a key: `%s{name}: %s{shown rest}`"
            | None, None when Suggest.nearest [ "use"; "include" ] key <> None ->
                "did you mean `use`? It takes the keys of another file"
            | _ -> Suggest.hint allowed key
        | Fault.ForeignKey(key, owners, allowed) ->
            let types =
                owners |> List.map (fun owner -> $"`type: %s{owner}`") |> String.concat ", "

            let names = String.concat ", " allowed
            $"`%s{key}` goes with %s{types}. Allowed here: %s{names}"
        | Fault.DuplicateKey _ -> "keep one of the two"
        | Fault.MissingKey(key, doc) -> $"add `%s{key}:` (%s{doc})"
        | Fault.NoValue _ -> "give a value, or delete the line"
        | Fault.NotAllowed(_, found, allowed) -> Suggest.hint allowed found
        | Fault.Malformed(_, _, example) -> $"write it like %s{example}"
        | Fault.OutOfRange _ -> ""
        | Fault.EmptyList _ -> "give at least one entry"
        | Fault.DuplicateName(what, _, _) -> $"every %s{what} must be different"
        | Fault.NotExactlyOne(keys, _) -> $"give exactly one of %s{quoted keys}"
        | Fault.Conflict(_, hint)
        | Fault.ProvesNothing(_, hint)
        | Fault.BadFile(_, _, hint) -> hint
        | Fault.Unresolved(what, _, []) -> $"no %s{what} is declared"
        | Fault.Unresolved(_, name, known) ->
            match Suggest.nearest known name with
            | Some near -> $"did you mean `%s{near}`? Known: %s{quoted known}"
            | None -> $"known: %s{quoted known}"
        | Fault.IncludeMissing(file, _, _, _) when file.Contains "://" ->
            "an include is a file on this machine: fetch it first"
        | Fault.IncludeMissing(file, _, _, _) when file.Contains '*' -> "`use` takes no wildcards: name each file"
        | Fault.IncludeMissing(_, _, Some path, _) -> $"did you mean `%s{path}`?"
        | Fault.IncludeMissing(_, _, None, []) -> "paths are relative to the file that says `use`"
        | Fault.IncludeMissing(_, _, None, there) ->
            let some = there |> List.truncate 8 |> quoted
            $"paths are relative to the file that says `use`; that folder has %s{some}"
        | Fault.IncludeCycle _ -> "take `use` out of one of them"
        | Fault.IncludeLimit _ -> "put what is shared into fewer files"
        | Fault.Encoding(_, hint) -> hint
        | Fault.Clash(what, _, _) -> $"every pipeline needs its own %s{what}: change one of the two"
        | Fault.MissingSecret _ -> "docs/secrets.md says where values may come from"
        | Fault.BadReference _ -> "write `${env:NAME}` or `${file:PATH}`; a plain `${` is written `$${`"
        | Fault.MisplacedReference hint -> hint
        | Fault.SharedInput _ -> "feed one of the two from a file or a command"
        | Fault.Predicate(_, _, hint)
        | Fault.Enrichment(_, _, hint) -> hint

/// A fault at its place, ready to be shown or printed as JSON.
type Diagnostic =
    {
        /// Stable: `CTI-CFG-004`.
        Code: string
        /// "" for the pipeline's own file, else an included one, as a path from the pipeline's folder.
        File: string
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
            File = span.File
            Line = span.Start.Line
            Column = span.Start.Column
            Length = Span.width span
            Message = Fault.message fault
            Hint = Fault.hint fault
            Path = Path.print path
        }

    /// In the order of the file, included ones behind it; what is wrong with a part that is used twice is said once.
    let sort (diagnostics: Diagnostic list) : Diagnostic list =
        diagnostics
        |> List.distinctBy (fun diagnostic -> { diagnostic with Path = "" })
        |> List.sortBy (fun diagnostic -> struct (diagnostic.File, diagnostic.Line, diagnostic.Column, diagnostic.Code))

    /// `12:5 CTI-CFG-004 there is no key …`
    let print (diagnostic: Diagnostic) : string =
        let hint =
            if diagnostic.Hint = "" then
                ""
            else
                $" (%s{diagnostic.Hint})"

        $"%d{diagnostic.Line}:%d{diagnostic.Column} %s{diagnostic.Code} %s{diagnostic.Message}%s{hint}"
