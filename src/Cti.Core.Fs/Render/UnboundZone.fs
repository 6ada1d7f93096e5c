// The `unbound_zone` output: local zones of the resolver Unbound (unbound.conf(5), `local-zone` and `local-data`), a file to include. A zone speaks for its
// name and all names under it.
namespace Cti.Core

open System
open System.Text

/// What Unbound answers for a listed name and all under it (unbound.conf(5), types of `local-zone`).
[<RequireQualifiedAccess>]
type UnboundAnswer =
    /// The name does not exist.
    | Nxdomain
    /// The name has no such records.
    | Nodata
    /// 0.0.0.0 and ::.
    | Zero
    /// The question is refused.
    | Refuse
    /// None at all.
    | Deny
    /// These addresses (types ipv4 and ipv6), at least one: a host of one's own that counts or explains.
    | Sinkhole of Subject list

[<RequireQualifiedAccess>]
module UnboundAnswer =
    let all =
        [|
            UnboundAnswer.Nxdomain
            UnboundAnswer.Nodata
            UnboundAnswer.Zero
            UnboundAnswer.Refuse
            UnboundAnswer.Deny
        |]

    let name (answer: UnboundAnswer) =
        match answer with
        | UnboundAnswer.Nxdomain -> "nxdomain"
        | UnboundAnswer.Nodata -> "nodata"
        | UnboundAnswer.Zero -> "zero"
        | UnboundAnswer.Refuse -> "refuse"
        | UnboundAnswer.Deny -> "deny"
        | UnboundAnswer.Sinkhole _ -> "sinkhole"

    /// The type of the zone.
    let zoneType (answer: UnboundAnswer) =
        match answer with
        | UnboundAnswer.Nxdomain -> "always_nxdomain"
        | UnboundAnswer.Nodata -> "always_nodata"
        | UnboundAnswer.Zero -> "always_null"
        | UnboundAnswer.Refuse -> "always_refuse"
        | UnboundAnswer.Deny -> "always_deny"
        | UnboundAnswer.Sinkhole _ -> "redirect"

/// The file. Holds domains.
[<Sealed; AllowNullLiteral(false)>]
type UnboundZoneRenderer(answer: UnboundAnswer) =
    let losses = LossList()
    let names = HostNameText()

    let zoneStart = "local-zone: \""B
    let dataStart = "local-data: \""B

    let zoneEnd = Encoding.UTF8.GetBytes $".\" %s{UnboundAnswer.zoneType answer}\n"

    // Five minutes: long enough for caches, short enough for what is taken back.
    let dataEnds =
        match answer with
        | UnboundAnswer.Sinkhole addresses ->
            [|
                for address in addresses do
                    let kind = if address.Type = ObservableType.Ipv6 then "AAAA" else "A"
                    Encoding.UTF8.GetBytes $". 300 IN %s{kind} %s{address.Value}\"\n"
            |]
        | _ -> [||]

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) =
        if observable = ObservableType.Domain then
            HostNameText.Check value
        else
            ValueSome RenderReason.TypeNotHeld

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses
        member _.Holds _ = false

        // So that the file may be included anywhere, and is a whole configuration to the checker.
        member _.Header(_, writer) = writer.Text "server:\n"

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let name = batch.Value[row]

                if (check batch.Type[row] name).IsNone && names.IsNew name then
                    writer.Bytes(ReadOnlySpan<byte> zoneStart)
                    writer.Bytes name
                    writer.Bytes(ReadOnlySpan<byte> zoneEnd)

                    for ending in dataEnds do
                        writer.Bytes(ReadOnlySpan<byte> dataStart)
                        writer.Bytes name
                        writer.Bytes(ReadOnlySpan<byte> ending)

        member _.Footer(_, _) = ()
