// The `hosts` output: names that lead nowhere, as hosts(5) and resolvers that read such files (dnsmasq, Unbound's tools, Pi-hole) take them.
namespace Cti.Core

open System

/// What listed names lead to.
[<Struct; RequireQualifiedAccess>]
type HostsAddress =
    /// `0.0.0.0`. A resolver that asks for IPv6 addresses too still finds the true ones elsewhere.
    | Ipv4
    /// `::`.
    | Ipv6
    /// Both, a line each.
    | Both

[<RequireQualifiedAccess>]
module HostsAddress =
    let all = [| HostsAddress.Both; HostsAddress.Ipv4; HostsAddress.Ipv6 |]

    let name (address: HostsAddress) =
        match address with
        | HostsAddress.Ipv4 -> "ipv4"
        | HostsAddress.Ipv6 -> "ipv6"
        | HostsAddress.Both -> "both"

/// The file. Holds domains; a name stands for itself only.
[<Sealed; AllowNullLiteral(false)>]
type HostsRenderer(address: HostsAddress) =
    let losses = LossList()
    let names = HostNameText()

    let nowhere =
        match address with
        | HostsAddress.Ipv4 -> [| "0.0.0.0 "B |]
        | HostsAddress.Ipv6 -> [| ":: "B |]
        | HostsAddress.Both -> [| "0.0.0.0 "B; ":: "B |]

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) =
        if observable = ObservableType.Domain then
            HostNameText.Check value
        else
            ValueSome RenderReason.TypeNotHeld

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses
        member _.Holds _ = false
        member _.Header(_, _) = ()

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let name = batch.Value[row]

                if (check batch.Type[row] name).IsNone && names.IsNew name then
                    for prefix in nowhere do
                        writer.Bytes(ReadOnlySpan<byte> prefix)
                        writer.Bytes name
                        writer.Byte '\n'B

        member _.Footer(_, _) = ()
