// The MISP outputs: what an event looks like by MISP's core format, that our reader reads what our writer writes, how an event's file follows what holds,
// and hostile text.
module Cti.Core.Tests.MispTests

open System
open System.Collections.Generic
open System.Text
open System.Text.Json
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Read.MispFixture

let private options =
    {
        Info = "Indicators \"of\" example.org"
        Organisation = "Example \\ Org"
        OrganisationId = ValueNone
        Threat = MispThreat.Undefined
        Tags = [ "type:OSINT"; "a \"tag\"" ]
        Parts = 1
    }

let private spec = RenderSpec.MispEvent options
let private printer = MispPrinter options

// Which categories a type may stand in, as MISP ships them (describeTypes); the types we write.
let private categories =
    dict
        [
            "ip-dst", [ "Network activity"; "Payload delivery"; "External analysis" ]
            "ip-dst|port", [ "Network activity"; "Payload delivery"; "External analysis" ]
            "domain", [ "Network activity"; "External analysis" ]
            "url", [ "Network activity"; "Payload delivery"; "External analysis" ]
            "email", [ "Payload delivery"; "Social network"; "Person" ]
            "md5",
            [
                "Payload delivery"
                "Artifacts dropped"
                "Payload installation"
                "External analysis"
            ]
            "sha1",
            [
                "Payload delivery"
                "Artifacts dropped"
                "Payload installation"
                "External analysis"
            ]
            "sha256",
            [
                "Payload delivery"
                "Artifacts dropped"
                "Payload installation"
                "External analysis"
            ]
            "sha512",
            [
                "Payload delivery"
                "Artifacts dropped"
                "Payload installation"
                "External analysis"
            ]
            "ssdeep",
            [
                "Payload delivery"
                "Artifacts dropped"
                "Payload installation"
                "External analysis"
            ]
            "tlsh", [ "Payload delivery"; "Artifacts dropped"; "Payload installation" ]
            "filename",
            [
                "Payload delivery"
                "Artifacts dropped"
                "Payload installation"
                "Persistence mechanism"
            ]
            "AS", [ "Network activity"; "Payload delivery"; "External analysis" ]
            "mutex", [ "Artifacts dropped"; "Payload delivery" ]
            "regkey", [ "Persistence mechanism"; "Artifacts dropped"; "External analysis" ]
            "user-agent", [ "Network activity"; "Payload delivery"; "External analysis" ]
            "ja3-fingerprint-md5", [ "Network activity"; "Payload delivery"; "External analysis" ]
            "x509-fingerprint-sha1", [ "Network activity"; "Payload delivery"; "Attribution" ]
            "x509-fingerprint-sha256", [ "Network activity"; "Payload delivery"; "Attribution" ]
            "mac-address", [ "Network activity"; "Payload delivery" ]
            "vulnerability", [ "External analysis"; "Payload delivery"; "Payload installation" ]
            "btc", [ "Financial fraud" ]
            "xmr", [ "Financial fraud" ]
            "dash", [ "Financial fraud" ]
            "yara", [ "Payload installation"; "Payload delivery"; "Artifacts dropped" ]
            "sigma", [ "Payload installation"; "Payload delivery"; "Artifacts dropped" ]
            "snort", [ "Network activity"; "External analysis" ]
            "stix2-pattern",
            [
                "Payload installation"
                "Payload delivery"
                "Artifacts dropped"
                "Network activity"
            ]
        ]

let private text (element: JsonElement) (name: string) : string =
    match element.TryGetProperty name with
    | true, value ->
        match value.GetString() with
        | null -> ""
        | text -> text
    | _ -> ""

let private isUuid (value: string) = fst (Guid.TryParseExact(value, "D"))

let private isSeconds (value: string) =
    fst (Int64.TryParse value) && value.Length > 0

/// The rules of MISP's core format (draft-dulaunoy-misp-core-format, sections 2.2 to 2.4) for what an event of ours holds.
let private faults (document: JsonDocument) : string list =
    let event = document.RootElement.GetProperty "Event"
    let attributes = event.GetProperty("Attribute").EnumerateArray() |> List.ofSeq

    let inSet name (allowed: string list) element =
        if not (List.contains (text element name) allowed) then
            [ $"%s{name} is %s{text element name}" ]
        else
            []

    [
        if not (isUuid (text event "uuid")) then
            "event uuid"
        for name in [ "timestamp"; "publish_timestamp" ] do
            if not (isSeconds (text event name)) then
                name
        if not (fst (DateOnly.TryParseExact(text event "date", "yyyy-MM-dd"))) then
            "date"
        if text event "info" = "" then
            "info"
        yield! inSet "threat_level_id" [ "1"; "2"; "3"; "4" ] event
        yield! inSet "analysis" [ "0"; "1"; "2" ] event
        yield! inSet "distribution" [ "0"; "1"; "2"; "3"; "4" ] event
        if event.GetProperty("published").ValueKind <> JsonValueKind.True then
            "published"
        let orgc = event.GetProperty "Orgc"

        if text orgc "name" = "" || not (isUuid (text orgc "uuid")) then
            "Orgc"

        for tag in event.GetProperty("Tag").EnumerateArray() do
            if text tag "name" = "" then
                "tag of the event"

        let ids = HashSet<string>()

        for attribute in attributes do
            if not (isUuid (text attribute "uuid")) || not (ids.Add(text attribute "uuid")) then
                "attribute uuid"

            if not (isSeconds (text attribute "timestamp")) then
                "attribute timestamp"

            if text attribute "value" = "" then
                "value"

            match categories.TryGetValue(text attribute "type") with
            | true, allowed -> yield! inSet "category" allowed attribute
            | _ -> "type " + text attribute "type"

            yield! inSet "distribution" [ "0"; "1"; "2"; "3"; "4"; "5" ] attribute

            for name in [ "to_ids"; "deleted" ] do
                match attribute.GetProperty(name).ValueKind with
                | JsonValueKind.True
                | JsonValueKind.False -> ()
                | _ -> name

            for name in [ "first_seen"; "last_seen" ] do
                let time = text attribute name

                if
                    time <> ""
                    && not (time.EndsWith("+00:00", StringComparison.Ordinal) && time.Length = 32)
                then
                    $"%s{name} %s{time}"

            for tag in attribute.GetProperty("Tag").EnumerateArray() do
                if text tag "name" = "" || (text tag "name").Length > 255 then
                    "tag"
    ]

[<Fact>]
let ``an event, byte for byte`` () =
    let batch = IndicatorBatch 2
    let row = Samples.add batch ObservableType.IpPort "[2001:db8::1]:443"
    batch.Labels[row] <- NameSet.Of [ "c2"; "tlp:red" ]
    batch.Tlp[row] <- Tlp.Green
    batch.Remarks.Describe(row, ReadOnlySpan<byte> "seen \"twice\""B, Timestamp.none)
    batch.Remarks.Refer(row, ReadOnlySpan<byte> "feed\thttps://a.example/1\nfeed\thttps://a.example/2"B)
    let id = Uuid.toText (printer.AttributeId(printer.EventId(), batch.Id[row]))

    let wanted =
        [
            """{"Event":{"Attribute":["""
            $"""{{"uuid":"%s{id}","timestamp":"1772366400","deleted":false,"type":"ip-dst|port","category":"Network activity","to_ids":true,"distribution":"5","value":"2001:db8::1|443","comment":"seen \"twice\"\nhttps://a.example/1\nhttps://a.example/2","first_seen":"2026-02-28T12:00:00.000000+00:00","last_seen":"2026-03-01T12:00:00.000000+00:00","Tag":[{{"name":"tlp:green"}},{{"name":"cti:confidence=\"80\""}},{{"name":"admiralty-scale:information-credibility=\"2\""}},{{"name":"c2"}}]}}"""
            $"""],"uuid":"%s{Uuid.toText (printer.EventId())}","timestamp":"1772366400","publish_timestamp":"1772366400","date":"2026-03-01","info":"Indicators \"of\" example.org","threat_level_id":"4","analysis":"2","published":true,"distribution":"3","extends_uuid":"","Orgc":{{"name":"Example \\ Org","uuid":"%s{Uuid.toText (MispOptions.organisationId options)}"}},"Tag":[{{"name":"tlp:green"}},{{"name":"type:OSINT"}},{{"name":"a \"tag\""}}]}}}}"""
            ""
        ]

    Assert.Equal<string>(wanted, (Samples.render spec batch).Split '\n')

[<Fact>]
let ``whatever is in it an event keeps the rules of the core format`` () =
    check (fun (seed: int) ->
        let batch = Samples.batch seed 30
        use document = JsonDocument.Parse(Samples.render spec batch)
        let found = faults document
        Assert.True(List.isEmpty found, String.concat "; " found)
        // The marking of the event is that of its strictest attribute.
        let tlps =
            [
                for attribute in document.RootElement.GetProperty("Event").GetProperty("Attribute").EnumerateArray() do
                    text (attribute.GetProperty("Tag").EnumerateArray() |> Seq.head) "name"
            ]

        let level (tag: string) =
            match Tlp.tryParse (tag.Substring 4) with
            | ValueSome tlp -> Tlp.code tlp
            | ValueNone -> 9uy

        let own =
            text
                (document.RootElement.GetProperty("Event").GetProperty("Tag").EnumerateArray()
                 |> Seq.head)
                "name"

        level own = (tlps |> List.map level |> List.fold max 0uy))

[<Fact>]
let ``no label of a feed passes for a marking, a confidence or a switch`` () =
    let batch = IndicatorBatch 2
    let row = Samples.add batch ObservableType.Domain "a.example"

    batch.Labels[row] <-
        NameSet.Of
            [
                "tlp:clear"
                "TLP:WHITE"
                "cti:confidence=\"100\""
                "Admiralty-Scale:information-credibility=\"1\""
                "misp:ids=\"force\""
                "\"},{\"name\":\"tlp:clear"
                String('x', 256)
                "kept"
            ]

    batch.Tlp[row] <- Tlp.Red
    use document = JsonDocument.Parse(Samples.render spec batch)

    let attribute =
        document.RootElement.GetProperty("Event").GetProperty("Attribute")[0]

    Assert.Equal<string list>(
        [
            "tlp:red"
            "cti:confidence=\"80\""
            "admiralty-scale:information-credibility=\"2\""
            "\"},{\"name\":\"tlp:clear"
            "kept"
        ],
        attribute.GetProperty("Tag").EnumerateArray()
        |> Seq.map (fun tag -> text tag "name")
        |> Seq.toList
    )

[<Fact>]
let ``what cannot be said of an indicator is a loss`` () =
    let batch = IndicatorBatch 2

    let row =
        Samples.add batch ObservableType.SuricataRule "alert ip any any -> any any (sid:1;)"

    batch.Labels[row] <- NameSet.Of [ "tlp:clear"; String('x', 256); "kept" ]
    let printer = MispPrinter options
    printer.WriteBody(batch, row, Utf8Writer 64)

    Assert.Equal<_ list>(
        [
            "type", LossReason.Approximated
            "labels", LossReason.NoPlace
            "labels", LossReason.TooLarge
        ],
        printer.Losses.Kept
        |> Seq.map (fun loss -> loss.Path, loss.Reason)
        |> Seq.toList
    )

// What the mapping does to what the reader gives.
let private canonical (kind: ObservableType) (value: string) : (ObservableType * string) option =
    let bytes = Encoding.UTF8.GetBytes value
    let target = Array.zeroCreate<byte>(Normalise.bound bytes.Length)

    let found =
        Normalise.into (TypeHint.Fixed kind) (ReadOnlySpan<byte> bytes) (Span<byte> target)

    if found.Error.IsNone then
        Some(found.Type, Encoding.UTF8.GetString(target, 0, found.Length))
    else
        None

[<Fact>]
let ``our reader reads what our writer writes`` () =
    check (fun (seed: int) ->
        let batch = Samples.batch seed 30

        // What is in canonical form, as everything in the store is, and has labels that are labels.
        let rows =
            Samples.canonical batch
            |> Array.filter (fun row ->
                let value = batch.Value.Text row

                canonical batch.Type[row] value = Some(batch.Type[row], value)
                && (printer.CanHold(batch.Type[row], batch.Value[row])).IsNone
                && batch.Status[row] = IndicatorStatus.Active
                && batch.FirstSeen[row] > Timestamp.ofMicroseconds 0L
                && batch.LastSeen[row] < Samples.now + Timestamp.day)

        let seen = read any (Samples.renderIn 7 spec Samples.context batch rows)
        Assert.Empty seen.Rejections

        // An event's marking is that of its strictest attribute, and counts for all.
        let strictest =
            rows
            |> Array.map (fun row -> batch.Tlp[row])
            |> Array.sortBy Tlp.code
            |> Array.tryLast

        let expected =
            [
                for row in rows do
                    // A rule is one to MISP whichever of the two programs reads it.
                    let kind =
                        if batch.Type[row] = ObservableType.SuricataRule then
                            ObservableType.SnortRule
                        else
                            batch.Type[row]

                    let labels =
                        [
                            for label in batch.Labels[row].Names do
                                if
                                    (Encoding.UTF8.GetBytes label).AsSpan().IndexOfAnyInRange(0uy, 0x1Fuy) < 0
                                    && label.Trim(' ') <> ""
                                then
                                    label.Trim ' '
                        ]

                    Some(kind, batch.Value.Text row),
                    Option.map Tlp.name strictest,
                    string batch.Confidence[row],
                    // The event's tags hold for all of it.
                    String.Join("|", Set.ofList (labels @ options.Tags))
            ]

        let found =
            [
                for fields in seen.Records do
                    let name, value = values fields |> List.exactlyOne

                    let labels =
                        match fields.TryFind "labels" with
                        | Some text -> text.Split '|' |> Set.ofArray
                        | None -> Set.empty

                    let kind =
                        match ObservableType.tryParse name with
                        | ValueSome kind -> kind
                        | ValueNone -> invalidOp name

                    canonical kind value,
                    fields.TryFind "tlp",
                    fields["confidence"],
                    String.Join("|", Set.remove "misp:ids=\"false\"" labels)
            ]

        Assert.Equal(expected.Length, found.Length)

        for wanted, seen in List.zip expected found do
            Assert.Equal(wanted, seen))

/// The attributes of an event's file: id, whether deleted, seconds.
let private attributesOf (file: string) =
    use document = JsonDocument.Parse file

    [
        for attribute in document.RootElement.GetProperty("Event").GetProperty("Attribute").EnumerateArray() do
            text attribute "uuid", attribute.GetProperty("deleted").GetBoolean(), int64 (text attribute "timestamp")
    ]

let private head tlp : MispEventHead =
    {
        Id = printer.EventId("2026-01-02", tlp, 0)
        Date = "2026-01-02"
        Info = printer.EventInfo("2026-01-02", 0)
        Tlp = tlp
    }

/// Merges what holds (number of an indicator and what is said of it) into a file.
let private mergeInto (before: string) (holds: (int * string) list) (now: int64) : string * MispMerge =
    let fresh = MispAttributeList()

    for number, said in holds do
        fresh.Add(
            Uuid.op_Implicit (uint32 number),
            ReadOnlySpan<byte>(Encoding.UTF8.GetBytes $"\"value\":\"%s{said}\"}}")
        )

    let target = Utf8Writer 64

    let about =
        if List.isEmpty holds then
            ValueNone
        else
            ValueSome(head Tlp.Clear)

    let merged =
        MispEventFile(printer)
            .Merge((head Tlp.Clear).Id, ReadOnlySpan<byte>(Encoding.UTF8.GetBytes before), fresh, about, now, target)

    target.ToString(), merged

[<Fact>]
let ``what is gone stays as deleted, what comes back is there again, what is the same is not touched`` () =
    let first, made = mergeInto "" [ 1, "a"; 2, "b" ] 100L
    Assert.True made.IsChanged
    let again, same = mergeInto first [ 2, "b"; 1, "a" ] 200L
    Assert.False same.IsChanged
    Assert.Equal(100L, same.Seconds)
    Assert.Equal(first, again)
    let less, gone = mergeInto first [ 1, "a" ] 200L
    Assert.Equal((1, 1, 200L), (gone.Held, gone.Deleted, gone.Seconds))

    Assert.Equal<_ list>(
        [ false, 100L; true, 200L ],
        attributesOf less |> List.map (fun (_, deleted, time) -> deleted, time)
    )

    let still, kept = mergeInto less [ 1, "a" ] 300L
    Assert.False kept.IsChanged
    Assert.Equal(less, still)
    let back, _ = mergeInto less [ 1, "a"; 2, "b" ] 300L

    Assert.Equal<_ list>(
        [ false, 100L; false, 300L ],
        attributesOf back |> List.map (fun (_, deleted, time) -> deleted, time)
    )

    let empty, none = mergeInto back [] 400L
    Assert.Equal((0, 2), (none.Held, none.Deleted))
    // What it says of itself it goes on saying.
    Assert.Contains("\"date\":\"2026-01-02\"", empty)

let private state =
    Gen.zip (Gen.choose (1, 6)) (Gen.elements [ "a"; "b" ])
    |> Gen.listOf
    |> Gen.map (List.distinctBy fst)

[<Fact>]
let ``an event's file holds what holds, and everything else it ever held as deleted; times only grow`` () =
    check (
        Prop.forAll (Arb.fromGen (Gen.nonEmptyListOf state)) (fun states ->
            let mutable file = ""
            let mutable ever = Set.empty
            let mutable last = 0L
            let mutable now = 1000L

            // An event begins when there is something in it.
            for holds in List.skipWhile List.isEmpty states do
                // The clock may stand still.
                now <- now + int64 (holds.Length % 2)
                let content, merged = mergeInto file holds now
                let found = attributesOf content

                let id (number: int) =
                    Uuid.toText (Uuid.op_Implicit (uint32 number))

                let wanted = holds |> List.map (fst >> id) |> Set.ofList
                ever <- Set.union ever wanted

                let held =
                    found
                    |> List.filter (fun (_, deleted, _) -> not deleted)
                    |> List.map (fun (id, _, _) -> id)

                let gone =
                    found
                    |> List.filter (fun (_, deleted, _) -> deleted)
                    |> List.map (fun (id, _, _) -> id)

                Assert.Equal<Set<string>>(wanted, Set.ofList held)
                Assert.Equal<Set<string>>(Set.difference ever wanted, Set.ofList gone)
                Assert.Equal(merged.IsChanged, content <> file)
                Assert.True(merged.Seconds > last || not merged.IsChanged)
                last <- merged.Seconds
                file <- content)
    )

[<Theory>]
[<InlineData("2026-01-08", true)>]
[<InlineData("2026-01-09", false)>]
let ``that it was seen again is told after a week, so that an event may rest`` (day: string, rests: bool) =
    let said (day: string) =
        $"x\",\"last_seen\":\"%s{day}T00:00:00.000000+00:00\",\"Tag\":\"y"

    let first, _ = mergeInto "" [ 1, said "2026-01-02" ] 100L
    let content, merged = mergeInto first [ 1, said day ] 200L
    Assert.Equal(rests, not merged.IsChanged)
    Assert.Equal(rests, (content = first))
    // Anything else is told at once.
    let _, other = mergeInto first [ 1, (said day).Replace("y", "z") ] 200L
    Assert.True other.IsChanged

[<Fact>]
let ``a file that somebody spoilt is made anew`` () =
    let first, _ = mergeInto "" [ 1, "a"; 2, "b" ] 100L
    let lines = first.Split '\n'

    for spoilt in
        [
            "not json"
            "{\"Event\":{}}"
            first.Substring(0, first.Length / 2)
            first.Replace("\"deleted\":false", "\"deleted\":null")
            String.Join('\n', Array.rev lines)
            first + first
        ] do
        let content, merged = mergeInto spoilt [ 1, "a"; 2, "b" ] 200L
        Assert.True merged.IsChanged
        Assert.Equal(2, merged.Held)

        Assert.Equal<string list>(
            attributesOf first |> List.map (fun (id, _, _) -> id),
            attributesOf content
            |> List.filter (fun (_, deleted, _) -> not deleted)
            |> List.map (fun (id, _, _) -> id)
        )

[<Fact>]
let ``a manifest is read as it was written, and another one is not ours`` () =
    let ids = [ Uuid.op_Implicit 1u; Uuid.op_Implicit 7u ]
    let manifest = MispManifest()

    for id in ids do
        manifest.Add(id, 100L, ReadOnlySpan<byte> "\"info\":\"x\""B)

    let bytes = manifest.Finish().ToArray()
    JsonDocument.Parse(ReadOnlyMemory<byte> bytes).Dispose()

    match MispManifest.TryRead(ReadOnlySpan<byte> bytes) with
    | ValueSome found -> Assert.Equal<Uuid seq>(ids, found)
    | ValueNone -> Assert.Fail "not read"

    let empty = MispManifest().Finish().ToArray()
    Assert.True((MispManifest.TryRead(ReadOnlySpan<byte> empty)).IsSome)

    for foreign in
        [
            ""
            "{}"
            "[]"
            "{\n\"x\":1\n}\n"
            Encoding.UTF8.GetString(bytes).Replace("\n}", "")
        ] do
        Assert.True((MispManifest.TryRead(ReadOnlySpan<byte>(Encoding.UTF8.GetBytes foreign))).IsNone, foreign)

[<Fact>]
let ``hashes are the MD5 sums of values, of a service one for each part`` () =
    let writer = Utf8Writer 64
    let event = Uuid.op_Implicit 1u
    printer.WriteHashes(ObservableType.IpPort, ReadOnlySpan<byte> "[2001:db8::1]:80"B, event, writer)
    printer.WriteHashes(ObservableType.Domain, ReadOnlySpan<byte> "a.example"B, event, writer)

    let sum (value: string) =
        Convert.ToHexStringLower(Security.Cryptography.MD5.HashData(Encoding.UTF8.GetBytes value))

    Assert.Equal<string>(
        [
            for value in [ "2001:db8::1"; "80"; "a.example" ] do
                $"%s{sum value},%s{Uuid.toText event}"
            ""
        ],
        writer.ToString().Split '\n'
    )
