// What our indicators are in STIX 2.1 (OASIS, errata 01): the rules, without their JSON. Knows which STIX object a type of
// observable becomes, when an indicator is valid, how it is marked, and what is lost on the way.
namespace Cti.Core

open System
open System.Buffers

/// The cyber-observable object a value becomes (STIX 2.1 §6).
[<Struct; RequireQualifiedAccess>]
type StixKind =
    | Ipv4Addr
    | Ipv6Addr
    | NetworkTraffic
    | DomainName
    | Url
    | EmailAddr
    | File

/// A value cut into what STIX keeps apart: an address and a port. Other values have no port (-1).
[<Struct>]
type StixParts =
    {
        Kind: StixKind
        /// Where the address (or the whole value) lies in the value, in bytes.
        Start: int
        Length: int
        /// 0 to 65535, or -1.
        Port: int
        /// Whether the address is an IPv6 address.
        V6: bool
    }

/// What happened to a field on its way into another format.
[<Struct; RequireQualifiedAccess>]
type LossKind =
    | Dropped
    | Approximated

/// One entry of a mapping's loss list.
type Loss =
    {
        Field: string
        Kind: LossKind
        Reason: string
    }

[<RequireQualifiedAccess>]
module Stix =
    /// The producer of our objects (STIX 2.1 §4.5): UUIDv5 of `identity:cti-pipelines`.
    let producer: Uuid = Uuid5.ofText Namespace.single "identity:cti-pipelines"

    /// Our extension definition (STIX 2.1 §7.3): UUIDv5 of `extension-definition:cti-pipelines`.
    let extension: Uuid =
        Uuid5.ofText Namespace.single "extension-definition:cti-pipelines"

    /// The marking definition of a TLP 2.0 label, as OASIS published them (cti-stix-common-objects, TLP 2.0 extension).
    let marking (tlp: Tlp) : Uuid =
        match tlp with
        | Tlp.Clear -> UInt128(0x94868C8983C2464BUL, 0x929BA1A8AA3C8487UL)
        | Tlp.Green -> UInt128(0xBAB4A63CAED94CF5UL, 0xA766DFCA5ABAC2BBUL)
        | Tlp.Amber -> UInt128(0x55D920B05E8B4F79UL, 0x9EE991F868D9B421UL)
        | Tlp.AmberStrict -> UInt128(0x939A94142DDD4D32UL, 0xA0CD375EA402B003UL)
        | Tlp.Red -> UInt128(0xE828B3794E034974UL, 0x9AC4E53A884C97C1UL)

    /// The open vocabulary indicator-type-ov (STIX 2.1 §10.11).
    let indicatorTypes =
        [|
            "anomalous-activity"
            "anonymization"
            "benign"
            "compromised"
            "malicious-activity"
            "attribution"
            "unknown"
        |]

    let private defaultTypes = NameSet.Of [ "malicious-activity" ]

    /// An indicator's types: those of its labels that the vocabulary knows, `malicious-activity` where there is none.
    let typesOf (labels: NameSet) : NameSet =
        let known =
            labels.Names |> Seq.filter (fun label -> Array.contains label indicatorTypes)

        let types = NameSet.Of known
        if types.Count = 0 then defaultTypes else types

    // STIX timestamps are printed in milliseconds, so an interval needs at least one of them to be one.
    let private millisecond = 1_000L<us>
    let private latest = Timestamp.ofMicroseconds 253_402_300_799_999_000L

    /// When an indicator holds: from its first sighting, until it ceased to hold (`Timestamp.none` while it is active).
    /// `until` is later than `from` as printed, in milliseconds, whatever the data says (STIX 2.1 §4.7).
    let validity
        (status: IndicatorStatus)
        (firstSeen: Timestamp)
        (modified: Timestamp)
        (validUntil: Timestamp)
        : struct (Timestamp * Timestamp) =
        let from =
            min (if Timestamp.isNone firstSeen then modified else firstSeen) (latest - millisecond)

        match status with
        | IndicatorStatus.Active -> struct (from, Timestamp.none)
        | IndicatorStatus.Expired
        | IndicatorStatus.Withdrawn
        | IndicatorStatus.Revoked ->
            let ended = if Timestamp.isNone validUntil then modified else validUntil
            struct (from, max ended (from + millisecond))

    // What addresses are written with.
    let private v4Text = SearchValues.Create(ReadOnlySpan<byte> "0123456789."B)
    let private v6Text = SearchValues.Create(ReadOnlySpan<byte> "0123456789abcdef:."B)

    let private digits (text: ReadOnlySpan<byte>) =
        let mutable value = if text.Length >= 1 && text.Length <= 5 then 0 else -1
        let mutable index = 0

        while value >= 0 && index < text.Length do
            let digit = int text[index] - int '0'B
            value <- if digit >= 0 && digit <= 9 then value * 10 + digit else -1
            index <- index + 1

        if value > 65_535 then -1 else value

    let private wholeOf (length: int) (kind: StixKind) : StixParts voption =
        if length = 0 then
            ValueNone
        else
            ValueSome
                {
                    Kind = kind
                    Start = 0
                    Length = length
                    Port = -1
                    V6 = (kind = StixKind.Ipv6Addr)
                }

    /// Cuts a canonical value into STIX's parts; an ip_port that is not `A.B.C.D:PORT` or `[IPV6]:PORT` has none, and an
    /// empty value has none.
    let parts (observable: ObservableType) (value: ReadOnlySpan<byte>) : StixParts voption =
        match observable with
        | ObservableType.Ipv4 -> wholeOf value.Length StixKind.Ipv4Addr
        | ObservableType.Ipv6 -> wholeOf value.Length StixKind.Ipv6Addr
        | ObservableType.Cidr ->
            wholeOf
                value.Length
                (if value.Contains ':'B then
                     StixKind.Ipv6Addr
                 else
                     StixKind.Ipv4Addr)
        | ObservableType.Domain -> wholeOf value.Length StixKind.DomainName
        | ObservableType.Url -> wholeOf value.Length StixKind.Url
        | ObservableType.Email -> wholeOf value.Length StixKind.EmailAddr
        | ObservableType.Md5
        | ObservableType.Sha1
        | ObservableType.Sha256
        | ObservableType.Sha512 -> wholeOf value.Length StixKind.File
        | ObservableType.IpPort ->
            let colon = value.LastIndexOf ':'B
            let port = if colon < 0 then -1 else digits (value.Slice(colon + 1))
            let bracketed = colon > 2 && value[0] = '['B && value[colon - 1] = ']'B

            if port < 0 || colon = 0 then
                ValueNone
            elif bracketed && not (value.Slice(1, colon - 2).ContainsAnyExcept v6Text) then
                ValueSome
                    {
                        Kind = StixKind.NetworkTraffic
                        Start = 1
                        Length = colon - 2
                        Port = port
                        V6 = true
                    }
            elif not (value.Slice(0, colon).ContainsAnyExcept v4Text) then
                ValueSome
                    {
                        Kind = StixKind.NetworkTraffic
                        Start = 0
                        Length = colon
                        Port = port
                        V6 = false
                    }
            else
                ValueNone
        | _ -> ValueNone

    let private common =
        [
            {
                Field = "last_seen"
                Kind = LossKind.Dropped
                Reason =
                    "an indicator has no last sighting, and an extension of ours would make a new version at every sighting"
            }
            {
                Field = "score"
                Kind = LossKind.Dropped
                Reason = "it falls with time; confidence carries the undecayed base"
            }
            {
                Field = "revision"
                Kind = LossKind.Dropped
                Reason = "modified orders the versions"
            }
            {
                Field = "created, modified, first_seen, valid_until"
                Kind = LossKind.Approximated
                Reason = "cut to milliseconds"
            }
        ]

    let private ofPort =
        {
            Field = "protocols"
            Kind = LossKind.Approximated
            Reason = "network-traffic requires them and an ip_port does not say; tcp is assumed"
        }

    /// What an indicator of this type loses when it becomes STIX, field by field.
    let losses (observable: ObservableType) : Loss list =
        match observable with
        | ObservableType.IpPort -> ofPort :: common
        | _ -> common
