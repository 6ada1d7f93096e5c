// What tables and services say of indicators, as it is declared, and which facts that gives.
namespace Cti.Core.Declare

open System
open Cti.Core
open Cti.Core.Predicates

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
