// Renderers for firewalls, proxies and resolvers as they are declared: defaults, every key, and what does not go together.
module Cti.Core.Tests.NetworkRenderDecoderTests

open Cti.Core
open Cti.Core.Declare
open Xunit

let private pipeline (render: string) (rest: string) =
    "{ pipeline: p, store: s.duckdb, sources: [ { name: s, from: { type: file, path: a.txt }, read: { type: lines }, "
    + "map: [ { value: { field: line }, type: auto } ], trust: { reliability: A, credibility: 1, confidence: 80 } } ], "
    + $"sinks: [ {{ name: t, render: {{ %s{render} }}, to: {{ type: file, path: o.txt }} %s{rest} }} ] }}"

let private problems (text: string) =
    match PipelineDecoder.decode (Flow.read text) with
    | Ok _ -> []
    | Error diagnostics -> diagnostics |> List.map (fun diagnostic -> diagnostic.Code, diagnostic.Path)

let private spec (render: string) =
    match PipelineDecoder.decode (Flow.read (pipeline render "")) with
    | Ok pipeline ->
        match pipeline.Sinks with
        | [ Sink.State sink ] -> sink.Render
        | other -> invalidOp $"%A{other}"
    | Error diagnostics -> diagnostics |> List.map Diagnostic.print |> String.concat "\n" |> invalidOp

let private address observable value : Subject = { Type = observable; Value = value }

[<Fact>]
let ``what is left out has its default`` () =
    Assert.Equal(RenderSpec.Nftables Nftables.defaults, spec "type: nftables")
    Assert.Equal(RenderSpec.Ipset Ipset.defaults, spec "type: ipset")
    Assert.Equal(RenderSpec.Hosts HostsAddress.Both, spec "type: hosts")
    Assert.Equal(RenderSpec.UnboundZone UnboundAnswer.Nxdomain, spec "type: unbound_zone")
    Assert.Equal(RenderSpec.Edl(EdlVendor.PaloAlto, EdlList.Addresses), spec "type: edl, flavour: palo_alto")
    Assert.Equal(RenderSpec.CheckPointFeed CheckPointLevel.High, spec "type: edl, flavour: check_point")

[<Fact>]
let ``every key is taken`` () =
    Assert.Equal(
        RenderSpec.Nftables
            {
                Family = NftablesFamily.Ip6
                Table = "filter"
                Set = "evil_1"
            },
        spec "type: nftables, family: ip6, table: filter, set: evil_1"
    )

    Assert.Equal(
        RenderSpec.Ipset { Set = "evil"; MaxElements = 70_000 },
        spec "type: ipset, set: evil, max_elements: 70000"
    )

    Assert.Equal(RenderSpec.UnboundZone UnboundAnswer.Refuse, spec "type: unbound_zone, answer: refuse")

    Assert.Equal(
        RenderSpec.UnboundZone(
            UnboundAnswer.Sinkhole
                [
                    address ObservableType.Ipv4 "192.0.2.53"
                    address ObservableType.Ipv6 "2001:db8::53"
                ]
        ),
        spec "type: unbound_zone, sinkhole: [ 192.0.2.53, '2001:db8::53' ]"
    )

    Assert.Equal(RenderSpec.Edl(EdlVendor.FortiGate, EdlList.Urls), spec "type: edl, flavour: fortigate, list: urls")

    Assert.Equal(RenderSpec.CheckPointFeed CheckPointLevel.Low, spec "type: edl, flavour: check_point, severity: low")

    Assert.Equal(RenderSpec.Squid HostList.Addresses, spec "type: squid, list: addresses")
    Assert.Equal(RenderSpec.Haproxy HostList.Domains, spec "type: haproxy, list: domains")
    Assert.Equal(RenderSpec.Nginx NginxBlock.Deny, spec "type: nginx, block: deny")

[<Theory>]
[<InlineData("type: nftables, set: Evil", "CTI-CFG-009", "sinks[0].render.set")>]
[<InlineData("type: nftables, table: '{ }'", "CTI-CFG-009", "sinks[0].render.table")>]
[<InlineData("type: nftables, family: arp", "CTI-CFG-008", "sinks[0].render.family")>]
[<InlineData("type: ipset, set: a_name_of_23_characters", "CTI-CFG-009", "sinks[0].render.set")>]
[<InlineData("type: ipset, max_elements: 0", "CTI-CFG-010", "sinks[0].render.max_elements")>]
[<InlineData("type: unbound_zone, sinkhole: [ sink.example ]", "CTI-CFG-009", "sinks[0].render.sinkhole[0]")>]
[<InlineData("type: unbound_zone, sinkhole: [ 192.0.2.0/24 ]", "CTI-CFG-009", "sinks[0].render.sinkhole[0]")>]
[<InlineData("type: unbound_zone, answer: zero, sinkhole: [ 192.0.2.53 ]", "CTI-CFG-014", "sinks[0].render.answer")>]
[<InlineData("type: edl", "CTI-CFG-006", "sinks[0].render.flavour")>]
[<InlineData("type: edl, flavour: check_point, list: urls", "CTI-CFG-014", "sinks[0].render.list")>]
[<InlineData("type: edl, flavour: palo_alto, severity: low", "CTI-CFG-014", "sinks[0].render.severity")>]
[<InlineData("type: squid", "CTI-CFG-006", "sinks[0].render.list")>]
let ``each mistake is one diagnostic at its place`` (render: string, code: string, path: string) =
    Assert.Equal<(string * string) list>([ code, path ], problems (pipeline render ""))

[<Fact>]
let ``a sink of ipset has no more capacity than its sets have room`` () =
    let with' capacity =
        problems (pipeline "type: ipset, max_elements: 1000" $", capacity: %d{capacity}")

    Assert.Empty(with' 1_000)
    Assert.Equal<(string * string) list>([ "CTI-CFG-014", "sinks[0].capacity" ], with' 1_001)

[<Fact>]
let ``lists whose entries stand for themselves alone are not folded`` () =
    Assert.Equal<(string * string) list>(
        [ "CTI-CFG-014", "sinks[0].fold" ],
        problems (pipeline "type: hosts" ", fold: true")
    )

    Assert.Empty(problems (pipeline "type: squid, list: domains" ", fold: true"))
