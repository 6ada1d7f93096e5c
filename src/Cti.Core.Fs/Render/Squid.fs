// The `squid` output: a file for an access list of the proxy Squid, `acl NAME dstdomain "FILE"` or `acl NAME dst "FILE"`. Squid searches its lists in trees
// that cannot hold an entry beside another that contains it: it warns and ignores one of the two, be it the larger. So what another entry stands for is
// left out, and all entries must be seen before the first is written.
namespace Cti.Core

open System
open System.Collections.Generic

/// What stands in a list of hosts: proxies take one kind in each.
[<Struct; RequireQualifiedAccess>]
type HostList =
    | Domains
    /// Addresses and ranges.
    | Addresses

[<RequireQualifiedAccess>]
module HostList =
    let all = [| HostList.Domains; HostList.Addresses |]

    let name (list: HostList) =
        match list with
        | HostList.Domains -> "domains"
        | HostList.Addresses -> "addresses"

/// The list. Names stand with a leading dot, for themselves and all names under them. Kept in memory until the end: about 16 bytes for each entry besides itself.
[<Sealed; AllowNullLiteral(false)>]
type SquidRenderer(list: HostList) =
    let losses = LossList()
    let addresses = AddressText()
    let names = HostNameText()

    let coverage =
        Coverage
            {
                Names = true
                Ranges = RangeRule.Cover
            }

    let values = TextColumn(64, 32)
    let types = List<ObservableType>()

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        match list, observable with
        | HostList.Domains, ObservableType.Domain -> HostNameText.Check value
        | HostList.Addresses, _ -> addresses.Check(observable, value)
        | _ -> ValueSome RenderReason.TypeNotHeld

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses
        member _.Holds _ = false
        member _.Header(_, _) = ()

        member _.Rows(batch, selected, _) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let observable = batch.Type[row]

                if (check observable batch.Value[row]).IsNone then
                    let value = AddressText.Shortest batch.Value[row]

                    let isNew =
                        match list with
                        | HostList.Domains -> names.IsNew value
                        | HostList.Addresses -> addresses.IsNew value

                    if isNew then
                        let kind =
                            if observable <> ObservableType.Cidr || value.Contains '/'B then
                                observable
                            else
                                ObservableType.Ipv4

                        values.Add value
                        types.Add kind
                        coverage.Add(kind, value)

        member _.Footer(_, writer) =
            coverage.Close()

            for row in 0 .. types.Count - 1 do
                match coverage.Of(types[row], values[row]) with
                | Cover.Nothing
                | Cover.Part _ ->
                    if list = HostList.Domains then
                        writer.Byte '.'B

                    writer.Bytes values[row]
                    writer.Byte '\n'B
                | Cover.Name _
                | Cover.Range _ -> ()
