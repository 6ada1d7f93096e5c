// Which format a source is in: what a declaration says, and the reader it asks for.
namespace Cti.Core

open System

/// The format of a source.
[<RequireQualifiedAccess; NoComparison>]
type ReaderSpec =
    | Lines of LinesDialect
    | Csv of CsvDialect
    | BlockList of BlockListDialect * ReadLimits
    /// A document.
    | Json of JsonDialect
    /// One value a line.
    | Ndjson of JsonDialect
    /// STIX, MISP and the like: its records have the fields of `StandardFields`.
    | Rich of RichFormat
    /// To be recognised from the first 64 KiB.
    | Auto of AutoDialect

/// How a source is recognised.
and [<NoComparison>] AutoDialect =
    {
        Recogniser: Recogniser
        /// The fields a mapping asks for; none where the mapping is left to recognition too.
        Fields: string list
        /// What the source is, where that is known; none: anything.
        Only: PlainFormat voption
    }

/// Recognises formats by their first bytes; one object for the whole program (see `Sniffer`).
and [<AbstractClass; AllowNullLiteral(false)>] Recogniser() =
    /// The format (never `Auto`) and what its fields hold; an error says what was tried and what the bytes look like. `isWhole`: no bytes follow. `only`: nothing
    /// else is taken.
    abstract Recognise:
        head: ReadOnlyMemory<byte> * isWhole: bool * fields: string list * only: PlainFormat voption ->
            Result<ReaderSpec * Recognition, ReadError>

[<RequireQualifiedAccess>]
module ReaderSpec =
    /// The same format, told which fields a mapping asks for: JSON has no columns that would name them.
    let withFields (fields: string list) (spec: ReaderSpec) : ReaderSpec =
        match spec with
        | ReaderSpec.Json dialect -> ReaderSpec.Json(JsonDialect.withFields fields dialect)
        | ReaderSpec.Ndjson dialect -> ReaderSpec.Ndjson(JsonDialect.withFields fields dialect)
        | ReaderSpec.Auto dialect -> ReaderSpec.Auto { dialect with Fields = fields }
        | ReaderSpec.Lines _
        | ReaderSpec.BlockList _
        | ReaderSpec.Rich _
        | ReaderSpec.Csv _ -> spec

    /// A reader for one source of this format, from `start` on.
    let rec reader (spec: ReaderSpec) (start: ReaderStart) : Reader =
        match spec with
        | ReaderSpec.Lines dialect ->
            LineReader(LinesCutter dialect, dialect.Comments, LineEnd.Always, dialect.Limits, start)
        | ReaderSpec.Csv dialect -> CsvReader(dialect, start)
        | ReaderSpec.BlockList(dialect, limits) ->
            let cutter = BlockListDialect.cutter dialect start.Columns
            LineReader(cutter, BlockListDialect.comments dialect, BlockListDialect.lineEnd dialect, limits, start)
        | ReaderSpec.Json dialect -> JsonReader dialect
        | ReaderSpec.Ndjson dialect -> NdjsonReader(dialect, start)
        | ReaderSpec.Rich format -> format.Reader start
        | ReaderSpec.Auto dialect ->
            let choose head isWhole =
                dialect.Recogniser.Recognise(head, isWhole, dialect.Fields, dialect.Only)
                |> Result.map (fun (found, recognition) ->
                    {
                        Reader = reader found ReaderStart.beginning
                        Recognition = recognition
                    })

            AutoReader(choose, start)

    /// What it is of the formats whose fields mean nothing by themselves; none where they do.
    let plainFormat (spec: ReaderSpec) : PlainFormat voption =
        match spec with
        | ReaderSpec.Lines _ -> ValueSome PlainFormat.Lines
        | ReaderSpec.Csv _ -> ValueSome PlainFormat.Csv
        | ReaderSpec.Json _ -> ValueSome PlainFormat.Json
        | ReaderSpec.Ndjson _ -> ValueSome PlainFormat.Ndjson
        | ReaderSpec.BlockList(dialect, _) -> ValueSome(PlainFormat.BlockList dialect)
        | ReaderSpec.Rich _
        | ReaderSpec.Auto _ -> ValueNone

    /// Whether its records have the fields of `StandardFields`, so that its mapping may be left out.
    let hasStandardFields (spec: ReaderSpec) : bool =
        match spec with
        | ReaderSpec.Rich _ -> true
        | ReaderSpec.Lines _
        | ReaderSpec.Csv _
        | ReaderSpec.BlockList _
        | ReaderSpec.Json _
        | ReaderSpec.Ndjson _
        | ReaderSpec.Auto _ -> false

    /// The fields of a format that has the same ones in every source, in order; empty where a header or the source says.
    let fields (spec: ReaderSpec) : string list =
        match spec with
        | ReaderSpec.Json _
        | ReaderSpec.Ndjson _
        | ReaderSpec.Auto _
        | ReaderSpec.Csv _ -> []
        | ReaderSpec.Rich _ -> List.ofArray StandardFields.columns
        | ReaderSpec.Lines _
        | ReaderSpec.BlockList _ -> (reader spec ReaderStart.beginning).Columns |> List.ofArray
