// The `ndjson` output: one JSON object per line and indicator. As a stream it carries the change log (sequence and op); as a
// state it lists what holds now. Lines of both are alike but for those two members.
namespace Cti.Core

open System
open System.Text

/// Lines of indicators, and of changes to them.
[<RequireQualifiedAccess>]
module Ndjson =
    // Constant text around the values, by code where it depends on one.
    let private operations =
        ChangeOp.all
        |> Array.map (fun op ->
            Encoding.UTF8.GetBytes(",\"op\":\"" + ChangeOp.name op + "\",\"indicator\":\"indicator--"))

    let private types =
        Array.init 256 (fun code ->
            match ObservableType.tryOfCode (byte code) with
            | ValueSome observable ->
                Encoding.UTF8.GetBytes(",\"type\":\"" + ObservableType.name observable + "\",\"value\":\"")
            | ValueNone -> Array.empty)

    let private tlps =
        Tlp.all
        |> Array.map (fun tlp -> Encoding.UTF8.GetBytes(",\"tlp\":\"" + Tlp.name tlp + "\",\"labels\":"))

    // A byte literal inside a function is a new array at every call; these are made once.
    let private firstSeen = ",\"first_seen\":\""B
    let private lastSeen = ",\"last_seen\":\""B
    let private confidence = ",\"confidence\":"B
    let private score = ",\"score\":"B
    let private sources = ",\"sources\":"B
    let private description = ",\"description\":\""B
    let private references = ",\"references\":[\""B
    let private nextReference = "\",\""B
    let private referencesEnd = "\"]"B
    let private created = ",\"created\":\""B
    let private modified = ",\"modified\":\""B
    let private expired = ",\"status\":\"expired\""B
    let private withdrawn = ",\"status\":\"withdrawn\""B
    let private revoked = ",\"status\":\"revoked\""B
    let private validUntil = ",\"valid_until\":\""B
    let private lineEnd = "}\n"B
    let private stateStart = "{\"indicator\":\"indicator--"B
    let private changeStart = "{\"sequence\":"B

    let private piece (bytes: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> bytes)

    let private writeTime (name: byte[]) (time: Timestamp) (writer: Utf8Writer) =
        if not (Timestamp.isNone time) then
            piece name writer
            Timestamp.writeMillis time writer
            writer.Byte '"'B

    // The same time again is copied: many lines are first and last seen, created and modified at once, and a copy is cheaper than a calendar.
    // `from` and `length`: where `known` was written.
    let private writeTimeAs
        (name: byte[])
        (time: Timestamp)
        (known: Timestamp)
        (from: int)
        (length: int)
        (writer: Utf8Writer)
        =
        if time = known && length > 0 then
            piece name writer
            let room = writer.Reserve length
            (writer.Written.Slice(from, length)).CopyTo room
            writer.Advance length
        else
            writeTime name time writer

    let private country = ",\"country\":\""B
    let private asn = ",\"asn\":"B
    let private asName = ",\"as_name\":\""B
    let private registeredDomain = ",\"registered_domain\":\""B
    let private kev = ",\"kev\":"B
    let private kevRansomware = ",\"kev_ransomware\":"B
    let private kevAdded = ",\"kev_added\":\""B
    let private epss = ",\"epss\":"B
    let private epssPercentile = ",\"epss_percentile\":"B
    let private cvss = ",\"cvss\":"B
    let private cvssSeverity = ",\"cvss_severity\":\""B
    let private cvssVersion = "\",\"cvss_version\":\""B
    let private cvssVector = ",\"cvss_vector\":\""B
    let private cwe = ",\"cwe\":"B
    let private attackName = ",\"attack_name\":\""B
    let private attackTactics = ",\"attack_tactics\":"B
    let private attackStatus = ",\"attack_status\":\""B
    let private attackReplacement = ",\"attack_replacement\":\""B
    let private yes = "true"B
    let private no = "false"B

    let private writeShare (name: byte[]) (parts: int) (writer: Utf8Writer) =
        if parts >= 0 then
            piece name writer
            FactText.writeShare parts writer

    let private writeText (name: byte[]) (text: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        if text.Length > 0 then
            piece name writer
            Json.writeEscaped text writer
            writer.Byte '"'B

    let private writeNames (name: byte[]) (names: NameSet) (writer: Utf8Writer) =
        if names.Count > 0 then
            piece name writer
            writer.Bytes names.Json

    let private writeSeverity (severity: SeverityFacts) (writer: Utf8Writer) =
        if severity.HasScore then
            piece cvss writer
            FactText.writeScore severity.Score writer
            piece cvssSeverity writer
            writer.Bytes(CvssSeverity.text severity.Severity)
            piece cvssVersion writer
            writer.Bytes(CvssVersion.text severity.Version)
            writer.Byte '"'B

        writeText cvssVector (ReadOnlySpan<byte> severity.Vector) writer
        writeNames cwe severity.Weaknesses writer

    let private writeAttack (attack: AttackFacts) (writer: Utf8Writer) =
        if attack.IsKnown then
            writeText attackName (ReadOnlySpan<byte> attack.Name) writer
            writeNames attackTactics attack.Tactics writer
            writeText attackStatus (AttackStatus.text attack.Status) writer
            writeText attackReplacement (ReadOnlySpan<byte> attack.Replacement) writer

    // What is known; members of what is not are left out.
    let private writeFacts (facts: FactColumns) (value: ReadOnlySpan<byte>) (row: int) (writer: Utf8Writer) =
        if facts.Country[row] <> CountryCode.none then
            piece country writer
            writer.Bytes(CountryCode.text facts.Country[row])
            writer.Byte '"'B

        if facts.Asn[row] >= 0L then
            piece asn writer
            writer.Int facts.Asn[row]

        if facts.AsName[row].Length > 0 then
            piece asName writer
            Json.writeEscaped (ReadOnlySpan<byte> facts.AsName[row]) writer
            writer.Byte '"'B

        if facts.DomainStart[row] >= 0 then
            piece registeredDomain writer
            Json.writeEscaped (value.Slice(facts.DomainStart[row], facts.DomainLength[row])) writer
            writer.Byte '"'B

        if facts.Kev[row] <> KevListing.Unknown then
            let isRansomware = facts.Kev[row] = KevListing.Ransomware
            piece kev writer

            piece
                (if isRansomware || facts.Kev[row] = KevListing.Listed then
                     yes
                 else
                     no)
                writer

            piece kevRansomware writer
            piece (if isRansomware then yes else no) writer

        writeTime kevAdded facts.KevAdded[row] writer
        writeShare epss facts.Epss[row] writer
        writeShare epssPercentile facts.EpssPercentile[row] writer
        writeSeverity facts.Severity[row] writer
        writeAttack facts.Attack[row] writer
        writer.Bytes(facts.Answers[row].Members)

    // Members only where there is something to say. An address that two sources give stands once for each.
    let private writeRemarks (remarks: Remarks) (row: int) (writer: Utf8Writer) =
        let said = remarks.Description row

        if said.Length > 0 then
            piece description writer
            Json.writeEscaped said writer
            writer.Byte '"'B

        let mutable rest = remarks.References row
        let mutable lead = references

        while rest.Length > 0 do
            let one = References.first rest
            piece lead writer
            Json.writeEscaped (one.Slice(one.IndexOf '\t'B + 1)) writer
            lead <- nextReference
            rest <- References.behind rest

            if rest.Length = 0 then
                piece referencesEnd writer

    let private writeRest (batch: IndicatorBatch) (row: int) (writer: Utf8Writer) =
        Uuid.write batch.Id[row] writer
        // No revision: it counts changes by claims this viewer may not see. `modified` tells versions apart.
        writer.Byte '"'B
        piece types[int (ObservableType.code batch.Type[row])] writer
        Json.writeEscaped batch.Value[row] writer
        writer.Byte '"'B
        let seenAt = writer.Length + firstSeen.Length
        writeTime firstSeen batch.FirstSeen[row] writer
        let seenLength = writer.Length - seenAt
        writeTimeAs lastSeen batch.LastSeen[row] batch.FirstSeen[row] seenAt seenLength writer
        piece confidence writer
        writer.Int(int64 batch.Confidence[row])
        piece score writer
        // 0 to 100, as `where:` sees it.
        writer.Int(int64 (batch.Score[row] / 100))
        piece tlps[int (Tlp.code batch.Tlp[row])] writer
        writer.Bytes batch.Labels[row].Json
        piece sources writer
        writer.Bytes batch.Sources[row].Json

        match batch.Facts with
        | null -> ()
        | facts -> writeFacts facts batch.Value[row] row writer

        if not batch.Remarks.IsEmpty then
            writeRemarks batch.Remarks row writer

        let createdAt = writer.Length + created.Length
        writeTime created batch.Created[row] writer
        let createdLength = writer.Length - createdAt
        writeTimeAs modified batch.Modified[row] batch.Created[row] createdAt createdLength writer

        // Of what holds nothing is said: that is most.
        match batch.Status[row] with
        | IndicatorStatus.Active -> ()
        | IndicatorStatus.Expired -> piece expired writer
        | IndicatorStatus.Withdrawn -> piece withdrawn writer
        | IndicatorStatus.Revoked -> piece revoked writer

        writeTime validUntil batch.ValidUntil[row] writer
        piece lineEnd writer

    /// One line of what holds now.
    let writeState (batch: IndicatorBatch) (row: int) (writer: Utf8Writer) =
        piece stateStart writer
        writeRest batch row writer

    /// One line of the change log. `sequence` is the change's number in the log.
    let writeChange (batch: IndicatorBatch) (row: int) (sequence: int64) (op: ChangeOp) (writer: Utf8Writer) =
        piece changeStart writer
        writer.Int sequence
        piece operations[int (ChangeOp.code op) - 1] writer
        writeRest batch row writer

/// What holds now, one line per indicator. JSON holds any text.
[<Sealed; AllowNullLiteral(false)>]
type NdjsonRenderer() =
    let losses = LossList()

    interface IRenderer with
        member _.CanHold(_, _) = ValueNone
        member _.Losses = losses
        member _.Holds _ = true
        member _.Header(_, _) = ()

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                Ndjson.writeState batch selected[index] writer

        member _.Footer(_, _) = ()
