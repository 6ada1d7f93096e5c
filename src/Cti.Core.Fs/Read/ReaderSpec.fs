// Which format a source is in: what a declaration says, and the reader it asks for.
namespace Cti.Core

/// The format of a source.
[<RequireQualifiedAccess>]
type ReaderSpec =
    | Lines of LinesDialect
    | Csv of CsvDialect
    | BlockList of BlockListDialect * ReadLimits
    /// A document.
    | Json of JsonDialect
    /// One value a line.
    | Ndjson of JsonDialect

[<RequireQualifiedAccess>]
module ReaderSpec =
    /// The same format, told which fields a mapping asks for: JSON has no columns that would name them.
    let withFields (fields: string list) (spec: ReaderSpec) : ReaderSpec =
        match spec with
        | ReaderSpec.Json dialect -> ReaderSpec.Json(JsonDialect.withFields fields dialect)
        | ReaderSpec.Ndjson dialect -> ReaderSpec.Ndjson(JsonDialect.withFields fields dialect)
        | ReaderSpec.Lines _
        | ReaderSpec.BlockList _
        | ReaderSpec.Csv _ -> spec

    /// A reader for one source of this format, from `start` on.
    let reader (spec: ReaderSpec) (start: ReaderStart) : Reader =
        match spec with
        | ReaderSpec.Lines dialect -> LineReader(LinesCutter dialect, dialect.Comments, dialect.Limits, start)
        | ReaderSpec.Csv dialect -> CsvReader(dialect, start)
        | ReaderSpec.BlockList(dialect, limits) ->
            let cutter = BlockListDialect.cutter dialect start.Columns
            LineReader(cutter, BlockListDialect.comments dialect, limits, start)
        | ReaderSpec.Json dialect -> JsonReader dialect
        | ReaderSpec.Ndjson dialect -> NdjsonReader(dialect, start)

    /// The fields of a format that has the same ones in every source, in order; empty where a header or the source says.
    let fields (spec: ReaderSpec) : string list =
        match spec with
        | ReaderSpec.Json _
        | ReaderSpec.Ndjson _
        | ReaderSpec.Csv _ -> []
        | ReaderSpec.Lines _
        | ReaderSpec.BlockList _ -> (reader spec ReaderStart.beginning).Columns |> List.ofArray
