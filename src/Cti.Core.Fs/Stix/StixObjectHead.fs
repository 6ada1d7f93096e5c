// What an object of STIX 2.1 is known by in a collection: its type, id, version and how far it may travel; and the one change a collection makes to an
// object: a later version of the same. Knows no collection.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// What an object is known by.
[<Struct; NoComparison; NoEquality>]
type StixObjectHead =
    {
        /// STIX 2.1 §3.2, `type`.
        Type: string
        /// The UUID of `id`, behind the type.
        Id: Uuid
        /// `modified`, else `created`; `Timestamp.none` for an object that has no versions (TAXII 2.1 §3.4.1).
        Version: Timestamp
        /// The strictest of the well-known TLP definitions that its `object_marking_refs` name; clear where they name none.
        Tlp: Tlp
    }

    /// `type--uuid`.
    member this.FullId = this.Type + "--" + Uuid.toText this.Id

/// Reads heads of objects, one after the other. Reused, so that nothing is allocated for an object of a type it has seen; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type StixObjectReader() =
    static let typeName = "type"B
    static let idName = "id"B
    static let modifiedName = "modified"B
    static let createdName = "created"B
    static let markingsName = "object_marking_refs"B
    static let validFromName = "valid_from"B
    static let validUntilName = "valid_until"B

    let tree = JsonTree()
    let scratch = Utf8Writer 64
    let types = List<struct (byte[] * string)>()
    let mutable bytes: byte[] = Array.zeroCreate 4096

    let nameOf (name: ReadOnlySpan<byte>) : string =
        let mutable index = 0

        while index < types.Count
              && not (
                  let struct (known, _) = types[index]
                  name.SequenceEqual(ReadOnlySpan<byte> known)
              ) do
            index <- index + 1

        if index < types.Count then
            let struct (_, text) = types[index]
            text
        else
            let text = Encoding.UTF8.GetString name

            // There are some forty; hostile input may have more.
            if types.Count < 256 then
                types.Add(struct (name.ToArray(), text))

            text

    let time (node: int) : Timestamp =
        if tree.IsText node then
            StixTime.tryRead (tree.Text(node, scratch))
            |> ValueOption.defaultValue Timestamp.none
        else
            Timestamp.none

    let tlpOf (markings: int) : Tlp =
        let mutable strictest = Tlp.Clear

        if markings >= 0 && tree.Kind markings = JsonKind.Array then
            let mutable child = markings + 1

            while child < tree.After markings do
                if tree.IsText child then
                    for id, tlp in StixTlp.definitions do
                        if tree.Is(child, id) && Tlp.code tlp > Tlp.code strictest then
                            strictest <- tlp

                child <- tree.After child

        strictest

    // The UUID behind `type--`; none where the two do not agree. Ids are lower case (RFC 9562 §4): one that is not would be another text for the same.
    let idOf (name: ReadOnlySpan<byte>) (id: ReadOnlySpan<byte>) : Uuid voption =
        let isShaped =
            id.Length = name.Length + 38
            && id.StartsWith name
            && id[name.Length] = '-'B
            && id[name.Length + 1] = '-'B

        if not isShaped then
            ValueNone
        else
            let mutable isLower = true

            for letter in id.Slice(name.Length + 2) do
                isLower <- isLower && not (letter >= 'A'B && letter <= 'Z'B)

            if isLower then
                Uuid.tryParse (Encoding.ASCII.GetString(id.Slice(name.Length + 2)))
            else
                ValueNone

    let take (text: ReadOnlySpan<byte>) : bool =
        if bytes.Length < text.Length then
            bytes <- Array.zeroCreate (max text.Length (bytes.Length * 2))

        text.CopyTo(Span<byte> bytes)
        tree.Parse(bytes, 0, text.Length, true, 1L) = text.Length

    /// The object's tree after `TryRead` or `TakeHead` had it.
    member internal _.Tree = tree

    /// The head of the object that a tree has parsed at `node`; none where `type` or `id` is missing or malformed.
    member private _.HeadAt(node: int) : StixObjectHead voption =
        let kind = tree.Member(node, typeName)

        if not (tree.IsText kind) || not (tree.IsText(tree.Member(node, idName))) then
            ValueNone
        else
            match idOf (tree.Raw kind) (tree.Raw(tree.Member(node, idName))) with
            | ValueNone -> ValueNone
            | ValueSome id ->
                let modified = time (tree.Member(node, modifiedName))

                ValueSome
                    {
                        Type = nameOf (tree.Raw kind)
                        Id = id
                        Version =
                            if Timestamp.isNone modified then
                                time (tree.Member(node, createdName))
                            else
                                modified
                        Tlp = tlpOf (tree.Member(node, markingsName))
                    }

    /// The head of one object; none where the text is no JSON object with a `type` and an `id` that fits it.
    member this.TryRead(text: ReadOnlySpan<byte>) : StixObjectHead voption =
        if take text then this.HeadAt 0 else ValueNone

    /// The head of the object that begins at `at` of a block that ends at `until`, and where it ends; -1 where none is whole there.
    member internal this.ReadAt(block: byte[], at: int, until: int, ending: byref<int>) : StixObjectHead voption =
        ending <- tree.Parse(block, at, until, true, 1L)
        if ending > 0 then this.HeadAt 0 else ValueNone

    /// A later version of an object: `modified` is now `version`, and where `until` is a time, `valid_until` is that (or the millisecond after
    /// `valid_from`, STIX 2.1 §4.7.1, where that is later). What else it says stays as it is, byte
    /// for byte. Nothing is written, and false given, where the text is no object with a `modified`.
    member _.WriteVersion(text: ReadOnlySpan<byte>, version: Timestamp, until: Timestamp, writer: Utf8Writer) : bool =
        let isObject = take text
        let modified = if isObject then tree.Member(0, modifiedName) else -1

        if not (tree.IsText modified) then
            false
        else
            let old = tree.Member(0, validUntilName)
            let from = time (tree.Member(0, validFromName))

            let until =
                if Timestamp.isNone until || Timestamp.isNone from then
                    until
                else
                    max until (from + 1_000L<us>)

            let put (from: int) (ending: int) =
                writer.Bytes(ReadOnlySpan<byte>(bytes, from, ending - from))

            let first, second =
                if tree.IsText old && old < modified then
                    old, modified
                else
                    modified, old

            let place (node: int) =
                Timestamp.writeMillis (if node = modified then version else until) writer

            if Timestamp.isNone until then
                put 0 (tree.Start modified)
                place modified
                put (tree.End modified) text.Length
            elif tree.IsText old then
                put 0 (tree.Start first)
                place first
                put (tree.End first) (tree.Start second)
                place second
                put (tree.End second) text.Length
            else
                put 0 (tree.Start modified)
                place modified
                put (tree.End modified) (text.Length - 1)
                writer.Bytes(ReadOnlySpan<byte> ",\"valid_until\":\""B)
                Timestamp.writeMillis until writer
                writer.Bytes(ReadOnlySpan<byte> "\"}"B)

            true
