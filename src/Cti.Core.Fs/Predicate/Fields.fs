// The fields of indicators and records that a predicate may name: what each holds, what it is called, and which words it can hold.
namespace Cti.Core.Predicates

open System
open Cti.Core

/// What a field holds.
[<Struct; RequireQualifiedAccess>]
type FieldKind =
    | Text
    | Number
    | Time
    | List
    /// True or false: a condition by itself.
    | Flag

/// What a predicate is about, and so which names it may use.
[<Struct; RequireQualifiedAccess>]
type Scope =
    /// Indicators: the fields below.
    | Indicator
    /// Raw records: their columns, which the reader may know only later. They are texts; compared with a number they are read as one.
    | Record

/// Text fields of an indicator, and the columns of a raw record.
[<Struct; RequireQualifiedAccess>]
type TextField =
    /// The observable type's name.
    | Type
    /// The canonical value.
    | Value
    /// The TLP marking's name.
    | Tlp
    /// Two upper-case letters (ISO 3166-1 alpha-2); NULL where enrichment does not know it, as with all fields of facts.
    | Country
    /// The name of the autonomous system.
    | AsName
    /// The domain somebody registered: the public suffix and one label more.
    | RegisteredDomain
    /// Rating of the vulnerability's CVSS base score.
    | CvssSeverity
    | CvssVersion
    | CvssVector
    /// The name of the entry of ATT&CK.
    | AttackName
    /// Whether the entry holds.
    | AttackStatus
    /// The id of what stands in a revoked entry's place.
    | AttackReplacement
    /// A record's column. `index` counts the columns a predicate names, in order of first appearance, from 0. Indicators have none.
    | Column of name: string * index: int
    /// A fact the pipeline names, and its place among them.
    | Named of fact: string * place: int

/// Number fields of an indicator: whole ones but for those with a `scale`.
[<Struct; RequireQualifiedAccess>]
type NumberField =
    /// Decayed score, 0 to 100.
    | Score
    /// Undecayed base, 0 to 100.
    | Confidence
    /// Sources with a claim, from 1.
    | SourceCount
    /// The number of the autonomous system.
    | Asn
    /// Probability that the vulnerability is exploited within 30 days, 0 to 1.
    | Epss
    /// Share of vulnerabilities with this score or a lower one, 0 to 1.
    | EpssPercentile
    /// A fact the pipeline names, and its place among them.
    | Named of fact: string * place: int
    /// CVSS base score, 0 to 10 with one decimal place.
    | Cvss

[<RequireQualifiedAccess>]
module NumberField =
    /// Decimal places of the numbers a row gives: 9 where 1,000,000,000 is 1.
    let scale (field: NumberField) : byte =
        match field with
        | NumberField.Epss
        | NumberField.EpssPercentile -> 9uy
        | NumberField.Cvss -> 1uy
        | NumberField.Named _ -> FactValue.scale
        | NumberField.Score
        | NumberField.Confidence
        | NumberField.SourceCount
        | NumberField.Asn -> 0uy

/// Points in time of an indicator, microseconds since 1970-01-01T00:00:00Z.
[<Struct; RequireQualifiedAccess>]
type TimeField =
    | FirstSeen
    | LastSeen
    /// The day CISA's catalogue listed the vulnerability.
    | KevAdded

/// Fields that are true or false.
[<Struct; RequireQualifiedAccess>]
type FlagField =
    /// The vulnerability is in CISA's catalogue of known exploited ones.
    | Kev
    /// And is known to be used in ransomware campaigns.
    | KevRansomware
    /// A fact the pipeline names, and its place among them.
    | Named of fact: string * place: int

/// Lists of names of an indicator.
[<Struct; RequireQualifiedAccess>]
type ListField =
    | Labels
    | Sources
    /// Weaknesses behind a vulnerability: `CWE-79`.
    | Cwe
    /// Tactics of a technique: `initial-access`.
    | AttackTactics

/// Any field.
[<Struct; RequireQualifiedAccess>]
type Field =
    | Text of text: TextField
    | Number of number: NumberField
    | Time of time: TimeField
    | List of list: ListField
    | Flag of flag: FlagField

/// Words that are no names.
[<RequireQualifiedAccess>]
module internal Keyword =
    let all =
        [
            "AND"
            "OR"
            "NOT"
            "IN"
            "LIKE"
            "BETWEEN"
            "IS"
            "NULL"
            "ESCAPE"
            "TIMESTAMP"
        ]

[<RequireQualifiedAccess>]
module Field =
    let all =
        [
            Field.Text TextField.Type
            Field.Text TextField.Value
            Field.Number NumberField.Score
            Field.Number NumberField.Confidence
            Field.Text TextField.Tlp
            Field.List ListField.Labels
            Field.List ListField.Sources
            Field.Number NumberField.SourceCount
            Field.Time TimeField.FirstSeen
            Field.Time TimeField.LastSeen
            Field.Text TextField.Country
            Field.Number NumberField.Asn
            Field.Text TextField.AsName
            Field.Text TextField.RegisteredDomain
            Field.Flag FlagField.Kev
            Field.Flag FlagField.KevRansomware
            Field.Time TimeField.KevAdded
            Field.Number NumberField.Epss
            Field.Number NumberField.EpssPercentile
            Field.Number NumberField.Cvss
            Field.Text TextField.CvssSeverity
            Field.Text TextField.CvssVersion
            Field.Text TextField.CvssVector
            Field.List ListField.Cwe
            Field.Text TextField.AttackName
            Field.List ListField.AttackTactics
            Field.Text TextField.AttackStatus
            Field.Text TextField.AttackReplacement
        ]

    /// The fact a field is, where it is one: only a pipeline whose enrichers give it knows the field.
    let fact (field: Field) : Fact voption =
        match field with
        | Field.Text TextField.Country -> ValueSome Fact.Country
        | Field.Text TextField.AsName -> ValueSome Fact.AsName
        | Field.Text TextField.RegisteredDomain -> ValueSome Fact.RegisteredDomain
        | Field.Number NumberField.Asn -> ValueSome Fact.Asn
        | Field.Number NumberField.Epss -> ValueSome Fact.Epss
        | Field.Number NumberField.EpssPercentile -> ValueSome Fact.EpssPercentile
        | Field.Time TimeField.KevAdded -> ValueSome Fact.KevAdded
        | Field.Flag FlagField.Kev -> ValueSome Fact.Kev
        | Field.Flag FlagField.KevRansomware -> ValueSome Fact.KevRansomware
        | Field.Number NumberField.Cvss -> ValueSome Fact.Cvss
        | Field.Text TextField.CvssSeverity -> ValueSome Fact.CvssSeverity
        | Field.Text TextField.CvssVersion -> ValueSome Fact.CvssVersion
        | Field.Text TextField.CvssVector -> ValueSome Fact.CvssVector
        | Field.List ListField.Cwe -> ValueSome Fact.Cwe
        | Field.Text TextField.AttackName -> ValueSome Fact.AttackName
        | Field.List ListField.AttackTactics -> ValueSome Fact.AttackTactics
        | Field.Text TextField.AttackStatus -> ValueSome Fact.AttackStatus
        | Field.Text TextField.AttackReplacement -> ValueSome Fact.AttackReplacement
        // Those are fields only where an enricher gives them.
        | Field.Text(TextField.Named _)
        | Field.Number(NumberField.Named _)
        | Field.Flag(FlagField.Named _)
        | Field.Text TextField.Type
        | Field.Text TextField.Value
        | Field.Text TextField.Tlp
        | Field.Text(TextField.Column _)
        | Field.Number NumberField.Score
        | Field.Number NumberField.Confidence
        | Field.Number NumberField.SourceCount
        | Field.Time TimeField.FirstSeen
        | Field.Time TimeField.LastSeen
        | Field.List ListField.Labels
        | Field.List ListField.Sources -> ValueNone

    // What stands for itself in a predicate; other names are quoted.
    let private isBare (name: string) =
        name <> ""
        && not (Char.IsAsciiDigit name[0])
        && name
           |> Seq.forall (fun letter -> Char.IsAsciiLetterOrDigit letter || letter = '_')
        && not (List.contains (name.ToUpperInvariant()) Keyword.all)

    /// The name in a predicate.
    let name (field: Field) =
        match field with
        | Field.Text(TextField.Column(column, _)) when isBare column -> column
        | Field.Text(TextField.Column(column, _)) -> "\"" + column.Replace("\"", "\"\"") + "\""
        | Field.Text(TextField.Named(fact, _))
        | Field.Number(NumberField.Named(fact, _))
        | Field.Flag(FlagField.Named(fact, _)) -> fact
        | Field.Text TextField.Type -> "type"
        | Field.Text TextField.Value -> "value"
        | Field.Text TextField.Tlp -> "tlp"
        | Field.Number NumberField.Score -> "score"
        | Field.Number NumberField.Confidence -> "confidence"
        | Field.Number NumberField.SourceCount -> "source_count"
        | Field.Time TimeField.FirstSeen -> "first_seen"
        | Field.Time TimeField.LastSeen -> "last_seen"
        | Field.List ListField.Labels -> "labels"
        | Field.List ListField.Sources -> "sources"
        | Field.Text TextField.Country -> Fact.name Fact.Country
        | Field.Text TextField.AsName -> Fact.name Fact.AsName
        | Field.Text TextField.RegisteredDomain -> Fact.name Fact.RegisteredDomain
        | Field.Number NumberField.Asn -> Fact.name Fact.Asn
        | Field.Number NumberField.Epss -> Fact.name Fact.Epss
        | Field.Number NumberField.EpssPercentile -> Fact.name Fact.EpssPercentile
        | Field.Time TimeField.KevAdded -> Fact.name Fact.KevAdded
        | Field.Flag FlagField.Kev -> Fact.name Fact.Kev
        | Field.Flag FlagField.KevRansomware -> Fact.name Fact.KevRansomware
        | Field.Number NumberField.Cvss -> Fact.name Fact.Cvss
        | Field.Text TextField.CvssSeverity -> Fact.name Fact.CvssSeverity
        | Field.Text TextField.CvssVersion -> Fact.name Fact.CvssVersion
        | Field.Text TextField.CvssVector -> Fact.name Fact.CvssVector
        | Field.List ListField.Cwe -> Fact.name Fact.Cwe
        | Field.Text TextField.AttackName -> Fact.name Fact.AttackName
        | Field.List ListField.AttackTactics -> Fact.name Fact.AttackTactics
        | Field.Text TextField.AttackStatus -> Fact.name Fact.AttackStatus
        | Field.Text TextField.AttackReplacement -> Fact.name Fact.AttackReplacement

    let names = all |> List.map name

    /// The inverse of `name`; letter case does not matter, as in SQL.
    let tryParse (text: string) : Field voption =
        match all |> List.tryFind (fun field -> name field = text.ToLowerInvariant()) with
        | Some field -> ValueSome field
        | None -> ValueNone

    /// The fields of facts that a pipeline names, by their places.
    let ofNamed (facts: NamedFact list) : Field list =
        facts
        |> List.mapi (fun place fact ->
            match fact.Kind with
            | FactKind.Text -> Field.Text(TextField.Named(fact.Name, place))
            | FactKind.Number -> Field.Number(NumberField.Named(fact.Name, place))
            | FactKind.Flag -> Field.Flag(FlagField.Named(fact.Name, place)))

    let kind (field: Field) =
        match field with
        | Field.Text _ -> FieldKind.Text
        | Field.Number _ -> FieldKind.Number
        | Field.Time _ -> FieldKind.Time
        | Field.List _ -> FieldKind.List
        | Field.Flag _ -> FieldKind.Flag

    /// The words a text field can hold, where they are known: a word outside them is a typo.
    let vocabulary (field: TextField) : string list voption =
        match field with
        | TextField.Type -> ObservableType.all |> Array.map ObservableType.name |> List.ofArray |> ValueSome
        | TextField.Tlp -> Tlp.all |> Array.map Tlp.name |> List.ofArray |> ValueSome
        | TextField.Country -> ValueSome CountryCode.all
        | TextField.CvssSeverity -> CvssSeverity.all |> List.map CvssSeverity.name |> ValueSome
        | TextField.CvssVersion -> CvssVersion.all |> List.map CvssVersion.name |> ValueSome
        | TextField.AttackStatus -> AttackStatus.all |> List.map AttackStatus.name |> ValueSome
        | TextField.Value
        | TextField.AsName
        | TextField.RegisteredDomain
        | TextField.Named _
        | TextField.CvssVector
        | TextField.AttackName
        | TextField.AttackReplacement
        | TextField.Column _ -> ValueNone
