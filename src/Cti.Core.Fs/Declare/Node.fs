// The tree a configuration file is read into: scalars, sequences and mappings, each with its place in the file.
// Knows nothing of YAML's grammar (the host's reader fills it) and nothing of what the keys mean.
namespace Cti.Core.Declare

open System

/// A place in a file. Line and column count from 1; a column is one UTF-16 unit.
[<Struct>]
type Mark = { Line: int; Column: int }

/// From the first character to the one behind the last.
[<Struct>]
type Span =
    {
        /// The file it stands in: "" for the pipeline's own, else an included one, as a path from the pipeline's folder.
        File: string
        Start: Mark
        End: Mark
    }

[<RequireQualifiedAccess>]
module Span =
    let at (line: int) (column: int) : Span =
        let mark = { Line = line; Column = column }

        { File = ""; Start = mark; End = mark }

    /// The same place, in a file.
    let inFile (file: string) (span: Span) : Span = { span with File = file }

    /// "line 12", or "line 12 of common/screen.yaml" where that is an included file.
    let line (span: Span) : string =
        if span.File = "" then
            $"line %d{span.Start.Line}"
        else
            $"line %d{span.Start.Line} of %s{span.File}"

    /// Columns covered on the first line, at least 1: what a caret line underlines.
    let width (span: Span) =
        if span.Start.Line = span.End.Line then
            max 1 (span.End.Column - span.Start.Column)
        else
            1

/// A value with its place.
type Located<'T> = { Value: 'T; Span: Span }

/// How a scalar was written.
[<Struct; RequireQualifiedAccess>]
type ScalarStyle =
    | Plain
    | SingleQuoted
    | DoubleQuoted
    /// A block that keeps its line ends (`|`).
    | Literal
    /// A block or text whose lines were joined (`>`).
    | Folded

/// A scalar, its text already unquoted.
type ScalarNode =
    {
        Text: string
        Style: ScalarStyle
        Span: Span
        /// Literal blocks: how many columns every line is indented by. 0 elsewhere.
        Indent: int
    }

/// One key of a mapping with its value.
type Entry = { Key: ScalarNode; Value: Node }

/// A sequence's items in order.
and SequenceNode = { Items: Node list; Span: Span }

/// A mapping's entries in order; keys may repeat here, decoders refuse that.
and MappingNode = { Entries: Entry list; Span: Span }

/// A configuration value.
and [<RequireQualifiedAccess>] Node =
    | Scalar of ScalarNode
    | Sequence of SequenceNode
    | Mapping of MappingNode

/// A step from a value to a value inside it.
[<RequireQualifiedAccess>]
type Step =
    | Key of string
    | Index of int

/// The way from the document's root to a value, last step first.
type Path = Step list

[<RequireQualifiedAccess>]
module Path =
    let root: Path = []

    /// `sources[0].map[1].type`; the root is the empty text.
    let print (path: Path) : string =
        let add (text: string) (step: Step) =
            match step with
            | Step.Index index -> $"%s{text}[%d{index}]"
            | Step.Key key when text = "" -> key
            | Step.Key key -> $"%s{text}.%s{key}"

        path |> List.rev |> List.fold add ""

[<RequireQualifiedAccess>]
module Node =
    let span (node: Node) : Span =
        match node with
        | Node.Scalar scalar -> scalar.Span
        | Node.Sequence sequence -> sequence.Span
        | Node.Mapping mapping -> mapping.Span

    /// What a person calls it: "a list", "a block of keys", "a value" or "nothing".
    let describe (node: Node) =
        match node with
        | Node.Scalar scalar when scalar.Style = ScalarStyle.Plain && scalar.Text = "" -> "nothing"
        | Node.Scalar scalar when scalar.Text.Length < 40 && not (scalar.Text.Contains '\n') ->
            $"the single value `%s{scalar.Text}`"
        | Node.Scalar _ -> "a single value"
        | Node.Sequence _ -> "a list"
        | Node.Mapping _ -> "a block of keys"

    /// The value under a key; the first one where the key repeats.
    let tryKey (key: string) (node: Node) : Node option =
        match node with
        | Node.Mapping mapping ->
            mapping.Entries
            |> List.tryFind (fun entry -> entry.Key.Text = key)
            |> Option.map (fun entry -> entry.Value)
        | Node.Scalar _
        | Node.Sequence _ -> None

    /// The items of a sequence; of anything else, none.
    let items (node: Node) : Node list =
        match node with
        | Node.Sequence sequence -> sequence.Items
        | Node.Scalar _
        | Node.Mapping _ -> []

    /// The text of a scalar.
    let tryText (node: Node) : string option =
        match node with
        | Node.Scalar scalar -> Some scalar.Text
        | Node.Sequence _
        | Node.Mapping _ -> None

    /// The value as one text, keys in order: the same as long as nothing but the layout of a file changes, and another one for another value.
    let rec print (node: Node) : string =
        // Told apart from what stands around it by its length; strings of a file may hold anything.
        let quoted (text: string) = $"%d{text.Length}:%s{text}"

        match node with
        | Node.Scalar scalar -> quoted scalar.Text
        | Node.Sequence sequence ->
            let items = sequence.Items |> List.map print |> String.concat ","
            $"[%s{items}]"
        | Node.Mapping mapping ->
            let entries =
                mapping.Entries
                |> List.map (fun entry -> quoted entry.Key.Text + "=" + print entry.Value)
                |> List.sortWith (fun left right -> String.CompareOrdinal(left, right))
                |> String.concat ","

            $"{{%s{entries}}}"

    /// The value at the end of `steps` (first step first), or the last one on the way that exists.
    let rec follow (steps: Step list) (node: Node) : Node =
        match steps with
        | [] -> node
        | step :: rest ->
            let next =
                match step with
                | Step.Key key -> tryKey key node
                | Step.Index index -> List.tryItem index (items node)

            match next with
            | Some inner -> follow rest inner
            | None -> node

[<RequireQualifiedAccess>]
module ScalarNode =
    // What a character of the text took in the file, where that can be told from the style.
    let private written (style: ScalarStyle) (character: char) =
        match style, character with
        | ScalarStyle.SingleQuoted, '\'' -> 2
        | ScalarStyle.DoubleQuoted, ('"' | '\\' | '\n' | '\t' | '\r') -> 2
        | _ -> 1

    /// Whether `place` finds the very character.
    let isExact (scalar: ScalarNode) : bool =
        scalar.Style = ScalarStyle.Literal
        || (scalar.Style <> ScalarStyle.Folded
            && scalar.Span.Start.Line = scalar.Span.End.Line)

    /// Where character `offset` (UTF-16 units) of the text stands in the file. Exact for scalars on one line (short of
    /// rare escapes) and for literal blocks; the start of the scalar otherwise.
    let place (offset: int) (scalar: ScalarNode) : Mark =
        let start = scalar.Span.Start
        let before = scalar.Text.Substring(0, Math.Clamp(offset, 0, scalar.Text.Length))

        match scalar.Style with
        | ScalarStyle.Literal ->
            let lines = before |> Seq.filter (fun character -> character = '\n') |> Seq.length

            {
                Line = start.Line + 1 + lines
                Column = scalar.Indent + before.Length - (before.LastIndexOf '\n' + 1) + 1
            }
        | _ when not (isExact scalar) -> start
        | style ->
            let quote = if style = ScalarStyle.Plain then 0 else 1

            { start with
                Column = start.Column + quote + (before |> Seq.sumBy (written style))
            }
