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
    | Zip
    | Zst

type FileOrigin =
    {
        /// Globs, at least one, relative to the pipeline's file.
        Paths: Template list
        Compression: Compression
        /// Which entries of a zip archive to read, by `*` and `?`; all where there is none.
        Member: string option
    }

[<Struct; RequireQualifiedAccess>]
type HttpMethod =
    | Get
    | Post

/// A page fetched over HTTP(S).
type HttpOrigin =
    {
        Url: Template
        Method: HttpMethod
        /// Of a POST.
        Body: Template option
        Connection: HttpConnection
        /// From the request to the last byte, each attempt.
        Timeout: TimeSpan
        /// Longest pause between two bytes.
        StallTimeout: TimeSpan
        /// Bytes of the body as it is sent.
        MaxBytes: int64
        MaxRedirects: int
        /// `text/csv`, `text/*`; empty: anything but HTML.
        ContentTypes: string list
        /// Attempts after the first.
        Retries: int
        /// Before the first retry; doubled before each of the next.
        RetryDelay: TimeSpan
        /// How often a service fetches.
        Every: TimeSpan option
        Compression: Compression
    }

/// Which versions of an object are wanted (TAXII 2.1, section 3.4).
[<Struct; RequireQualifiedAccess>]
type TaxiiVersion =
    | First
    | Last
    | All
    /// The one that was modified then.
    | At of DateTimeOffset

[<RequireQualifiedAccess>]
module TaxiiVersion =
    /// As a server is asked for it.
    let wire (version: TaxiiVersion) : string =
        match version with
        | TaxiiVersion.First -> "first"
        | TaxiiVersion.Last -> "last"
        | TaxiiVersion.All -> "all"
        | TaxiiVersion.At time -> TaxiiMark.writeTime (Timestamp.ofDateTimeOffset time)

/// Which objects of a collection are wanted; of each list any, of all lists each. Empty lists ask for everything.
type TaxiiMatch =
    {
        Types: string list
        Ids: string list
        SpecVersions: string list
        /// The server's default, the last version, where empty.
        Versions: TaxiiVersion list
    }

/// A collection of a TAXII 2.1 server.
type TaxiiOrigin =
    {
        /// How pages are fetched; its URL is that of the discovery, an API root or a collection. `MaxBytes` counts for all pages of a reading.
        Page: HttpOrigin
        /// Id, alias or title of the collection; none where the URL says it, or there is only one.
        Collection: string option
        Match: TaxiiMatch
        /// Only what was added after it.
        AddedAfter: DateTimeOffset option
        /// Objects per page.
        Limit: int
    }

/// A folder with a MISP feed: its manifest, and the events that the manifest names.
type MispFeedOrigin =
    {
        /// Where the folder is, and how its files are fetched.
        Folder: HttpOrigin
        /// Events that one reading fetches; the others come with the next.
        MaxEvents: int
    }

/// A program whose standard output is the feed.
type CommandOrigin =
    {
        /// The program and its arguments: no shell looks at them.
        Run: Template list
        Environment: (string * Template) list
        Timeout: TimeSpan
        MaxBytes: int64
        Compression: Compression
    }

/// Where a source's bytes come from.
[<RequireQualifiedAccess>]
type Origin =
    | File of FileOrigin
    | Http of HttpOrigin
    | Taxii of TaxiiOrigin
    | MispFeed of MispFeedOrigin
    | Command of CommandOrigin
    | StandardInput of Compression

[<Struct; RequireQualifiedAccess>]
type SourceMode =
    | Append
    /// What the next complete snapshot lacks is withdrawn then.
    | Snapshot

type Expectation =
    {
        /// Records of a complete read.
        Records: CountRange option
        /// Share of rejected records, 0 to 1.
        MaxRejected: float option
        /// Age of the newest record.
        MaxAge: TimeSpan option
        /// Largest share of its records a snapshot may lose, 0 to 1.
        Shrink: float
        /// Largest size of a snapshot as a multiple of the one before.
        Growth: float
        /// How long the feed may say the same; none: by its own habit.
        MaxUnchanged: TimeSpan option
    }

[<NoComparison>]
type Source =
    {
        Name: Name
        From: Origin
        Read: ReaderSpec
        Encoding: TextEncoding
        Mode: SourceMode
        Map: MapSpec
        Trust: Trust
        Expect: Expectation
        /// When a service reads it; none: as its pipeline says.
        Schedule: Schedule option
        Supervision: Supervision
    }

[<Struct; RequireQualifiedAccess>]
type PrivateSpace =
    /// Private and reserved addresses are screened.
    | Screen
    | Keep

/// Where the public suffix list is, and which of its rules count. Screening and enrichment share it.
type PublicSuffixSettings =
    {
        Path: string
        Sections: SuffixSections
    }

/// A table of address ranges.
type RangeSettings =
    {
        /// Globs, at least one.
        Paths: string list
        Format: RangeFormat
        /// What is taken of what the columns hold; at least one.
        Gives: Fact list
    }

/// A service that is asked about one subject at a time.
type HttpEnricher =
    {
        Name: Name
        /// The types it is asked about; at least one.
        Types: ObservableType list
        /// Which indicators of these; none: all.
        Where: Predicate option
        /// How it is asked; `{value}` in URL or body stands for the subject's value.
        Page: HttpOrigin
        /// At least one.
        Facts: AskedFact list
        /// A value with a stricter marking is never sent out.
        MaxTlp: Tlp
        /// How long an answer holds before it is asked for again.
        Ttl: TimeSpan
        /// The same where the service knew nothing.
        NegativeTtl: TimeSpan
        RequestsPerMinute: int
        /// Requests of one run.
        MaxRequests: int
        /// Time of one run for all of its questions.
        MaxTime: TimeSpan
        /// Requests at a time.
        Parallel: int
    }

/// One enricher.
[<RequireQualifiedAccess>]
type EnrichSettings =
    /// By the pipeline's public suffix list.
    | RegisteredDomain
    | IpRanges of RangeSettings
    /// Path of CISA's catalogue.
    | Kev of path: string
    /// Globs of EPSS files, at least one.
    | Epss of paths: string list
    /// Globs of CVE 5 or NVD files, at least one.
    | Cvss of paths: string list
    /// Globs of MITRE's catalogues, at least one.
    | Attack of paths: string list
    | Http of HttpEnricher

[<RequireQualifiedAccess>]
module EnrichSettings =
    /// The facts it gives.
    let facts (settings: EnrichSettings) : Fact list =
        match settings with
        | EnrichSettings.RegisteredDomain -> [ Fact.RegisteredDomain ]
        | EnrichSettings.IpRanges ranges -> ranges.Gives
        | EnrichSettings.Kev _ -> [ Fact.Kev; Fact.KevRansomware; Fact.KevAdded ]
        | EnrichSettings.Epss _ -> [ Fact.Epss; Fact.EpssPercentile ]
        | EnrichSettings.Cvss _ -> [ Fact.Cvss; Fact.CvssSeverity; Fact.CvssVersion; Fact.CvssVector; Fact.Cwe ]
        | EnrichSettings.Attack _ ->
            [
                Fact.AttackName
                Fact.AttackTactics
                Fact.AttackStatus
                Fact.AttackReplacement
            ]
        | EnrichSettings.Http _ -> []

    /// The facts of its own that it gives, by the names the pipeline gives them.
    let named (settings: EnrichSettings) : NamedFact list =
        match settings with
        | EnrichSettings.Http service -> service.Facts |> List.map _.Fact
        | _ -> []

type ScreenSettings =
    {
        /// Globs of warninglist files.
        Warninglists: string list
        /// Paths of allow-lists: values that are no news here.
        Allow: string list
        /// Paths of never-lists: values that must never be blocked, nor anything that would block them along.
        Never: string list
        /// Shortest IPv4 prefix let through, 0 to 32.
        MinPrefixV4: int
        /// Shortest IPv6 prefix let through, 0 to 128.
        MinPrefixV6: int
        Private: PrivateSpace
    }

/// Renderers of one change after another.
[<Struct; RequireQualifiedAccess>]
type StreamRender = Ndjson

[<Struct; RequireQualifiedAccess>]
type ApplyMode =
    | Auto
    /// Waits for `cti apply`.
    | Manual

/// A program that looks at a sink's file, or is told that there is a new one.
type SinkProgram =
    {
        /// The program and its arguments: no shell looks at them. `{file}` is the file.
        Run: Template list
        Environment: (string * Template) list
        Timeout: TimeSpan
    }

/// Who looks at a new file before it takes the place of the old one.
[<RequireQualifiedAccess>]
type SinkCheck =
    /// The checker of the tool that reads the format.
    | BuiltIn of timeout: TimeSpan
    | Program of SinkProgram

/// Holds a current set: plan and apply.
type StateSink =
    {
        Name: Name
        Render: RenderSpec
        /// Where the set is written, relative to the pipeline's file.
        Path: string
        Where: Predicate option
        MaxTlp: Tlp
        Apply: ApplyMode
        /// What a plan may do without approval.
        Limits: PlanLimits
        /// Most entries the tool has room for.
        Capacity: int option
        /// Whether entries are left out that others stand for.
        Fold: bool
        Check: SinkCheck option
        /// Tells the tool of a new file.
        Reload: SinkProgram option
    }

/// Appends the change log, at least once, in order.
type StreamSink =
    {
        Name: Name
        Render: StreamRender
        To: Target
        Where: Predicate option
        MaxTlp: Tlp
        Delivery: DeliverySettings
    }

[<RequireQualifiedAccess>]
type Sink =
    | State of StateSink
    | Stream of StreamSink

    member this.Name =
        match this with
        | State sink -> sink.Name
        | Stream sink -> sink.Name

    /// What the output looks like; of a stream, one line of it.
    member this.RenderSpec =
        match this with
        | State sink -> sink.Render
        | Stream { Render = StreamRender.Ndjson } -> RenderSpec.Ndjson

    member this.To =
        match this with
        | State sink -> Target.File sink.Path
        | Stream sink -> sink.To

    member this.Where =
        match this with
        | State sink -> sink.Where
        | Stream sink -> sink.Where

    member this.MaxTlp =
        match this with
        | State sink -> sink.MaxTlp
        | Stream sink -> sink.MaxTlp

/// A whole pipeline.
[<NoComparison>]
type Pipeline =
    {
        Name: Name
        Description: string
        /// Path of the store, relative to the pipeline's file.
        Store: string
        /// When a service reads those sources that do not say it themselves.
        Schedule: Schedule option
        /// At least one.
        Sources: Source list
        PublicSuffixes: PublicSuffixSettings option
        Screen: ScreenSettings
        /// In the order declared; no two give the same fact.
        Enrich: EnrichSettings list
        Score: ScoreSettings
        /// At least one.
        Sinks: Sink list
        Tests: PipelineTest list
        /// How many open dead letters it may have before its runs stop.
        DeadLetters: LetterBound
    }

[<RequireQualifiedAccess>]
module Expectation =
    /// What a source's readings are judged by.
    let ofDeclared (source: Source) : FeedExpectation =
        let ends (range: CountRange) =
            struct (ValueOption.defaultValue 0L range.Low, ValueOption.defaultValue Int64.MaxValue range.High)

        {
            IsSnapshot = source.Mode.IsSnapshot
            Records = source.Expect.Records |> Option.toValueOption |> ValueOption.map ends
            MaxRejected = Option.toValueOption source.Expect.MaxRejected
            MaxAge = Option.toValueOption source.Expect.MaxAge
            Shrink = source.Expect.Shrink
            Growth = source.Expect.Growth
            MaxUnchanged = Option.toValueOption source.Expect.MaxUnchanged
        }

[<RequireQualifiedAccess>]
module SourceSchedule =
    /// Looking at a file costs nothing.
    let files = TimeSpan.FromMinutes 5.0

    /// Whoever serves a feed pays for being asked.
    let others = TimeSpan.FromHours 1.0

    /// When a service reads a source: as the source says, else its page's `every`, else as the pipeline says, else by what it is.
    let ofDeclared (pipeline: Pipeline) (source: Source) : Schedule =
        let every distance =
            {
                Timetable = Timetable.Every distance
                Jitter = TimeSpan.Zero
            }

        match source.Schedule, source.From, pipeline.Schedule with
        | Some own, _, _ -> own
        | None, Origin.Http { Every = Some distance }, _
        | None, Origin.MispFeed { Folder = { Every = Some distance } }, _
        | None, Origin.Taxii { Page = { Every = Some distance } }, _ -> every distance
        | None, _, Some shared -> shared
        | None, Origin.File _, None -> every files
        | None, _, None -> every others
