// What intelligence is about: observable types, their names in files and tables, and the friendly single-value Subject.
namespace Cti.Core

/// The types of observables carried so far. The numeric codes (see `ObservableType.code`) are stored: never renumber, only append.
[<Struct; RequireQualifiedAccess>]
type ObservableType =
    | Ipv4
    | Ipv6
    | Cidr
    | IpPort
    | Domain
    | Url
    | Email
    | Md5
    | Sha1
    | Sha256
    | Sha512
    | Asn
    | Ssdeep
    | Tlsh
    | FileName
    | FilePath
    | Mutex
    | RegistryKey
    | UserAgent
    | Ja3
    | CertificateSha1
    | CertificateSha256
    | Mac
    | Cve
    | CryptoAddress
    | AttackId
    /// What STIX calls a pattern: one or several expressions over objects.
    | StixPattern
    | YaraRule
    | SigmaRule
    | SuricataRule
    | SnortRule

[<RequireQualifiedAccess>]
module ObservableType =
    /// All types, in the order of their codes.
    let all =
        [|
            ObservableType.Ipv4
            ObservableType.Ipv6
            ObservableType.Cidr
            ObservableType.IpPort
            ObservableType.Domain
            ObservableType.Url
            ObservableType.Email
            ObservableType.Md5
            ObservableType.Sha1
            ObservableType.Sha256
            ObservableType.Sha512
            ObservableType.Asn
            ObservableType.Ssdeep
            ObservableType.Tlsh
            ObservableType.FileName
            ObservableType.FilePath
            ObservableType.Mutex
            ObservableType.RegistryKey
            ObservableType.UserAgent
            ObservableType.Ja3
            ObservableType.CertificateSha1
            ObservableType.CertificateSha256
            ObservableType.Mac
            ObservableType.Cve
            ObservableType.CryptoAddress
            ObservableType.AttackId
            ObservableType.StixPattern
            ObservableType.YaraRule
            ObservableType.SigmaRule
            ObservableType.SuricataRule
            ObservableType.SnortRule
        |]

    /// The stored code: 1 to 255.
    let code (observable: ObservableType) : byte =
        match observable with
        | ObservableType.Ipv4 -> 1uy
        | ObservableType.Ipv6 -> 2uy
        | ObservableType.Cidr -> 3uy
        | ObservableType.IpPort -> 4uy
        | ObservableType.Domain -> 5uy
        | ObservableType.Url -> 6uy
        | ObservableType.Email -> 7uy
        | ObservableType.Md5 -> 8uy
        | ObservableType.Sha1 -> 9uy
        | ObservableType.Sha256 -> 10uy
        | ObservableType.Sha512 -> 11uy
        | ObservableType.Asn -> 12uy
        | ObservableType.Ssdeep -> 13uy
        | ObservableType.Tlsh -> 14uy
        | ObservableType.FileName -> 15uy
        | ObservableType.FilePath -> 16uy
        | ObservableType.Mutex -> 17uy
        | ObservableType.RegistryKey -> 18uy
        | ObservableType.UserAgent -> 19uy
        | ObservableType.Ja3 -> 20uy
        | ObservableType.CertificateSha1 -> 21uy
        | ObservableType.CertificateSha256 -> 22uy
        | ObservableType.Mac -> 23uy
        | ObservableType.Cve -> 24uy
        | ObservableType.CryptoAddress -> 25uy
        | ObservableType.AttackId -> 26uy
        | ObservableType.StixPattern -> 27uy
        | ObservableType.YaraRule -> 28uy
        | ObservableType.SigmaRule -> 29uy
        | ObservableType.SuricataRule -> 30uy
        | ObservableType.SnortRule -> 31uy

    /// The inverse of `code`; a code that no version of the program wrote has no type.
    let tryOfCode (code: byte) : ObservableType voption =
        if code >= 1uy && int code <= all.Length then
            ValueSome all[int code - 1]
        else
            ValueNone

    /// The name used in YAML, tables, JSON and reports.
    let name (observable: ObservableType) =
        match observable with
        | ObservableType.Ipv4 -> "ipv4"
        | ObservableType.Ipv6 -> "ipv6"
        | ObservableType.Cidr -> "cidr"
        | ObservableType.IpPort -> "ip_port"
        | ObservableType.Domain -> "domain"
        | ObservableType.Url -> "url"
        | ObservableType.Email -> "email"
        | ObservableType.Md5 -> "md5"
        | ObservableType.Sha1 -> "sha1"
        | ObservableType.Sha256 -> "sha256"
        | ObservableType.Sha512 -> "sha512"
        | ObservableType.Asn -> "asn"
        | ObservableType.Ssdeep -> "ssdeep"
        | ObservableType.Tlsh -> "tlsh"
        | ObservableType.FileName -> "file_name"
        | ObservableType.FilePath -> "file_path"
        | ObservableType.Mutex -> "mutex"
        | ObservableType.RegistryKey -> "registry_key"
        | ObservableType.UserAgent -> "user_agent"
        | ObservableType.Ja3 -> "ja3"
        | ObservableType.CertificateSha1 -> "certificate_sha1"
        | ObservableType.CertificateSha256 -> "certificate_sha256"
        | ObservableType.Mac -> "mac"
        | ObservableType.Cve -> "cve"
        | ObservableType.CryptoAddress -> "crypto_address"
        | ObservableType.AttackId -> "attack_id"
        | ObservableType.StixPattern -> "stix_pattern"
        | ObservableType.YaraRule -> "yara_rule"
        | ObservableType.SigmaRule -> "sigma_rule"
        | ObservableType.SuricataRule -> "suricata_rule"
        | ObservableType.SnortRule -> "snort_rule"

    /// Whether its values are patterns or rules: text in a language of detection, over several lines as a rule.
    let isPattern (observable: ObservableType) : bool =
        match observable with
        | ObservableType.StixPattern
        | ObservableType.YaraRule
        | ObservableType.SigmaRule
        | ObservableType.SuricataRule
        | ObservableType.SnortRule -> true
        | _ -> false

    /// The inverse of `name`; ordinal, lower case only.
    let tryParse (text: string) : ObservableType voption =
        match all |> Array.tryFind (fun observable -> name observable = text) with
        | Some observable -> ValueSome observable
        | None -> ValueNone

/// What intelligence is about: an observable or a pattern, in canonical form.
type Subject =
    {
        Type: ObservableType
        /// Canonical text (see docs/observables.md); never defanged.
        Value: string
    }
