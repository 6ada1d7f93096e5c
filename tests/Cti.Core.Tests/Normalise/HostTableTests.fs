// Tables of the types that have a host name: domains, URLs, e-mail addresses.
module Cti.Core.Tests.Normalise.HostTableTests

open Cti.Core
open Cti.Core.Tests.Normalise.NormaliseTableTests
open Xunit

[<Fact>]
let ``domain is lower case, an A-label, and has no dot at its end`` () =
    let rows =
        [
            "Evil.Example", "evil.example"
            "evil.example.", "evil.example"
            "evil[.]example", "evil.example"
            "evil[dot]example", "evil.example"
            "evil(dot)example", "evil.example"
            "||evil.example^", "evil.example"
            "||evil.example^$all", "evil.example"
            "||evil.example$all", "evil.example"
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
            "||evil.example^$third-party", NormaliseError.DomainCharacter
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
            "a\ufffdb.example", NormaliseError.IdnCharacter
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
            // As written it is short enough; its escapes make it longer than a value may be.
            "http://evil.example/" + String.replicate 2000 "{", NormaliseError.TooLong
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
