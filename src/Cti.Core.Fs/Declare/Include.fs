// `use:`, in any block: the keys of other files, as if they stood there. Which files, and what comes of them; the host reads
// them. docs/decisions/0012 says why it is so and not otherwise.
namespace Cti.Core.Declare

/// An included file, its own includes resolved, ready to be laid under a block.
type Part =
    {
        Keys: MappingNode
        /// Values in it, those that are used several times counted every time.
        Size: int
        /// Blocks that lack keys because something they use could not be had.
        Incomplete: Path list
    }

/// A file name behind `use`, where it stands.
type IncludeName =
    {
        Path: Path
        Name: ScalarNode
        /// The file, as a path from the pipeline's folder.
        Target: string
    }

/// A document with everything it uses.
type Expanded =
    {
        Root: Node
        Size: int
        Incomplete: Path list
    }

[<RequireQualifiedAccess>]
module Include =
    /// The key.
    let key = "use"

    /// Files that may stand in a chain of includes, the pipeline's own included.
    let maxDepth = 8

    /// Files one pipeline may include.
    let maxFiles = 64

    let private names: Decoder<string list> = Decode.oneOrMany key Decode.path

    let private isUse (entry: Entry) = entry.Key.Text = key

    let private scalars (node: Node) =
        match node with
        | Node.Scalar scalar -> [ scalar ]
        | other ->
            Node.items other
            |> List.choose (fun item ->
                match item with
                | Node.Scalar scalar -> Some scalar
                | _ -> None)

    let private targetOf (name: ScalarNode) =
        name.Text |> RelativePath.from name.Span.File |> RelativePath.normalise

    // Every `use` with the path of its block.
    let rec private uses (path: Path) (node: Node) : (Path * Entry) list =
        match node with
        | Node.Scalar _ -> []
        | Node.Sequence sequence ->
            sequence.Items
            |> List.mapi (fun index item -> uses (Step.Index index :: path) item)
            |> List.concat
        | Node.Mapping mapping ->
            mapping.Entries
            |> List.collect (fun entry ->
                if isUse entry then
                    [ path, entry ]
                else
                    uses (Step.Key entry.Key.Text :: path) entry.Value)

    /// The files a document names, in its order; and what is wrong with how it names them.
    let references (document: Node) : struct (IncludeName list * Diagnostic list) =
        let found = uses Path.root document

        let ofEntry (path: Path, entry: Entry) =
            let inner = Step.Key key :: path

            match names.Run inner entry.Value with
            | Error errors -> [], errors
            | Ok _ ->
                scalars entry.Value
                |> List.map (fun name ->
                    {
                        Path = inner
                        Name = name
                        Target = targetOf name
                    }),
                []

        let references, errors = found |> List.map ofEntry |> List.unzip
        struct (List.concat references, List.concat errors)

    // Sums that stay below any limit's double, whatever is added.
    let private ceiling = 1_000_000_000

    let private plus (left: int) (right: int) =
        if left > ceiling - right then ceiling else left + right

    let private tag (mapping: MappingNode) =
        Node.tryKey "type" (Node.Mapping mapping) |> Option.bind Node.tryText

    // A block of another `type` is another thing: it replaces what was included.
    let private isOther (below: MappingNode) (above: MappingNode) =
        match tag below, tag above with
        | Some left, Some right -> left <> right
        | _ -> false

    // The keys of both. Where both have one: blocks are laid over each other, anything else is `above`'s.
    let rec private overlay (below: MappingNode) (above: MappingNode) : MappingNode =
        let inherited =
            below.Entries
            |> List.map (fun entry -> entry.Key.Text, entry.Value)
            |> List.rev
            |> Map.ofList

        let own = above.Entries |> List.map (fun entry -> entry.Key.Text) |> Set.ofList

        let laid (entry: Entry) =
            match Map.tryFind entry.Key.Text inherited, entry.Value with
            | Some(Node.Mapping lower), Node.Mapping upper when not (isOther lower upper) ->
                { entry with
                    Value = Node.Mapping(overlay lower upper)
                }
            | _ -> entry

        { above with
            Entries =
                (above.Entries |> List.map laid)
                @ (below.Entries |> List.filter (fun entry -> not (own.Contains entry.Key.Text)))
        }

    let private under (path: Path) (paths: Path list) =
        paths |> List.map (fun inner -> inner @ path)

    /// The document with every `use` replaced by what it names: `parts` by target; what is not among them could not be had. The
    /// block's own keys win over included ones, later files over earlier ones. `limit` bounds the values of the result: what
    /// would exceed it is left out, and `Size` tells.
    let expand (limit: int) (parts: Map<string, Part>) (document: Node) : Expanded =
        let rec walk (path: Path) (node: Node) : Expanded =
            match node with
            | Node.Scalar _ ->
                {
                    Root = node
                    Size = 1
                    Incomplete = []
                }
            | Node.Sequence sequence ->
                let items =
                    sequence.Items
                    |> List.mapi (fun index item -> walk (Step.Index index :: path) item)

                {
                    Root =
                        Node.Sequence
                            { sequence with
                                Items = items |> List.map (fun item -> item.Root)
                            }
                    Size = items |> List.fold (fun size item -> plus size item.Size) 1
                    Incomplete = items |> List.collect (fun item -> item.Incomplete)
                }
            | Node.Mapping mapping -> block path mapping

        and block (path: Path) (mapping: MappingNode) : Expanded =
            let used, own = mapping.Entries |> List.partition isUse

            let inner =
                own
                |> List.map (fun entry -> entry, walk (Step.Key entry.Key.Text :: path) entry.Value)

            let keys =
                { mapping with
                    Entries = inner |> List.map (fun (entry, walked) -> { entry with Value = walked.Root })
                }

            let ownSize =
                inner |> List.fold (fun size (_, walked) -> plus size (plus 1 walked.Size)) 1

            let wanted =
                used
                |> List.collect (fun entry -> scalars entry.Value)
                |> List.map (fun name -> Map.tryFind (targetOf name) parts)

            let had = List.choose id wanted
            let size = had |> List.fold (fun size part -> plus size part.Size) ownSize

            let laid =
                if size > limit || List.isEmpty had then
                    keys
                else
                    let below = had |> List.map (fun part -> part.Keys) |> List.reduce overlay

                    overlay below keys

            {
                Root = Node.Mapping laid
                Size = size
                Incomplete =
                    [
                        if used.Length > 0 && (List.isEmpty wanted || List.exists Option.isNone wanted) then
                            path
                        for part in had do
                            yield! under path part.Incomplete
                        for _, walked in inner do
                            yield! walked.Incomplete
                    ]
            }

        walk Path.root document

    // A block that lacks part of its keys cannot be blamed for keys that are not there.
    let private missing =
        set
            [
                Fault.code (Fault.MissingKey("", ""))
                Fault.code (Fault.NotExactlyOne([], []))
            ]

    /// The diagnostics that stand although blocks are incomplete.
    let forgive (incomplete: Path list) (diagnostics: Diagnostic list) : Diagnostic list =
        let prefixes = incomplete |> List.map Path.print

        // A list of the file's own is whole: below its items nothing is missing because of the block around it.
        let inside (path: string) (prefix: string) =
            path.StartsWith(prefix, System.StringComparison.Ordinal)
            && not (path.Substring(prefix.Length).Contains '[')

        let isForgiven (diagnostic: Diagnostic) =
            missing.Contains diagnostic.Code
            && List.exists (inside diagnostic.Path) prefixes

        if List.isEmpty incomplete then
            diagnostics
        else
            diagnostics |> List.filter (isForgiven >> not)
