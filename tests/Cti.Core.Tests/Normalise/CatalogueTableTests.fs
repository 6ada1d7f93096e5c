// Tables: what is taken and how it is printed, what is refused with which code. Numbers, fuzzy hashes, fingerprints, catalogues.
module Cti.Core.Tests.Normalise.CatalogueTableTests

open Cti.Core
open Cti.Core.Tests.Normalise.NormaliseTableTests
open Xunit

let private fixedRefusals (observable: ObservableType) rows =
    refusals (TypeHint.Fixed observable) rows

let private all (error: NormaliseError) (values: string list) =
    values |> List.map (fun value -> value, error)

let private hex (digits: int) = String.replicate (digits / 2) "aB"
let private lowerHex (digits: int) = String.replicate (digits / 2) "ab"

[<Fact>]
let ``asn is AS and the number, whatever stands between, asdot too`` () =
    let recognised =
        [
            "AS64496", "AS64496"
            "ASN64496", "AS64496"
            " AS64496\t", "AS64496"
            "AS4294967295", "AS4294967295"
            "AS1.10", "AS65546"
        ]

    tableAuto recognised ObservableType.Asn
    table recognised ObservableType.Asn

    table
        [
            "as 64496", "AS64496"
            "asn: 64496", "AS64496"
            "AS#64496", "AS64496"
            "AS-64496", "AS64496"
            "64496", "AS64496"
            "AS0064496", "AS64496"
            "1.10", "AS65546"
            "as65535.65535", "AS4294967295"
        ]
        ObservableType.Asn

    fixedRefusals
        ObservableType.Asn
        (all
            NormaliseError.AsnMalformed
            [
                "AS"
                "AS0"
                "0"
                "AS4294967296"
                "AS99999999999"
                "AS1.65536"
                "AS65536.0"
                "AS1.2.3"
                "AS-"
                "AS64496 Example Ltd"
                "-1"
                "64,496"
            ])

    rejects TypeHint.Auto "as64496" NormaliseError.Unrecognised
    rejects TypeHint.Auto "AS" NormaliseError.Unrecognised

[<Fact>]
let ``ssdeep keeps its case and loses the file's name`` () =
    let hash = "48:6DhamfhRd4tvDo4Xbgj/aarU3LT88VM+MX8i02:m+5DoAbgfU88Spi0oANbsg"

    let rows =
        [
            hash, hash
            hash + ",\"/tmp/a,b.exe\"", hash
            "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C", "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"
        ]

    table rows ObservableType.Ssdeep
    tableAuto rows ObservableType.Ssdeep
    table [ "3::", "3::"; "12:ab:", "12:ab:" ] ObservableType.Ssdeep
    accepts TypeHint.Auto "3::" ObservableType.Ipv6 "3::"

    fixedRefusals
        ObservableType.Ssdeep
        (all
            NormaliseError.SsdeepMalformed
            [
                "5:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"
                "0:a:b"
                "03:a:b"
                "x:a:b"
                "3:a"
                "3:a:b:c"
                "3:a b:c"
                "3:" + String.replicate 65 "a" + ":b"
                lowerHex 32
            ])

[<Fact>]
let ``tlsh is T1 and 70 digits in upper case`` () =
    let canonical = "T1" + String.replicate 35 "AB"
    let recognised = [ "T1" + hex 70, canonical ]
    tableAuto recognised ObservableType.Tlsh
    table (recognised @ [ hex 70, canonical; "t1" + lowerHex 70, canonical ]) ObservableType.Tlsh

    fixedRefusals
        ObservableType.Tlsh
        (all
            NormaliseError.TlshMalformed
            [
                "TNULL"
                hex 68
                "T2" + hex 70
                "T1" + hex 72
                "T1" + String.replicate 70 "g"
            ])

[<Fact>]
let ``ja3 is an MD5 that only its type tells from a file's`` () =
    table [ hex 32, lowerHex 32 ] ObservableType.Ja3
    accepts TypeHint.Auto (hex 32) ObservableType.Md5 (lowerHex 32)

    fixedRefusals
        ObservableType.Ja3
        [
            "771,4865-4866,0-23,29-23,0", NormaliseError.HashLength
            String.replicate 32 "g", NormaliseError.HashCharacter
        ]

[<Fact>]
let ``certificate fingerprints lose labels, colons and blanks`` () =
    for observable, digits, label in
        [
            ObservableType.CertificateSha1, 40, "SHA1 Fingerprint="
            ObservableType.CertificateSha256, 64, "sha256 Fingerprint="
        ] do
        let colons = String.concat ":" (List.replicate (digits / 2) "AB")
        let canonical = lowerHex digits

        table
            [
                hex digits, canonical
                colons, canonical
                colons.Replace(':', ' '), canonical
                colons.Replace(':', '-'), canonical
                label + colons, canonical
                colons.Replace(":", "[:]"), canonical
            ]
            observable

        fixedRefusals
            observable
            [
                colons + ":AB", NormaliseError.HashLength
                hex (digits - 2), NormaliseError.HashLength
                hex digits + "h", NormaliseError.HashCharacter
                "=", NormaliseError.HashLength
            ]

[<Fact>]
let ``mac is six octets in lower case with colons`` () =
    let recognised =
        [
            "00:00:5E:00:53:01", "00:00:5e:00:53:01"
            "00-00-5E-00-53-01", "00:00:5e:00:53:01"
            "00[:]00[:]5e[:]00[:]53[:]01", "00:00:5e:00:53:01"
        ]

    tableAuto recognised ObservableType.Mac
    table recognised ObservableType.Mac

    table
        [
            "0000.5e00.5301", "00:00:5e:00:53:01"
            "0000-5E00-5301", "00:00:5e:00:53:01"
            "00005E005301", "00:00:5e:00:53:01"
            "0:0:5e:0:53:1", "00:00:5e:00:53:01"
        ]
        ObservableType.Mac

    accepts TypeHint.Auto "0000.5e00.aabb" ObservableType.Domain "0000.5e00.aabb"

    fixedRefusals
        ObservableType.Mac
        (all
            NormaliseError.MacMalformed
            [
                "00:00:5e:00:53"
                "00:00:5e:00:53:01:02"
                "00:00:5e:00:53:0g"
                "00:00-5e:00:53:01"
                "0000.5e00-5301"
                "00005e00530"
                "000:0:5e:00:53:01"
                ":0:5e:00:53:01:"
            ])

[<Fact>]
let ``cve is upper case with hyphens`` () =
    let recognised =
        [
            "CVE-2021-44228", "CVE-2021-44228"
            "cve-2021-44228", "CVE-2021-44228"
            "CVE 2021 44228", "CVE-2021-44228"
            "CVE\u20112021\u201144228", "CVE-2021-44228"
            "CVE\u20132021\u201344228", "CVE-2021-44228"
            "CVE_2021_0001", "CVE-2021-0001"
            "CVE-1999-0001", "CVE-1999-0001"
            "CVE-2024-1234567", "CVE-2024-1234567"
        ]

    tableAuto recognised ObservableType.Cve
    table (recognised @ [ "2021-44228", "CVE-2021-44228" ]) ObservableType.Cve

    fixedRefusals
        ObservableType.Cve
        (all
            NormaliseError.CveMalformed
            [
                "CVE-1998-0001"
                "CVE-2021-123"
                "CVE-2021-012345"
                "CVE-21-44228"
                "CVE2021-44228"
                "CVE-202144228"
                "CVE-2021-44228x"
                "CVE-2021-"
                "CVE-2021-44228, CVE-2021-45046"
                "CAN-2001-0001"
                "CVE"
                "CVE-2021-99999999999999999999"
            ])

[<Fact>]
let ``attack_id is upper case with a dot before the sub-technique`` () =
    let recognised =
        [
            "T1059", "T1059"
            "T1059.001", "T1059.001"
            "T1059[.]001", "T1059.001"
            "T1059/001", "T1059.001"
            "TA0001", "TA0001"
        ]

    tableAuto recognised ObservableType.AttackId

    table
        (recognised
         @ [
             "t1059.001", "T1059.001"
             "ta0001", "TA0001"
             "S0001", "S0001"
             "g0001", "G0001"
             "M1001", "M1001"
             "C0001", "C0001"
             "DS0001", "DS0001"
         ])
        ObservableType.AttackId

    fixedRefusals
        ObservableType.AttackId
        (all
            NormaliseError.AttackIdMalformed
            [
                "T105"
                "T10591"
                "T1059."
                "T1059.01"
                "T1059.0011"
                "S0001.001"
                "X0001"
                "1059"
                "T"
                "T1059 Command and Scripting Interpreter"
            ])

    rejects TypeHint.Auto "S0001" NormaliseError.Unrecognised
    rejects TypeHint.Auto "t1059" NormaliseError.Unrecognised
