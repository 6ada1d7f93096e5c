// Lists of the rarer types: what a list names decides how its entries are read.
module Cti.Core.Tests.Screen.RareScreenTests

open Cti.Core
open Cti.Core.Tests.Screen.ScreenTests
open Xunit

[<Fact>]
let ``a list that names rarer types means its entries as values of those`` () =
    let typed (attribute: string) (observable: ObservableType) (entry: string) (value: string) =
        let set = setOf [ listOf "string" [ attribute ] [ entry ] ]
        let hit = set.Match { Type = observable; Value = value }
        Assert.True((hit.Reason = ScreenReason.Warninglist), attribute)
        Assert.Equal(entry, set.EntryText hit)
        Assert.Equal(0, set.UnusedEntries)

    for attribute, observable, entry, value in
        [
            "AS", ObservableType.Asn, "64496", "AS64496"
            "ssdeep", ObservableType.Ssdeep, "3::", "3::"
            "tlsh", ObservableType.Tlsh, String.replicate 70 "a", "T1" + String.replicate 70 "A"
            "filename", ObservableType.FileName, "setup.exe", "setup.exe"
            "filename", ObservableType.FilePath, "/bin/sh", "/bin/sh"
            "mutex", ObservableType.Mutex, "evil.example", "evil.example"
            "regkey", ObservableType.RegistryKey, "HKCU\\Software", "HKEY_CURRENT_USER\\Software"
            "user-agent", ObservableType.UserAgent, "curl/8.0", "curl/8.0"
            "ja3-fingerprint-md5", ObservableType.Ja3, md5.ToUpperInvariant(), md5
            "x509-fingerprint-sha1", ObservableType.CertificateSha1, String.replicate 20 "AA ", String.replicate 40 "a"
            "x509-fingerprint-sha256",
            ObservableType.CertificateSha256,
            String.replicate 64 "A",
            String.replicate 64 "a"
            "mac-address", ObservableType.Mac, "00005E005301", "00:00:5e:00:53:01"
            "vulnerability", ObservableType.Cve, "cve-2021-44228", "CVE-2021-44228"
            "btc",
            ObservableType.CryptoAddress,
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
        ] do
        typed attribute observable entry value

    let mixed = setOf [ listOf "string" [ "filename"; "domain" ] [ "setup.example" ] ]

    for observable in [ ObservableType.FileName; ObservableType.Domain ] do
        let hit =
            mixed.Match
                {
                    Type = observable
                    Value = "setup.example"
                }

        Assert.True((hit.Reason = ScreenReason.Warninglist))

[<Fact>]
let ``an allow-list takes the rarer types that can be recognised`` () =
    let set = setOf [ allowOf "CVE-2021-44228\nC:\\Windows\\explorer.exe # ours\n" ]
    hits set "cve-2021-44228" "CVE-2021-44228"
    hits set "c:\\Windows\\explorer.exe" "C:\\Windows\\explorer.exe"

[<Fact>]
let ``expressions see the characters of a name, not its bytes`` () =
    let set = setOf [ listOf "regex" [ "filename" ] [ "^r.sum.\\.exe$" ] ]

    let matches (value: string) =
        set.Match(
            {
                Type = ObservableType.FileName
                Value = value
            }
        )

    Assert.Equal(ScreenReason.Warninglist, (matches "résumé.exe").Reason)
    Assert.Equal(ScreenReason.None, (matches "resume.exe2").Reason)
