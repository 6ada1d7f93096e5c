// What STIX objects refer to, so that a bundle can say which of it is not there. Reads `…_ref` and `…_refs` at any depth; understands nothing else.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// The references of the objects of one bundle. Grows with the ids that are referred to.
[<Sealed; AllowNullLiteral(false)>]
type internal StixReferences() =
    static let single = "_ref"B
    static let several = "_refs"B
    let tree = JsonTree()
    let scratch = Utf8Writer 64
    let mutable buffer: byte[] = Array.zeroCreate 4096
    // By id: where the first reference to it stands.
    let referred = Dictionary<string, string>(StringComparer.Ordinal)

    let note (kind: string) (property: ReadOnlySpan<byte>) node =
        if tree.Kind node = JsonKind.Text then
            let id = Encoding.UTF8.GetString(tree.Text(node, scratch))

            if not (referred.ContainsKey id) then
                referred[id] <- kind + "." + Encoding.UTF8.GetString property

    /// Reads one object, whose id says what kind it is.
    member _.Add(id: string, text: ReadOnlySpan<byte>) : unit =
        if buffer.Length < text.Length then
            buffer <- Array.zeroCreate (max text.Length (buffer.Length * 2))

        text.CopyTo(Span<byte> buffer)
        let kind = id.Substring(0, max 0 (id.IndexOf("--", StringComparison.Ordinal)))

        if tree.Parse(buffer, 0, text.Length, true, 1L) >= 0 then
            for node in 1 .. tree.After 0 - 1 do
                let name = tree.Name node

                if name.EndsWith(ReadOnlySpan<byte> single) then
                    note kind name node
                elif name.EndsWith(ReadOnlySpan<byte> several) && tree.Kind node = JsonKind.Array then
                    let mutable item = node + 1

                    while item < tree.After node do
                        note kind name item
                        item <- tree.After item

    /// Each id that is referred to, and where first.
    member _.All: KeyValuePair<string, string> seq =
        referred :> KeyValuePair<string, string> seq
