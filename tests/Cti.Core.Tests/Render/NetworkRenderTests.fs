// Outputs for firewalls, resolvers and proxies: golden bytes, what they refuse, hostile values, and what is written once.
module Cti.Core.Tests.NetworkRenderTests

open System
open System.Text.RegularExpressions
open Cti.Core
open Xunit

let private holds (spec: RenderSpec) (observable: ObservableType) (value: string) =
    (RenderSpec.create spec).CanHold(observable, ReadOnlySpan<byte>(Samples.utf8 value))

let private rendered (spec: RenderSpec) (values: (ObservableType * string) list) =
    let batch = IndicatorBatch(values.Length + 1)

    for observable, value in values do
        Samples.add batch observable value |> ignore

    Samples.render spec batch

let private mixed =
    [
        ObservableType.Ipv4, "192.0.2.4"
        ObservableType.Cidr, "192.0.2.4/32"
        ObservableType.Cidr, "198.51.100.0/24"
        ObservableType.Ipv6, "2001:db8::1"
        ObservableType.Cidr, "2001:db8::1/128"
        ObservableType.Cidr, "2001:db8:1::/48"
        ObservableType.Ipv4, "203.0.113.7"
        ObservableType.Domain, "a.example"
        ObservableType.Domain, "b.a.example"
        ObservableType.Url, "http://a.example/"
    ]

[<Fact>]
let ``an nftables file, byte for byte`` () =
    Assert.Equal(
        "add table inet cti\n\
         add set inet cti blocklist_ipv4 { type ipv4_addr; flags interval; auto-merge; }\n\
         add set inet cti blocklist_ipv6 { type ipv6_addr; flags interval; auto-merge; }\n\
         flush set inet cti blocklist_ipv4\n\
         flush set inet cti blocklist_ipv6\n\
         add element inet cti blocklist_ipv4 {\n\
         192.0.2.4,\n\
         198.51.100.0/24,\n\
         }\n\
         add element inet cti blocklist_ipv6 {\n\
         2001:db8:1::/48,\n\
         2001:db8::1,\n\
         }\n\
         add element inet cti blocklist_ipv4 {\n\
         203.0.113.7,\n\
         }\n",
        rendered (RenderSpec.Nftables Nftables.defaults) mixed
    )

[<Fact>]
let ``a table of one family holds addresses of that family only`` () =
    let only family =
        RenderSpec.Nftables
            { Nftables.defaults with
                Family = family
                Table = "filter"
                Set = "evil"
            }

    Assert.Equal(
        "add table ip6 filter\n\
         add set ip6 filter evil_ipv6 { type ipv6_addr; flags interval; auto-merge; }\n\
         flush set ip6 filter evil_ipv6\n\
         add element ip6 filter evil_ipv6 {\n\
         2001:db8:1::/48,\n\
         2001:db8::1,\n\
         }\n",
        rendered (only NftablesFamily.Ip6) mixed
    )

    Assert.Equal(ValueSome RenderReason.TypeNotHeld, holds (only NftablesFamily.Ip) ObservableType.Cidr "2001:db8::/32")

    Assert.Equal(ValueNone, holds (only NftablesFamily.Ip) ObservableType.Cidr "10.0.0.0/8")

[<Fact>]
let ``an ipset file builds new sets and exchanges them, byte for byte`` () =
    Assert.Equal(
        "create evil_ipv4 hash:net family inet maxelem 70000 -exist\n\
         create evil_ipv4_new hash:net family inet maxelem 70000 -exist\n\
         flush evil_ipv4_new\n\
         create evil_ipv6 hash:net family inet6 maxelem 70000 -exist\n\
         create evil_ipv6_new hash:net family inet6 maxelem 70000 -exist\n\
         flush evil_ipv6_new\n\
         add evil_ipv4_new 192.0.2.4\n\
         add evil_ipv4_new 198.51.100.0/24\n\
         add evil_ipv6_new 2001:db8:1::/48\n\
         add evil_ipv6_new 2001:db8::1\n\
         add evil_ipv4_new 203.0.113.7\n\
         swap evil_ipv4_new evil_ipv4\n\
         swap evil_ipv6_new evil_ipv6\n\
         destroy evil_ipv4_new\n\
         destroy evil_ipv6_new\n",
        rendered (RenderSpec.Ipset { Set = "evil"; MaxElements = 70_000 }) mixed
    )

[<Fact>]
let ``hosts files, byte for byte`` () =
    let text address =
        rendered (RenderSpec.Hosts address) mixed

    Assert.Equal("0.0.0.0 a.example\n0.0.0.0 b.a.example\n", text HostsAddress.Ipv4)
    Assert.Equal(":: a.example\n:: b.a.example\n", text HostsAddress.Ipv6)

    Assert.Equal("0.0.0.0 a.example\n:: a.example\n0.0.0.0 b.a.example\n:: b.a.example\n", text HostsAddress.Both)

[<Fact>]
let ``zones of Unbound, byte for byte`` () =
    for answer in UnboundAnswer.all do
        Assert.Equal(
            $"server:\nlocal-zone: \"a.example.\" %s{UnboundAnswer.zoneType answer}\n"
            + $"local-zone: \"b.a.example.\" %s{UnboundAnswer.zoneType answer}\n",
            rendered (RenderSpec.UnboundZone answer) mixed
        )

    Assert.Equal("always_null", UnboundAnswer.zoneType UnboundAnswer.Zero)

    let sinkhole =
        UnboundAnswer.Sinkhole
            [
                {
                    Type = ObservableType.Ipv4
                    Value = "192.0.2.53"
                }
                {
                    Type = ObservableType.Ipv6
                    Value = "2001:db8::53"
                }
            ]

    Assert.Equal(
        "server:\n\
         local-zone: \"a.example.\" redirect\n\
         local-data: \"a.example. 300 IN A 192.0.2.53\"\n\
         local-data: \"a.example. 300 IN AAAA 2001:db8::53\"\n",
        rendered (RenderSpec.UnboundZone sinkhole) [ ObservableType.Domain, "a.example" ]
    )

[<Fact>]
let ``lists for proxies, byte for byte`` () =
    Assert.Equal(".a.example\n", rendered (RenderSpec.Squid HostList.Domains) mixed)
    Assert.Equal("a.example\nb.a.example\n", rendered (RenderSpec.Haproxy HostList.Domains) mixed)
    Assert.Equal(".a.example 1;\n.b.a.example 1;\n", rendered (RenderSpec.Nginx NginxBlock.Map) mixed)

    let addresses =
        [
            "192.0.2.4"
            "198.51.100.0/24"
            "2001:db8:1::/48"
            "2001:db8::1"
            "203.0.113.7"
        ]

    let lines before behind =
        String.Concat [ for address in addresses -> before + address + behind + "\n" ]

    Assert.Equal(lines "" "", rendered (RenderSpec.Squid HostList.Addresses) mixed)
    Assert.Equal(lines "" "", rendered (RenderSpec.Haproxy HostList.Addresses) mixed)
    Assert.Equal(lines "" " 1;", rendered (RenderSpec.Nginx NginxBlock.Geo) mixed)
    Assert.Equal(lines "deny " ";", rendered (RenderSpec.Nginx NginxBlock.Deny) mixed)

[<Fact>]
let ``a list for Squid has no entry beside another that contains it, whichever comes first`` () =
    Assert.Equal(
        ".b.example\n.z.a.test\n",
        rendered
            (RenderSpec.Squid HostList.Domains)
            [
                // Before and behind the name above them.
                ObservableType.Domain, "a.b.example"
                ObservableType.Domain, "b.example"
                ObservableType.Domain, "x.y.b.example"
                ObservableType.Domain, "z.a.test"
            ]
    )

    Assert.Equal(
        "10.0.0.0/8\n192.0.2.0/24\n2001:db8::/32\n",
        rendered
            (RenderSpec.Squid HostList.Addresses)
            [
                ObservableType.Cidr, "10.0.0.0/8"
                ObservableType.Cidr, "10.0.0.0/16"
                ObservableType.Ipv4, "10.255.255.255"
                ObservableType.Cidr, "192.0.2.0/24"
                ObservableType.Cidr, "192.0.2.0/32"
                ObservableType.Cidr, "2001:db8::/32"
                ObservableType.Ipv6, "2001:db8::1"
                ObservableType.Cidr, "2001:db8:1::/48"
            ]
    )

/// One spec for each way to write addresses, and how an entry reads: the value in the first group.
let private addressSpecs =
    [
        RenderSpec.Nftables Nftables.defaults, "^([0-9a-f./:]+),$"
        RenderSpec.Ipset Ipset.defaults, "^add blocklist_ipv[46]_new ([0-9a-f./:]+)$"
        RenderSpec.Squid HostList.Addresses, "^([0-9a-f./:]+)$"
        RenderSpec.Haproxy HostList.Addresses, "^([0-9a-f./:]+)$"
        RenderSpec.Nginx NginxBlock.Geo, "^([0-9a-f./:]+) 1;$"
        RenderSpec.Nginx NginxBlock.Deny, "^deny ([0-9a-f./:]+);$"
        RenderSpec.Edl(EdlVendor.PaloAlto, EdlList.Addresses), "^([0-9a-f./:]+)$"
        RenderSpec.Edl(EdlVendor.FortiGate, EdlList.Addresses), "^([0-9a-f./:]+)$"
    ]

let private nameSpecs =
    [
        RenderSpec.Hosts HostsAddress.Ipv4, "^0[.]0[.]0[.]0 ([a-z0-9._-]+)$"
        RenderSpec.UnboundZone UnboundAnswer.Refuse, "^local-zone: \"([a-z0-9._-]+)[.]\" always_refuse$"
        RenderSpec.Squid HostList.Domains, "^[.]([a-z0-9._-]+)$"
        RenderSpec.Haproxy HostList.Domains, "^([a-z0-9._-]+)$"
        RenderSpec.Nginx NginxBlock.Map, "^[.]([a-z0-9._-]+) 1;$"
        RenderSpec.Edl(EdlVendor.PaloAlto, EdlList.Domains), "^([a-z0-9._-]+)$"
        RenderSpec.Edl(EdlVendor.FortiGate, EdlList.Domains), "^([a-z0-9._-]+)$"
    ]

// What of the format stands around the entries.
let private frame =
    Regex "^(server:|add table .*|add set .*|flush .*|add element .*|}|create .*|swap .*|destroy .*|)$"

let private readBack (pattern: string) (text: string) =
    let entry = Regex pattern

    [
        for line in text.Split '\n' do
            let found = entry.Match line

            if found.Success then
                found.Groups[1].Value
            else
                Assert.Matches(frame, line)
    ]

[<Fact>]
let ``what is read back is what was put in`` () =
    // Names and ranges none of which contains another, so that Squid's lists leave nothing out.
    let batch = Samples.batch 17 3_000

    for specs, isOurs in
        [
            addressSpecs,
            (fun (observable: ObservableType) ->
                observable = ObservableType.Ipv4
                || observable = ObservableType.Ipv6
                || observable = ObservableType.Cidr)
            nameSpecs, (fun observable -> observable = ObservableType.Domain)
        ] do
        let put =
            [
                for row in Samples.canonical batch do
                    if isOurs batch.Type[row] then
                        batch.Value.Text row
            ]
            |> List.distinct

        for spec, pattern in specs do
            let text = Samples.render spec batch
            let back = readBack pattern text

            match spec with
            | RenderSpec.Squid HostList.Addresses ->
                // Its ranges are all of /24 and /32, and may contain an address.
                Assert.True(Set.isSubset (Set.ofList back) (Set.ofList put))
            | _ -> Assert.Equal<string list>(put, back)

let private hostile =
    [
        "a\nb.example"
        "a.example\nadd rule inet cti input accept"
        "a\r.example"
        "a\"b.example"
        "a.example\" always_null\nlocal-data: \"x"
        "a;b.example"
        "a.example; reboot"
        "$(reboot).example"
        "`id`.example"
        "$host.example"
        "${x}.example"
        "{{x}}.example"
        "%n.example"
        "../../etc/passwd"
        "=cmd.example"
        "+1.example"
        "@.example"
        "a\u0000b.example"
        "a\u001b[31m.example"
        "a\u007fb.example"
        "# comment.example"
        "#a.example"
        "a b.example"
        "a\tb.example"
        " a.example"
        "a.example "
        "é.example"
        "a\\b.example"
        "(x).example"
        "A.example"
        "*.example"
        "^.example"
        "a,b.example"
        "a/b.example"
        "a..example"
        ".a.example"
        "a.example."
        "a"
        ""
        "."
        "192.0.2.1"
        "1.2.3"
        String('a', 64) + ".example"
        String('a', 300) + ".example"
        String.Join('.', Array.replicate 50 "abcde") + ".example"
        "192.0.2.1 }\nadd rule x"
        "192.0.2.1,0.0.0.0/0"
        "192.0.2.1-192.0.2.9"
        "192.0.2.01"
        "192.0.2.1/24"
        "192.0.2.0/33"
        "192.0.2.0/024"
        "0.0.0.0/0"
        "::/0"
        "2001:DB8::1"
        "2001:db8:0::1"
        "2001:db8::1/64"
        "fe80::1%eth0"
        "::ffff:192.0.2.1"
        "[2001:db8::1]"
        "192.0.2.1:80"
    ]

[<Fact>]
let ``nothing hostile is held as a name or an address, and nothing of it is written`` () =
    for value in hostile do
        for spec, pattern in nameSpecs do
            Assert.True((holds spec ObservableType.Domain value).IsSome, $"%A{spec} holds %A{value}")
            Assert.Empty(readBack pattern (rendered spec [ ObservableType.Domain, value ]))

    for value in hostile |> List.except [ "192.0.2.1" ] do
        for spec, pattern in addressSpecs do
            for observable in [ ObservableType.Ipv4; ObservableType.Ipv6; ObservableType.Cidr ] do
                Assert.True((holds spec observable value).IsSome, $"%A{spec} holds %A{value}")
                Assert.Empty(readBack pattern (rendered spec [ observable, value ]))

[<Fact>]
let ``why a name or an address is refused`` () =
    let name = holds (RenderSpec.Hosts HostsAddress.Both) ObservableType.Domain
    Assert.Equal(ValueNone, name "_dmarc.a-b.xn--bcher-kva.example")
    Assert.Equal(ValueSome RenderReason.UnsafeText, name "a\nb.example")
    Assert.Equal(ValueSome RenderReason.ReservedWord, name "*.example")
    Assert.Equal(ValueSome RenderReason.NotCanonical, name "A.example")
    Assert.Equal(ValueSome RenderReason.NotCanonical, name "example")
    Assert.Equal(ValueSome RenderReason.TooLong, name (String('a', 64) + ".example"))
    let range = holds (RenderSpec.Ipset Ipset.defaults) ObservableType.Cidr
    Assert.Equal(ValueNone, range "128.0.0.0/1")
    Assert.Equal(ValueSome RenderReason.ReservedWord, range "0.0.0.0/0")
    Assert.Equal(ValueSome RenderReason.NotCanonical, range "192.0.2.1/24")

[<Fact>]
let ``types that have no place are refused by type`` () =
    let addresses = [| ObservableType.Ipv4; ObservableType.Ipv6; ObservableType.Cidr |]

    for spec, _ in addressSpecs do
        for observable in Array.except addresses ObservableType.all do
            Assert.Equal(ValueSome RenderReason.TypeNotHeld, holds spec observable "192.0.2.1")

    for spec, _ in nameSpecs do
        for observable in Array.except [| ObservableType.Domain |] ObservableType.all do
            Assert.Equal(ValueSome RenderReason.TypeNotHeld, holds spec observable "a.example")

[<Fact>]
let ``entries stand for what is under them where the tool takes them so`` () =
    let stands spec =
        let rule = RenderSpec.coverage spec
        struct (rule.Names, rule.Ranges)

    Assert.Equal(struct (false, RangeRule.Fill), stands (RenderSpec.Nftables Nftables.defaults))
    Assert.Equal(struct (false, RangeRule.Fill), stands (RenderSpec.Ipset Ipset.defaults))
    Assert.Equal(struct (true, RangeRule.Alone), stands (RenderSpec.UnboundZone UnboundAnswer.Zero))
    Assert.Equal(struct (false, RangeRule.Alone), stands (RenderSpec.Hosts HostsAddress.Both))
    Assert.Equal(struct (true, RangeRule.Alone), stands (RenderSpec.Squid HostList.Domains))
    Assert.Equal(struct (false, RangeRule.Fill), stands (RenderSpec.Squid HostList.Addresses))
    Assert.Equal(struct (false, RangeRule.Alone), stands (RenderSpec.Haproxy HostList.Domains))
    Assert.Equal(struct (false, RangeRule.Fill), stands (RenderSpec.Haproxy HostList.Addresses))
    Assert.Equal(struct (true, RangeRule.Alone), stands (RenderSpec.Nginx NginxBlock.Map))
    Assert.Equal(struct (false, RangeRule.Fill), stands (RenderSpec.Nginx NginxBlock.Deny))
    Assert.Equal(struct (false, RangeRule.Fill), stands (RenderSpec.Edl(EdlVendor.PaloAlto, EdlList.Addresses)))
    Assert.Equal(struct (false, RangeRule.Alone), stands (RenderSpec.Edl(EdlVendor.FortiGate, EdlList.Domains)))
    Assert.Equal(struct (false, RangeRule.Alone), stands (RenderSpec.CheckPointFeed CheckPointLevel.Low))
