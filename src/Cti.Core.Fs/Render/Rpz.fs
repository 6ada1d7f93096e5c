// The `rpz` output: a DNS response policy zone (draft-vixie-dnsop-dns-rpz), a zone file that makes resolvers such as BIND,
// Unbound and PowerDNS answer differently for listed names and addresses.
namespace Cti.Core

open System
open System.Text

/// What a resolver does with a listed name or address (draft §3).
[<Struct; RequireQualifiedAccess>]
type RpzAction =
    /// Answer that the name does not exist.
    | Nxdomain
    /// Answer that the name has no such records.
    | Nodata
    /// Answer as if it were not listed.
    | Passthru
    /// Do not answer.
    | Drop

[<RequireQualifiedAccess>]
module RpzAction =
    let all =
        [| RpzAction.Nxdomain; RpzAction.Nodata; RpzAction.Passthru; RpzAction.Drop |]

    let name (action: RpzAction) =
        match action with
        | RpzAction.Nxdomain -> "nxdomain"
        | RpzAction.Nodata -> "nodata"
        | RpzAction.Passthru -> "passthru"
        | RpzAction.Drop -> "drop"

    /// The inverse of `name`; ordinal, lower case only.
    let tryParse (text: string) : RpzAction voption =
        match all |> Array.tryFind (fun action -> name action = text) with
        | Some action -> ValueSome action
        | None -> ValueNone

    /// Where the CNAME points (draft §3).
    let target (action: RpzAction) =
        match action with
        | RpzAction.Nxdomain -> "."
        | RpzAction.Nodata -> "*."
        | RpzAction.Passthru -> "rpz-passthru."
        | RpzAction.Drop -> "rpz-drop."

/// How a response policy zone is written.
type RpzOptions =
    {
        /// The zone's name, without a trailing dot; owner names are relative to it, and it counts in their length.
        Zone: string
        Action: RpzAction
        /// Whether a listed name stands for all names under it too.
        Subdomains: bool
        /// Time to live of every record, seconds, 0 to 2,147,483,647.
        Ttl: int
    }

[<RequireQualifiedAccess>]
module Rpz =
    /// A zone `rpz.local`, nxdomain, with sub-domains, five minutes.
    let defaults =
        {
            Zone = "rpz.local"
            Action = RpzAction.Nxdomain
            Subdomains = true
            Ttl = 300
        }

    /// The serial of a new version: the second of `now`, or the one after `previous` where that is not newer. Always an
    /// increase in the arithmetic of RFC 1982, so that secondaries take the zone.
    let serial (now: Timestamp) (previous: uint32 voption) : uint32 =
        let seconds = uint32 (Timestamp.toMicroseconds now / 1_000_000L)

        match previous with
        | ValueNone -> seconds
        | ValueSome last -> if int32 (seconds - last) > 0 then seconds else last + 1u

/// The zone file. Holds domains, addresses and ranges; nothing else can be said in DNS.
[<Sealed; AllowNullLiteral(false)>]
type RpzRenderer(options: RpzOptions) =
    let losses = LossList()
    let zone = Encoding.UTF8.GetBytes options.Zone
    let wildcard = if options.Subdomains then 2 else 0

    let wildcardLabel = "*."B

    let record =
        Encoding.UTF8.GetBytes(" CNAME " + RpzAction.target options.Action + "\n")
    // What was written last of each kind. In canonical order equal owners stand side by side, or (an address and the range of
    // that one address) have only ranges between them, so this is enough to write no record twice.
    let owner = Utf8Writer 256
    let lastName = Utf8Writer 256
    let lastAddress = Utf8Writer 256

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        match observable with
        | ObservableType.Domain -> ZoneText.checkName value (ZoneText.wireLength (ReadOnlySpan<byte> zone)) wildcard
        | ObservableType.Ipv4
        | ObservableType.Ipv6
        | ObservableType.Cidr ->
            owner.Clear()

            if not (ZoneText.tryWriteAddress value owner) then
                ValueSome RenderReason.NotCanonical
            elif owner.Length + 1 + ZoneText.wireLength (ReadOnlySpan<byte> zone) > 255 then
                ValueSome RenderReason.TooLong
            else
                ValueNone
        | _ -> ValueSome RenderReason.TypeNotHeld

    /// Notes `text` as written; false when it was the last one already.
    let isNew (last: Utf8Writer) (text: ReadOnlySpan<byte>) =
        if last.Written.SequenceEqual text then
            false
        else
            last.Clear()
            last.Bytes text
            true

    let writeDomain (name: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        if isNew lastName name then
            ZoneText.writeName name writer
            writer.Bytes(ReadOnlySpan<byte> record)

            if options.Subdomains then
                writer.Bytes(ReadOnlySpan<byte> wildcardLabel)
                ZoneText.writeName name writer
                writer.Bytes(ReadOnlySpan<byte> record)

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses
        member _.Holds _ = false

        member _.Header(context, writer) =
            writer.Bytes(ReadOnlySpan<byte> "$TTL "B)
            writer.Int(int64 options.Ttl)
            writer.Bytes(ReadOnlySpan<byte> "\n@ SOA localhost. hostmaster.localhost. ("B)
            writer.Int(int64 (Rpz.serial context.Now context.PreviousSerial))
            writer.Bytes(ReadOnlySpan<byte> " 3600 600 604800 "B)
            writer.Int(int64 options.Ttl)
            writer.Bytes(ReadOnlySpan<byte> ")\n@ NS localhost.\n"B)

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let value = batch.Value[row]

                if (check batch.Type[row] value).IsNone then
                    match batch.Type[row] with
                    | ObservableType.Domain -> writeDomain value writer
                    | ObservableType.Ipv4
                    | ObservableType.Ipv6 ->
                        // `check` left the owner name behind.
                        if isNew lastAddress owner.Written then
                            writer.Bytes owner.Written
                            writer.Bytes(ReadOnlySpan<byte> record)
                    | _ ->
                        if
                            not (lastAddress.Written.SequenceEqual owner.Written)
                            && isNew lastName owner.Written
                        then
                            writer.Bytes owner.Written
                            writer.Bytes(ReadOnlySpan<byte> record)

        member _.Footer(_, _) = ()
