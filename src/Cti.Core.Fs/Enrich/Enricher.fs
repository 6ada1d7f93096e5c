// The stage's one door: all tables as one, and what they say of an indicator. Pure: the same tables and value give the same facts.
namespace Cti.Core

open System

/// A table of ranges and which of its facts count.
[<NoComparison; NoEquality>]
type RangeEnricher =
    {
        Table: RangeTable
        Country: bool
        Asn: bool
        AsName: bool
    }

/// What a pipeline enriches with. Threads share it; tables never change, answers may come.
[<Sealed; AllowNullLiteral(false)>]
type Enricher
    (
        suffixes: PublicSuffixList voption,
        ranges: RangeEnricher list,
        kev: KevTable voption,
        epss: EpssTable voption,
        severity: SeverityTable voption,
        attack: AttackTable voption,
        answers: IAnswers voption
    ) =
    let ranges = Array.ofList ranges

    let address (facts: FactColumns) row (value: ReadOnlySpan<byte>) =
        for index in 0 .. ranges.Length - 1 do
            let range = ranges[index]
            let found = range.Table.Find value

            if found >= 0 then
                let said = &range.Table.Facts found

                if range.Country then
                    facts.Country[row] <- said.Country

                if range.Asn then
                    facts.Asn[row] <- said.Asn

                if range.AsName then
                    facts.AsName[row] <- said.Name

    // `start`: where the host begins in the row's value.
    let domain (facts: FactColumns) row (host: ReadOnlySpan<byte>) start =
        match suffixes with
        | ValueSome list ->
            let from = list.RegisteredDomain host

            if from >= 0 then
                facts.DomainStart[row] <- start + from
                facts.DomainLength[row] <- host.Length - from
        | ValueNone -> ()

    let vulnerability (facts: FactColumns) row (cve: ReadOnlySpan<byte>) =
        match kev with
        | ValueSome table ->
            let mutable added = Timestamp.none
            facts.Kev[row] <- table.Find(cve, &added)
            facts.KevAdded[row] <- added
            facts.KevAsOf[row] <- table.AsOf
        | ValueNone -> ()

        match epss with
        | ValueSome table ->
            let mutable percentile = -1
            facts.Epss[row] <- table.Find(cve, &percentile)
            facts.EpssPercentile[row] <- percentile
            facts.EpssAsOf[row] <- table.AsOf
        | ValueNone -> ()

        match severity with
        | ValueSome table -> facts.Severity[row] <- table.Find cve
        | ValueNone -> ()

    let url (facts: FactColumns) row (value: ReadOnlySpan<byte>) =
        let host = CanonicalHost.ofUrl value

        if host.Length > 0 then
            if CanonicalHost.isAddress host then
                address facts row host
            else
                domain facts row host (value.IndexOf host)

    /// Fills the row's facts from its type and value; what is not known stays not known. Does not allocate.
    member _.Fill(batch: IndicatorBatch, row: int) : unit =
        match batch.Facts with
        | null -> ()
        | facts ->
            facts.Clear row
            let value = batch.Value[row]

            match answers with
            | ValueSome answers -> facts.Answers[row] <- answers.Find batch.Subject[row]
            | ValueNone -> ()

            match batch.Type[row] with
            | ObservableType.Ipv4
            | ObservableType.Ipv6
            | ObservableType.Cidr -> address facts row value
            | ObservableType.IpPort -> address facts row (CanonicalHost.withoutPort value)
            | ObservableType.Domain -> domain facts row value 0
            | ObservableType.Email ->
                let at = value.LastIndexOf '@'B + 1
                domain facts row (value.Slice at) at
            | ObservableType.Url -> url facts row value
            | ObservableType.Cve -> vulnerability facts row value
            | ObservableType.AttackId ->
                match attack with
                | ValueSome table -> facts.Attack[row] <- table.Find value
                | ValueNone -> ()
            | _ -> ()

[<RequireQualifiedAccess>]
module Enricher =
    /// A batch of indicators with room for facts, where there are any.
    let batch (enricher: Enricher voption) (capacity: int) : IndicatorBatch =
        let batch = IndicatorBatch capacity

        if enricher.IsSome then
            batch.Facts <- FactColumns capacity

        batch
