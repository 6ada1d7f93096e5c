// What enrichment knows of subjects, column by column: country and network of addresses, the registered domain of names, exploitation of
// vulnerabilities. Knows no table these come from.
namespace Cti.Core

open System

/// One fact a subject may have; the names are those of predicates, of the store's columns and of NDJSON members.
[<Struct; RequireQualifiedAccess>]
type Fact =
    | Country
    | Asn
    | AsName
    | RegisteredDomain
    | Kev
    | KevRansomware
    | KevAdded
    | Epss
    | EpssPercentile

[<RequireQualifiedAccess>]
module Fact =
    let all =
        [
            Fact.Country
            Fact.Asn
            Fact.AsName
            Fact.RegisteredDomain
            Fact.Kev
            Fact.KevRansomware
            Fact.KevAdded
            Fact.Epss
            Fact.EpssPercentile
        ]

    let name (fact: Fact) =
        match fact with
        | Fact.Country -> "country"
        | Fact.Asn -> "asn"
        | Fact.AsName -> "as_name"
        | Fact.RegisteredDomain -> "registered_domain"
        | Fact.Kev -> "kev"
        | Fact.KevRansomware -> "kev_ransomware"
        | Fact.KevAdded -> "kev_added"
        | Fact.Epss -> "epss"
        | Fact.EpssPercentile -> "epss_percentile"

/// Country codes of two letters (ISO 3166-1 alpha-2 and what registries use beside it) as small numbers: 0 is none.
[<RequireQualifiedAccess>]
module CountryCode =
    let none = 0us

    let private isLetter (value: byte) = (value ||| 0x20uy) - 'a'B <= 25uy
    let private place (letter: byte) = int ((letter ||| 0x20uy) - 'a'B)

    let private texts =
        Array.init 677 (fun code ->
            if code = 0 then
                Array.empty
            else
                [| 'A'B + byte ((code - 1) / 26); 'A'B + byte ((code - 1) % 26) |])

    /// Every code there could be, as text.
    let all = [ for code in 1..676 -> System.Text.Encoding.ASCII.GetString texts[code] ]

    /// The code of two ASCII letters in any case; `none` for anything else.
    let ofText (text: ReadOnlySpan<byte>) : uint16 =
        if text.Length = 2 && isLetter text[0] && isLetter text[1] then
            uint16 (1 + place text[0] * 26 + place text[1])
        else
            none

    /// Two upper-case letters; empty for `none`.
    let text (code: uint16) : ReadOnlySpan<byte> = ReadOnlySpan<byte> texts[int code]

/// What CISA's catalogue of known exploited vulnerabilities says.
[<Struct; RequireQualifiedAccess>]
type KevListing =
    /// The subject is no vulnerability, or no catalogue was asked.
    | Unknown
    | NotListed
    | Listed
    /// Listed, and known to be used in ransomware campaigns.
    | Ransomware

/// Facts of the rows of an `IndicatorBatch`. Only there where a pipeline enriches.
[<Sealed; AllowNullLiteral(false)>]
type FactColumns(capacity: int) =
    /// Parts per one of a probability as it is kept: 1,000,000,000 is 1.
    static member Whole = 1_000_000_000

    /// See `CountryCode`.
    member val Country: uint16[] = Array.zeroCreate capacity
    /// The number of the autonomous system; -1 where not known.
    member val Asn: int64[] = Array.create capacity -1L
    /// UTF-8; empty where not known.
    member val AsName: byte[][] = Array.create capacity Array.empty
    /// Where in the row's value the registered domain begins; -1 where there is none.
    member val DomainStart: int[] = Array.create capacity -1
    member val DomainLength: int[] = Array.zeroCreate capacity
    member val Kev: KevListing[] = Array.create capacity KevListing.Unknown
    /// When the catalogue listed it; `Timestamp.none` where it did not.
    member val KevAdded: Timestamp[] = Array.create capacity Timestamp.none
    /// Probability of exploitation within 30 days, in `Whole` parts; -1 where not known.
    member val Epss: int[] = Array.create capacity -1
    /// Share of vulnerabilities scored the same or lower, in `Whole` parts; -1 where not known.
    member val EpssPercentile: int[] = Array.create capacity -1

    /// What services answered, by the facts a pipeline names.
    member val Answers: AnswerFacts[] = Array.create capacity AnswerFacts.Unknown

    /// Forgets what was known of a row.
    member this.Clear(row: int) =
        this.Country[row] <- CountryCode.none
        this.Asn[row] <- -1L
        this.AsName[row] <- Array.empty
        this.DomainStart[row] <- -1
        this.DomainLength[row] <- 0
        this.Kev[row] <- KevListing.Unknown
        this.KevAdded[row] <- Timestamp.none
        this.Epss[row] <- -1
        this.EpssPercentile[row] <- -1
        this.Answers[row] <- AnswerFacts.Unknown

    /// Whether tables know anything of a row.
    member this.HasAny(row: int) : bool =
        this.Country[row] <> CountryCode.none
        || this.Asn[row] >= 0L
        || this.AsName[row].Length > 0
        || this.DomainStart[row] >= 0
        || this.Kev[row] <> KevListing.Unknown
        || this.Epss[row] >= 0
        || this.EpssPercentile[row] >= 0
