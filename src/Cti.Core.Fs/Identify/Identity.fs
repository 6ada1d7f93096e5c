// Who is who: deterministic ids of subjects, indicators and observations. Knows which namespaces are ours and what a name is
// made of; a name written differently is another id, so nothing here may change once ids are published.
namespace Cti.Core

open System
open System.Buffers.Binary
open System.Text

/// The namespaces of our own ids. Each is the UUIDv5, in the URL namespace of RFC 9562 §6.6, of
/// `https://cti-pipelines.example/ns/NAME` (an address that is reserved and answers nothing); a test makes them again.
[<RequireQualifiedAccess>]
module Namespace =
    /// RFC 9562 §6.6: names that are URLs.
    let url: Uuid = UInt128(0x6BA7B8119DAD11D1UL, 0x80B400C04FD430C8UL)
    /// `subject`: subjects and indicators.
    let subject: Uuid = UInt128(0x8EE0D55C04C45214UL, 0xBB5845DFEC9131D4UL)
    /// `observation`.
    let observation: Uuid = UInt128(0x749AFF3F85DB55E0UL, 0x93DAA4369A91EF1CUL)
    /// `observed-data`: STIX observed-data, over the 16 bytes of the indicator's id.
    let observedData: Uuid = UInt128(0xAE92AAEB037A5E42UL, 0xAAE99A74E0151780UL)
    /// `relationship`: STIX relationships from an indicator to its observed-data, over the 16 bytes of the indicator's id.
    let relationship: Uuid = UInt128(0xA7FAA252DE17570EUL, 0x89DE52C7FA82D0C2UL)
    /// `object`: objects of which there is one, over a name.
    let single: Uuid = UInt128(0x9B4E056453CA5322UL, 0x913072F35158B2CFUL)
    /// `bundle`: STIX bundles, over a hash of their content.
    let bundle: Uuid = UInt128(0xBB8D01AD4A875022UL, 0xA5FC15ED34710EB6UL)
    /// `dead-letter`: inputs that could not be used, and deliveries that failed for good.
    let deadLetter: Uuid = UInt128(0x9AF2FDC0A57D59D5UL, 0x96766DAB929D1E59UL)
    /// `misp-event`: MISP events, over their organisation, title, day and part.
    let mispEvent: Uuid = UInt128(0x4196BD2E82C25EBBUL, 0x90B876178A15AA5BUL)
    /// `misp-attribute`: MISP attributes, over the 16 bytes of their event's id and the 16 of their indicator's.
    let mispAttribute: Uuid = UInt128(0x1EBB0591B505542BUL, 0x83E15819AC33A394UL)
    /// `misp-organisation`: organisations that are given by name only.
    let mispOrganisation: Uuid = UInt128(0x63EC86E726DC5294UL, 0x9642FA1B34E20183UL)
    /// STIX 2.1 §2.9: cyber-observable objects, and nothing else.
    let stixObservable: Uuid = UInt128(0x00ABEDB4AA42466CUL, 0x9C01FED23315A9B7UL)

[<RequireQualifiedAccess>]
module Identity =
    // Heads of subject names by type code, made once: `ipv4:`.
    let private heads =
        Array.init 256 (fun code ->
            match ObservableType.tryOfCode (byte code) with
            | ValueSome observable -> Encoding.UTF8.GetBytes(ObservableType.name observable + ":")
            | ValueNone -> Array.empty)

    /// Bytes of an observation's name: subject, event time, payload.
    let private observationLength = 32

    let private writeObservation (subject: Uuid) (eventTime: Timestamp) (payload: uint64) (target: Span<byte>) =
        Uuid.toBytes subject target
        BinaryPrimitives.WriteInt64BigEndian(target.Slice 16, int64 eventTime)
        BinaryPrimitives.WriteUInt64BigEndian(target.Slice 24, payload)

    /// The id of an indicator in its episode 0, 1, …: the name is `TYPE:VALUE` in the first and `TYPE#EPISODE:VALUE` in later
    /// ones. Type names hold neither `#` nor `:`, so no two (type, episode, value) share a name. Episodes below 0 count as 0.
    let indicator (subject: Subject) (episode: int) : Uuid =
        let head = ObservableType.name subject.Type

        if episode <= 0 then
            Uuid5.ofText Namespace.subject (head + ":" + subject.Value)
        else
            Uuid5.ofText Namespace.subject (head + "#" + string episode + ":" + subject.Value)

    /// The id of a subject, which is also that of its indicator's first episode.
    let subject (subject: Subject) : Uuid = indicator subject 0

    /// The id of an observation: what one source (within `payload`) reported of one subject at one event time.
    let observation (subject: Uuid) (eventTime: Timestamp) (payload: uint64) : Uuid =
        let name = Array.zeroCreate<byte> observationLength
        writeObservation subject eventTime payload (Span<byte> name)
        Uuid5.ofName Namespace.observation (ReadOnlySpan<byte> name)

    /// The id of a collection of the TAXII server: the same for as long as pipeline and sink have their names.
    let collection (pipeline: string) (sink: string) : Uuid =
        Uuid5.ofText Namespace.subject ("collection:" + pipeline + "/" + sink)

    /// Fills the `Subject` and `Id` columns of the whole batch from its types, values, event times and payloads.
    let fill (hasher: Uuid5Hasher) (batch: ObservationBatch) : unit =
        let names = hasher.Names
        names.Clear()

        for row in 0 .. batch.Count - 1 do
            let head = heads[int (ObservableType.code batch.Type[row])]
            let value = batch.Value[row]
            let room = names.Reserve(head.Length + value.Length)
            head.CopyTo room
            value.CopyTo(room.Slice head.Length)
            names.Commit(head.Length + value.Length)

        hasher.Hash(Namespace.subject, names, Span<Uuid> batch.Subject)
        names.Clear()

        for row in 0 .. batch.Count - 1 do
            let room = names.Reserve observationLength
            writeObservation batch.Subject[row] batch.EventTime[row] batch.Payload[row] room
            names.Commit observationLength

        hasher.Hash(Namespace.observation, names, Span<Uuid> batch.Id)
