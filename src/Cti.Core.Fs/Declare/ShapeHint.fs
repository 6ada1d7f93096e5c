// What to write instead where a list, a block or a single value stands in another's place.
namespace Cti.Core.Declare

open Cti.Core

[<RequireQualifiedAccess>]
module internal ShapeHint =
    // Longer values are not repeated: they are probably something else in the wrong place.
    let private longest = 40

    // "value: ", or "" where an item of a list stands.
    let private keyOf (path: Path) =
        match path with
        | Step.Key key :: _ -> $"%s{key}: "
        | _ -> ""

    /// Where a list is expected.
    let list (path: Path) (node: Node) : string =
        match node with
        | Node.Scalar scalar when scalar.Text.Length < longest -> $"write `%s{keyOf path}[%s{scalar.Text}]`"
        | Node.Mapping _ -> "begin each entry of the list with `- `"
        | _ -> ""

    /// Where a block with these keys is expected: a single value is probably that of the first key that takes one.
    let block (path: Path) (members: Member list) (node: Node) : string =
        let isSingle (field: FieldSchema) =
            match field.Schema with
            | Schema.Scalar _ -> true
            | _ -> false

        let first = members |> List.collect Schema.memberFields |> List.tryFind isSingle

        match node, first, path with
        | Node.Scalar scalar, Some field, _ :: _ when scalar.Text.Length < longest ->
            $"write `%s{keyOf path}{{ %s{field.Name}: %s{scalar.Text} }}`"
        | Node.Sequence _, _, Step.Key _ :: _ -> "write its keys without `- ` and without `[ ]`"
        | _, Some field, [] -> $"a pipeline begins with `%s{field.Name}: NAME`"
        | _ -> ""

    /// Where a block is expected whose key `tag` says which of several it is: a single value is probably that word.
    let union (path: Path) (tag: string) (tags: string list) (node: Node) : string =
        match node with
        | Node.Scalar scalar ->
            match Suggest.nearest tags scalar.Text with
            | Some word -> $"write `%s{keyOf path}{{ %s{tag}: %s{word} }}`"
            | None -> Suggest.hint tags scalar.Text
        | _ -> ""
