// The pure stages from F#, with the modules as they are: normalise, screen, score, STIX. No host, no YAML, no database.
// The C# example beside it prints the same; a test holds the two together.
module Cti.Example.FSharp.Program

open System
open System.IO
open System.Text
open Cti.Core

let private utf8 (text: string) = Encoding.UTF8.GetBytes text

/// A warninglist as MISP publishes them, and our own guard against broad entries.
let private screen: ScreenSet =
    let json =
        """{ "name": "Shared services", "type": "hostname", "matching_attributes": ["domain", "url"], "list": ["cdn.example"] }"""

    Warninglist.parse "shared.json" (ReadOnlyMemory<byte>(utf8 json))
    |> Result.bind (fun list -> ScreenSet.Build([ list ], BroadEntry.defaults) |> Result.mapError List.head)
    |> function
        | Ok set -> set
        | Error error -> failwith (ScreenError.message error)

/// One indicator as a batch of one: what renderers take.
let private batchOf (subject: Subject) (firstSeen: Timestamp) (lastSeen: Timestamp) (value: int) (score: int) now =
    let batch = IndicatorBatch 1
    let row = batch.Add()
    batch.Id[row] <- Identity.subject subject
    batch.Type[row] <- subject.Type
    batch.Value.Add(ReadOnlySpan<byte>(utf8 subject.Value))
    batch.FirstSeen[row] <- firstSeen
    batch.LastSeen[row] <- lastSeen
    batch.Created[row] <- now
    batch.Modified[row] <- now
    batch.ValidUntil[row] <- Timestamp.none
    batch.Status[row] <- IndicatorStatus.Active
    batch.Confidence[row] <- byte (value / 100)
    batch.Score[row] <- score
    batch.Tlp[row] <- Tlp.Green
    batch.Labels[row] <- NameSet.Of [ "phishing" ]
    batch.Sources[row] <- NameSet.Of [ "honeypots"; "mail-desk" ]
    batch.Revision[row] <- 1
    batch

let private render (spec: RenderSpec) (batch: IndicatorBatch) now =
    let renderer = RenderSpec.create spec
    let writer = Utf8Writer 4096

    renderer.Header(
        {
            Now = now
            PreviousSerial = ValueNone
        },
        writer
    )

    renderer.Rows(batch, ReadOnlySpan<int> [| 0 |], writer)
    renderer.Footer({ Rows = 1L }, writer)
    Encoding.UTF8.GetString writer.Written

let private time (text: string) =
    match Timestamp.tryParse text with
    | ValueSome time -> time
    | ValueNone -> invalidArg (nameof text) text

let run (out: TextWriter) =
    // Normalise: a canonical value, or a coded rejection.
    let normalised =
        [ "hxxps://cdn[.]example/lib.js"; "010.1.1.1"; "hxxp://malware[.]example/x" ]
        |> List.map (fun written -> written, Normalise.tryParse TypeHint.Auto written)

    for written, result in normalised do
        match result with
        | Error error -> out.WriteLine $"%s{written}: %s{NormaliseError.code error}"
        | Ok subject ->
            // Screen: which list says no, and by which entry.
            let hit = screen.Match subject

            let verdict =
                match hit.Reason with
                | ScreenReason.None -> "passes"
                | reason -> $"%s{ScreenReason.code reason}, %s{screen.ListName hit}, %s{screen.EntryText hit}"

            out.WriteLine $"%s{written}: %s{ObservableType.name subject.Type} %s{subject.Value}, %s{verdict}"

    match snd (List.last normalised) with
    | Error _ -> ()
    | Ok subject ->
        // Score: two independent sources corroborate each other, then ten of thirty days wear it off.
        let now = time "2026-01-11T00:00:00Z"
        let lastSeen = time "2026-01-01T00:00:00Z"

        let weight reliability credibility =
            Score.reliabilityPercent reliability + Score.credibilityPercent credibility

        let honeypots = Score.claim 80uy (weight Reliability.A Credibility.Two)
        let mailDesk = Score.claim 75uy (weight Reliability.B Credibility.Two)
        let value = Score.corroborate honeypots mailDesk
        let score = Score.decayed now lastSeen (30L * Timestamp.day) 1.0 value
        out.WriteLine $"honeypots %d{honeypots}, mail-desk %d{mailDesk}; score %d{score}"

        // Render: STIX 2.1.
        let batch = batchOf subject (time "2025-12-24T00:00:00Z") lastSeen value score now

        out.Write(
            render
                (RenderSpec.StixBundle
                    {|
                        Observables = false
                        Objects = false
                    |})
                batch
                now
        )

[<EntryPoint>]
let main _ =
    run Console.Out
    0
