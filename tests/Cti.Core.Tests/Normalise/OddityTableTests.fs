// The odd spellings that feeds are full of, all types together, as recognition sees them.
module Cti.Core.Tests.Normalise.OddityTableTests

open Cti.Core
open Cti.Core.Tests.Normalise.NormaliseTableTests
open Xunit

[<Fact>]
let ``odd spellings of hosts and URLs are read as what they are`` () =
    let arpa6 =
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"

    for written, observable, canonical in
        [
            arpa6, ObservableType.Domain, arpa6
            arpa6.ToUpperInvariant() + ".", ObservableType.Domain, arpa6
            "1.2.0.192.in-addr.arpa", ObservableType.Domain, "1.2.0.192.in-addr.arpa"
            "bücher.example", ObservableType.Domain, "xn--bcher-kva.example"
            "XN--BCHER-KVA.example.", ObservableType.Domain, "xn--bcher-kva.example"
            "evil.example/x", ObservableType.Url, "http://evil.example/x"
            "evil.example:8080/x", ObservableType.Url, "http://evil.example:8080/x"
            "HTTPS://EVIL.example:443/X", ObservableType.Url, "https://evil.example/X"
            "https://evil.example./", ObservableType.Url, "https://evil.example/"
            "http://user:p%40ss@evil.example/", ObservableType.Url, "http://user:p%40ss@evil.example/"
            "http://192.0.2.1@evil.example/", ObservableType.Url, "http://192.0.2.1@evil.example/"
            "http://[2001:DB8::192.0.2.1]:80/", ObservableType.Url, "http://[2001:db8::c000:201]/"
            "[::FFFF:192.0.2.1]", ObservableType.Ipv6, "::ffff:192.0.2.1"
            "[2001:db8::1]:443", ObservableType.IpPort, "[2001:db8::1]:443"
        ] do
        accepts TypeHint.Auto written observable canonical

[<Fact>]
let ``what could mean two things is refused by name`` () =
    refusals
        TypeHint.Auto
        [
            "fe80::1%eth0", NormaliseError.ZoneId
            "http://[fe80::1%25eth0]/", NormaliseError.ZoneId
            "010.1.1.1", NormaliseError.Ipv4LeadingZero
            "http://010.1.1.1/", NormaliseError.Ipv4LeadingZero
            "http://2130706433/", NormaliseError.Ipv4Form
            "http://0x7f.1/", NormaliseError.Ipv4Form
            "3221225985", NormaliseError.Ipv4Form
            "http://evil.example/very/long…", NormaliseError.Truncated
            "http://evil.exam...", NormaliseError.Truncated
            "evil.example:443", NormaliseError.HostPort
            "192.0.2.1:0", NormaliseError.InvalidPort
            "http://evil.example:99999/", NormaliseError.InvalidPort
        ]

    // Three dots in a path are a file's name as often as an ellipsis.
    accepts TypeHint.Auto "http://evil.example/a..." ObservableType.Url "http://evil.example/a..."
