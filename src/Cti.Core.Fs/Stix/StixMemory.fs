// What earlier objects of a document said that later ones refer to: subjects, names, markings. Bounded: the oldest entries go first.
namespace Cti.Core

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.IO.Hashing

/// A table of at most `most` entries; when it is full the oldest one goes.
[<Sealed; AllowNullLiteral(false)>]
type internal RecentTable<'Value>(most: int) =
    let entries = Dictionary<UInt128, 'Value>()
    let order = Queue<UInt128>()

    member _.TryFind(key: UInt128, value: byref<'Value>) : bool = entries.TryGetValue(key, &value)
    member _.Contains(key: UInt128) : bool = entries.ContainsKey key

    member _.Set(key: UInt128, value: 'Value) : unit =
        if entries.TryAdd(key, value) then
            order.Enqueue key

            if order.Count > most then
                entries.Remove(order.Dequeue()) |> ignore
        else
            entries[key] <- value

/// Values with their types, as one object gave them.
[<Sealed; AllowNullLiteral(false)>]
type internal SubjectValues() =
    // Each: the type's code, the length in four bytes, the text.
    let bytes = Utf8Writer 256
    let mutable count = 0

    member _.Count = count

    member _.Clear() : unit =
        bytes.Clear()
        count <- 0

    member _.Add(kind: ObservableType, value: ReadOnlySpan<byte>) : unit =
        if value.Length > 0 then
            bytes.Byte(ObservableType.code kind)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.Reserve 4, value.Length)
            bytes.Advance 4
            bytes.Bytes value
            count <- count + 1

    /// The text of the first one.
    member _.First: byte[] =
        if count = 0 then
            [||]
        else
            let length = BinaryPrimitives.ReadInt32LittleEndian(bytes.Written.Slice 1)
            bytes.Written.Slice(5, length).ToArray()

    /// All of them in one array, for `AddTo`.
    member _.ToArray() : byte[] = bytes.Written.ToArray()

    /// Adds values to a record.
    static member AddTo(record: StandardRecord, packed: ReadOnlySpan<byte>) : unit =
        let mutable rest = packed

        while rest.Length > 0 do
            let length = BinaryPrimitives.ReadInt32LittleEndian(rest.Slice 1)

            match ObservableType.tryOfCode rest[0] with
            | ValueSome kind -> record.Add(kind, rest.Slice(5, length))
            | ValueNone -> ()

            rest <- rest.Slice(5 + length)

    member _.AddTo(record: StandardRecord) : unit =
        SubjectValues.AddTo(record, bytes.Written)

/// What an indicator, an observable object or observed data said.
[<Struct>]
type internal StixSubject =
    {
        Values: byte[]
        Modified: Timestamp
        /// Since when it is so no longer; `Timestamp.none`: it is so.
        Ended: Timestamp
        Tlp: Tlp voption
        Confidence: byte voption
    }

/// What an object is called that others refer to.
[<Struct>]
type internal StixName = { Label: byte[]; NameTlp: Tlp voption }

/// When observed data saw an object that has not been met yet.
[<Struct>]
type internal StixSeen =
    {
        First: Timestamp
        Last: Timestamp
        SeenTlp: Tlp voption
        SeenConfidence: byte voption
    }

/// What one document said so far.
[<Sealed; AllowNullLiteral(false)>]
type internal StixMemory() =
    static let most = 65_536

    let markings =
        let table = RecentTable<Tlp voption> most

        for id, tlp in StixTlp.definitions do
            table.Set(XxHash128.HashToUInt128(ReadOnlySpan<byte> id), ValueSome tlp)

        table

    /// What an id is remembered by: not for keeping, two may be made to agree.
    static member Key(id: ReadOnlySpan<byte>) : UInt128 = XxHash128.HashToUInt128 id

    /// Markings by their definition's id; none of those that are no TLP.
    member _.Markings = markings
    member val Subjects = RecentTable<StixSubject> most
    member val Names = RecentTable<StixName> most
    /// Observable objects that observed data refers to and that come later.
    member val Awaited = RecentTable<StixSeen> most
    /// Observable objects that are only the surroundings of another one: recipients, own addresses, folders.
    member val Bystanders = RecentTable<unit> most
    /// The document has objects beside observables: those are context then.
    member val HasContext = false with get, set
