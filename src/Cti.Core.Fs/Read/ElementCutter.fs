// What is particular to a format whose documents are lists of JSON objects: which records an object gives. Knows no bytes outside of it.
namespace Cti.Core

/// What a cutter did with the element that is open.
[<Struct; RequireQualifiedAccess>]
type ElementStep =
    /// It added one record to the batch; there may be more.
    | Record
    /// A value of the element cannot be used: a dead letter with its bytes.
    | Refused of node: int * error: ReadError
    /// Nothing more is in it. Said at once of an element that lists nothing: as little a record as a comment.
    | Done

/// One per source, elements in the source's order: it may remember what earlier elements said.
[<AbstractClass; AllowNullLiteral(false)>]
type ElementCutter() =
    /// The names of the fields, in the order in which records have them.
    abstract Columns: string[]
    /// Begins with an element, an object of sound JSON in UTF-8. It may lie elsewhere in memory at each `Next`: keep numbers of values, no bytes.
    abstract Open: element: JsonTree -> unit
    /// Adds the next record of the element. Its bytes are the batch's: fields are slices (`JsonTree.Start`) or lie in `Scratch`.
    abstract Next: element: JsonTree * batch: RawBatch -> ElementStep
