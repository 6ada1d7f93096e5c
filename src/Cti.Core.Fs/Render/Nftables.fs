// The `nftables` output: a file for `nft -f` that fills two sets of a table, one for each family. nft hands a file to the kernel as one transaction, so
// packets see the old sets or the new ones (nft(8), "ATOMIC RULE REPLACEMENT"). Sets only: what is done with them is the firewall's own business.
namespace Cti.Core

open System
open System.Text

/// The family of the table that holds the sets (nft(8), "ADDRESS FAMILIES").
[<Struct; RequireQualifiedAccess>]
type NftablesFamily =
    /// Both families of addresses.
    | Inet
    /// IPv4 only.
    | Ip
    /// IPv6 only.
    | Ip6
    | Bridge
    | Netdev

[<RequireQualifiedAccess>]
module NftablesFamily =
    let all =
        [|
            NftablesFamily.Inet
            NftablesFamily.Ip
            NftablesFamily.Ip6
            NftablesFamily.Bridge
            NftablesFamily.Netdev
        |]

    let name (family: NftablesFamily) =
        match family with
        | NftablesFamily.Inet -> "inet"
        | NftablesFamily.Ip -> "ip"
        | NftablesFamily.Ip6 -> "ip6"
        | NftablesFamily.Bridge -> "bridge"
        | NftablesFamily.Netdev -> "netdev"

/// Where the sets are.
type NftablesOptions =
    {
        Family: NftablesFamily
        /// A letter, then letters, digits and underscores.
        Table: string
        /// The same; `_ipv4` and `_ipv6` are appended.
        Set: string
    }

[<RequireQualifiedAccess>]
module Nftables =
    /// `inet cti`, sets `blocklist_ipv4` and `blocklist_ipv6`.
    let defaults: NftablesOptions =
        {
            Family = NftablesFamily.Inet
            Table = "cti"
            Set = "blocklist"
        }

/// The file. Holds addresses and ranges; ranges that overlap are merged by nft (`auto-merge`).
[<Sealed; AllowNullLiteral(false)>]
type NftablesRenderer(options: NftablesOptions) =
    let losses = LossList()
    let addresses = AddressText()

    let holds (family: AddressFamily) =
        match options.Family, family with
        | NftablesFamily.Ip, AddressFamily.V6
        | NftablesFamily.Ip6, AddressFamily.V4 -> false
        | _ -> true

    let set (family: AddressFamily) =
        let suffix =
            match family with
            | AddressFamily.V4 -> "_ipv4"
            | AddressFamily.V6 -> "_ipv6"

        $"%s{NftablesFamily.name options.Family} %s{options.Table} %s{options.Set}%s{suffix}"

    let opening family =
        Encoding.UTF8.GetBytes $"add element %s{set family} {{\n"

    let openingV4 = opening AddressFamily.V4
    let openingV6 = opening AddressFamily.V6

    let closing = "}\n"B

    // The family of the statement that is open. In canonical order the families lie in stretches, so there are few statements.
    let mutable isOpen = ValueNone

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) =
        match addresses.Check(observable, value) with
        | ValueNone when not (holds (AddressFamily.ofValue value)) -> ValueSome RenderReason.TypeNotHeld
        | result -> result

    let close (writer: Utf8Writer) =
        if isOpen.IsSome then
            writer.Bytes(ReadOnlySpan<byte> closing)
            isOpen <- ValueNone

    let write (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let shortest = AddressText.Shortest value

        if addresses.IsNew shortest then
            let family = AddressFamily.ofValue value

            if isOpen <> ValueSome family then
                close writer
                isOpen <- ValueSome family

                writer.Bytes(
                    ReadOnlySpan<byte>(
                        match family with
                        | AddressFamily.V4 -> openingV4
                        | AddressFamily.V6 -> openingV6
                    )
                )

            writer.Bytes shortest
            writer.Byte ','B
            writer.Byte '\n'B

    let families = [ AddressFamily.V4; AddressFamily.V6 ] |> List.filter holds

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses
        member _.Holds _ = false

        member _.Header(_, writer) =
            // `add` leaves alone what is there already, so the first load and all others are the same.
            writer.Text $"add table %s{NftablesFamily.name options.Family} %s{options.Table}\n"

            for family in families do
                let kind =
                    match family with
                    | AddressFamily.V4 -> "ipv4_addr"
                    | AddressFamily.V6 -> "ipv6_addr"

                writer.Text $"add set %s{set family} {{ type %s{kind}; flags interval; auto-merge; }}\n"

            for family in families do
                writer.Text $"flush set %s{set family}\n"

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let value = batch.Value[row]

                if (check batch.Type[row] value).IsNone then
                    write value writer

        member _.Footer(_, writer) = close writer
