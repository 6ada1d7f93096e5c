// What our indicators are in STIX 2.1 (OASIS, errata 01): the rules, without their JSON. Knows which STIX object a type of
// observable becomes, when an indicator is valid, how it is marked, and what is lost on the way.
namespace Cti.Core

open System
open System.Buffers

/// What a value becomes: the cyber-observable object (STIX 2.1 §6) that a pattern asks for, or a domain object (§4) that refers to a public
/// catalogue.
[<Struct; RequireQualifiedAccess>]
type StixKind =
    | Ipv4Addr
    | Ipv6Addr
    | NetworkTraffic
    | DomainName
    | Url
    | EmailAddr
    | File
    | Directory
    | AutonomousSystem
    | Mutex
    | WindowsRegistryKey
    | X509Certificate
    | MacAddr
    /// Network traffic that a pattern can ask for, but whose object STIX will not have without an address at one end (§6.12).
    | HttpRequest
    /// A pattern or rule in a language of its own; there is no object of it.
    | Pattern
    | Vulnerability
    | AttackPattern
    | IntrusionSet
    | CourseOfAction
    | Campaign

/// A value cut into what STIX keeps apart: an address and a port, a directory and a name in it.
[<Struct>]
type StixParts =
    {
        Kind: StixKind
        /// Where the address, the directory or the whole value lies in the value, in bytes.
        Start: int
        Length: int
        /// 0 to 65535, or -1.
        Port: int
        /// Whether the address is an IPv6 address.
        V6: bool
        /// Where the name of a file begins that lies in a directory, in bytes; -1 for all else.
        NameStart: int
    }

/// What happened to a field on its way into another format.
[<Struct; RequireQualifiedAccess>]
type StixLossKind =
    | Dropped
    | Approximated

/// What becomes of a field of every indicator of a type.
type StixLoss =
    {
        Field: string
        Kind: StixLossKind
        Reason: string
    }

[<RequireQualifiedAccess>]
module Stix =
    /// The producer of our objects (STIX 2.1 §4.5): UUIDv5 of `identity:cti-pipelines`.
    let producer: Uuid = Uuid5.ofText Namespace.single "identity:cti-pipelines"

    /// Our extension definition (STIX 2.1 §7.3): UUIDv5 of `extension-definition:cti-pipelines`.
    let extension: Uuid =
        Uuid5.ofText Namespace.single "extension-definition:cti-pipelines"

    /// Our extension of facts (STIX 2.1 §7.3): UUIDv5 of `extension-definition:cti-pipelines:facts`.
    let factExtension: Uuid =
        Uuid5.ofText Namespace.single "extension-definition:cti-pipelines:facts"

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
    let internal millisecond = 1_000L<us>
    let internal latest = Timestamp.ofMicroseconds 253_402_300_799_999_000L

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
                    NameStart = -1
                }

    // A value without the letters in front that STIX does not want.
    let private withoutFront (front: int) (length: int) (kind: StixKind) : StixParts voption =
        match wholeOf (length - front) kind with
        | ValueSome parts -> ValueSome { parts with Start = front }
        | ValueNone -> ValueNone

    let private separators = SearchValues.Create(ReadOnlySpan<byte> "/\\"B)

    // The directory and the name in it; a path that ends in a separator is a directory. The root (`/`, `C:\`) keeps its separator.
    let private pathOf (value: ReadOnlySpan<byte>) : StixParts voption =
        let last = value.LastIndexOfAny separators
        let isRoot = last = 0 || (last = 2 && value[1] = ':'B)
        let directory = if isRoot then last + 1 else last

        match wholeOf (max 0 directory) StixKind.Directory with
        | ValueSome parts when last < value.Length - 1 ->
            ValueSome
                { parts with
                    Kind = StixKind.File
                    NameStart = last + 1
                }
        | parts -> parts

    // Techniques, groups, mitigations and campaigns have objects of their own. Software may be malware or a tool, which its number does not
    // say; tactics and data sources are no objects of STIX.
    let private attackKind (value: ReadOnlySpan<byte>) : StixKind voption =
        if value.Length < 2 || not (value[1] >= '0'B && value[1] <= '9'B) then
            ValueNone
        else
            match value[0] with
            | 'T'B -> ValueSome StixKind.AttackPattern
            | 'G'B -> ValueSome StixKind.IntrusionSet
            | 'M'B -> ValueSome StixKind.CourseOfAction
            | 'C'B -> ValueSome StixKind.Campaign
            | _ -> ValueNone

    /// Whether the kind is a domain object that refers to a catalogue, and no indicator.
    let isReference (kind: StixKind) : bool =
        match kind with
        | StixKind.Vulnerability
        | StixKind.AttackPattern
        | StixKind.IntrusionSet
        | StixKind.CourseOfAction
        | StixKind.Campaign -> true
        | _ -> false

    /// Whether there is a cyber-observable object of this kind.
    let isObservable (kind: StixKind) : bool =
        not (isReference kind)
        && kind <> StixKind.HttpRequest
        && kind <> StixKind.Pattern

    /// Cuts a canonical value into STIX's parts. None for an empty value, for an ip_port that is not `A.B.C.D:PORT` or `[IPV6]:PORT`, and for
    /// what STIX has no property for: JA3 fingerprints, cryptocurrency addresses, ATT&CK's tactics, software and data sources.
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
        | ObservableType.Sha512
        | ObservableType.Ssdeep
        | ObservableType.FileName -> wholeOf value.Length StixKind.File
        // OASIS' own library takes the 70 digits only, without `T1`.
        | ObservableType.Tlsh -> withoutFront 2 value.Length StixKind.File
        | ObservableType.FilePath -> pathOf value
        | ObservableType.Asn -> withoutFront 2 value.Length StixKind.AutonomousSystem
        | ObservableType.Mutex -> wholeOf value.Length StixKind.Mutex
        | ObservableType.RegistryKey -> wholeOf value.Length StixKind.WindowsRegistryKey
        | ObservableType.UserAgent -> wholeOf value.Length StixKind.HttpRequest
        | ObservableType.CertificateSha1
        | ObservableType.CertificateSha256 -> wholeOf value.Length StixKind.X509Certificate
        | ObservableType.Mac -> wholeOf value.Length StixKind.MacAddr
        | ObservableType.Cve -> wholeOf value.Length StixKind.Vulnerability
        | ObservableType.AttackId ->
            (match attackKind value with
             | ValueSome kind -> wholeOf value.Length kind
             | ValueNone -> ValueNone)
        | ObservableType.StixPattern
        | ObservableType.YaraRule
        | ObservableType.SigmaRule
        | ObservableType.SuricataRule
        | ObservableType.SnortRule -> wholeOf value.Length StixKind.Pattern
        | ObservableType.Ja3
        | ObservableType.CryptoAddress -> ValueNone
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
                        NameStart = -1
                    }
            elif not (value.Slice(0, colon).ContainsAnyExcept v4Text) then
                ValueSome
                    {
                        Kind = StixKind.NetworkTraffic
                        Start = 0
                        Length = colon
                        Port = port
                        V6 = false
                        NameStart = -1
                    }
            else
                ValueNone

    let private common =
        [
            {
                Field = "description"
                Kind = StixLossKind.Approximated
                Reason = "of several sources' words those of the weightiest; 4,096 bytes of them at most"
            }
            {
                Field = "references"
                Kind = StixLossKind.Approximated
                Reason = "64 at most, of one source 16"
            }
            {
                Field = "last_seen"
                Kind = StixLossKind.Dropped
                Reason =
                    "an indicator has no last sighting, and an extension of ours would make a new version at every sighting"
            }
            {
                Field = "score"
                Kind = StixLossKind.Dropped
                Reason = "it falls with time; confidence carries the undecayed base"
            }
            {
                Field = "revision"
                Kind = StixLossKind.Dropped
                Reason = "modified orders the versions"
            }
            {
                Field = "created, modified, first_seen, valid_until"
                Kind = StixLossKind.Approximated
                Reason = "cut to milliseconds"
            }
        ]

    let private ofPort =
        {
            Field = "protocols"
            Kind = StixLossKind.Approximated
            Reason = "network-traffic requires them and an ip_port does not say; tcp is assumed"
        }

    let private ofReference =
        {
            Field = "first_seen, valid_until, indicator_types"
            Kind = StixLossKind.Dropped
            Reason = "a vulnerability or an entry of ATT&CK has no time in which it holds and no such types"
        }

    let private ofVersion =
        {
            Field = "value"
            Kind = StixLossKind.Approximated
            Reason = "the version T1 is left out; checkers take the 70 digits only"
        }

    let private ofRequest =
        {
            Field = "value"
            Kind = StixLossKind.Approximated
            Reason = "in the pattern only; an object of network traffic needs an address at one end"
        }

    let private notHeld =
        {
            Field = "value"
            Kind = StixLossKind.Dropped
            Reason = "STIX 2.1 has no property for it, so stix_bundle refuses it (CTI-RENDER-001)"
        }

    let private ofPortOnly = [ ofPort ]
    let private ofVersionOnly = [ ofVersion ]
    let private ofRequestOnly = [ ofRequest ]
    let private ofReferenceOnly = [ ofReference ]
    let private notHeldOnly = [ notHeld ]

    /// What an indicator loses because it is of this type.
    let ownLosses (observable: ObservableType) : StixLoss list =
        match observable with
        | ObservableType.IpPort -> ofPortOnly
        | ObservableType.Tlsh -> ofVersionOnly
        | ObservableType.UserAgent -> ofRequestOnly
        | ObservableType.Cve
        | ObservableType.AttackId -> ofReferenceOnly
        | ObservableType.Ja3
        | ObservableType.CryptoAddress -> notHeldOnly
        | _ -> []

    /// What an indicator of this type loses when it becomes STIX, field by field.
    let losses (observable: ObservableType) : StixLoss list = ownLosses observable @ common
