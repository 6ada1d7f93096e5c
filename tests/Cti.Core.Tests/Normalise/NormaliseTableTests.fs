// Tables: what is taken and how it is printed, what is refused with which code. Addresses, hashes and the codes themselves.
module Cti.Core.Tests.Normalise.NormaliseTableTests

open Cti.Core
open Xunit

let private fixedTo name =
    match ObservableType.tryParse name with
    | ValueSome observable -> TypeHint.Fixed observable
    | ValueNone -> TypeHint.Auto

let accepts (hint: TypeHint) (written: string) (observable: ObservableType) (canonical: string) =
    match Normalise.tryParse hint written with
    | Ok subject ->
        Assert.Equal(canonical, subject.Value)
        Assert.Equal(observable, subject.Type)
    | Error error -> Assert.Fail $"%s{written}: %s{NormaliseError.code error} %A{error}, expected %s{canonical}"

let rejects (hint: TypeHint) (written: string) (expected: NormaliseError) =
    match Normalise.tryParse hint written with
    | Ok subject -> Assert.Fail $"%s{written}: %A{subject.Type} %s{subject.Value}, expected %A{expected}"
    | Error error ->
        if error <> expected then
            Assert.Fail $"%s{written}: %A{error}, expected %A{expected}"

let table (rows: (string * string) list) (observable: ObservableType) =
    for written, canonical in rows do
        accepts (TypeHint.Fixed observable) written observable canonical

let tableAuto (rows: (string * string) list) (observable: ObservableType) =
    for written, canonical in rows do
        accepts TypeHint.Auto written observable canonical

let refusals (hint: TypeHint) (rows: (string * NormaliseError) list) =
    for written, error in rows do
        rejects hint written error

[<Fact>]
let ``codes are distinct and stable, and every error has a message`` () =
    let codes = NormaliseError.all |> Array.map NormaliseError.code
    Assert.Equal(codes.Length, (Array.distinct codes).Length)
    Assert.Equal("", NormaliseError.code NormaliseError.None)

    for index in 1 .. codes.Length - 1 do
        Assert.Equal($"CTI-NORM-%03d{index}", codes[index])
        Assert.NotEqual<string>("", NormaliseError.message NormaliseError.all[index])

[<Fact>]
let ``ipv4 takes dotted decimal only`` () =
    let rows =
        [
            "192.0.2.1", "192.0.2.1"
            " 192.0.2.1\r\n", "192.0.2.1"
            "\ufeff192.0.2.1\u200b", "192.0.2.1"
            "\u00a0192.0.2.1\u00a0", "192.0.2.1"
            "192[.]0[.]2[.]1", "192.0.2.1"
            "192(.)0{.}2\\.1", "192.0.2.1"
            "192[.0[.2[.1", "192.0.2.1"
            "192.]0.]2.]1", "192.0.2.1"
            "192[dot]0(dot)2[DOT]1", "192.0.2.1"
            "0.0.0.0", "0.0.0.0"
            "255.255.255.255", "255.255.255.255"
        ]

    table rows ObservableType.Ipv4
    tableAuto rows ObservableType.Ipv4

    let refused =
        [
            "010.1.1.1", NormaliseError.Ipv4LeadingZero
            "010.020.030.040", NormaliseError.Ipv4LeadingZero
            "1.2.3.00", NormaliseError.Ipv4LeadingZero
            "0x7f.1", NormaliseError.Ipv4Form
            "0x7f.0.0.1", NormaliseError.Ipv4Form
            "2130706433", NormaliseError.Ipv4Form
            "127.1", NormaliseError.Ipv4Form
            "1.2.3", NormaliseError.Ipv4Form
            "1.2.3.256", NormaliseError.InvalidIpv4
            "1.2.3.4.5", NormaliseError.InvalidIpv4
            "1.2.3.1000000000000000000000", NormaliseError.InvalidIpv4
            "1..3.4", NormaliseError.InvalidIpv4
            "1.2.3.4\u0000", NormaliseError.ControlCharacter
            "", NormaliseError.Empty
            " \t\u200b", NormaliseError.Empty
        ]

    refusals (TypeHint.Fixed ObservableType.Ipv4) refused

    refusals
        (TypeHint.Fixed ObservableType.Ipv4)
        [ "1.2.3.4:80", NormaliseError.InvalidIpv4; "a.b", NormaliseError.InvalidIpv4 ]

    refusals
        TypeHint.Auto
        (refused
         |> List.filter (fun (written, _) -> not (written.StartsWith("1..", System.StringComparison.Ordinal))))

[<Fact>]
let ``ipv6 is printed as RFC 5952 says`` () =
    let rows =
        [
            "2001:DB8::1", "2001:db8::1"
            "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"
            "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"
            "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"
            "2001:db8::0:1", "2001:db8::1"
            "::", "::"
            "::1", "::1"
            "1::", "1::"
            "0:0:0:0:0:0:0:0", "::"
            "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"
            "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"
            "::ffff:192.0.2.1", "::ffff:192.0.2.1"
            "::FFFF:c000:0201", "::ffff:192.0.2.1"
            "64:ff9b::192.0.2.33", "64:ff9b::c000:221"
            "[2001:db8::1]", "2001:db8::1"
            "2001[:]db8[:]0:0:0:0:0:1", "2001:db8::1"
        ]

    table rows ObservableType.Ipv6
    tableAuto rows ObservableType.Ipv6

    refusals
        (TypeHint.Fixed ObservableType.Ipv6)
        [
            "fe80::1%eth0", NormaliseError.ZoneId
            "[fe80::1%25eth0]", NormaliseError.ZoneId
            "::ffff:192.0.2.1%1", NormaliseError.ZoneId
            "1:2:3:4:5:6:7", NormaliseError.InvalidIpv6
            "1:2:3:4:5:6:7:8:9", NormaliseError.InvalidIpv6
            "1::2::3", NormaliseError.InvalidIpv6
            ":1:2:3:4:5:6:7:8", NormaliseError.InvalidIpv6
            "1:2:3:4:5:6:7:8:", NormaliseError.InvalidIpv6
            "1:2:3:4:5:6:7::8", NormaliseError.InvalidIpv6
            ":::", NormaliseError.InvalidIpv6
            "12345::", NormaliseError.InvalidIpv6
            "::g", NormaliseError.InvalidIpv6
            "::1.2.3", NormaliseError.Ipv4Form
            "1:2:3:4:5:6:7:1.2.3.4", NormaliseError.InvalidIpv6
            "192.0.2.1", NormaliseError.InvalidIpv6
            ":", NormaliseError.InvalidIpv6
        ]

    rejects TypeHint.Auto "fe80::1%eth0" NormaliseError.ZoneId

[<Fact>]
let ``cidr clears host bits, and a block of one address is the address when the type is open`` () =
    let rows =
        [
            "192.0.2.0/24", "192.0.2.0/24"
            "192.0.2.77/24", "192.0.2.0/24"
            "192[.]0[.]2[.]0/24", "192.0.2.0/24"
            "255.255.255.255/0", "0.0.0.0/0"
            "2001:db8:ffff::1/32", "2001:db8::/32"
            "2001:DB8::1/127", "2001:db8::/127"
            "[2001:db8::]/64", "2001:db8::/64"
            "ffff::/0", "::/0"
            "1:2:3:4:5:6:7:8/65", "1:2:3:4::/65"
        ]

    table rows ObservableType.Cidr
    tableAuto rows ObservableType.Cidr

    table
        [
            "192.0.2.1/32", "192.0.2.1/32"
            "192.0.2.1", "192.0.2.1/32"
            "2001:db8::1", "2001:db8::1/128"
        ]
        ObservableType.Cidr

    accepts TypeHint.Auto "192.0.2.1/32" ObservableType.Ipv4 "192.0.2.1"
    accepts TypeHint.Auto "2001:db8::1/128" ObservableType.Ipv6 "2001:db8::1"

    let refused =
        [
            "192.0.2.0/33", NormaliseError.InvalidPrefix
            "192.0.2.0/024", NormaliseError.InvalidPrefix
            "2001:db8::/129", NormaliseError.InvalidPrefix
            "010.0.0.0/8", NormaliseError.Ipv4LeadingZero
        ]

    refusals TypeHint.Auto refused
    refusals (TypeHint.Fixed ObservableType.Cidr) refused

    refusals
        (TypeHint.Fixed ObservableType.Cidr)
        [
            "192.0.2.0/", NormaliseError.InvalidPrefix
            "192.0.2.0/-1", NormaliseError.InvalidPrefix
            "192.0.2.0/255.255.255.0", NormaliseError.InvalidPrefix
            "evil.example/24", NormaliseError.InvalidIpv4
        ]

[<Fact>]
let ``ip_port takes an address with a port from 1 to 65535`` () =
    let rows =
        [
            "192.0.2.1:443", "192.0.2.1:443"
            "192[.]0.2.1[:]443", "192.0.2.1:443"
            "192.0.2.1:0443", "192.0.2.1:443"
            "192.0.2.1:65535", "192.0.2.1:65535"
            "[2001:DB8::1]:443", "[2001:db8::1]:443"
        ]

    table rows ObservableType.IpPort
    tableAuto rows ObservableType.IpPort

    refusals
        (TypeHint.Fixed ObservableType.IpPort)
        [
            "192.0.2.1:0", NormaliseError.InvalidPort
            "192.0.2.1:65536", NormaliseError.InvalidPort
            "192.0.2.1:", NormaliseError.InvalidPort
            "192.0.2.1:+80", NormaliseError.InvalidPort
            "192.0.2.1", NormaliseError.MissingPort
            "[2001:db8::1]", NormaliseError.MissingPort
            "[2001:db8::1", NormaliseError.InvalidIpv6
            "evil.example:80", NormaliseError.InvalidIpv4
        ]

    rejects TypeHint.Auto "192.0.2.1:99999" NormaliseError.InvalidPort
    rejects TypeHint.Auto "evil.example:4444" NormaliseError.HostPort

[<Fact>]
let ``hashes are lower case and told apart by length`` () =
    for observable, length in
        [
            ObservableType.Md5, 32
            ObservableType.Sha1, 40
            ObservableType.Sha256, 64
            ObservableType.Sha512, 128
        ] do
        let written = String.replicate (length / 4) "0aBF"
        let canonical = String.replicate (length / 4) "0abf"
        accepts TypeHint.Auto written observable canonical
        accepts (TypeHint.Fixed observable) written observable canonical
        rejects (TypeHint.Fixed observable) (written + "0") NormaliseError.HashLength
        rejects (TypeHint.Fixed observable) ("g" + canonical.Substring 1) NormaliseError.HashCharacter

    rejects TypeHint.Auto (String.replicate 56 "a") NormaliseError.Unrecognised

[<Fact>]
let ``the given type decides, and a fixed type is never changed`` () =
    rejects (fixedTo "ipv6") "192.0.2.1" NormaliseError.InvalidIpv6
    rejects (fixedTo "md5") "evil.example" NormaliseError.HashLength
    rejects (fixedTo "domain") "a@evil.example" NormaliseError.DomainCharacter
