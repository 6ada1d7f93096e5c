// Where a source's bytes come from, as it is declared.
namespace Cti.Core.Declare

open System
open Cti.Core

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
