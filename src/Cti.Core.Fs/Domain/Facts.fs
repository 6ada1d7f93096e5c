// What enrichment knows of subjects, column by column: country and network of addresses, the registered domain of names, severity and
// exploitation of vulnerabilities, names and tactics of techniques. Knows no table these come from.
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
    | Cvss
    | CvssSeverity
    | CvssVersion
    | CvssVector
    | Cwe
    | AttackName
    | AttackTactics
    | AttackStatus
    | AttackReplacement

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
            Fact.Cvss
            Fact.CvssSeverity
            Fact.CvssVersion
            Fact.CvssVector
            Fact.Cwe
            Fact.AttackName
            Fact.AttackTactics
            Fact.AttackStatus
            Fact.AttackReplacement
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
        | Fact.Cvss -> "cvss"
        | Fact.CvssSeverity -> "cvss_severity"
        | Fact.CvssVersion -> "cvss_version"
        | Fact.CvssVector -> "cvss_vector"
        | Fact.Cwe -> "cwe"
        | Fact.AttackName -> "attack_name"
        | Fact.AttackTactics -> "attack_tactics"
        | Fact.AttackStatus -> "attack_status"
        | Fact.AttackReplacement -> "attack_replacement"

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

/// The CVSS versions that records are scored by (FIRST).
[<Struct; RequireQualifiedAccess>]
type CvssVersion =
    | V2
    | V30
    | V31
    | V40

[<RequireQualifiedAccess>]
module CvssVersion =
    /// `2.0`, `3.0`, `3.1`, `4.0`.
    let name (version: CvssVersion) =
        match version with
        | CvssVersion.V2 -> "2.0"
        | CvssVersion.V30 -> "3.0"
        | CvssVersion.V31 -> "3.1"
        | CvssVersion.V40 -> "4.0"

    let all = [ CvssVersion.V2; CvssVersion.V30; CvssVersion.V31; CvssVersion.V40 ]

    let private texts =
        all |> List.map (name >> System.Text.Encoding.ASCII.GetBytes) |> Array.ofList

    /// `name` as UTF-8.
    let text (version: CvssVersion) : ReadOnlySpan<byte> =
        match version with
        | CvssVersion.V2 -> ReadOnlySpan<byte> texts[0]
        | CvssVersion.V30 -> ReadOnlySpan<byte> texts[1]
        | CvssVersion.V31 -> ReadOnlySpan<byte> texts[2]
        | CvssVersion.V40 -> ReadOnlySpan<byte> texts[3]

    /// The inverse of `name`.
    let tryParse (text: string) : CvssVersion voption =
        match all |> List.tryFind (fun version -> name version = text) with
        | Some version -> ValueSome version
        | None -> ValueNone

/// The qualitative rating of a base score (CVSS v3.1 §5, v4.0 §6).
[<Struct; RequireQualifiedAccess>]
type CvssSeverity =
    | None
    | Low
    | Medium
    | High
    | Critical

[<RequireQualifiedAccess>]
module CvssSeverity =
    /// The scale's words in small letters, from the least on.
    let name (severity: CvssSeverity) =
        match severity with
        | CvssSeverity.None -> "none"
        | CvssSeverity.Low -> "low"
        | CvssSeverity.Medium -> "medium"
        | CvssSeverity.High -> "high"
        | CvssSeverity.Critical -> "critical"

    let all =
        [
            CvssSeverity.None
            CvssSeverity.Low
            CvssSeverity.Medium
            CvssSeverity.High
            CvssSeverity.Critical
        ]

    let private texts =
        all |> List.map (name >> System.Text.Encoding.ASCII.GetBytes) |> Array.ofList

    /// `name` as UTF-8.
    let text (severity: CvssSeverity) : ReadOnlySpan<byte> =
        match severity with
        | CvssSeverity.None -> ReadOnlySpan<byte> texts[0]
        | CvssSeverity.Low -> ReadOnlySpan<byte> texts[1]
        | CvssSeverity.Medium -> ReadOnlySpan<byte> texts[2]
        | CvssSeverity.High -> ReadOnlySpan<byte> texts[3]
        | CvssSeverity.Critical -> ReadOnlySpan<byte> texts[4]

    /// The rating of a base score in tenths, 0 to 100. One scale for all versions: v2 has none of its own.
    let ofScore (tenths: int) : CvssSeverity =
        if tenths = 0 then CvssSeverity.None
        elif tenths < 40 then CvssSeverity.Low
        elif tenths < 70 then CvssSeverity.Medium
        elif tenths < 90 then CvssSeverity.High
        else CvssSeverity.Critical

/// Facts that are numbers as JSON numbers.
[<RequireQualifiedAccess>]
module internal FactText =
    /// A probability in parts of a thousand million (`FactColumns.Whole`), without the zeros at its end: 0.5, 1, 0.00042.
    let writeShare (parts: int) (writer: Utf8Writer) =
        let whole = 1_000_000_000
        writer.Int(int64 (parts / whole))
        let mutable rest = parts % whole
        let mutable unit = whole / 10

        if rest > 0 then
            writer.Byte '.'B

        while rest > 0 do
            writer.Byte('0'B + byte (rest / unit))
            rest <- rest % unit
            unit <- unit / 10

    /// A base score in tenths: 9.8, 10.
    let writeScore (tenths: int) (writer: Utf8Writer) =
        writer.Int(int64 (tenths / 10))

        if tenths % 10 > 0 then
            writer.Byte '.'B
            writer.Int(int64 (tenths % 10))

/// What a record says of a vulnerability's severity and kind. Made once by a table and shared by the rows that ask.
[<Sealed; AllowNullLiteral(false)>]
type SeverityFacts(score: int, version: CvssVersion, vector: byte[], weaknesses: NameSet, asOf: Timestamp) =
    static let unknown =
        SeverityFacts(-1, CvssVersion.V31, Array.empty, NameSet.Empty, Timestamp.none)

    /// Nothing is known.
    static member Unknown = unknown
    /// Base score in tenths, 0 to 100; -1 where there is none.
    member _.Score = score
    member _.HasScore = score >= 0
    /// Only with a score.
    member _.Version = version
    /// Only with a score.
    member _.Severity = CvssSeverity.ofScore (max 0 score)
    /// UTF-8, as written; empty where the record gives none.
    member _.Vector = vector
    /// `CWE-79` and the like; empty where not known.
    member _.Weaknesses = weaknesses
    /// When the record was last changed; `Timestamp.none` where it does not say.
    member _.AsOf = asOf
    member _.IsKnown = score >= 0 || weaknesses.Count > 0

/// Whether an entry of ATT&CK holds.
[<Struct; RequireQualifiedAccess>]
type AttackStatus =
    | Current
    /// No longer kept up.
    | Deprecated
    /// Another entry stands in its place.
    | Revoked

[<RequireQualifiedAccess>]
module AttackStatus =
    let name (status: AttackStatus) =
        match status with
        | AttackStatus.Current -> "current"
        | AttackStatus.Deprecated -> "deprecated"
        | AttackStatus.Revoked -> "revoked"

    let all = [ AttackStatus.Current; AttackStatus.Deprecated; AttackStatus.Revoked ]

    let private texts =
        all |> List.map (name >> System.Text.Encoding.ASCII.GetBytes) |> Array.ofList

    /// `name` as UTF-8.
    let text (status: AttackStatus) : ReadOnlySpan<byte> =
        match status with
        | AttackStatus.Current -> ReadOnlySpan<byte> texts[0]
        | AttackStatus.Deprecated -> ReadOnlySpan<byte> texts[1]
        | AttackStatus.Revoked -> ReadOnlySpan<byte> texts[2]

/// What MITRE's catalogue says of a technique, group, software or mitigation. Made once by a table and shared by the rows that ask.
[<Sealed; AllowNullLiteral(false)>]
type AttackFacts(name: byte[], tactics: NameSet, status: AttackStatus, replacement: byte[], asOf: Timestamp) =
    static let unknown =
        AttackFacts(Array.empty, NameSet.Empty, AttackStatus.Current, Array.empty, Timestamp.none)

    /// Nothing is known.
    static member Unknown = unknown
    /// UTF-8; empty only where nothing is known.
    member _.Name = name
    /// Of a technique, as the catalogue writes them: `initial-access`.
    member _.Tactics = tactics
    member _.Status = status
    /// The id of what stands in a revoked entry's place; empty where there is none.
    member _.Replacement = replacement
    /// When MITRE last changed the entry, or put another in its place; `Timestamp.none` where the catalogue does not say.
    member _.AsOf = asOf
    member _.IsKnown = name.Length > 0

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
    member val Severity: SeverityFacts[] = Array.create capacity SeverityFacts.Unknown
    member val Attack: AttackFacts[] = Array.create capacity AttackFacts.Unknown
    /// When the catalogue asked for `Kev` was made; `Timestamp.none` where none was, or it does not say.
    member val KevAsOf: Timestamp[] = Array.create capacity Timestamp.none
    /// When the scores were made that `Epss` is of; `Timestamp.none` where they do not say.
    member val EpssAsOf: Timestamp[] = Array.create capacity Timestamp.none

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
        this.Severity[row] <- SeverityFacts.Unknown
        this.Attack[row] <- AttackFacts.Unknown
        this.KevAsOf[row] <- Timestamp.none
        this.EpssAsOf[row] <- Timestamp.none
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
        || this.Severity[row].IsKnown
        || this.Attack[row].IsKnown
