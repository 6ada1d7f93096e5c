// Block-list dialects and rules: what a line lists, what is structure, what is malformed.
module Cti.Core.Tests.Read.BlockListTests

open Xunit
open Cti.Core
open Cti.Core.Tests.Read.Feeding

let private spec dialect =
    ReaderSpec.BlockList(dialect, ReadLimits.standard)

/// The named fields of each record, and the codes of the rejections.
let private read (dialect: BlockListDialect) (fields: string list) (text: string) =
    let columns = ReaderSpec.fields (spec dialect)
    let places = fields |> List.map (fun name -> List.findIndex ((=) name) columns)
    let seen = feed (spec dialect) (utf8 text)

    // Neither block borders nor batch sizes may matter.
    for seed in 1..20 do
        Assert.Equal<Seen list>(seen, feedRandomly seed (spec dialect) (utf8 text))

    let records =
        cells seen
        |> List.map (fun cells ->
            Assert.Equal(columns.Length, cells.Length)

            places
            |> List.map (fun place -> cells[place].Replace('\u001F', ' '))
            |> String.concat "|")

    records, codes seen

let private listed dialect fields text = fst (read dialect fields text)

let private table (rows: (string * string list) list) : objnull array list =
    rows |> List.map (fun (text, expected) -> [| box text; box expected |])

let hosts =
    table
        [
            "0.0.0.0 a.example", [ "0.0.0.0|a.example" ]
            "127.0.0.1\ta.example b.example  c.example # all bad", [ "127.0.0.1|a.example b.example c.example" ]
            "::1 a.example#b", [ "::1|a.example" ]
            " :: a.example\r\n# x\r\n\r\n0.0.0.0 b.example", [ "::|a.example"; "0.0.0.0|b.example" ]
            "127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\n255.255.255.255 broadcasthost\nfe80::1%lo0 localhost",
            []
            "0.0.0.0 0.0.0.0\n0.0.0.0 LOCALHOST localhost.localdomain", []
            "127.0.0.1 localhost a.example", [ "127.0.0.1|a.example" ]
        ]

[<Theory; MemberData(nameof hosts)>]
let ``A hosts file gives an address and its hosts`` (text: string) (expected: string list) =
    Assert.Equal<string list>(expected, listed BlockListDialect.Hosts [ "address"; "host" ] text)

let dnsmasq =
    table
        [
            "address=/a.example/0.0.0.0", [ "a.example|0.0.0.0" ]
            "address=/a.example/b.example/::\n  address = /c.example/  # why",
            [ "a.example b.example|::"; "c.example|" ]
            "address=/.a.example/#\naddress=/*.b.example/", [ "a.example|#"; "b.example|" ]
            "server=/a.example/\nlocal=/b.example/c.example/", [ "a.example|"; "b.example c.example|" ]
            "server=/a.example/192.0.2.1\nserver=192.0.2.1\nserver=/a.example/#", []
            "no-resolv\ncache-size=1000\nlisten-address=127.0.0.1\nipset=/a.example/set\naddress=/#/0.0.0.0", []
            "# address=/a.example/0.0.0.0", []
        ]

[<Theory; MemberData(nameof dnsmasq)>]
let ``A dnsmasq file gives what it answers for itself`` (text: string) (expected: string list) =
    Assert.Equal<string list>(expected, listed BlockListDialect.Dnsmasq [ "domain"; "address" ] text)

let unbound =
    table
        [
            "local-zone: \"a.example\" always_nxdomain", [ "a.example|always_nxdomain|" ]
            "server:\n  local-zone: a.example. refuse # why\n", [ "a.example.|refuse|" ]
            "local-data: \"a.example A 0.0.0.0\"\nlocal-data: 'b.example. 3600 IN TXT \"x y\"'",
            [ "a.example|data|A 0.0.0.0"; "b.example.|data|3600 IN TXT \"x y\"" ]
            "local-zone: \"a.example\" transparent\nlocal-data-ptr: \"192.0.2.1 a.example\"\nverbosity: 1\nremote-control:",
            []
        ]

[<Theory; MemberData(nameof unbound)>]
let ``An unbound file gives local zones and data`` (text: string) (expected: string list) =
    Assert.Equal<string list>(expected, listed BlockListDialect.Unbound [ "domain"; "action"; "data" ] text)

let bind =
    table
        [
            "zone \"a.example\" { type master; notify no; file \"null.zone\"; };", [ "a.example" ]
            "zone a.example IN {\n  type primary;\n  file \"zone \\\"x\";\n};\n", [ "a.example" ]
            "zone \"a.example\" { type master; }; zone \"b.example\" {type master;};", [ "a.example b.example" ]
            "ZONE \"a.example\" {", [ "a.example" ]
            "// x\n/* y */\noptions { directory \"/var\"; };\nzone \".\" { type hint; };\nacl own { 192.0.2.0/24; };",
            []
        ]

[<Theory; MemberData(nameof bind)>]
let ``A BIND file gives its zones`` (text: string) (expected: string list) =
    Assert.Equal<string list>(expected, listed BlockListDialect.BindZone [ "domain" ] text)

let adblock =
    table
        [
            "||a.example^", [ "a.example||" ]
            "||a.example^$all\n||b.example$document,popup\n||c.example^$important",
            [ "a.example|all|"; "b.example|document,popup|"; "c.example|important|" ]
            "||a.example/x/y$z.exe$all\n||a.example/x$y.exe", [ "a.example/x/y$z.exe|all|"; "a.example/x$y.exe||" ]
            "||*.a.example^\n|http://a.example/x|\n||192.0.2.1^",
            [ "a.example||"; "http://a.example/x||"; "192.0.2.1||" ]
            "a.example\na.example/x\n||[2001:db8::1]^", [ "a.example||"; "a.example/x||"; "[2001:db8::1]||" ]
            "[Adblock Plus 2.0]\n! Title: x\n@@||a.example^\n##.banner\na.example##.banner\na.example#@#.x\na.example$$script[x]",
            []
            "/banner/*/img^\n/^https?:/\n&ad=\n||ads.*^\n-ad-300x.\n*/ads/\n||a.example^path", []
        ]

[<Theory; MemberData(nameof adblock)>]
let ``A filter list gives what its filters name`` (text: string) (expected: string list) =
    Assert.Equal<string list>(
        expected,
        listed BlockListDialect.Adblock [ "value"; "options" ] text
        |> List.map (fun cells -> cells + "|")
    )

let rpz =
    table
        [
            "$TTL 300\n@ IN SOA ns. host. (1 2\n 3 4 ; x\n 5 )\n IN NS ns.\n\na.example CNAME .\n*.a.example CNAME .",
            [ "a.example||qname|nxdomain|"; "a.example|true|qname|nxdomain|" ]
            "$ORIGIN rpz.test.\n@ SOA ns. h. 1 2 3 4 5\na.example 300 IN CNAME *.\nb.example.rpz.test. CNAME rpz-drop.",
            [ "a.example||qname|nodata|"; "b.example||qname|drop|" ]
            "$ORIGIN .\nrpz.test IN SOA ns. h. (1 2 3 4 5)\n$ORIGIN com.rpz.test.\na CNAME .\n$ORIGIN rpz.test.\nb.example CNAME .",
            [ "a.com||qname|nxdomain|"; "b.example||qname|nxdomain|" ]
            "a.example A 192.0.2.1\n\tAAAA 2001:db8::1\n TXT \"x;y\" ; z",
            [
                "a.example||qname|data|A 192.0.2.1"
                "a.example||qname|data|AAAA 2001:db8::1"
                "a.example||qname|data|TXT \"x;y\""
            ]
            "a.example CNAME garden.test.", [ "a.example||qname|cname|garden.test." ]
            "32.1.2.0.192.rpz-ip CNAME .\n24.0.2.0.192.rpz-ip CNAME .\n128.1.zz.db8.2001.rpz-ip CNAME .\n32.zz.db8.2001.rpz-ip CNAME .",
            [
                "192.0.2.1||ip|nxdomain|"
                "192.0.2.0/24||ip|nxdomain|"
                "2001:db8::1||ip|nxdomain|"
                "2001:db8::/32||ip|nxdomain|"
            ]
            "ns.a.example.rpz-nsdname CNAME .\n*.a.example.rpz-nsdname CNAME .\n32.1.2.0.192.rpz-nsip CNAME rpz-tcp-only.",
            [
                "ns.a.example||nsdname|nxdomain|"
                "a.example|true|nsdname|nxdomain|"
                "192.0.2.1||nsip|tcp_only|"
            ]
            "a.example CNAME rpz-passthru.\nb.example CNAME b.example.\n* CNAME .\n@ TXT x", []
            "a\\095b.example. CNAME .", [ "a_b.example||qname|nxdomain|" ]
        ]

[<Theory; MemberData(nameof rpz)>]
let ``A response policy zone gives what its triggers name`` (text: string) (expected: string list) =
    Assert.Equal<string list>(
        expected,
        listed BlockListDialect.Rpz [ "value"; "wildcard"; "trigger"; "action"; "data" ] text
    )

let private rule header options = $"alert %s{header} (%s{options})"

let private out = "tcp $HOME_NET any -> $EXTERNAL_NET any"

let rules =
    table
        [
            rule
                "http $HOME_NET any -> $EXTERNAL_NET any"
                "msg:\"bad\"; flow:established; http.method; content:\"GET\"; http.host; content:\"a.example\"; sid:1; rev:2;",
            [ "a.example|a.example|||1|2|bad" ]
            rule
                "http any any -> any any"
                "http.uri; content:\"/x|3f|y\\;z\"; http.host; content:\"a.example\"; bsize:9; sid:1;",
            [ "a.example/x?y;z|a.example|/x?y;z||1||" ]
            rule out "content:\"GET\"; http_method; content:\"a.example\"; content:\"Host\"; http_header; sid:1;",
            [ "a.example|a.example|||1||" ]
            rule out "content:\"/gate.php\"; http_uri; content:\"Host|3A 20|a.example|0d 0a|\"; http_header; sid:1;",
            [ "a.example/gate.php|a.example|/gate.php||1||" ]
            rule out "content:\"a.example\"; http_host; content:!\"b.example\"; http_host; sid:1;",
            [ "a.example|a.example|||1||" ]
            rule "tls any any -> any any" "tls.sni; content:\"a.example\"; nocase; endswith; sid:1;",
            [ "a.example|a.example|||1||" ]
            rule "dns any any -> any any" "dns.query; dotprefix; content:\".a.example\"; endswith; sid:1;",
            [ "a.example|a.example|||1||" ]
            "alert http ( msg:\"x\"; http_header: field host; content:\"a.example\", nocase; http_uri; content:\"/x\"; sid:1; )",
            [ "a.example/x|a.example|/x||1||x" ]
            rule "ip [192.0.2.1, 198.51.100.0/24] any <> $HOME_NET any" "msg:\"a\\\"b\"; sid:1;",
            [ "192.0.2.1 198.51.100.0/24|||192.0.2.1 198.51.100.0/24|1||a\"b" ]
            rule "tcp ![192.0.2.1] any -> 2001:db8::1 443" "sid:1;", [ "2001:db8::1|||2001:db8::1|1||" ]
            rule out "content:\"|90 90 90|\"; sid:1;", []
            "pass ip 192.0.2.1 any -> any any (sid:1;)", []
            "# " + rule "ip 192.0.2.1 any -> any any" "sid:1;", []
        ]

[<Theory; MemberData(nameof rules)>]
let ``A rule gives what it looks for`` (text: string) (expected: string list) =
    Assert.Equal<string list>(
        expected,
        listed BlockListDialect.IdsRules [ "value"; "host"; "uri"; "address"; "sid"; "rev"; "msg" ] text
    )

[<Fact>]
let ``A rule's references and metadata are lists`` () =
    let text =
        rule
            "ip 192.0.2.1 any -> any any"
            "reference:url,a.example/x; metadata:created_at 2026_01_01, malware x; reference:cve,2026-0001; classtype:trojan-activity; sid:1;"

    Assert.Equal<string list>(
        [
            "url,a.example/x cve,2026-0001|created_at 2026_01_01 malware x|trojan-activity|alert|ip"
        ],
        listed BlockListDialect.IdsRules [ "reference"; "metadata"; "classtype"; "action"; "protocol" ] text
    )

/// A line, alone between two good ones, and the code of its rejection.
let malformed: objnull array list =
    [
        struct (BlockListDialect.Hosts, "0.0.0.0 a.example", "a.example 0.0.0.0", "CTI-READ-010")
        struct (BlockListDialect.Hosts, "0.0.0.0 a.example", "1.2.3 a.example", "CTI-READ-010")
        struct (BlockListDialect.Hosts, "0.0.0.0 a.example", "0.0.0.0 # a.example", "CTI-READ-011")
        struct (BlockListDialect.Dnsmasq, "address=/a.example/", "address=/a.example", "CTI-READ-012")
        struct (BlockListDialect.Dnsmasq, "address=/a.example/", "address=a.example", "CTI-READ-012")
        struct (BlockListDialect.Dnsmasq, "address=/a.example/", "a.example", "CTI-READ-012")
        struct (BlockListDialect.Unbound, "local-zone: \"a.example\" deny", "a.example", "CTI-READ-013")
        struct (BlockListDialect.Unbound, "local-zone: \"a.example\" deny", "local-zone: \"a.example", "CTI-READ-013")
        struct (BlockListDialect.Unbound, "local-zone: \"a.example\" deny", "local-zone: \"a.example\"", "CTI-READ-013")
        struct (BlockListDialect.BindZone, "zone \"a.example\" {};", "zone {};", "CTI-READ-014")
        struct (BlockListDialect.BindZone, "zone \"a.example\" {};", "zone \"a.example", "CTI-READ-014")
        struct (BlockListDialect.Rpz, "a.example CNAME .", "b.example", "CTI-READ-015")
        struct (BlockListDialect.Rpz, "a.example CNAME .", "b.example WHAT .", "CTI-READ-015")
        struct (BlockListDialect.Rpz, "a.example CNAME .", "b.example CNAME", "CTI-READ-015")
        struct (BlockListDialect.Rpz, "a.example CNAME .", "$INCLUDE /etc/passwd", "CTI-READ-016")
        struct (BlockListDialect.Rpz, "$ORIGIN rpz.test.\na.example CNAME .", "b.example. CNAME .", "CTI-READ-017")
        struct (BlockListDialect.Rpz, "a.example CNAME .", "32.1.2.0.192.rpz-client-ip CNAME .", "CTI-READ-018")
        struct (BlockListDialect.Rpz, "a.example CNAME .", "33.1.2.0.192.rpz-ip CNAME .", "CTI-READ-019")
        struct (BlockListDialect.Rpz, "a.example CNAME .", "128.1.zz.2.zz.rpz-ip CNAME .", "CTI-READ-019")
        struct (BlockListDialect.Adblock, "||a.example^", "||b.example^$third-party", "CTI-READ-020")
        struct (BlockListDialect.Adblock, "||a.example^", "||b.example^$script,domain=c.example", "CTI-READ-020")
        struct (BlockListDialect.Adblock, "||a.example^", "||^", "CTI-READ-021")
        struct (BlockListDialect.IdsRules,
                rule "ip 192.0.2.1 any -> any any" "sid:1;",
                "alert tcp any (sid:1;)",
                "CTI-READ-022")
        struct (BlockListDialect.IdsRules, rule "ip 192.0.2.1 any -> any any" "sid:1;", rule out "sid:1", "CTI-READ-023")
        struct (BlockListDialect.IdsRules,
                rule "ip 192.0.2.1 any -> any any" "sid:1;",
                rule out "content:\"|4|\";",
                "CTI-READ-024")
    ]
    |> List.map (fun struct (a, b, c, d) -> [| box a; box b; box c; box d |])

[<Theory; MemberData(nameof malformed)>]
let ``A malformed line is rejected alone`` (dialect: BlockListDialect) (good: string) (bad: string) (code: string) =
    let records, faults =
        read dialect (List.truncate 1 (ReaderSpec.fields (spec dialect))) (good + "\n" + bad + "\n" + good)

    Assert.Equal(2, records.Length)
    Assert.Equal<string list>([ code ], faults)

[<Fact>]
let ``A stray Latin-1 no-break space at a field's end is a blank, any other stray byte rejects`` () =
    let bytes =
        Array.concat
            [
                utf8 "0.0.0.0 a.example"
                [| 0xA0uy |]
                utf8 "\n0.0.0.0 b"
                [| 0xE9uy |]
                utf8 ".example\n0.0.0.0 c.example # caf"
                [| 0xE9uy |]
                utf8 "\n"
            ]

    let seen = feed (spec BlockListDialect.Hosts) bytes
    Assert.Equal<string list list>([ [ "0.0.0.0"; "a.example" ]; [ "0.0.0.0"; "c.example" ] ], cells seen)
    Assert.Equal<string list>([ "CTI-READ-006" ], codes seen)
