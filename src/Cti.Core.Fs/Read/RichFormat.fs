// What a rich format is to the rest: a name, and readers that give the standard fields. Each has a file of its own; this one knows none of them.
namespace Cti.Core

/// A format whose records have the fields of `StandardFields`, with its options. One value may make any number of readers.
[<AbstractClass; AllowNullLiteral(false)>]
type RichFormat(name: string) =
    /// What YAML calls it (`read: { type: … }`).
    member _.Name = name

    /// Its options as YAML, `key: value`, where they differ from the defaults.
    abstract Options: string list
    default _.Options = []

    /// A reader for one source, from `start` on.
    abstract Reader: start: ReaderStart -> Reader

    /// A reader for the bytes of one rejection (a dead letter), alone; none where a part means nothing without its document.
    abstract RecordReader: start: ReaderStart -> Reader voption
    default _.RecordReader(_) = ValueNone
