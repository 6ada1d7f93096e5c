// MISP's attribute types (MISP core format, section on attributes) and the observables in their values. Knows types, not events.
namespace Cti.Core

open System
open System.Text

/// What one part of a value is; composite values have several, parted by `|`.
[<Struct; RequireQualifiedAccess>]
type internal MispPart =
    | Observable of ObservableType
    /// IPv4, IPv6 or a block, by its form.
    | Address
    /// A name, or an address where one stands in its place.
    | Host
    /// A bare name, or a path where there are separators in it.
    | File
    /// An address on the web with its scheme; a bare path is context.
    | WebAddress
    /// A CVE's name; names of other catalogues are context.
    | Catalogue
    /// A port, which makes `ip_port` with the address before it; behind a name there is no place for it.
    | Port
    /// There is no place for it.
    | Other

/// What an attribute of a type is.
[<RequireQualifiedAccess>]
type internal MispForm =
    /// One part for each of the value's parts; the value of a type with one part is never parted.
    | Parts of MispPart[]
    /// A rule or pattern: its text is the value.
    | Pattern of ObservableType
    /// The address of a page that says more: a reference, unless it is marked for detection.
    | Link
    /// Said about the event, no observable: kept word for word.
    | Context
    /// No type of MISP that is known here: kept word for word.
    | Unknown

[<RequireQualifiedAccess>]
module internal MispTypes =
    let private one part = MispForm.Parts [| part |]
    let private of' observable = one (MispPart.Observable observable)

    let private fileAnd part =
        MispForm.Parts [| MispPart.File; part |]

    let private observable = MispPart.Observable

    // Hashes there is a place for, by the names MISP gives them.
    let private hashes =
        [
            "md5", observable ObservableType.Md5
            "sha1", observable ObservableType.Sha1
            "sha256", observable ObservableType.Sha256
            "sha512", observable ObservableType.Sha512
            "ssdeep", observable ObservableType.Ssdeep
            "tlsh", observable ObservableType.Tlsh
        ]

    let private otherHashes =
        [
            "authentihash"
            "cdhash"
            "impfuzzy"
            "imphash"
            "pehash"
            "sha224"
            "sha384"
            "sha512/224"
            "sha512/256"
            "sha3-224"
            "sha3-256"
            "sha3-384"
            "sha3-512"
            "telfhash"
            "vhash"
        ]

    let private context =
        [
            "anonymised"
            "attachment"
            "azure-application-id"
            "bank-account-nr"
            "bic"
            "bin"
            "boolean"
            "bro"
            "campaign-id"
            "campaign-name"
            "cc-number"
            "chrome-extension-id"
            "comment"
            "community-id"
            "cookie"
            "counter"
            "country-of-residence"
            "cpe"
            "datetime"
            "date-of-birth"
            "dkim"
            "dkim-signature"
            "dns-soa-email"
            "email-attachment"
            "email-body"
            "email-dst-display-name"
            "email-header"
            "email-message-id"
            "email-mime-boundary"
            "email-reply-to"
            "email-src-display-name"
            "email-subject"
            "email-thread-index"
            "email-x-mailer"
            "eppn"
            "favicon-mmh3"
            "filename-pattern"
            "first-name"
            "float"
            "frequent-flyer-number"
            "full-name"
            "gender"
            "gene"
            "git-commit-id"
            "github-organisation"
            "github-repository"
            "github-username"
            "hassh-md5"
            "hasshserver-md5"
            "hex"
            "http-method"
            "iban"
            "identity-card-number"
            "integer"
            "issue-date-of-the-visa"
            "ja3s-fingerprint-md5"
            "jabber-id"
            "jarm-fingerprint"
            "kusto-query"
            "last-name"
            "mac-eui-64"
            "middle-name"
            "mime-type"
            "mobile-application-id"
            "named pipe"
            "nationality"
            "onion-address"
            "other"
            "passenger-name-record-locator-number"
            "passport-country"
            "passport-expiration"
            "passport-number"
            "pattern-filename"
            "pattern-in-file"
            "pattern-in-memory"
            "pattern-in-traffic"
            "payment-details"
            "pdb"
            "pgp-private-key"
            "pgp-public-key"
            "phone-number"
            "place-of-birth"
            "place-port-of-clearance"
            "place-port-of-onward-foreign-destination"
            "place-port-of-original-embarkation"
            "port"
            "primary-residence"
            "process-state"
            "prtn"
            "redress-number"
            "size-in-bytes"
            "special-service-request"
            "ssh-fingerprint"
            "stix2-pattern-id"
            "target-email"
            "target-external"
            "target-location"
            "target-machine"
            "target-org"
            "target-user"
            "text"
            "threat-actor"
            "travel-details"
            "twitter-id"
            "visa-number"
            "weakness"
            "whois-creation-date"
            "whois-registrant-email"
            "whois-registrant-name"
            "whois-registrant-org"
            "whois-registrant-phone"
            "whois-registrar"
            "windows-scheduled-task"
            "windows-service-displayname"
            "windows-service-name"
            "x509-fingerprint-md5"
            "zeek"
        ]

    let private all: (string * MispForm) list =
        [
            "ip-src", one MispPart.Address
            "ip-dst", one MispPart.Address
            "ip-src|port", MispForm.Parts [| MispPart.Address; MispPart.Port |]
            "ip-dst|port", MispForm.Parts [| MispPart.Address; MispPart.Port |]
            "domain", one MispPart.Host
            "hostname", one MispPart.Host
            "hostname|port", MispForm.Parts [| MispPart.Host; MispPart.Port |]
            "domain|ip", MispForm.Parts [| MispPart.Host; MispPart.Address |]
            "url", of' ObservableType.Url
            "uri", one MispPart.WebAddress
            "link", MispForm.Link
            "email", of' ObservableType.Email
            "email-src", of' ObservableType.Email
            "email-dst", of' ObservableType.Email
            "filename", one MispPart.File
            "malware-sample", fileAnd (observable ObservableType.Md5)
            "regkey", of' ObservableType.RegistryKey
            "regkey|value", MispForm.Parts [| observable ObservableType.RegistryKey; MispPart.Other |]
            "mutex", of' ObservableType.Mutex
            "user-agent", of' ObservableType.UserAgent
            "ja3-fingerprint-md5", of' ObservableType.Ja3
            "x509-fingerprint-sha1", of' ObservableType.CertificateSha1
            "x509-fingerprint-sha256", of' ObservableType.CertificateSha256
            "mac-address", of' ObservableType.Mac
            "AS", of' ObservableType.Asn
            "vulnerability", one MispPart.Catalogue
            "btc", of' ObservableType.CryptoAddress
            "xmr", of' ObservableType.CryptoAddress
            "dash", of' ObservableType.CryptoAddress
            "yara", MispForm.Pattern ObservableType.YaraRule
            "sigma", MispForm.Pattern ObservableType.SigmaRule
            "snort", MispForm.Pattern ObservableType.SnortRule
            "stix2-pattern", MispForm.Pattern ObservableType.StixPattern

            for name, part in hashes do
                name, one part
                "filename|" + name, fileAnd part

            for name in otherHashes do
                name, MispForm.Context
                "filename|" + name, fileAnd MispPart.Other

            for name in context do
                name, MispForm.Context
        ]

    let private names =
        all |> List.map (fun (name, _) -> Encoding.UTF8.GetBytes name) |> List.toArray

    let private forms = all |> List.map snd |> List.toArray

    // Types by the length of their names: a handful each.
    let private byLength =
        Array.init 64 (fun length ->
            names
            |> Array.indexed
            |> Array.filter (fun (_, name) -> name.Length = length)
            |> Array.map fst)

    /// What an attribute of this type is; names as MISP writes them, in their case.
    let form (name: ReadOnlySpan<byte>) : MispForm =
        if name.Length >= byLength.Length then
            MispForm.Unknown
        else
            let places = byLength[name.Length]
            let mutable at = places.Length - 1

            while at >= 0 && not (name.SequenceEqual(ReadOnlySpan<byte> names[places[at]])) do
                at <- at - 1

            if at < 0 then MispForm.Unknown else forms[places[at]]

    /// Every type that is known, with what it is.
    let known: (string * MispForm) list = all

    let private isDigit (value: byte) = value >= '0'B && value <= '9'B

    let private doubleColon = "::"B
    let private schemeEnd = "://"B
    let private cve = "CVE-"B

    let private digitsAndDots =
        Buffers.SearchValues.Create(ReadOnlySpan<byte> ".0123456789/[]"B)

    /// The type of what should be an IP address or a block. What it is not, the address's own rules say later.
    let addressType (value: ReadOnlySpan<byte>) : ObservableType =
        if value.Contains '/'B then
            ObservableType.Cidr
        else
            match value.IndexOf ':'B with
            | -1 -> ObservableType.Ipv4
            | at when value.Slice(at + 1).IndexOf ':'B < 0 && value.Slice(0, at).Contains '.'B -> ObservableType.IpPort
            | _ -> ObservableType.Ipv6

    /// The type of what should be a name.
    let hostType (value: ReadOnlySpan<byte>) : ObservableType =
        let isAddress =
            value.Length > 0
            && isDigit value[value.Length - 1]
            && value.IndexOfAnyExcept digitsAndDots < 0

        if isAddress then
            addressType value
        elif value.IndexOf(ReadOnlySpan<byte> doubleColon) >= 0 then
            ObservableType.Ipv6
        else
            ObservableType.Domain

    /// The type of what names a file.
    let fileType (value: ReadOnlySpan<byte>) : ObservableType =
        if value.Contains '\\'B || value.Contains '/'B then
            ObservableType.FilePath
        else
            ObservableType.FileName

    /// Whether an address begins with the scheme of the web, defanged or not.
    let isWebAddress (value: ReadOnlySpan<byte>) : bool =
        value.Length > 4
        && (value[0] ||| 0x20uy) = 'h'B
        && value.IndexOf(ReadOnlySpan<byte> schemeEnd) > 0

    /// Whether a catalogue's entry is a CVE's.
    let isCve (value: ReadOnlySpan<byte>) : bool =
        let value = value.Trim ' 'B

        value.Length > cve.Length
        && Ascii.EqualsIgnoreCase(value.Slice(0, cve.Length), ReadOnlySpan<byte> cve)
