// What feeds call the types of observables: one table from their words to ours.
namespace Cti.Core

open System
open System.Collections.Frozen
open System.Collections.Generic
open System.Text

[<RequireQualifiedAccess>]
module TypeNames =
    let private fixedNames =
        [
            ObservableType.Ipv4, "ipv4 ip4 ipv4-addr ipv4_addr ipv4address ipv4_address ipv4-address"
            ObservableType.Ipv6, "ipv6 ip6 ipv6-addr ipv6_addr ipv6address ipv6_address ipv6-address"
            ObservableType.Cidr,
            "cidr netblock network subnet ip-range ip_range ipv4-cidr ipv6-cidr ipv4_cidr ipv6_cidr netmask"
            ObservableType.IpPort,
            "ip_port ip:port ip|port ipport ip-port ip-dst|port ip-src|port ipv4:port socket_address"
            ObservableType.Domain,
            "domain hostname host-name host_name fqdn host domain-name domain_name domainname dns dns-name"
            ObservableType.Url, "url uri link web-url url-address"
            ObservableType.Email,
            "email e-mail email-addr email_addr email-address email_address emailaddress email-src email-dst email-sender email-reply-to target-email mail envelope_from body_from "
            + "whois-registrant-email"
            ObservableType.Md5,
            "md5 md5_hash md5-hash filehash-md5 hash-md5 hash_md5 file:hashes.md5 file-md5 file_md5 file_hash_md5 filemd5"
            ObservableType.Sha1,
            "sha1 sha-1 sha1_hash sha1-hash filehash-sha1 hash-sha1 hash_sha1 file:hashes.sha-1 file-sha1 file_sha1 file_hash_sha1 filesha1"
            ObservableType.Sha256,
            "sha256 sha-256 sha256_hash sha256-hash filehash-sha256 hash-sha256 hash_sha256 file:hashes.sha-256 file-sha256 file_sha256 "
            + "file_hash_sha256 filesha256"
            ObservableType.Sha512,
            "sha512 sha-512 sha512_hash sha512-hash filehash-sha512 hash-sha512 hash_sha512 file:hashes.sha-512 file-sha512 file_sha512 "
            + "file_hash_sha512"
            ObservableType.Asn, "asn as as-number as_number autonomous-system autonomous_system autonomoussystem"
            ObservableType.Ssdeep, "ssdeep ssdeep_hash filehash-ssdeep file:hashes.ssdeep fuzzyhash fuzzy_hash"
            ObservableType.Tlsh, "tlsh tlsh_hash filehash-tlsh file:hashes.tlsh"
            ObservableType.FileName, "file_name filename file-name file:name email-attachment"
            ObservableType.FilePath,
            "file_path filepath file-path fullpath full_path path directory windows-path unix-path"
            ObservableType.Mutex, "mutex mutex_name mutex-name mutant"
            ObservableType.RegistryKey,
            "registry_key registry-key registrykey registry regkey reg_key windows-registry-key windows_registry_key"
            ObservableType.UserAgent, "user_agent user-agent useragent http-user-agent http_user_agent http-useragent"
            ObservableType.Ja3,
            "ja3 ja3_hash ja3-hash ja3-fingerprint ja3_fingerprint ja3-fingerprint-md5 ja3_fingerprint_md5"
            ObservableType.CertificateSha1,
            "certificate_sha1 certificate-sha1 cert_sha1 cert-sha1 x509-fingerprint-sha1 x509_fingerprint_sha1 "
            + "sslcertfingerprint sslcertificatefingerprint ssl_sha1 certificatethumbprint"
            ObservableType.CertificateSha256,
            "certificate_sha256 certificate-sha256 cert_sha256 cert-sha256 x509-fingerprint-sha256 x509_fingerprint_sha256"
            ObservableType.Mac, "mac mac-addr mac_addr mac-address mac_address macaddress"
            ObservableType.Cve, "cve cve_id cve-id cveid vulnerability"
            ObservableType.CryptoAddress,
            "crypto_address crypto-address cryptocurrency-wallet cryptocurrency_wallet cryptocurrency-address wallet wallet-address "
            + "bitcoin bitcoinaddress bitcoin_address bitcoin-address btc xmr monero dash eth ethereum ltc litecoin doge coin-address"
            ObservableType.AttackId,
            "attack_id attack-id attackid attack-pattern attack_pattern mitre_id mitre-id mitre_attack mitre-attack mitre_attack_id technique "
            + "technique_id technique-id"
            ObservableType.StixPattern, "stix_pattern stix-pattern stix2-pattern"
            ObservableType.YaraRule, "yara_rule yara-rule yara"
            ObservableType.SigmaRule, "sigma_rule sigma-rule sigma"
            ObservableType.SuricataRule, "suricata_rule suricata-rule suricata"
            ObservableType.SnortRule, "snort_rule snort-rule snort"
        ]

    /// Names that leave open which of several types is meant.
    let private openNames =
        "ip address ip-address ip_address ip-src ip-dst ipaddress hash filehash file_hash file-hash file stixfile host_or_ip indicator observable ioc"

    let private table: FrozenDictionary<string, TypeHint> =
        seq {
            for name in openNames.Split ' ' -> KeyValuePair(name, TypeHint.Auto)

            for kind, names in fixedNames do
                for name in names.Split ' ' -> KeyValuePair(name, TypeHint.Fixed kind)
        }
        |> fun pairs -> pairs.ToFrozenDictionary StringComparer.OrdinalIgnoreCase

    /// The type a feed's word stands for, in any case: `FQDN`, `ip-dst`, `FileHash-SHA256`. `ip` and `hash` leave it open.
    let tryFind (word: string) : TypeHint voption =
        match table.TryGetValue(word.Trim()) with
        | true, hint -> ValueSome hint
        | _ -> ValueNone

    /// The same for UTF-8 bytes.
    let tryFindUtf8 (word: ReadOnlySpan<byte>) : TypeHint voption =
        if word.Length > 64 then
            ValueNone
        else
            tryFind (Encoding.UTF8.GetString word)
