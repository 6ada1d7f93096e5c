// `use:` as a function on trees: what wins, what is asked for, what cannot grow. The host's tests read real files.
module Cti.Core.Tests.IncludeTests

open Xunit
open Cti.Core.Declare
open Cti.Core.Tests

let private limit = 1_000

let private part (text: string) : Part =
    match Flow.read text with
    | Node.Mapping keys ->
        {
            Keys = keys
            Size = 10
            Incomplete = []
        }
    | other -> invalidOp $"%A{other}"

// Flow style again, without places: what two trees are compared by.
let rec private show (node: Node) : string =
    match node with
    | Node.Scalar scalar -> scalar.Text
    | Node.Sequence sequence ->
        let items = sequence.Items |> List.map show |> String.concat ", "
        $"[%s{items}]"
    | Node.Mapping mapping ->
        let entries =
            mapping.Entries
            |> List.map (fun entry -> $"%s{entry.Key.Text}: %s{show entry.Value}")
            |> List.sort
            |> String.concat ", "

        $"{{%s{entries}}}"

let private expand (parts: (string * string) list) (document: string) =
    let parts = parts |> List.map (fun (name, text) -> name, part text) |> Map.ofList
    Include.expand limit parts (Flow.read document)

[<Theory>]
// Keys come in where the block has none.
[<InlineData("{ use: x.yaml, a: 1 }", "{a: 1, b: 2, c: {d: 3, e: 4}, l: [1, 2]}")>]
// The block's own keys win, lists and single values as a whole.
[<InlineData("{ use: x.yaml, b: 9, l: [7] }", "{b: 9, c: {d: 3, e: 4}, l: [7]}")>]
// Blocks are laid over each other key by key.
[<InlineData("{ use: x.yaml, c: { e: 9, f: 5 } }", "{b: 2, c: {d: 3, e: 9, f: 5}, l: [1, 2]}")>]
// A single value in place of a block, and the other way round, replaces it.
[<InlineData("{ use: x.yaml, c: 1, b: { d: 1 } }", "{b: {d: 1}, c: 1, l: [1, 2]}")>]
// In any block, at any depth, in list items, too.
[<InlineData("{ s: [ { use: x.yaml, b: 0 } ] }", "{s: [{b: 0, c: {d: 3, e: 4}, l: [1, 2]}]}")>]
let ``a block takes the keys of a file it uses`` (document: string, expected: string) =
    let expanded =
        expand [ "x.yaml", "{ b: 2, c: { d: 3, e: 4 }, l: [1, 2] }" ] document

    Assert.Equal(expected, show expanded.Root)
    Assert.Empty expanded.Incomplete

[<Fact>]
let ``of several files the later one wins, the block over all`` () =
    let parts = [ "x.yaml", "{ a: x, b: x, c: x }"; "y.yaml", "{ b: y, c: y }" ]
    let expanded = expand parts "{ use: [x.yaml, y.yaml], c: own }"
    Assert.Equal("{a: x, b: y, c: own}", show expanded.Root)

[<Fact>]
let ``a block of another type replaces the included one`` () =
    let parts =
        [ "x.yaml", "{ from: { type: http, url: u }, read: { type: csv, skip: 1 } }" ]

    let expanded =
        expand parts "{ use: x.yaml, from: { type: file, path: p }, read: { type: csv, quote: none } }"

    Assert.Equal("{from: {path: p, type: file}, read: {quote: none, skip: 1, type: csv}}", show expanded.Root)

[<Fact>]
let ``what cannot be had leaves a block incomplete, which is not blamed for missing keys`` () =
    let expanded = expand [] "{ pipeline: p, use: gone.yaml, sources: [ { name: a } ] }"
    Assert.Equal<Path list>([ Path.root ], expanded.Incomplete)

    match PipelineDecoder.decode expanded.Root with
    | Ok _ -> invalidOp "it lacks nearly everything"
    | Error found ->
        let told =
            Include.forgive expanded.Incomplete found |> List.map (fun one -> one.Path)

        Assert.DoesNotContain("sinks", told)
        Assert.Contains("sources[0].from", told)

[<Fact>]
let ``what would grow beyond the limit is left out, and the size tells`` () =
    let heavy = { part "{ a: 1 }" with Size = limit }

    let expanded =
        Include.expand limit (Map.ofList [ "x.yaml", heavy ]) (Flow.read "{ use: [x.yaml, x.yaml, x.yaml] }")

    Assert.True(expanded.Size > limit)
    Assert.Equal("{}", show expanded.Root)

[<Theory>]
[<InlineData("{ use: { file: x } }")>]
[<InlineData("{ use: [] }")>]
[<InlineData("{ use: [ [x] ] }")>]
let ``a use that names no file is told where it stands`` (document: string) =
    let struct (references, errors) = Include.references (Flow.read document)
    Assert.Empty references
    Assert.NotEmpty errors

[<Theory>]
[<InlineData("", "x/y.yaml", "x/y.yaml")>]
[<InlineData("common/screen.yaml", "../lists/*.json", "lists/*.json")>]
[<InlineData("common/screen.yaml", "more/./ours.txt", "common/more/ours.txt")>]
[<InlineData("../shared/a.yaml", "b.yaml", "../shared/b.yaml")>]
[<InlineData("../shared/a.yaml", "../../b.yaml", "../../b.yaml")>]
[<InlineData("common/a.yaml", "/etc/b.yaml", "/etc/b.yaml")>]
[<InlineData("/etc/cti/a.yaml", "b.yaml", "/etc/cti/b.yaml")>]
[<InlineData("common/a.yaml", "*/../b.yaml", "common/*/../b.yaml")>]
let ``a path in a file is seen from where the file is named`` (file: string, path: string, expected: string) =
    Assert.Equal(expected, RelativePath.from file path)
