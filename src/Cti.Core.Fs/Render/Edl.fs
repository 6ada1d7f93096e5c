// The `edl` output for PAN-OS and FortiOS: an external dynamic list (a threat feed) of one kind, one entry in each line, which the firewall fetches from a
// web server. After "Formatting Guidelines for an External Dynamic List" (PAN-OS) and "Threat feeds" (FortiOS).
namespace Cti.Core

open System
open System.Collections.Generic
open System.IO.Hashing

/// Whose list it is.
[<Struct; RequireQualifiedAccess>]
type EdlVendor =
    /// URLs without scheme, at most 255 characters.
    | PaloAlto
    /// URLs with scheme.
    | FortiGate

/// What stands in a list: firewalls take one kind in each.
[<Struct; RequireQualifiedAccess>]
type EdlList =
    /// Addresses and ranges.
    | Addresses
    | Domains
    | Urls

[<RequireQualifiedAccess>]
module EdlList =
    let all = [| EdlList.Addresses; EdlList.Domains; EdlList.Urls |]

    let name (list: EdlList) =
        match list with
        | EdlList.Addresses -> "addresses"
        | EdlList.Domains -> "domains"
        | EdlList.Urls -> "urls"

/// The list. A URL that differs from another in its scheme or fragment only is written once where those are not written; a fragment that is left out is a loss.
[<Sealed; AllowNullLiteral(false)>]
type EdlRenderer(vendor: EdlVendor, list: EdlList) =
    let losses = LossList()
    let addresses = AddressText()
    let names = HostNameText()

    // PAN-OS: 255 characters in an entry. FortiOS: 4,095 bytes in a line.
    let longest =
        match vendor with
        | EdlVendor.PaloAlto -> 255
        | EdlVendor.FortiGate -> 4_095

    // By hash: of a million URLs two share one of 128 bits with a chance of 1 in 10^26.
    let written = HashSet<UInt128>()

    // Where the entry of a URL starts.
    let start (url: EdlUrl) =
        match vendor with
        | EdlVendor.PaloAlto -> url.Start
        | EdlVendor.FortiGate -> 0

    let checkUrl (value: ReadOnlySpan<byte>) =
        let url = EdlText.url value

        if url.Reason.IsNone && url.Start + url.Length - start url > longest then
            ValueSome RenderReason.TooLong
        else
            url.Reason

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        match list, observable with
        | EdlList.Addresses, _ -> addresses.Check(observable, value)
        | EdlList.Domains, ObservableType.Domain -> HostNameText.Check value
        | EdlList.Urls, ObservableType.Url -> checkUrl value
        | _ -> ValueSome RenderReason.TypeNotHeld

    let line (text: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        writer.Bytes text
        writer.Byte '\n'B

    let writeUrl (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let url = EdlText.url value
        let from = start url
        let entry = value.Slice(from, url.Start + url.Length - from)

        if url.Start + url.Length < value.Length then
            RenderLoss.add losses "value" value LossReason.Approximated

        if written.Add(XxHash128.HashToUInt128 entry) then
            line entry writer

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses
        member _.Holds _ = false
        member _.Header(_, _) = ()

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let value = batch.Value[row]

                if (check batch.Type[row] value).IsNone then
                    match list with
                    | EdlList.Addresses ->
                        let shortest = AddressText.Shortest value

                        if addresses.IsNew shortest then
                            line shortest writer
                    | EdlList.Domains ->
                        if names.IsNew value then
                            line value writer
                    | EdlList.Urls -> writeUrl value writer

        member _.Footer(_, _) = ()
