// The `sigma_rules` output: a Sigma rule for each indicator (Sigma specification 2, and its appendix of log sources and fields), as one YAML stream of
// documents.
namespace Cti.Core

open System
open System.Text

/// How far a rule has come, in Sigma's words.
[<Struct; RequireQualifiedAccess>]
type SigmaStatus =
    | Stable
    | Test
    | Experimental

[<RequireQualifiedAccess>]
module SigmaStatus =
    let all = [| SigmaStatus.Stable; SigmaStatus.Test; SigmaStatus.Experimental |]

    /// As Sigma and YAML name it.
    let name (status: SigmaStatus) =
        match status with
        | SigmaStatus.Stable -> "stable"
        | SigmaStatus.Test -> "test"
        | SigmaStatus.Experimental -> "experimental"

type SigmaRulesOptions =
    {
        /// Of every rule.
        Status: SigmaStatus
        /// Whether a listed name stands for all names under it too.
        Subdomains: bool
    }

[<RequireQualifiedAccess>]
module SigmaRules =
    /// Status test, with sub-domains.
    let defaults =
        {
            Status = SigmaStatus.Test
            Subdomains = true
        }

    /// Sigma's level of a score (0 to 10,000). A rule on a single indicator is never `critical`: that word is for what is an incident by itself.
    let level (score: int) : string =
        if score >= 7_500 then "high"
        elif score >= 4_000 then "medium"
        elif score >= 1_000 then "low"
        else "informational"

/// What a type is looked for in.
[<Struct>]
type private SigmaPlace =
    {
        /// Before the value, in the title.
        Title: byte[]
        /// From `logsource` up to the value.
        Before: byte[]
    }

/// The rules. A rule has the id of its indicator.
[<Sealed; AllowNullLiteral(false)>]
type SigmaRulesRenderer(options: SigmaRulesOptions) =
    // Sigma's longest title has 256 characters.
    static let longestTitle = 200

    static let place (title: string) (source: string) (field: string) =
        ValueSome
            {
                Title = Encoding.UTF8.GetBytes title
                Before = Encoding.UTF8.GetBytes $"logsource:\n  %s{source}\ndetection:\n  selection:\n    %s{field}: "
            }

    // Sysmon's field holds all hashes of a program: `SHA1=…,MD5=…,SHA256=…`.
    static let hash = "category: process_creation\n  product: windows"
    static let connection = "category: network_connection"
    static let dns = place "DNS query for " "category: dns" "query"
    static let address = place "Connection to " connection "DestinationIp"
    static let range = place "Connection into " connection "DestinationIp|cidr"
    static let url = place "Request for " "category: proxy" "c-uri"
    static let agent = place "Request by " "category: proxy" "c-useragent"
    static let md5 = place "Program with MD5 " hash "Hashes|contains"
    static let sha1 = place "Program with SHA-1 " hash "Hashes|contains"
    static let sha256 = place "Program with SHA-256 " hash "Hashes|contains"

    static let placeOf (observable: ObservableType) : SigmaPlace voption =
        match observable with
        | ObservableType.Domain -> dns
        | ObservableType.Ipv4
        | ObservableType.Ipv6
        | ObservableType.IpPort -> address
        | ObservableType.Cidr -> range
        | ObservableType.Url -> url
        | ObservableType.UserAgent -> agent
        | ObservableType.Md5 -> md5
        | ObservableType.Sha1 -> sha1
        | ObservableType.Sha256 -> sha256
        | _ -> ValueNone

    static let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        if (placeOf observable).IsNone then
            ValueSome RenderReason.TypeNotHeld
        elif value.IsEmpty then
            ValueSome RenderReason.NotCanonical
        else
            match observable with
            | ObservableType.Md5
            | ObservableType.Sha1
            | ObservableType.Sha256 -> HashText.check observable value
            | ObservableType.IpPort when (Stix.parts observable value).IsNone -> ValueSome RenderReason.NotCanonical
            | _ -> ValueNone

    let status =
        Encoding.UTF8.GetBytes $"\nstatus: %s{SigmaStatus.name options.Status}\n"

    let losses = LossList()
    let cell = Utf8Writer 256
    let last = Utf8Writer 64
    let mutable lastType = ObservableType.Ipv4
    let mutable isFirst = true

    let bytes (value: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> value)

    // What Sigma's specification calls a date; a time before the year 1 has none.
    let writeDay (field: byte[]) (time: Timestamp) (writer: Utf8Writer) =
        if not (Timestamp.isNone time) then
            bytes field writer
            let start = writer.Length
            Timestamp.writeMillis time writer
            writer.Truncate(start + 10)
            writer.Byte '\n'B

    let writeValue (prefix: byte[]) (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        cell.Clear()
        cell.Bytes(ReadOnlySpan<byte> prefix)
        SigmaValueText.write value cell
        YamlText.write cell.Written writer

    // Sigma wants no tag twice; labels may differ in case only.
    let isRepeated (labels: NameSet) (index: int) =
        let mutable found = false

        for other in 0 .. index - 1 do
            if
                SigmaValueText.isTechnique (labels.Utf8 other)
                && (labels.Utf8 other).Slice(1).SequenceEqual((labels.Utf8 index).Slice 1)
            then
                found <- true

        found

    let writeTags (tlp: Tlp) (labels: NameSet) (writer: Utf8Writer) =
        bytes "tags:\n  - tlp."B writer

        writer.Text(
            match tlp with
            | Tlp.AmberStrict -> "amber-strict"
            | other -> Tlp.name other
        )

        let mutable others = 0

        for index in 0 .. labels.Count - 1 do
            let label = labels.Utf8 index

            if not (SigmaValueText.isTechnique label) then
                others <- others + 1
            elif not (isRepeated labels index) then
                bytes "\n  - attack.t"B writer
                writer.Bytes(label.Slice 1)

        writer.Byte '\n'B

        // Sigma's tags have no place for words of no namespace; fields of one's own are allowed.
        if others > 0 then
            bytes "labels:\n"B writer

            for index in 0 .. labels.Count - 1 do
                if not (SigmaValueText.isTechnique (labels.Utf8 index)) then
                    bytes "  - "B writer
                    YamlText.write (labels.Utf8 index) writer
                    writer.Byte '\n'B

    let writeReferences (list: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        if list.Length > 0 then
            bytes "references:\n"B writer
            let mutable rest = list

            while rest.Length > 0 do
                let one = References.first rest
                bytes "  - "B writer
                YamlText.write (one.Slice(one.IndexOf '\t'B + 1)) writer
                writer.Byte '\n'B
                rest <- References.behind rest

    let writeDetection (observable: ObservableType) (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        match observable with
        | ObservableType.Domain when options.Subdomains ->
            writeValue [||] value writer
            bytes "\n  below:\n    query|endswith: "B writer
            writeValue "."B value writer
            bytes "\n  condition: selection or below\n"B writer
        | ObservableType.IpPort ->
            (match Stix.parts observable value with
             | ValueSome parts -> writeValue [||] (value.Slice(parts.Start, parts.Length)) writer
             | ValueNone -> ())

            bytes "\n    DestinationPort: "B writer
            writer.Bytes(value.Slice(value.LastIndexOf ':'B + 1))
            bytes "\n  condition: selection\n"B writer
        | _ ->
            let prefix =
                match observable with
                | ObservableType.Md5 -> "MD5="B
                | ObservableType.Sha1 -> "SHA1="B
                | ObservableType.Sha256 -> "SHA256="B
                | _ -> [||]

            writeValue prefix value writer
            bytes "\n  condition: selection\n"B writer

    let writeRule (place: SigmaPlace) (batch: IndicatorBatch) (row: int) (writer: Utf8Writer) =
        let value = batch.Value[row]

        if not isFirst then
            bytes "---\n"B writer

        isFirst <- false
        bytes "title: "B writer
        cell.Clear()
        bytes place.Title cell
        cell.Bytes(Utf8Text.cut value longestTitle)
        YamlText.write cell.Written writer
        bytes "\nid: "B writer
        Uuid.write batch.Id[row] writer
        bytes status writer
        let said = batch.Remarks.Description row

        if said.Length > 0 then
            bytes "description: "B writer
            YamlText.write said writer
            writer.Byte '\n'B

        writeReferences (batch.Remarks.References row) writer
        writeDay "date: "B batch.Created[row] writer
        writeDay "modified: "B batch.Modified[row] writer
        writeTags batch.Tlp[row] batch.Labels[row] writer
        bytes place.Before writer
        writeDetection batch.Type[row] value writer
        bytes "level: "B writer
        writer.Text(SigmaRules.level batch.Score[row])
        writer.Byte '\n'B

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses

        member _.Holds(field) =
            match field with
            | IndicatorField.Tlp
            | IndicatorField.Labels
            | IndicatorField.Description
            | IndicatorField.References -> true
            | IndicatorField.FirstSeen
            | IndicatorField.LastSeen
            | IndicatorField.Confidence -> false

        member _.Header(_, _) = ()

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let observable = batch.Type[row]
                let value = batch.Value[row]

                if (check observable value).IsNone then
                    match placeOf observable with
                    | ValueSome place when not (lastType = observable && last.Written.SequenceEqual value) ->
                        lastType <- observable
                        last.Clear()
                        last.Bytes value
                        writeRule place batch row writer
                    | _ -> ()

        member _.Footer(_, _) = ()
