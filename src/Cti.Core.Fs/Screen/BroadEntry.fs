// The guard against entries that would block half the internet or one's own network: short prefixes, bare suffixes, reserved space.
namespace Cti.Core

open System
open System.Text

/// What the guard refuses.
[<NoComparison>]
type BroadEntryOptions =
    {
        /// The shortest IPv4 prefix let through, 0 to 32.
        MinPrefixIpv4: int
        /// The shortest IPv6 prefix let through, 0 to 128.
        MinPrefixIpv6: int
        /// Domains under which strangers register names (`co.uk`); such a name itself is too broad. Names of one label always are.
        PublicSuffixes: PublicSuffixList voption
        /// Refuse the ranges and names reserved for documentation too. They are let through otherwise: samples and tests use them.
        RefuseDocumentation: bool
        /// Refuse private and reserved address space and local names. Off for those who watch their own network.
        RefuseReserved: bool
    }

[<RequireQualifiedAccess>]
module BroadEntry =
    /// /16, /32, no public suffixes, documentation let through.
    let defaults: BroadEntryOptions =
        {
            MinPrefixIpv4 = 16
            MinPrefixIpv6 = 32
            PublicSuffixes = ValueNone
            RefuseDocumentation = false
            RefuseReserved = true
        }

    /// Address space that is not globally reachable: IANA's special-purpose registries (RFC 6890), multicast and RFC 1112 §4.
    let reservedAddresses: string list =
        [
            "0.0.0.0/8"
            "10.0.0.0/8"
            "100.64.0.0/10"
            "127.0.0.0/8"
            "169.254.0.0/16"
            "172.16.0.0/12"
            "192.0.0.0/24"
            "192.168.0.0/16"
            "198.18.0.0/15"
            "224.0.0.0/4"
            "240.0.0.0/4"
            "::/128"
            "::1/128"
            "::ffff:0.0.0.0/96"
            "64:ff9b:1::/48"
            "100::/64"
            "2001:2::/48"
            "2001:10::/28"
            "5f00::/16"
            "fc00::/7"
            "fe80::/10"
            "fec0::/10"
            "ff00::/8"
        ]

    /// Documentation space: RFC 5737, RFC 3849, RFC 9637; names of RFC 2606.
    let documentation: string list =
        [
            "192.0.2.0/24"
            "198.51.100.0/24"
            "203.0.113.0/24"
            "2001:db8::/32"
            "3fff::/20"
            ".example"
            ".example.com"
            ".example.net"
            ".example.org"
        ]

    /// Names that mean something on one network or machine only (RFC 6761, RFC 6762). `.arpa` is let through: reverse names are abused.
    let localNames: string list = [ ".local"; ".localdomain"; ".localhost" ]

    let private columnOf (entries: string seq) : TextColumn =
        let column = TextColumn(64, 16)

        for entry in entries do
            let bytes = Encoding.UTF8.GetBytes entry
            column.Add(ReadOnlySpan<byte> bytes)

        column

    let private reservedTypes =
        ObservableTypes.addresses
        ||| ObservableTypes.ofTypes [ ObservableType.Domain; ObservableType.Url; ObservableType.Email ]

    // The guard's rules as lists, so that one lookup serves all.
    let internal reservedList (options: BroadEntryOptions) : ScreenList =
        let entries =
            Seq.concat
                [
                    (if options.RefuseReserved then
                         reservedAddresses @ localNames
                     else
                         [])
                    (if options.RefuseDocumentation then documentation else [])
                ]

        ScreenList("reserved", "private and reserved space", "", MatchType.Any, reservedTypes, columnOf entries)

    // The rules of the public suffix list under the file's name, so that a hit names the rule.
    let internal suffixList (options: BroadEntryOptions) : ScreenList =
        let domains = ObservableTypes.ofType ObservableType.Domain

        match options.PublicSuffixes with
        | ValueSome list -> ScreenList(list.File, list.File, "", MatchType.Any, domains, list.Rules)
        | ValueNone -> ScreenList("suffixes", "public suffixes", "", MatchType.Any, domains, TextColumn(0, 0))

    /// Whether a canonical `network/prefix` is shorter than allowed.
    let internal isShortPrefix (options: BroadEntryOptions) (cidr: ReadOnlySpan<byte>) : bool =
        let slash = cidr.IndexOf '/'B
        let prefix = Text.readNumber (cidr.Slice(slash + 1)) 3

        let least =
            if cidr.Contains ':'B then
                options.MinPrefixIpv6
            else
                options.MinPrefixIpv4

        slash >= 0 && prefix >= 0 && prefix < least
