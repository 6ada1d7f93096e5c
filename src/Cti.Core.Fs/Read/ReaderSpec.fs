// Which format a source is in: what a declaration says, and the reader it asks for.
namespace Cti.Core

/// The format of a source.
[<RequireQualifiedAccess>]
type ReaderSpec =
    | Lines of LinesDialect
    | Csv of CsvDialect

[<RequireQualifiedAccess>]
module ReaderSpec =
    /// A reader for one source of this format, from `start` on.
    let reader (spec: ReaderSpec) (start: ReaderStart) : Reader =
        match spec with
        | ReaderSpec.Lines dialect -> LinesReader(dialect, start)
        | ReaderSpec.Csv dialect -> CsvReader(dialect, start)
