// Values that `cti probe` sends through a sink: reserved for documentation by their registries, or plainly ours, so that nobody's traffic ever meets one.
namespace Cti.Core

[<RequireQualifiedAccess>]
module ProbeValue =
    /// The value of a type, in canonical form; none for types of which no value is nobody's: wallets, entries of ATT&CK, patterns and rules, fuzzy hashes.
    /// Hashes are those of the text `cti probe: reserved for documentation` and a line end.
    let ofType (observable: ObservableType) : string voption =
        match observable with
        // RFC 5737, section 3.
        | ObservableType.Ipv4 -> ValueSome "192.0.2.77"
        | ObservableType.Cidr -> ValueSome "198.51.100.64/26"
        | ObservableType.IpPort -> ValueSome "192.0.2.77:4477"
        // RFC 3849.
        | ObservableType.Ipv6 -> ValueSome "2001:db8::77"
        // RFC 2606, section 2, and RFC 6761, section 6.5.
        | ObservableType.Domain -> ValueSome "probe.example"
        | ObservableType.Url -> ValueSome "http://probe.example/cti"
        | ObservableType.Email -> ValueSome "cti@probe.example"
        // RFC 5398, section 4.
        | ObservableType.Asn -> ValueSome "AS64496"
        // RFC 9542, section 2.1.2.
        | ObservableType.Mac -> ValueSome "00:00:5e:00:53:77"
        | ObservableType.Md5
        | ObservableType.Ja3 -> ValueSome "9d7a1734a6816a3683cfdb332fec490f"
        | ObservableType.Sha1
        | ObservableType.CertificateSha1 -> ValueSome "03d6e60406deeebee08acf1ea40c4120d7a1452f"
        | ObservableType.Sha256
        | ObservableType.CertificateSha256 ->
            ValueSome "cbc01385ef9ac92ee8428e6899bb10555f2f46ac1b19393b02e29db6041d6023"
        | ObservableType.Sha512 ->
            ValueSome(
                "ab766199c947dc424da64929ca5c7db09e4036258ff9ae9f1d677e313d43ac38"
                + "62c9d614f04c5d168044cd9117c2f33425e9d446357b1cf09b8f81f33ffea97d"
            )
        | ObservableType.FileName -> ValueSome "cti-probe.example"
        | ObservableType.FilePath -> ValueSome "/nonexistent/cti-probe.example"
        | ObservableType.Mutex -> ValueSome "cti-probe.example"
        | ObservableType.RegistryKey -> ValueSome "HKEY_LOCAL_MACHINE\\SOFTWARE\\cti-probe.example"
        | ObservableType.UserAgent -> ValueSome "cti-probe.example/1.0"
        // No such year: CVE begins with 1999, and this number is given to nobody.
        | ObservableType.Cve -> ValueSome "CVE-1999-0000"
        | ObservableType.Ssdeep
        | ObservableType.Tlsh
        | ObservableType.CryptoAddress
        | ObservableType.AttackId
        | ObservableType.StixPattern
        | ObservableType.YaraRule
        | ObservableType.SigmaRule
        | ObservableType.SuricataRule
        | ObservableType.SnortRule -> ValueNone
