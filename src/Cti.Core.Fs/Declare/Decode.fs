// Decoder combinators: one definition gives parsing with positions and all independent errors, and the schema.
// Knows nodes and schemas; knows no pipeline.
namespace Cti.Core.Declare

open Cti.Core

/// Turns a node into a value, or says everything that is wrong with it.
[<NoEquality; NoComparison>]
type Decoder<'T> =
    {
        Schema: Schema
        Run: Path -> Node -> Result<'T, Diagnostic list>
    }

/// Decodes some keys of a block. Combine with the `block { let! … and! … }` expression.
[<NoEquality; NoComparison>]
type Fields<'T> =
    {
        Members: Member list
        RunFields: Path -> MappingNode -> Result<'T, Diagnostic list>
    }

/// One shape of a tagged union.
[<NoEquality; NoComparison>]
type Case<'T> = { Case: UnionCase; Fields: Fields<'T> }

[<RequireQualifiedAccess>]
module Decode =
    let private fail (path: Path) (span: Span) (fault: Fault) =
        Error [ Diagnostic.create path span fault ]

    // What `key:` with nothing behind it, `~` and `null` are.
    let private isNothing (scalar: ScalarNode) =
        scalar.Style = ScalarStyle.Plain
        && (scalar.Text = "" || scalar.Text = "~" || scalar.Text = "null")

    let private shapeLike (hint: Node -> string) (expected: string) (path: Path) (node: Node) =
        match node with
        | Node.Scalar scalar when isNothing scalar -> fail path scalar.Span (Fault.NoValue expected)
        | other -> fail path (Node.span other) (Fault.WrongShape(expected, Node.describe other, hint other))

    let private shape (expected: string) (path: Path) (node: Node) =
        shapeLike (fun _ -> "") expected path node

    /// A single value.
    let literal (kind: Literal<'T>) : Decoder<'T> =
        let expected () =
            Schema.typeName (Schema.Scalar kind.Schema)

        {
            Schema = Schema.Scalar kind.Schema
            Run =
                fun path node ->
                    match node with
                    | Node.Scalar scalar when not (isNothing scalar) ->
                        let plain = scalar.Style = ScalarStyle.Plain

                        if scalar.Text = "" && kind.Quotable then
                            fail path scalar.Span (Fault.NoValue(expected ()))
                        elif plain || kind.Quotable then
                            kind.Parse scalar.Text
                            |> Result.mapError (fun fault -> [ Diagnostic.create path scalar.Span fault ])
                        else
                            fail
                                path
                                scalar.Span
                                (Fault.Conflict(
                                    $"\"%s{scalar.Text}\" is text, expected %s{expected ()}",
                                    "write it without quotes"
                                ))
                    | other -> shape (expected ()) path other
        }

    /// A path or glob, which is relative to the file it is written in: what comes out is relative to the pipeline's own.
    let path: Decoder<string> =
        let written =
            literal
                { Literal.text with
                    Schema =
                        {
                            Name = "path"
                            Shape = ScalarShape.Text ""
                        }
                }

        {
            Schema = written.Schema
            Run = fun path node -> written.Run path node |> Result.map (RelativePath.from (Node.span node).File)
        }

    /// A text that may hold references; their paths are as seen from the pipeline's folder.
    let template (kind: Literal<Template>) : Decoder<Template> =
        let written = literal kind

        {
            Schema = written.Schema
            Run = fun path node -> written.Run path node |> Result.map (Template.seenFrom (Node.span node).File)
        }

    /// A path or argument that may hold references.
    let pathTemplate: Decoder<Template> =
        let written = literal Literal.pathTemplate

        {
            Schema = written.Schema
            Run =
                fun path node ->
                    written.Run path node
                    |> Result.map (Template.pathSeenFrom (Node.span node).File)
        }

    let map (change: 'A -> 'B) (decoder: Decoder<'A>) : Decoder<'B> =
        {
            Schema = decoder.Schema
            Run = fun path node -> decoder.Run path node |> Result.map change
        }

    /// A value, and how it is declared (`Node.print`).
    let declared (decoder: Decoder<'T>) : Decoder<'T * string> =
        {
            Schema = decoder.Schema
            Run = fun path node -> decoder.Run path node |> Result.map (fun value -> value, Node.print node)
        }

    // A value, or its faults where they stand: steps from `node`, outermost first.
    let internal judge (faults: 'T -> (Step list * Fault) list) (path: Path) (node: Node) (value: 'T) =
        match faults value with
        | [] -> Ok value
        | found ->
            found
            |> List.map (fun (steps, fault) ->
                Diagnostic.create (List.rev steps @ path) (Node.span (Node.follow steps node)) fault)
            |> Error

    /// Checks of the tree as it is written: they speak even when decoding fails.
    let checkNode (find: Path -> Node -> Diagnostic list) (decoder: Decoder<'T>) : Decoder<'T> =
        {
            Schema = decoder.Schema
            Run =
                fun path node ->
                    match decoder.Run path node, find path node with
                    | Ok value, [] -> Ok value
                    | Ok _, found -> Error found
                    | Error errors, found -> Error(errors @ found)
        }

    /// A value that is turned into another with the scalar it came from, so that errors can point into it.
    let scalar (expected: string) (schema: ScalarSchema) (parse: Path -> ScalarNode -> Result<'T, Diagnostic list>) =
        {
            Schema = Schema.Scalar schema
            Run =
                fun path node ->
                    match node with
                    | Node.Scalar scalar when not (isNothing scalar) -> parse path scalar
                    | other -> shape expected path other
        }

    /// A value that keeps its place, for those who must point at it later.
    let located (decoder: Decoder<'T>) : Decoder<Located<'T>> =
        {
            Schema = decoder.Schema
            Run =
                fun path node ->
                    decoder.Run path node
                    |> Result.map (fun value -> { Value = value; Span = Node.span node })
        }

    let private items (item: Decoder<'T>) (path: Path) (nodes: Node list) =
        nodes
        |> List.mapi (fun index node -> item.Run (Step.Index index :: path) node)
        |> Both.all

    /// A list, possibly empty.
    let list (item: Decoder<'T>) : Decoder<'T list> =
        {
            Schema = Schema.List(item.Schema, 0)
            Run =
                fun path node ->
                    match node with
                    | Node.Sequence sequence -> items item path sequence.Items
                    | other -> shapeLike (ShapeHint.list path) "a list" path other
        }

    /// A list of at least one. `what` reads before "must not be empty".
    let nonEmpty (what: string) (item: Decoder<'T>) : Decoder<'T list> =
        {
            Schema = Schema.List(item.Schema, 1)
            Run =
                fun path node ->
                    match node with
                    | Node.Sequence sequence when List.isEmpty sequence.Items ->
                        fail path sequence.Span (Fault.EmptyList what)
                    | Node.Sequence sequence -> items item path sequence.Items
                    | other -> shapeLike (ShapeHint.list path) "a list" path other
        }

    /// One value or a list of at least one.
    let oneOrMany (what: string) (item: Decoder<'T>) : Decoder<'T list> =
        let many = nonEmpty what item

        {
            Schema = Schema.OneOrMany item.Schema
            Run =
                fun path node ->
                    match node with
                    | Node.Sequence _ -> many.Run path node
                    | single -> item.Run path single |> Result.map List.singleton
        }

    let private duplicates (path: Path) (entries: Entry list) : Diagnostic list =
        entries
        |> List.groupBy (fun entry -> entry.Key.Text)
        |> List.collect (fun (key, group) ->
            match group with
            | first :: others ->
                others
                |> List.map (fun other ->
                    Fault.DuplicateKey(key, first.Key.Span)
                    |> Diagnostic.create (Step.Key key :: path) other.Key.Span)
            | [] -> [])

    let private withFound (found: Diagnostic list) (result: Result<'T, Diagnostic list>) =
        match result with
        | Ok value when List.isEmpty found -> Ok value
        | Ok _ -> Error found
        | Error errors -> Error(errors @ found)

    /// A block whose keys are data: every key and every value decoded.
    let mapping (key: Literal<'K>) (value: Decoder<'V>) : Decoder<('K * 'V) list> =
        let entry (path: Path) (entry: Entry) =
            let inner = Step.Key entry.Key.Text :: path

            let decodedKey =
                key.Parse entry.Key.Text
                |> Result.mapError (fun fault -> [ Diagnostic.create inner entry.Key.Span fault ])

            Both.zip decodedKey (value.Run inner entry.Value)
            |> Result.map (fun (struct (k, v)) -> k, v)

        {
            Schema = Schema.Map(key.Schema, value.Schema)
            Run =
                fun path node ->
                    match node with
                    | Node.Mapping mapping ->
                        mapping.Entries
                        |> List.map (entry path)
                        |> Both.all
                        |> withFound (duplicates path mapping.Entries)
                    | other -> shape "a block of keys" path other
        }

    // `owners`: which other shapes of the block have a key.
    let private strangers (owners: string -> string list) (allowed: string list) (path: Path) (mapping: MappingNode) =
        let fault (key: string) =
            match Suggest.nearest allowed key, owners key with
            | None, (_ :: _ as others) -> Fault.ForeignKey(key, others, allowed)
            | _ -> Fault.UnknownKey(key, allowed)

        let unknown =
            mapping.Entries
            |> List.filter (fun entry -> not (List.contains entry.Key.Text allowed))
            |> List.map (fun entry ->
                fault entry.Key.Text
                |> Diagnostic.create (Step.Key entry.Key.Text :: path) entry.Key.Span)

        unknown @ duplicates path mapping.Entries

    // Where a key is missing because it was misspelt, the unknown key says so: one mistake, one diagnostic.
    let private runFields
        (owners: string -> string list)
        (extra: string list)
        (fields: Fields<'T>)
        (path: Path)
        (mapping: MappingNode)
        =
        let allowed = extra @ Schema.keys fields.Members
        let found = strangers owners allowed path mapping

        let meant =
            mapping.Entries
            |> List.choose (fun entry ->
                let key = entry.Key.Text

                if List.contains key allowed then
                    None
                else
                    Fault.glued allowed key |> Option.orElse (Suggest.nearest allowed key))

        let meantHere (diagnostic: Diagnostic) =
            meant
            |> List.exists (fun key ->
                diagnostic.Code = Fault.code (Fault.MissingKey("", ""))
                && diagnostic.Path = Path.print (Step.Key key :: path))

        match fields.RunFields path mapping with
        | Ok value -> Ok value |> withFound found
        | Error errors -> Error((errors |> List.filter (meantHere >> not)) @ found)

    // "a block of keys (field, column, split)"
    let private expected (members: Member list) =
        match Schema.keys members with
        | [] -> "an empty block, {}"
        | keys ->
            let names = String.concat ", " keys
            $"a block of keys (%s{names})"

    /// A block with exactly these keys: any other key, and a key given twice, is an error.
    let block (fields: Fields<'T>) : Decoder<'T> =
        {
            Schema = Schema.Block fields.Members
            Run =
                fun path node ->
                    match node with
                    | Node.Mapping mapping -> runFields (fun _ -> []) [] fields path mapping
                    | other -> shapeLike (ShapeHint.block path fields.Members) (expected fields.Members) path other
        }

    /// One shape of a tagged union.
    let case (tag: string) (doc: string) (fields: Fields<'T>) : Case<'T> =
        {
            Case =
                {
                    Tag = tag
                    Doc = doc
                    Members = fields.Members
                }
            Fields = fields
        }

    /// A block whose key `tag` says which of the cases it is. `what` reads after "is not": "a reader".
    let union (what: string) (tag: string) (cases: Case<'T> list) : Decoder<'T> =
        let tags = cases |> List.map (fun case -> case.Case.Tag)

        let pick (path: Path) (mapping: MappingNode) (entry: Entry) =
            match entry.Value with
            | Node.Scalar scalar when not (isNothing scalar) ->
                match cases |> List.tryFind (fun case -> case.Case.Tag = scalar.Text) with
                | Some case ->
                    let owners (key: string) =
                        cases
                        |> List.filter (fun other -> List.contains key (Schema.keys other.Case.Members))
                        |> List.map (fun other -> other.Case.Tag)

                    runFields owners [ tag ] case.Fields path mapping
                | None -> fail (Step.Key tag :: path) scalar.Span (Fault.NotAllowed(what, scalar.Text, tags))
            | other -> shape (String.concat " | " tags) (Step.Key tag :: path) other

        {
            Schema = Schema.Union(tag, cases |> List.map (fun case -> case.Case))
            Run =
                fun path node ->
                    match node with
                    | Node.Mapping mapping ->
                        match mapping.Entries |> List.tryFind (fun entry -> entry.Key.Text = tag) with
                        | Some entry -> pick path mapping entry
                        | None ->
                            let words = String.concat ", " tags
                            fail (Step.Key tag :: path) mapping.Span (Fault.MissingKey(tag, $"one of %s{words}"))
                    | other ->
                        let first = tags |> List.tryHead |> Option.defaultValue ""
                        shapeLike (ShapeHint.union path tag tags) $"a block like {{ %s{tag}: %s{first} }}" path other
        }

    /// No two items of the list carry the same text under `key`.
    let uniqueBy (what: string) (key: string) (decoder: Decoder<'T list>) : Decoder<'T list> =
        let repeated (path: Path) (node: Node) =
            Node.items node
            |> List.mapi (fun index item -> index, Node.tryKey key item)
            |> List.choose (fun (index, value) ->
                match value with
                | Some(Node.Scalar scalar) -> Some(index, scalar)
                | _ -> None)
            |> List.groupBy (fun (_, scalar) -> scalar.Text)
            |> List.collect (fun (name, group) ->
                match group with
                | (_, first) :: others ->
                    others
                    |> List.map (fun (index, scalar) ->
                        Fault.DuplicateName(what, name, first.Span)
                        |> Diagnostic.create (Step.Key key :: Step.Index index :: path) scalar.Span)
                | [] -> [])

        checkNode repeated decoder

    /// Decodes a whole document; diagnostics in the order of the file.
    let run (decoder: Decoder<'T>) (node: Node) : Result<'T, Diagnostic list> =
        decoder.Run Path.root node |> Result.mapError Diagnostic.sort
