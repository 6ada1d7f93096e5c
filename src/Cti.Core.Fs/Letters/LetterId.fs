// Who is who among dead letters: the same poison met again is the same letter.
namespace Cti.Core

open System
open System.Buffers.Binary
open System.Text

[<RequireQualifiedAccess>]
module LetterId =
    // Parts are told apart by their lengths: no two lists of parts are one name.
    let private name (space: byte) (parts: byte[] list) : byte[] =
        let length = 1 + List.sumBy (fun (part: byte[]) -> 4 + part.Length) parts
        let bytes = Array.zeroCreate<byte> length
        bytes[0] <- space
        let mutable at = 1

        for part in parts do
            BinaryPrimitives.WriteInt32BigEndian(Span<byte>(bytes, at, 4), part.Length)
            part.CopyTo(bytes, at + 4)
            at <- at + 4 + part.Length

        bytes

    let private text (value: string) = Encoding.UTF8.GetBytes value

    let private number (value: int64) =
        let bytes = Array.zeroCreate<byte> 8
        BinaryPrimitives.WriteInt64BigEndian(Span<byte> bytes, value)
        bytes

    /// The id of what a record was rejected for: where it stands, what it holds, and which of the record's rejections it is, from 0 in the
    /// order of the stages. Stage and code are no part of it: mending a pipeline changes them, and the letter stays the same.
    let ofRecord (source: string) (position: Position) (original: byte[]) (place: int) : Uuid =
        let parts =
            [
                text source
                text position.Uri
                number position.Offset
                original
                number (int64 place)
            ]

        Uuid5.ofName Namespace.deadLetter (ReadOnlySpan<byte>(name 0uy parts))

    /// The id of an indicator that a sink cannot take. Its revision is no part of it: a later one that fails, too, is another try.
    let ofDelivery (pipeline: string) (sink: string) (indicator: Uuid) : Uuid =
        let bytes = Array.zeroCreate<byte> 16
        Uuid.toBytes indicator (Span<byte> bytes)
        Uuid5.ofName Namespace.deadLetter (ReadOnlySpan<byte>(name 1uy [ text pipeline; text sink; bytes ]))

    /// The ids of a batch's rejections, in their order.
    let ofBatch (source: string) (rejections: Rejection seq) : Uuid[] =
        let places = Collections.Generic.Dictionary<struct (string * int64), int>()

        rejections
        |> Seq.map (fun rejection ->
            let key = struct (rejection.Position.Uri, rejection.Position.Offset)

            let place =
                match places.TryGetValue key with
                | true, before -> before + 1
                | _ -> 0

            places[key] <- place
            ofRecord source rejection.Position rejection.Original place)
        |> Seq.toArray
