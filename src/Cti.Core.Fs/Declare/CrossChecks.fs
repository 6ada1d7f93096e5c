// What must hold between the parts of a pipeline's file: names that meet, files that nobody else has. Looked for in the tree as it is written, so that it is
// told beside everything else that is wrong.
namespace Cti.Core.Declare

[<RequireQualifiedAccess>]
module internal CrossChecks =
    // The items of the list under `key`, with their paths.
    let private itemsOf (key: string) (path: Path, node: Node) : (Path * Node) list =
        Node.tryKey key node
        |> Option.map Node.items
        |> Option.defaultValue []
        |> List.mapi (fun index item -> Step.Index index :: Step.Key key :: path, item)

    // The value at the end of `keys`, with its path.
    let private valueAt (keys: string list) (path: Path, node: Node) : (Path * Node) list =
        keys
        |> List.fold
            (fun found key ->
                found
                |> List.collect (fun (path, node) ->
                    Node.tryKey key node
                    |> Option.map (fun value -> Step.Key key :: path, value)
                    |> Option.toList))
            [ path, node ]

    let private scalarAt (keys: string list) (place: Path * Node) : (Path * ScalarNode) list =
        valueAt keys place
        |> List.choose (fun (path, node) ->
            match node with
            | Node.Scalar scalar -> Some(path, scalar)
            | Node.Sequence _
            | Node.Mapping _ -> None)

    let private entriesAt (keys: string list) (place: Path * Node) : (Path * Entry) list =
        valueAt keys place
        |> List.collect (fun (path, node) ->
            match node with
            | Node.Mapping mapping ->
                mapping.Entries
                |> List.map (fun entry -> Step.Key entry.Key.Text :: path, entry)
            | Node.Scalar _
            | Node.Sequence _ -> [])

    let private namesOf (list: string) (document: Node) =
        itemsOf list (Path.root, document)
        |> List.collect (scalarAt [ "name" ])
        |> List.map (fun (_, scalar) -> scalar.Text)

    let private unresolved what known (names: (Path * ScalarNode) list) : Diagnostic list =
        // Where nothing is declared there is another error, which says more.
        names
        |> List.filter (fun (_, scalar) -> not (List.isEmpty known || List.contains scalar.Text known))
        |> List.map (fun (path, scalar) ->
            Fault.Unresolved(what, scalar.Text, known) |> Diagnostic.create path scalar.Span)

    // Sources and sinks that tests speak of and nobody declares.
    let private strangersInTests (path: Path) (document: Node) : Diagnostic list =
        let tests = itemsOf "tests" (path, document)

        let sources =
            tests @ List.collect (itemsOf "also") tests
            |> List.collect (scalarAt [ "source" ])

        let sinks =
            tests
            |> List.collect (fun test -> entriesAt [ "expect"; "sinks" ] test @ entriesAt [ "expect"; "files" ] test)
            |> List.map (fun (path, entry) -> path, entry.Key)

        unresolved "source" (namesOf "sources" document) sources
        @ unresolved "sink" (namesOf "sinks" document) sinks

    // Paths that are the same file.
    let private repeated what (scalars: (Path * ScalarNode) list) : Diagnostic list =
        scalars
        |> List.groupBy (fun (_, scalar) -> scalar.Text |> RelativePath.from scalar.Span.File |> RelativePath.normalise)
        |> List.collect (fun (text, group) ->
            match group with
            | (_, first) :: others ->
                others
                |> List.map (fun (path, scalar) ->
                    Fault.DuplicateName(what, text, first.Span)
                    |> Diagnostic.create path scalar.Span)
            | [] -> [])

    let private sharedOutputs (path: Path) (document: Node) : Diagnostic list =
        itemsOf "sinks" (path, document)
        |> List.collect (scalarAt [ "to"; "path" ])
        |> repeated "output path"

    // What one test writes with --update another would find changed.
    let private sharedGoldenFiles (path: Path) (document: Node) : Diagnostic list =
        itemsOf "tests" (path, document)
        |> List.collect (entriesAt [ "expect"; "files" ])
        |> List.collect (fun (path, entry) -> scalarAt [] (path, entry.Value))
        |> repeated "golden file"

    // Standard input is read by whoever comes first: of two sources one would get nothing.
    let private sharedInputs (path: Path) (document: Node) : Diagnostic list =
        match
            itemsOf "sources" (path, document)
            |> List.collect (scalarAt [ "from"; "type" ])
            |> List.filter (fun (_, scalar) -> scalar.Text = "stdin")
        with
        | (_, first) :: others ->
            others
            |> List.map (fun (inner, scalar) ->
                Fault.SharedInput first.Span.Start.Line |> Diagnostic.create inner scalar.Span)
        | [] -> []

    /// All of it.
    let find (path: Path) (document: Node) : Diagnostic list =
        strangersInTests path document
        @ sharedOutputs path document
        @ sharedGoldenFiles path document
        @ sharedInputs path document
