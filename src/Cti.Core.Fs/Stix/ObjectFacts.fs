// Which facts go into STIX, and since when: those of vulnerabilities and of ATT&CK whose table says of when it is. A fact changes what an object says, so
// its object's `modified` is the newest of both dates, and one id never has two contents under one `modified` (docs/decisions/0025).
namespace Cti.Core

open System
open System.Text

[<RequireQualifiedAccess>]
module internal ObjectFacts =
    // Of a listing without a date of its catalogue only what has a date of its own is said: that it is listed, and since when.
    let private isListed (facts: FactColumns) (row: int) =
        facts.Kev[row] = KevListing.Listed || facts.Kev[row] = KevListing.Ransomware

    let private hasKev (facts: FactColumns) (row: int) =
        if Timestamp.isNone facts.KevAsOf[row] then
            isListed facts row && not (Timestamp.isNone facts.KevAdded[row])
        else
            facts.Kev[row] <> KevListing.Unknown

    let private kevAsOf (facts: FactColumns) (row: int) =
        if Timestamp.isNone facts.KevAsOf[row] then
            facts.KevAdded[row]
        else
            facts.KevAsOf[row]

    let private hasEpss (facts: FactColumns) (row: int) =
        facts.Epss[row] >= 0 && not (Timestamp.isNone facts.EpssAsOf[row])

    let private hasSeverity (facts: FactColumns) (row: int) =
        facts.Severity[row].IsKnown && not (Timestamp.isNone facts.Severity[row].AsOf)

    // Whether ATT&CK's catalogue says something of a row that goes into STIX.
    let private hasAttack (facts: FactColumns) (row: int) =
        facts.Attack[row].IsKnown && not (Timestamp.isNone facts.Attack[row].AsOf)

    /// The newest date of what is said of a row; `Timestamp.none` where nothing is.
    let asOf (batch: IndicatorBatch) (row: int) : Timestamp =
        match batch.Facts with
        | null -> Timestamp.none
        | facts ->
            let mutable newest = Timestamp.none

            match batch.Type[row] with
            | ObservableType.Cve ->
                if hasKev facts row then
                    newest <- max newest (kevAsOf facts row)

                if hasEpss facts row then
                    newest <- max newest facts.EpssAsOf[row]

                if hasSeverity facts row then
                    newest <- max newest facts.Severity[row].AsOf
            | ObservableType.AttackId ->
                if hasAttack facts row then
                    newest <- facts.Attack[row].AsOf
            | _ -> ()

            newest

    /// When what an object says last changed: our words, or the facts. `Timestamp.none` sorts before every time.
    let modified (batch: IndicatorBatch) (row: int) : Timestamp =
        max batch.Modified[row] (asOf batch row)

    let private asOfStart = "\"as_of\":\""B
    let private cvss = "\",\"cvss\":{\"version\":\""B
    let private baseScore = "\",\"base_score\":"B
    let private severity = ",\"severity\":\""B
    let private vector = "\",\"vector\":\""B
    let private cvssEnd = "\"}"B
    let private cwe = ",\"cwe\":"B
    let private listed = ",\"kev\":{\"listed\":true,\"date_added\":\""B
    let private notListed = ",\"kev\":{\"listed\":false}"B
    let private ransomware = "\",\"ransomware\":true}"B
    let private noRansomware = "\",\"ransomware\":false}"B
    let private epss = ",\"epss\":{\"score\":"B
    let private percentile = ",\"percentile\":"B
    let private status = "\",\"attack\":{\"status\":\""B
    let private replacement = "\",\"replaced_by\":\""B
    let private quoted = "\""B
    let private closed = "}"B

    let private piece (bytes: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> bytes)

    let private writeSeverity (facts: SeverityFacts) (writer: Utf8Writer) =
        if facts.HasScore then
            piece cvss writer
            writer.Bytes(CvssVersion.text facts.Version)
            piece baseScore writer
            FactText.writeScore facts.Score writer
            piece severity writer
            writer.Bytes(CvssSeverity.text facts.Severity)

            if facts.Vector.Length > 0 then
                piece vector writer
                Json.writeEscaped (ReadOnlySpan<byte> facts.Vector) writer

            piece cvssEnd writer
        else
            piece quoted writer

        if facts.Weaknesses.Count > 0 then
            piece cwe writer
            writer.Bytes facts.Weaknesses.Json

    let private writeKev (facts: FactColumns) (row: int) (writer: Utf8Writer) =
        if isListed facts row then
            piece listed writer
            Timestamp.writeMillis facts.KevAdded[row] writer

            if Timestamp.isNone facts.KevAsOf[row] then
                piece cvssEnd writer
            elif facts.Kev[row] = KevListing.Ransomware then
                piece ransomware writer
            else
                piece noRansomware writer
        else
            piece notListed writer

    /// Writes the members of our extension for a row of which `asOf` says something.
    let write (batch: IndicatorBatch) (row: int) (writer: Utf8Writer) : unit =
        match batch.Facts with
        | null -> ()
        | facts ->
            piece asOfStart writer
            Timestamp.writeMillis (asOf batch row) writer

            if batch.Type[row] = ObservableType.AttackId then
                let attack = facts.Attack[row]
                piece status writer
                writer.Bytes(AttackStatus.text attack.Status)

                if attack.Replacement.Length > 0 then
                    piece replacement writer
                    Json.writeEscaped (ReadOnlySpan<byte> attack.Replacement) writer

                piece cvssEnd writer
            else
                if hasSeverity facts row then
                    writeSeverity facts.Severity[row] writer
                else
                    piece quoted writer

                if hasKev facts row then
                    writeKev facts row writer

                if hasEpss facts row then
                    piece epss writer
                    FactText.writeShare facts.Epss[row] writer
                    piece percentile writer
                    FactText.writeShare (max 0 facts.EpssPercentile[row]) writer
                    piece closed writer

    /// What ATT&CK calls it, where that is known and dated.
    let nameOr (value: ReadOnlySpan<byte>) (batch: IndicatorBatch) (row: int) : ReadOnlySpan<byte> =
        match batch.Facts with
        | null -> value
        | facts when batch.Type[row] = ObservableType.AttackId && hasAttack facts row ->
            ReadOnlySpan<byte> facts.Attack[row].Name
        | _ -> value

    /// Writes the tactics of a technique (STIX 2.1 §4.1, kill_chain_phases).
    let writePhases (batch: IndicatorBatch) (row: int) (kind: StixKind) (writer: Utf8Writer) =
        match batch.Facts with
        | null -> ()
        | facts when
            kind = StixKind.AttackPattern
            && hasAttack facts row
            && facts.Attack[row].Tactics.Count > 0
            ->
            let tactics = facts.Attack[row].Tactics
            piece StixWire.killChain writer

            for index in 0 .. tactics.Count - 1 do
                if index > 0 then
                    writer.Byte ','B

                piece StixWire.phase writer
                Json.writeEscaped (tactics.Utf8 index) writer
                piece StixWire.phaseEnd writer

            writer.Byte ']'B
        | _ -> ()
