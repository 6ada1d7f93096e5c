// A declared pipeline, typed: what the rest of the program works with. Everything in it has been checked; nothing is text
// that still needs reading, except paths and globs, which the host resolves against the file's folder.
namespace Cti.Core.Declare

open System
open Cti.Core
open Cti.Core.Predicates

[<Struct; RequireQualifiedAccess>]
type Compression =
    /// By the file's first bytes.
    | Auto
    | None
    | Gzip

type FileOrigin =
    {
        /// Globs, at least one, relative to the pipeline's file.
        Paths: string list
        Compression: Compression
    }

/// Where a source's bytes come from.
[<RequireQualifiedAccess>]
type Origin = File of FileOrigin

type LinesFormat =
    {
        /// What a comment begins with.
        Comment: string
        /// Whether a comment may also follow a value on its line.
        TrailingComment: bool
    }

/// Where a table's column names come from.
[<RequireQualifiedAccess>]
type CsvHeader =
    | FirstRow
    /// The last comment line before the first row.
    | InComment
    /// No header; the names are declared, possibly none.
    | Declared of columns: string list

type CsvFormat =
    {
        /// One ASCII character.
        Separator: char
        /// One ASCII character, or none: then quotes mean nothing.
        Quote: char option
        Comment: string option
        Header: CsvHeader
        /// Lines passed over at the start.
        Skip: int
    }

/// How bytes are cut into records.
[<RequireQualifiedAccess>]
type Format =
    | Lines of LinesFormat
    | Csv of CsvFormat

[<Struct; RequireQualifiedAccess>]
type SourceMode =
    | Append
    /// What the next complete snapshot lacks is withdrawn then.
    | Snapshot

/// Which cell of a record.
[<RequireQualifiedAccess>]
type Cell =
    /// By header name; the one field of a lines record is `line`.
    | Field of string
    /// From 1.
    | Column of int

/// From the record, or the same for all.
[<RequireQualifiedAccess>]
type Given<'T> =
    | Cell of Cell
    | Const of 'T

/// How a text is read as a point in time.
[<RequireQualifiedAccess>]
type TimeFormat =
    | Iso8601
    /// Seconds since 1970-01-01T00:00:00Z.
    | Unix
    /// Milliseconds since then.
    | UnixMs
    /// A .NET pattern of numbers and fixed text: `yyyy-MM-dd HH:mm:ss`.
    | Pattern of string

type TimeMapping =
    {
        Cell: Cell
        Format: TimeFormat
        /// What is added to UTC where the text names no zone; -14 h to 14 h.
        Offset: TimeSpan
    }

[<RequireQualifiedAccess>]
type LabelMapping =
    /// One label, or several where a separator splits the cell.
    | Cell of Cell * split: string option
    | Const of string

/// How one candidate is made of a record.
type MapRule =
    {
        Value: Given<string>
        Type: TypeHint
        FirstSeen: TimeMapping option
        LastSeen: TimeMapping option
        Labels: LabelMapping list
        /// 0 to 100.
        Confidence: Given<byte> option
        Tlp: Given<Tlp> option
        /// Names the reporting source inside this feed.
        Source: Cell option
    }

type Expectation =
    {
        Records: CountRange option
        MaxRejected: Percentage option
        MaxAge: TimeSpan option
    }

type Source =
    {
        Name: Name
        From: Origin
        Read: Format
        Mode: SourceMode
        /// At least one.
        Map: MapRule list
        Trust: Trust
        Expect: Expectation
    }

[<Struct; RequireQualifiedAccess>]
type PrivateSpace =
    /// Private and reserved addresses are screened.
    | Screen
    | Keep

type ScreenSettings =
    {
        /// Globs of warninglist files.
        Warninglists: string list
        /// Paths of allow-lists.
        Allow: string list
        /// Shortest IPv4 prefix let through, 0 to 32.
        MinPrefixV4: int
        /// Shortest IPv6 prefix let through, 0 to 128.
        MinPrefixV6: int
        Private: PrivateSpace
    }

[<Struct; RequireQualifiedAccess>]
type RpzAction =
    | NxDomain
    | NoData
    | PassThru
    | Drop

type RpzOptions =
    {
        /// The zone's name, without a trailing dot.
        Zone: string
        /// Whole seconds, at least 1.
        Ttl: TimeSpan
        Action: RpzAction
    }

/// Renderers of a whole set.
[<RequireQualifiedAccess>]
type StateRender =
    /// With the observables (SCOs) beside the indicators, or without.
    | StixBundle of observables: bool
    | PlainList
    | Rpz of RpzOptions

/// Renderers of one change after another.
[<Struct; RequireQualifiedAccess>]
type StreamRender = Ndjson

/// Where a sink's output goes.
[<RequireQualifiedAccess>]
type Target = File of path: string

[<Struct; RequireQualifiedAccess>]
type ApplyMode =
    | Auto
    /// Waits for `cti apply`.
    | Manual

/// Holds a current set: plan and apply.
type StateSink =
    {
        Name: Name
        Render: StateRender
        To: Target
        Where: Predicate option
        MaxTlp: Tlp
        Apply: ApplyMode
        /// A plan that adds, changes and withdraws more than this share of the set needs approval.
        MaxChange: Percentage
        /// A plan that would leave fewer entries needs approval.
        MinEntries: int option
    }

/// Appends the change log, at least once, in order.
type StreamSink =
    {
        Name: Name
        Render: StreamRender
        To: Target
        Where: Predicate option
        MaxTlp: Tlp
    }

[<RequireQualifiedAccess>]
type Sink =
    | State of StateSink
    | Stream of StreamSink

    member this.Name =
        match this with
        | State sink -> sink.Name
        | Stream sink -> sink.Name

    member this.To =
        match this with
        | State sink -> sink.To
        | Stream sink -> sink.To

    member this.Where =
        match this with
        | State sink -> sink.Where
        | Stream sink -> sink.Where

    member this.MaxTlp =
        match this with
        | State sink -> sink.MaxTlp
        | Stream sink -> sink.MaxTlp

/// A test of the pipeline, kept as written: `cti test` runs it.
type PipelineTest =
    {
        Name: string
        Source: Name
        Now: DateTimeOffset
        Given: string
        Expect: Node
    }

/// A whole pipeline.
type Pipeline =
    {
        Name: Name
        Description: string
        /// Path of the store, relative to the pipeline's file.
        Store: string
        /// At least one.
        Sources: Source list
        Screen: ScreenSettings
        Score: ScoreSettings
        /// At least one.
        Sinks: Sink list
        Tests: PipelineTest list
    }
