// A declared pipeline, typed: what the rest of the program works with. Everything in it has been checked; nothing is text
// that still needs reading, except paths and globs, which the host resolves against the file's folder.
namespace Cti.Core.Declare

open System
open Cti.Core

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
