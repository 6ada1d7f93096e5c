// Tables: per observable type, what is taken and how it is printed, and what is refused with which code.
module Cti.Core.Tests.Normalise.NormaliseTableTests

open Cti.Core
open Xunit

let private fixedTo name =
    match ObservableType.tryParse name with
    | ValueSome observable -> TypeHint.Fixed observable
    | ValueNone -> TypeHint.Auto

let private accepts (hint: TypeHint) (written: string) (observable: ObservableType) (canonical: string) =
    match Normalise.tryParse hint written with
    | Ok subject ->
        Assert.Equal(canonical, subject.Value)
        Assert.Equal(observable, subject.Type)
    | Error error -> Assert.Fail $"%s{written}: %s{NormaliseError.code error} %A{error}, expected %s{canonical}"

let private rejects (hint: TypeHint) (written: string) (expected: NormaliseError) =
    match Normalise.tryParse hint written with
    | Ok subject -> Assert.Fail $"%s{written}: %A{subject.Type} %s{subject.Value}, expected %A{expected}"
    | Error error ->
        if error <> expected then
            Assert.Fail $"%s{written}: %A{error}, expected %A{expected}"

let private table (rows: (string * string) list) (observable: ObservableType) =
    for written, canonical in rows do
        accepts (TypeHint.Fixed observable) written observable canonical

let private tableAuto (rows: (string * string) list) (observable: ObservableType) =
    for written, canonical in rows do
        accepts TypeHint.Auto written observable canonical

let private refusals (hint: TypeHint) (rows: (string * NormaliseError) list) =
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
let ``domain is lower case, an A-label, and has no dot at its end`` () =
    let rows =
        [
            "Evil.Example", "evil.example"
            "evil.example.", "evil.example"
            "evil[.]example", "evil.example"
            "evil[dot]example", "evil.example"
            "evil(dot)example", "evil.example"
            "_dmarc.evil.example", "_dmarc.evil.example"
            "a_b.evil.example", "a_b.evil.example"
            "r3---sn.evil.example", "r3---sn.evil.example"
            "1.2.3.example", "1.2.3.example"
            "bücher.example", "xn--bcher-kva.example"
            "BÜCHER.example", "xn--bcher-kva.example"
            "faß.example", "xn--fa-hia.example"
            "例え。テスト", "xn--r8jz45g.xn--zckzah"
            "пример.рф", "xn--e1afmkfd.xn--p1ai"
            "XN--BCHER-KVA.example", "xn--bcher-kva.example"
            "💩.example", "xn--ls8h.example"
            "ｅｖｉｌ．example", "evil.example"
            "bücher.example。", "xn--bcher-kva.example"
            String.replicate 63 "a" + ".example", String.replicate 63 "a" + ".example"
        ]

    table rows ObservableType.Domain
    tableAuto rows ObservableType.Domain

    let refused =
        [
            "evil..example", NormaliseError.DomainLabel
            ".evil.example", NormaliseError.DomainLabel
            "-evil.example", NormaliseError.DomainLabel
            "evil-.example", NormaliseError.DomainLabel
            String.replicate 64 "a" + ".example", NormaliseError.DomainLabel
            String.replicate 64 "ü" + ".example", NormaliseError.DomainLabel
            String.replicate 42 "evil.x" + ".example", NormaliseError.DomainTooLong
            "evil example.com", NormaliseError.DomainCharacter
            "evil$(id).example", NormaliseError.DomainCharacter
            "evil.exa_mple", NormaliseError.DomainCharacter
            "xn--.example", NormaliseError.DomainLabel
            "xn--a.example", NormaliseError.InvalidPunycode
            "xn--99999999999.example", NormaliseError.InvalidPunycode
            "xn--bücher.example", NormaliseError.InvalidPunycode
            "bu\u0308cher.example", NormaliseError.IdnCharacter
            "ℂ.example", NormaliseError.IdnCharacter
            "①.example", NormaliseError.IdnCharacter
            "a\u00adb.example", NormaliseError.IdnCharacter
            "a\u202eb.example", NormaliseError.IdnCharacter
            "evil.exam...", NormaliseError.Truncated
            "evil.exam…", NormaliseError.Truncated
            "evil\n.example", NormaliseError.ControlCharacter
        ]

    refusals (TypeHint.Fixed ObservableType.Domain) refused

    refusals
        TypeHint.Auto
        (refused
         |> List.filter (fun (written, _) -> not (written.StartsWith("xn--bü", System.StringComparison.Ordinal))))

    refusals
        (TypeHint.Fixed ObservableType.Domain)
        [
            "localhost", NormaliseError.SingleLabel
            "1.2.3.4", NormaliseError.NumericTld
            "evil.123", NormaliseError.NumericTld
            "http://evil.example/", NormaliseError.DomainCharacter
        ]

    rejects TypeHint.Auto "localhost" NormaliseError.Unrecognised

[<Fact>]
let ``url keeps its meaning and gets one spelling`` () =
    let rows =
        [
            "http://evil.example/x", "http://evil.example/x"
            "HTTP://Evil.Example", "http://evil.example/"
            "hxxp://evil[.]example/a.php", "http://evil.example/a.php"
            "hXXps://evil[.]example", "https://evil.example/"
            "hxxps[:]//evil[.]example/x", "https://evil.example/x"
            "hxxp[://]evil.example/x", "http://evil.example/x"
            "meow://evil.example/x", "http://evil.example/x"
            "fxp://evil.example/x", "ftp://evil.example/x"
            "https[:]//evil(dot)example/a[.]b", "https://evil.example/a.b"
            "http://evil.example:80/x", "http://evil.example/x"
            "https://evil.example:443", "https://evil.example/"
            "http://evil.example:8080", "http://evil.example:8080/"
            "http://evil.example:/x", "http://evil.example/x"
            "http://evil.example.:08080/x", "http://evil.example:8080/x"
            "http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"
            "http://evil.example/a b\"<>\\^`{|}", "http://evil.example/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D"
            "http://evil.example/%2f%zz%", "http://evil.example/%2F%zz%"
            "http://evil.example/a/../b/./c", "http://evil.example/a/../b/./c"
            "http://evil.example?q=1#F", "http://evil.example/?q=1#F"
            "http://evil.example/?a[0]=1", "http://evil.example/?a[0]=1"
            "http://User:Pa%3ass@evil.example/", "http://User:Pa%3Ass@evil.example/"
            "http://a@b@evil.example/", "http://a%40b@evil.example/"
            "http://192.0.2.1:8080/bins/x.sh", "http://192.0.2.1:8080/bins/x.sh"
            "http://[2001:DB8:0::1]:80/x", "http://[2001:db8::1]/x"
            "http://[::]/", "http://[::]/"
            "tcp://192.0.2.1:4444", "tcp://192.0.2.1:4444/"
            "wss://evil.example:443/s", "wss://evil.example/s"
            "ldap://evil.example:1389/a", "ldap://evil.example:1389/a"
            "evil.example/x.php", "http://evil.example/x.php"
            "evil.example/", "http://evil.example/"
            "1.2.3.4:8080/bins/x.sh", "http://1.2.3.4:8080/bins/x.sh"
            "1.2.3.4/x.sh", "http://1.2.3.4/x.sh"
            "evil.example:8080/x", "http://evil.example:8080/x"
            "[2001:db8::1]/x", "http://[2001:db8::1]/x"
            "evil.example?x=1", "http://evil.example/?x=1"
        ]

    table rows ObservableType.Url
    tableAuto rows ObservableType.Url

    table
        [
            "evil.example", "http://evil.example/"
            "evil.example:4444", "http://evil.example:4444/"
        ]
        ObservableType.Url

    let refused =
        [
            "gopherx://evil.example/", NormaliseError.UrlScheme
            "javascript://evil.example/", NormaliseError.UrlScheme
            "http:///x", NormaliseError.UrlMalformed
            "http://:80/", NormaliseError.UrlMalformed
            "http://evil.example\\x", NormaliseError.UrlMalformed
            "http://localhost/x", NormaliseError.SingleLabel
            "http://010.1.1.1/x", NormaliseError.Ipv4LeadingZero
            "http://0x7f.1/x", NormaliseError.Ipv4Form
            "http://2130706433/", NormaliseError.Ipv4Form
            "http://[fe80::1%25eth0]/", NormaliseError.ZoneId
            "http://[::1/", NormaliseError.InvalidIpv6
            "http://evil.example:99999/", NormaliseError.InvalidPort
            "http://evil.example:0/", NormaliseError.InvalidPort
            "http://evil.exam...", NormaliseError.Truncated
            "http://evil.exam…/x", NormaliseError.Truncated
            "http://evil.example/long…", NormaliseError.Truncated
            "http://evil.example/a\nb", NormaliseError.ControlCharacter
            "http://evil.example/a\u0000b", NormaliseError.ControlCharacter
            "http://evil.example/" + String.replicate 4096 "a", NormaliseError.TooLong
            "hxxp://evil[[[[[.]]]]]example/", NormaliseError.NestedDefang
        ]

    refusals (TypeHint.Fixed ObservableType.Url) refused
    refusals TypeHint.Auto refused
    rejects TypeHint.Auto "/bins/x.sh" NormaliseError.UrlPath
    rejects TypeHint.Auto "mailto:a@evil.example" NormaliseError.Unrecognised

[<Fact>]
let ``email keeps the local part as written`` () =
    let rows =
        [
            "Bad.Guy+x@Evil.Example", "Bad.Guy+x@evil.example"
            "bad[at]evil[.]example", "bad@evil.example"
            "bad(at)evil(dot)example", "bad@evil.example"
            "bad[@]evil.example", "bad@evil.example"
            "bad@bücher.example", "bad@xn--bcher-kva.example"
        ]

    table rows ObservableType.Email
    tableAuto rows ObservableType.Email

    let refused =
        [
            "@evil.example", NormaliseError.EmailLocalPart
            "a..b@evil.example", NormaliseError.EmailLocalPart
            ".a@evil.example", NormaliseError.EmailLocalPart
            "a b@evil.example", NormaliseError.EmailLocalPart
            "a@b@evil.example", NormaliseError.EmailLocalPart
            String.replicate 65 "a" + "@evil.example", NormaliseError.EmailLocalPart
            "a@", NormaliseError.EmailMalformed
            "a@[192.0.2.1]", NormaliseError.EmailMalformed
            "user@192.0.2.1", NormaliseError.NumericTld
            "root@localhost", NormaliseError.SingleLabel
        ]

    refusals TypeHint.Auto refused
    refusals (TypeHint.Fixed ObservableType.Email) (("evil.example", NormaliseError.EmailMalformed) :: refused)

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

[<Fact>]
let ``invalid UTF-8 is named as such`` () =
    let check (bytes: byte[]) =
        let target = Array.zeroCreate<byte>(Normalise.bound bytes.Length)

        let found =
            Normalise.into
                (TypeHint.Fixed ObservableType.Domain)
                (System.ReadOnlySpan<byte> bytes)
                (System.Span<byte> target)

        Assert.Equal(NormaliseError.InvalidUtf8, found.Error)

    check [| 0xFFuy; 0xFEuy |]
    check (Array.append "evil."B [| 0xC3uy |])
    check (Array.append [| 0xEDuy; 0xA0uy; 0x80uy |] ".example"B)
