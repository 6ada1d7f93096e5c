// What the rules of Suricata and Snort share: how the numbers of indicators become SIDs, how pressing a rule is, and the options that say where it comes
// from. Knows nothing of what a rule looks for.
namespace Cti.Core

open System

/// What a sensor does with traffic that a rule matches.
[<Struct; RequireQualifiedAccess>]
type RuleAction =
    | Alert
    /// Of sensors in line: throws the packet away, and says so.
    | Drop
    /// The same, and answers that the connection is refused.
    | Reject

[<RequireQualifiedAccess>]
module RuleAction =
    let all = [| RuleAction.Alert; RuleAction.Drop; RuleAction.Reject |]

    /// The name in rules and in YAML.
    let name (action: RuleAction) =
        match action with
        | RuleAction.Alert -> "alert"
        | RuleAction.Drop -> "drop"
        | RuleAction.Reject -> "reject"

/// Where a listed name is looked for.
[<Struct; RequireQualifiedAccess>]
type RuleProtocol =
    /// Queries.
    | Dns
    /// The server name a client asks for.
    | Tls
    /// The host of requests.
    | Http

[<RequireQualifiedAccess>]
module RuleProtocol =
    let all = [| RuleProtocol.Dns; RuleProtocol.Tls; RuleProtocol.Http |]

    let name (protocol: RuleProtocol) =
        match protocol with
        | RuleProtocol.Dns -> "dns"
        | RuleProtocol.Tls -> "tls"
        | RuleProtocol.Http -> "http"

/// How rules are written.
type RuleOptions =
    {
        Action: RuleAction
        /// The SID that the first indicator's first rule has, 1 to 1,000,000,000.
        SidFrom: int
        /// Where names are looked for; at least one.
        Names: RuleProtocol list
        /// A class of the sensor's `classification.config`.
        ClassType: string
    }

[<RequireQualifiedAccess>]
module RuleOptions =
    /// Alerts from SID 9,000,000, names wherever they show.
    let defaults =
        {
            Action = RuleAction.Alert
            SidFrom = 9_000_000
            Names = List.ofArray RuleProtocol.all
            ClassType = "trojan-activity"
        }

[<RequireQualifiedAccess>]
module internal RuleParts =
    /// SIDs an indicator has: one for each way it is looked for, whether it is declared or not, so that none moves when a way is added.
    [<Literal>]
    let SidsEach = 4L

    // Behind this, references and labels of a rule are left out: it would not be read.
    let private mostTail = 3_000

    /// The SID of an indicator's rule. Numbers count from 1.
    let sid (options: RuleOptions) (number: int) (slot: int) : int64 =
        int64 options.SidFrom + int64 (max 0 (number - 1)) * SidsEach + int64 slot

    let slot (protocol: RuleProtocol) =
        match protocol with
        | RuleProtocol.Dns -> 0
        | RuleProtocol.Tls -> 1
        | RuleProtocol.Http -> 2

    let private criticalText = "1; metadata:signature_severity Critical"B
    let private majorText = "2; metadata:signature_severity Major"B
    let private minorText = "3; metadata:signature_severity Minor"B
    let private lowText = "4; metadata:signature_severity Informational"B

    /// Priority, and the word for it that rule sets use, by confidence: it falls with no time, so a rule says another one only where it is another revision.
    let private severity (confidence: byte) =
        if confidence >= 90uy then criticalText
        elif confidence >= 70uy then majorText
        elif confidence >= 40uy then minorText
        else lowText

    let private writeDigit (value: int) (writer: Utf8Writer) = writer.Byte('0'B + byte (value % 10))

    // `2026_03_01`, as rule sets write days.
    let private writeDay (time: Timestamp) (writer: Utf8Writer) =
        let day = Timestamp.toDateTime time
        writeDigit (day.Year / 1000) writer
        writeDigit (day.Year / 100) writer
        writeDigit (day.Year / 10) writer
        writeDigit day.Year writer
        writer.Byte '_'B
        writeDigit (day.Month / 10) writer
        writeDigit day.Month writer
        writer.Byte '_'B
        writeDigit (day.Day / 10) writer
        writeDigit day.Day writer

    let private piece (bytes: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> bytes)

    let private referenceText = "reference:url,"B
    let private classText = "classtype:"B
    let private priorityText = "; priority:"B
    let private confidenceText = ", cti_confidence "B
    let private tlpText = ", tlp "B
    let private indicatorText = ", cti_indicator "B
    let private createdText = ", created_at "B
    let private updatedText = ", updated_at "B
    let private techniqueText = ", mitre_technique_id "B
    let private labelText = ", label "B
    let private endText = "; sid:"B
    let private revisionText = "; rev:"B
    let private closeText = ";)\n"B
    let private optionEnd = "; "B

    /// Writes the options that all rules of a row have, up to `sid:`; what cannot be said is a loss.
    let tail (options: RuleOptions) (batch: IndicatorBatch) (row: int) (losses: LossList) (writer: Utf8Writer) : unit =
        let mutable rest = batch.Remarks.References row

        while rest.Length > 0 do
            let one = References.first rest
            let address = one.Slice(one.IndexOf '\t'B + 1)
            let written = SensorText.reference address

            if written.IsEmpty || writer.Length > mostTail then
                RenderLoss.add losses "references" address LossReason.NoPlace
            else
                piece referenceText writer
                writer.Bytes written
                piece optionEnd writer

            rest <- References.behind rest

        piece classText writer
        writer.Text options.ClassType
        piece priorityText writer
        piece (severity batch.Confidence[row]) writer
        piece confidenceText writer
        writer.Int(int64 batch.Confidence[row])
        piece tlpText writer
        writer.Text(Tlp.name batch.Tlp[row])
        piece indicatorText writer
        Uuid.write batch.Id[row] writer
        piece createdText writer
        writeDay batch.Created[row] writer
        piece updatedText writer
        writeDay batch.Modified[row] writer
        let labels = batch.Labels[row]

        for index in 0 .. labels.Count - 1 do
            let label = labels.Utf8 index

            if not (SensorText.isWord label) || writer.Length > mostTail then
                RenderLoss.add losses "labels" label LossReason.NoPlace
            else
                piece
                    (if ExternalReferences.isTechnique label then
                         techniqueText
                     else
                         labelText)
                    writer

                writer.Bytes label

        piece endText writer

    /// Ends a rule.
    let close (tail: ReadOnlySpan<byte>) (sid: int64) (revision: int) (writer: Utf8Writer) : unit =
        writer.Bytes tail
        writer.Int sid
        piece revisionText writer
        writer.Int(int64 (max 1 revision))
        piece closeText writer

    /// What of a row has a place in a rule.
    let holds (field: IndicatorField) : bool =
        match field with
        | IndicatorField.Confidence
        | IndicatorField.Tlp
        | IndicatorField.Labels
        | IndicatorField.References -> true
        | IndicatorField.FirstSeen
        | IndicatorField.LastSeen
        | IndicatorField.Description -> false
