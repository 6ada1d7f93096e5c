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
            ObservableType.Ipv4, "ipv4 ip4 ipv4-addr ipv4address"
            ObservableType.Ipv6, "ipv6 ip6 ipv6-addr ipv6address"
            ObservableType.Cidr, "cidr netblock network subnet ip-range ipv4-cidr ipv6-cidr"
            ObservableType.IpPort, "ip_port ip:port ipport ip-port ip-dst|port ip-src|port ipv4:port"
            ObservableType.Domain, "domain hostname fqdn host domain-name domain_name dns"
            ObservableType.Url, "url uri link"
            ObservableType.Email, "email e-mail email-addr email-address email-src email-dst mail"
            ObservableType.Md5, "md5 md5_hash filehash-md5 hash-md5 file:hashes.md5"
            ObservableType.Sha1, "sha1 sha-1 sha1_hash filehash-sha1 hash-sha1"
            ObservableType.Sha256, "sha256 sha-256 sha256_hash filehash-sha256 hash-sha256"
            ObservableType.Sha512, "sha512 sha-512 sha512_hash filehash-sha512 hash-sha512"
        ]

    /// Names that leave open which of several types is meant.
    let private openNames =
        "ip address ip-address ip_address ip-src ip-dst ipaddress hash filehash file_hash file-hash host_or_ip indicator"

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
