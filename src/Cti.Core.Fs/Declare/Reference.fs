// References to what must not stand in a file: `${env:NAME}` and `${file:PATH}` inside a text. Parsed with the file, resolved later by a
// lookup that is handed in: nothing here reads the environment, and a decoder never sees a secret, so no diagnostic can show one.
namespace Cti.Core.Declare

open System
open System.Text

/// Where a value comes from that the file only names.
[<RequireQualifiedAccess>]
type Reference =
    /// An environment variable.
    | Env of name: string
    /// The content of a file, without the line end at its end; relative to the pipeline's file.
    | File of path: string

    /// As it is written: `${env:NAME}`. All that is ever shown of it.
    override this.ToString() =
        match this with
        | Env name -> "${env:" + name + "}"
        | File path -> "${file:" + path + "}"

/// A piece of a text.
[<RequireQualifiedAccess>]
type TemplatePart =
    | Text of string
    | Reference of Reference

/// A text that may hold references.
type Template =
    private
        {
            Parts: TemplatePart list
        }

    /// The references in it, in order.
    member this.References: Reference list =
        this.Parts
        |> List.choose (fun part ->
            match part with
            | TemplatePart.Reference reference -> Some reference
            | TemplatePart.Text _ -> None)

    /// Whether it holds any: its value may be a secret then.
    member this.HasReferences = not (List.isEmpty this.References)

    /// The text with every reference replaced by what the lookup gives for it.
    member this.Resolve(lookup: Func<Reference, string>) : string =
        this.Parts
        |> List.map (fun part ->
            match part with
            | TemplatePart.Text text -> text
            | TemplatePart.Reference reference -> lookup.Invoke reference)
        |> String.concat ""

    /// The text as a person may see it: references as they are written, `$${` as `${`.
    override this.ToString() =
        this.Resolve(fun reference -> reference.ToString())

/// A reference that cannot be read, and where in the text it begins (UTF-16 units).
[<Struct>]
type TemplateError = { Offset: int; Problem: string }

[<RequireQualifiedAccess>]
module Template =
    let private isNameStart (character: char) =
        Char.IsAsciiLetter character || character = '_'

    let private isName (text: string) =
        text.Length > 0
        && isNameStart text[0]
        && text |> Seq.forall (fun c -> isNameStart c || Char.IsAsciiDigit c)

    let private reference (inside: string) : Result<Reference, string> =
        let after (prefix: string) = inside.Substring prefix.Length

        if inside.StartsWith("env:", StringComparison.Ordinal) then
            let name = after "env:"

            if isName name then
                Ok(Reference.Env name)
            else
                Error $"`%s{name}` is not the name of an environment variable"
        elif inside.StartsWith("file:", StringComparison.Ordinal) then
            let path = after "file:"

            if path.Trim() <> "" && not (path |> Seq.exists Char.IsControl) then
                Ok(Reference.File path)
            else
                Error "the reference names no file"
        else
            Error $"`${{%s{inside}}}` is no reference"

    /// Reads a text; `$${` stands for `${`.
    let tryParse (text: string) : Result<Template, TemplateError> =
        let literal = StringBuilder()

        let rec from (at: int) (parts: TemplatePart list) : Result<TemplatePart list, TemplateError> =
            let flushed () =
                if literal.Length = 0 then
                    parts
                else
                    let found = TemplatePart.Text(literal.ToString())
                    literal.Clear() |> ignore
                    found :: parts

            if at >= text.Length then
                Ok(List.rev (flushed ()))
            elif String.CompareOrdinal(text, at, "$${", 0, 3) = 0 then
                literal.Append "${" |> ignore
                from (at + 3) parts
            elif String.CompareOrdinal(text, at, "${", 0, 2) = 0 then
                match text.IndexOf('}', at) with
                | -1 ->
                    Error
                        {
                            Offset = at
                            Problem = "a reference that begins with `${` is not closed with `}`"
                        }
                | close ->
                    match reference (text.Substring(at + 2, close - at - 2)) with
                    | Ok found -> from (close + 1) (TemplatePart.Reference found :: flushed ())
                    | Error problem -> Error { Offset = at; Problem = problem }
            else
                literal.Append text[at] |> ignore
                from (at + 1) parts

        from 0 [] |> Result.map (fun parts -> { Parts = parts })

    /// A text without references.
    let ofText (text: string) : Template =
        {
            Parts = if text = "" then [] else [ TemplatePart.Text text ]
        }

    /// The same, written in `file`: paths of references are as seen from the pipeline's folder then.
    let internal seenFrom (file: string) (template: Template) : Template =
        {
            Parts =
                template.Parts
                |> List.map (fun part ->
                    match part with
                    | TemplatePart.Reference(Reference.File path) ->
                        TemplatePart.Reference(Reference.File(RelativePath.from file path))
                    | TemplatePart.Reference(Reference.Env _)
                    | TemplatePart.Text _ -> part)
        }

    /// The same for a text that is a path itself; one that begins with a reference is taken as it is.
    let internal pathSeenFrom (file: string) (template: Template) : Template =
        match template.Parts with
        | TemplatePart.Text text :: rest ->
            {
                Parts = TemplatePart.Text(RelativePath.from file text) :: rest
            }
        | _ -> template

    /// Where a text that takes no references holds something that looks like one; -1 where it does not.
    let internal misplaced (text: string) : int =
        let env = text.IndexOf("${env:", StringComparison.Ordinal)
        let file = text.IndexOf("${file:", StringComparison.Ordinal)

        if env < 0 then file
        elif file < 0 then env
        else min env file

/// A reference with its place in the file.
type PlacedReference =
    {
        Reference: Reference
        Path: Path
        Span: Span
    }

[<RequireQualifiedAccess>]
module PlacedReference =
    let private place (path: Path) (scalar: ScalarNode) (reference: Reference) =
        let written = reference.ToString()
        let at = max 0 (scalar.Text.IndexOf(written, StringComparison.Ordinal))
        let start = ScalarNode.place at scalar

        let width = if ScalarNode.isExact scalar then written.Length else 1

        {
            Reference = reference
            Path = path
            Span =
                {
                    File = scalar.Span.File
                    Start = start
                    End =
                        { start with
                            Column = start.Column + width
                        }
                }
        }

    // `tests:` hold what a source would bring, as bytes: nothing in them is a reference.
    let rec private walk (path: Path) (node: Node) : PlacedReference list =
        match node with
        | Node.Scalar scalar ->
            match Template.tryParse scalar.Text with
            | Ok template ->
                (Template.seenFrom scalar.Span.File template).References
                |> List.distinct
                |> List.map (place path scalar)
            | Error _ -> []
        | Node.Sequence sequence ->
            sequence.Items
            |> List.mapi (fun index item -> walk (Step.Index index :: path) item)
            |> List.concat
        | Node.Mapping mapping ->
            mapping.Entries
            |> List.filter (fun entry -> not (List.isEmpty path && entry.Key.Text = "tests"))
            |> List.collect (fun entry -> walk (Step.Key entry.Key.Text :: path) entry.Value)

    /// The references of a decoded document, in its order. Decoding has refused those that stand where none is resolved.
    let find (document: Node) : PlacedReference list = walk Path.root document

    /// What to tell where a reference leads to nothing. `problem` says why, and never what was found.
    let unresolved (placed: PlacedReference) (problem: string) : Diagnostic =
        Fault.MissingSecret(placed.Reference.ToString(), problem)
        |> Diagnostic.create placed.Path placed.Span
