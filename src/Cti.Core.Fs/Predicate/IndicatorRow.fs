// A row of an indicator batch, as predicates see it.
namespace Cti.Core.Predicates

open System
open System.Text
open Cti.Core

/// Looks at one row of a batch at a time; moving costs nothing. Not thread-safe: one per worker.
[<Sealed; AllowNullLiteral(false)>]
type IndicatorRow() =
    static let types =
        Array.append
            [| Array.empty |]
            (ObservableType.all
             |> Array.map (fun kind -> Encoding.UTF8.GetBytes(ObservableType.name kind)))

    static let markings =
        Tlp.all |> Array.map (fun tlp -> Encoding.UTF8.GetBytes(Tlp.name tlp))

    let mutable batch = IndicatorBatch 0
    let mutable row = 0

    let names (field: ListField) =
        match field with
        | ListField.Labels -> batch.Labels[row]
        | ListField.Sources -> batch.Sources[row]
        | ListField.Cwe
        | ListField.AttackTactics ->
            match batch.Facts with
            | null -> NameSet.Empty
            | facts ->
                if field = ListField.Cwe then
                    facts.Severity[row].Weaknesses
                else
                    facts.Attack[row].Tactics

    let time (field: TimeField) =
        match field with
        | TimeField.FirstSeen -> batch.FirstSeen[row]
        | TimeField.LastSeen -> batch.LastSeen[row]
        | TimeField.KevAdded ->
            match batch.Facts with
            | null -> Timestamp.none
            | facts -> facts.KevAdded[row]

    let answer (place: int) : FactValue =
        match batch.Facts with
        | null -> FactValue.Unknown
        | facts -> facts.Answers[row].At place

    // Whether a fact of the row is not known.
    let isUnknown (fact: Fact) : bool =
        match batch.Facts with
        | null -> true
        | facts ->
            match fact with
            | Fact.Country -> facts.Country[row] = CountryCode.none
            | Fact.Asn -> facts.Asn[row] < 0L
            | Fact.AsName -> facts.AsName[row].Length = 0
            | Fact.RegisteredDomain -> facts.DomainStart[row] < 0
            | Fact.Kev
            | Fact.KevRansomware -> facts.Kev[row] = KevListing.Unknown
            | Fact.KevAdded -> Timestamp.isNone facts.KevAdded[row]
            | Fact.Epss -> facts.Epss[row] < 0
            | Fact.EpssPercentile -> facts.EpssPercentile[row] < 0
            | Fact.Cvss
            | Fact.CvssSeverity
            | Fact.CvssVersion -> not facts.Severity[row].HasScore
            | Fact.CvssVector -> facts.Severity[row].Vector.Length = 0
            | Fact.Cwe -> facts.Severity[row].Weaknesses.Count = 0
            | Fact.AttackName
            | Fact.AttackStatus -> not facts.Attack[row].IsKnown
            | Fact.AttackTactics -> facts.Attack[row].Tactics.Count = 0
            | Fact.AttackReplacement -> facts.Attack[row].Replacement.Length = 0

    member _.MoveTo(target: IndicatorBatch, index: int) : unit =
        batch <- target
        row <- index

    interface IRow with
        member _.IsNull(field: Field) =
            match field with
            | Field.Time name -> Timestamp.isNone (time name)
            | Field.Text(TextField.Column _) -> true
            | Field.Text(TextField.Named(_, place))
            | Field.Number(NumberField.Named(_, place))
            | Field.Flag(FlagField.Named(_, place)) -> (answer place).IsUnknown
            | Field.List _
            | Field.Text _
            | Field.Number _
            | Field.Flag _ ->
                match Field.fact field with
                | ValueSome fact -> isUnknown fact
                | ValueNone -> false

        member _.Text(field: TextField) =
            match field with
            | TextField.Type -> ReadOnlySpan<byte>(types[int (ObservableType.code batch.Type[row])])
            | TextField.Value -> batch.Value[row]
            | TextField.Tlp -> ReadOnlySpan<byte>(markings[int (Tlp.code batch.Tlp[row])])
            | TextField.Country
            | TextField.AsName
            | TextField.RegisteredDomain
            | TextField.CvssSeverity
            | TextField.CvssVersion
            | TextField.CvssVector
            | TextField.AttackName
            | TextField.AttackStatus
            | TextField.AttackReplacement ->
                match batch.Facts with
                | null -> ReadOnlySpan<byte>.Empty
                | facts ->
                    match field with
                    | TextField.Country -> CountryCode.text facts.Country[row]
                    | TextField.AsName -> ReadOnlySpan<byte> facts.AsName[row]
                    | TextField.CvssSeverity -> CvssSeverity.text facts.Severity[row].Severity
                    | TextField.CvssVersion -> CvssVersion.text facts.Severity[row].Version
                    | TextField.CvssVector -> ReadOnlySpan<byte> facts.Severity[row].Vector
                    | TextField.AttackName -> ReadOnlySpan<byte> facts.Attack[row].Name
                    | TextField.AttackStatus -> AttackStatus.text facts.Attack[row].Status
                    | TextField.AttackReplacement -> ReadOnlySpan<byte> facts.Attack[row].Replacement
                    | _ -> batch.Value[row].Slice(facts.DomainStart[row], facts.DomainLength[row])
            | TextField.Named(_, place) ->
                match answer place with
                | FactValue.Text text -> ReadOnlySpan<byte> text
                | _ -> ReadOnlySpan<byte>.Empty
            | TextField.Column _ -> ReadOnlySpan<byte>.Empty

        member _.Number(field: NumberField) =
            match field with
            // The batch counts to 10,000, people to 100: 59.99 is not yet 60.
            | NumberField.Score -> int64 (batch.Score[row] / 100)
            | NumberField.Confidence -> int64 batch.Confidence[row]
            | NumberField.SourceCount -> int64 batch.Sources[row].Count
            | NumberField.Named(_, place) ->
                match answer place with
                | FactValue.Number millionths -> millionths
                | _ -> 0L
            | NumberField.Asn
            | NumberField.Epss
            | NumberField.EpssPercentile
            | NumberField.Cvss ->
                match batch.Facts with
                | null -> 0L
                | facts ->
                    match field with
                    | NumberField.Asn -> facts.Asn[row]
                    | NumberField.Epss -> int64 facts.Epss[row]
                    | NumberField.Cvss -> int64 facts.Severity[row].Score
                    | _ -> int64 facts.EpssPercentile[row]

        member _.Time(field: TimeField) = time field

        member _.Flag(field: FlagField) =
            match field with
            | FlagField.Named(_, place) -> answer place = FactValue.Flag true
            | FlagField.Kev
            | FlagField.KevRansomware ->
                match batch.Facts with
                | null -> false
                | facts ->
                    facts.Kev[row] = KevListing.Ransomware
                    || (field = FlagField.Kev && facts.Kev[row] = KevListing.Listed)

        member _.ListCount(field: ListField) = (names field).Count
        member _.ListItem(field: ListField, index: int) = (names field).Utf8 index
