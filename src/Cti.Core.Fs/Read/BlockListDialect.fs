// The block-list and rule dialects that are read as they stand: one cutter each, no options.
namespace Cti.Core

/// What a block list is written for.
[<Struct; RequireQualifiedAccess>]
type BlockListDialect =
    /// hosts(5).
    | Hosts
    /// dnsmasq(8): `address=`, `server=`, `local=`.
    | Dnsmasq
    /// A response policy zone.
    | Rpz
    /// Adblock Plus, uBlock Origin, AdGuard.
    | Adblock
    /// unbound.conf(5): `local-zone`, `local-data`.
    | Unbound
    /// named.conf(5): `zone`.
    | BindZone
    /// Rules of Suricata and Snort.
    | IdsRules

[<RequireQualifiedAccess>]
module internal BlockListDialect =
    let comments (dialect: BlockListDialect) : string list =
        match dialect with
        | BlockListDialect.Hosts
        | BlockListDialect.Dnsmasq
        | BlockListDialect.Unbound
        | BlockListDialect.IdsRules -> [ "#" ]
        | BlockListDialect.Rpz -> [ ";" ]
        | BlockListDialect.Adblock -> [ "!" ]
        | BlockListDialect.BindZone -> [ "#"; "//"; "/*"; "*" ]

    let lineEnd (dialect: BlockListDialect) : LineEnd =
        match dialect with
        | BlockListDialect.IdsRules -> LineEnd.NotBehindBackslash
        | BlockListDialect.Hosts
        | BlockListDialect.Dnsmasq
        | BlockListDialect.Unbound
        | BlockListDialect.Rpz
        | BlockListDialect.Adblock
        | BlockListDialect.BindZone -> LineEnd.Always

    let cutter (dialect: BlockListDialect) (resume: string[]) : ILineCutter =
        match dialect with
        | BlockListDialect.Hosts -> HostsCutter()
        | BlockListDialect.Dnsmasq -> DnsmasqCutter()
        | BlockListDialect.Rpz -> ZoneCutter resume
        | BlockListDialect.Adblock -> AdblockCutter()
        | BlockListDialect.Unbound -> UnboundCutter()
        | BlockListDialect.BindZone -> BindZoneCutter()
        | BlockListDialect.IdsRules -> RuleCutter()
