// An event of MISP as it is written: byte for byte, by MISP's core format, with hostile labels, and as our own reader reads it.
module Cti.Core.Tests.MispEventTests

open System
open System.Text
open System.Text.Json
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.Read.MispFixture
open Cti.Core.Tests.MispCoreFormat

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
