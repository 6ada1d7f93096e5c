// What was found in one document, in the order of the file.
namespace Cti.Core

open System
open System.Text

/// Findings of one document: columns, so that a list of a million costs no objects.
[<Sealed; AllowNullLiteral(false)>]
type Findings
    internal
    (types: ObservableType[], roles: FindingRole[], offsets: int[], lengths: int[], lines: int64[], values: TextColumn)
    =
    /// No findings.
    static member val Empty = Findings([||], [||], [||], [||], [||], TextColumn(1, 1))
    member _.Count = types.Length
    member _.Type(index: int) = types[index]
    member _.Role(index: int) = roles[index]
    /// First byte in the document, from 0. In a document that is no text (PDF): in the text that was taken from it.
    member _.Offset(index: int) = offsets[index]
    /// Bytes of the document from `Offset` on that are the value as written.
    member _.Length(index: int) = lengths[index]
    /// Line of the first byte, from 1. In a PDF: the page.
    member _.Line(index: int) = lines[index]
    /// The canonical value, as UTF-8.
    member _.Value(index: int) : ReadOnlySpan<byte> = values[index]
    member _.ValueText(index: int) : string = Encoding.UTF8.GetString values[index]
