// The members of MISP's JSON (MISP core format) as bytes, and what attributes, objects and events have in common: their id, times and tags.
// Reads values out of a parsed tree; makes no records.
namespace Cti.Core

open System
open System.Buffers.Text
open System.Text

/// Names of members, each made once: a byte literal inside a function is a new array at every call.
[<RequireQualifiedAccess>]
module internal MispName =
    let event = "Event"B
    let attribute = "Attribute"B
    let object = "Object"B
    let response = "response"B
    let tag = "Tag"B
    let galaxy = "Galaxy"B
    let galaxyCluster = "GalaxyCluster"B
    let tagName = "tag_name"B
    let name = "name"B
    let sighting = "Sighting"B
    let dateSighting = "date_sighting"B
    let shadowAttribute = "ShadowAttribute"B
    let eventReport = "EventReport"B
    let orgc = "Orgc"B
    let info = "info"B
    let date = "date"B
    let uuid = "uuid"B
    let timestamp = "timestamp"B
    let firstSeen = "first_seen"B
    let lastSeen = "last_seen"B
    let threatLevel = "threat_level_id"B
    let deleted = "deleted"B
    let kind = "type"B
    let category = "category"B
    let value = "value"B
    let comment = "comment"B
    let toIds = "to_ids"B
    let relation = "object_relation"B
    let values = "values"B
    let predicates = "predicates"B
    let space = "namespace"B
    let authors = "authors"B

/// What MISP calls the kinds of things it has; they are the heads of the ids under which things are kept.
[<RequireQualifiedAccess>]
module internal MispKind =
    [<Literal>]
    let Event = "misp-event"

    [<Literal>]
    let Attribute = "misp-attribute"

    [<Literal>]
    let Object = "misp-object"

    [<Literal>]
    let ManifestEntry = "misp-manifest-entry"

    [<Literal>]
    let Cluster = "misp-galaxy-cluster"

    [<Literal>]
    let Predicate = "misp-taxonomy-predicate"

/// Reads single values of a tree. Holds the scratch of one reader; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type internal MispFields(tree: JsonTree) =
    static let one = "1"B
    static let truth = "true"B
    let scratch = Utf8Writer 256

    member _.Tree = tree

    /// A text with its escapes undone, or a number or word as it is written; empty for what is neither. Valid until the next call.
    member _.Text(node: int) : ReadOnlySpan<byte> =
        if node < 0 then
            ReadOnlySpan<byte>.Empty
        else
            match tree.Kind node with
            | JsonKind.Text -> tree.Text(node, scratch)
            | JsonKind.Number
            | JsonKind.True
            | JsonKind.False -> tree.Raw node
            | JsonKind.Object
            | JsonKind.Array
            | JsonKind.Null -> ReadOnlySpan<byte>.Empty

    member this.TextOf(parent: int, name: byte[]) : ReadOnlySpan<byte> = this.Text(tree.Member(parent, name))

    /// `true`, `"true"`, `1` and `"1"` are yes: exports of different ages write any of them.
    member this.IsTrue(node: int) : bool =
        let text = this.Text node

        text.SequenceEqual(ReadOnlySpan<byte> truth)
        || text.SequenceEqual(ReadOnlySpan<byte> one)

    member this.Time(node: int) : MispMoment = MispTime.parse (this.Text node)

    /// The UUID in a member as text in lower case; none where it is none.
    member this.Uuid(node: int) : string voption =
        let mutable id = Guid.Empty
        let mutable used = 0
        let text = this.Text node

        if Utf8Parser.TryParse(text, &id, &used, 'D') && used = text.Length then
            ValueSome(id.ToString "D")
        else
            ValueNone

    /// Whether a value is an array or object with something in it.
    member _.HasItems(node: int) : bool =
        node >= 0
        && (tree.Kind node = JsonKind.Array || tree.Kind node = JsonKind.Object)
        && tree.After node > node + 1

/// The members of an attribute that are looked at, by number; -1: it has none.
[<Struct>]
type internal MispMembers =
    val mutable Kind: int
    val mutable Value: int
    val mutable Comment: int
    val mutable ToIds: int
    val mutable Deleted: int
    val mutable Uuid: int
    val mutable Timestamp: int
    val mutable FirstSeen: int
    val mutable LastSeen: int
    val mutable Sighting: int
    val mutable Shadow: int
    val mutable Relation: int

    /// Those of the attribute `node`.
    static member Of(tree: JsonTree, node: int) : MispMembers =
        let isNamed (child: int) (name: byte[]) =
            (tree.Name child).SequenceEqual(ReadOnlySpan<byte> name)

        let mutable found = MispMembers()
        found.Kind <- -1
        found.Value <- -1
        found.Comment <- -1
        found.ToIds <- -1
        found.Deleted <- -1
        found.Uuid <- -1
        found.Timestamp <- -1
        found.FirstSeen <- -1
        found.LastSeen <- -1
        found.Sighting <- -1
        found.Shadow <- -1
        found.Relation <- -1
        let mutable child = node + 1

        while child < tree.After node do
            if isNamed child MispName.kind then
                found.Kind <- child
            elif isNamed child MispName.value then
                found.Value <- child
            elif isNamed child MispName.comment then
                found.Comment <- child
            elif isNamed child MispName.toIds then
                found.ToIds <- child
            elif isNamed child MispName.deleted then
                found.Deleted <- child
            elif isNamed child MispName.uuid then
                found.Uuid <- child
            elif isNamed child MispName.timestamp then
                found.Timestamp <- child
            elif isNamed child MispName.firstSeen then
                found.FirstSeen <- child
            elif isNamed child MispName.lastSeen then
                found.LastSeen <- child
            elif isNamed child MispName.sighting then
                found.Sighting <- child
            elif isNamed child MispName.shadowAttribute then
                found.Shadow <- child
            elif isNamed child MispName.relation then
                found.Relation <- child

            child <- tree.After child

        found
