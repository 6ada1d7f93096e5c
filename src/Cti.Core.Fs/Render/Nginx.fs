// The `nginx` output: a file to include into a block of the web server nginx: `map $host … { hostnames; … }` (ngx_http_map_module), `geo … { … }`
// (ngx_http_geo_module), or a place where `deny` may stand (ngx_http_access_module).
namespace Cti.Core

open System

/// Which block the file is for.
[<Struct; RequireQualifiedAccess>]
type NginxBlock =
    /// Names, each for itself and all under it: value 1.
    | Map
    /// Addresses and ranges: value 1.
    | Geo
    /// Addresses and ranges to refuse at once. nginx goes through such rules one by one.
    | Deny

[<RequireQualifiedAccess>]
module NginxBlock =
    let all = [| NginxBlock.Map; NginxBlock.Geo; NginxBlock.Deny |]

    let name (block: NginxBlock) =
        match block with
        | NginxBlock.Map -> "map"
        | NginxBlock.Geo -> "geo"
        | NginxBlock.Deny -> "deny"

/// The file. In `map` a name stands for all under it, in the others a range for what is in it.
[<Sealed; AllowNullLiteral(false)>]
type NginxRenderer(block: NginxBlock) =
    let losses = LossList()
    let addresses = AddressText()
    let names = HostNameText()

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        match block, observable with
        | NginxBlock.Map, ObservableType.Domain -> HostNameText.Check value
        | NginxBlock.Map, _ -> ValueSome RenderReason.TypeNotHeld
        | (NginxBlock.Geo | NginxBlock.Deny), _ -> addresses.Check(observable, value)

    let before, behind =
        match block with
        | NginxBlock.Map -> "."B, " 1;\n"B
        | NginxBlock.Geo -> ""B, " 1;\n"B
        | NginxBlock.Deny -> "deny "B, ";\n"B

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
                        match block with
                        | NginxBlock.Map -> names.IsNew value
                        | NginxBlock.Geo
                        | NginxBlock.Deny -> addresses.IsNew value

                    if isNew then
                        writer.Bytes(ReadOnlySpan<byte> before)
                        writer.Bytes value
                        writer.Bytes(ReadOnlySpan<byte> behind)

        member _.Footer(_, _) = ()
