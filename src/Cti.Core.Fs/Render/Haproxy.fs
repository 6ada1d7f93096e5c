// The `haproxy` output: a file of patterns for the load balancer HAProxy, `acl NAME … -f FILE` (Configuration Manual §7.1: one pattern in each line). Names
// are compared whole: HAProxy looks such and addresses up in trees, while its matching by ending goes through the list entry by entry.
namespace Cti.Core

open System

/// The file. A name stands for itself only, a range for what is in it.
[<Sealed; AllowNullLiteral(false)>]
type HaproxyRenderer(list: HostList) =
    let losses = LossList()
    let addresses = AddressText()
    let names = HostNameText()

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

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]

                if (check batch.Type[row] batch.Value[row]).IsNone then
                    let value = AddressText.Shortest batch.Value[row]

                    let isNew =
                        match list with
                        | HostList.Domains -> names.IsNew value
                        | HostList.Addresses -> addresses.IsNew value

                    if isNew then
                        writer.Bytes value
                        writer.Byte '\n'B

        member _.Footer(_, _) = ()
