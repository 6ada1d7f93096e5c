// Which warninglists the macro benchmark screens by: sizes, types and attributes are those of the 48 lists of MISP's collection that matter for
// network indicators and hashes; what stands in them is made up. Data only.

namespace Cti.Bench.Macro;

/// <summary>What the entries of a list look like.</summary>
internal enum EntryKind
{
    Domain,

    /// <summary>A domain with a dot before it, as half of the lists of names write it.</summary>
    DottedDomain,
    Address,
    Block,
    BlockV6,
    Hash,
    Email,
    Phone,
}

/// <summary>One list to be made.</summary>
/// <param name="Type">As MISP names it: string, substring, hostname, cidr, regex.</param>
/// <param name="Prefix">Shortest prefix of blocks; the longest is 24, or 48 for IPv6.</param>
internal sealed record WarninglistPlan(
    string Name,
    string Type,
    int Entries,
    EntryKind Kind,
    string[] Attributes,
    int Prefix = 20
)
{
    private static readonly string[] s_ip = ["ip-src", "ip-dst", "domain|ip", "ip-src|port", "ip-dst|port"];
    private static readonly string[] s_names = ["hostname", "domain", "domain|ip"];
    private static readonly string[] s_namesAndUrls = ["hostname", "domain", "url", "domain|ip"];
    private static readonly string[] s_hashes =
    [
        "md5",
        "sha1",
        "sha256",
        "filename|md5",
        "filename|sha1",
        "filename|sha256",
    ];

    /// <summary>All lists.</summary>
    public static IReadOnlyList<WarninglistPlan> All { get; } =
    [
        new("top-names-100k", "string", 100_000, EntryKind.Domain, s_namesAndUrls),
        new("top-names-20k", "string", 20_000, EntryKind.Domain, s_namesAndUrls),
        new("top-names-10k", "hostname", 10_000, EntryKind.Domain, s_namesAndUrls),
        new("top-names-1k", "hostname", 1_000, EntryKind.Domain, s_namesAndUrls),
        new("top-links-10k", "string", 10_000, EntryKind.Domain, ["hostname", "domain"]),
        new("second-level", "string", 10_000, EntryKind.Domain, s_names),
        new("dynamic-dns", "hostname", 35_000, EntryKind.DottedDomain, s_names),
        new("public-dns-names", "hostname", 35_000, EntryKind.Domain, s_namesAndUrls),
        new("public-dns-v4", "cidr", 62_000, EntryKind.Address, s_ip),
        new("public-dns-v6", "cidr", 270, EntryKind.BlockV6, s_ip),
        new("vpn-v4", "cidr", 42_000, EntryKind.Block, s_ip, 23),
        new("vpn-v6", "cidr", 200, EntryKind.BlockV6, s_ip),
        new("cloud-a", "cidr", 3_800, EntryKind.Block, s_ip),
        new("cloud-b", "cidr", 2_700, EntryKind.Block, s_ip),
        new("cloud-c", "cidr", 470, EntryKind.Block, s_ip),
        new("cloud-d", "cidr", 600, EntryKind.Block, s_ip),
        new("cloud-e-v6", "cidr", 800, EntryKind.BlockV6, s_ip),
        new("cdn-a", "cidr", 270, EntryKind.Block, s_ip),
        new("cdn-b", "cidr", 22, EntryKind.Block, s_ip, 16),
        new("cdn-c", "cidr", 21, EntryKind.Block, s_ip, 16),
        new("cdn-d", "cidr", 60, EntryKind.Block, s_ip),
        new("office-suite-addresses", "cidr", 82, EntryKind.Block, s_ip, 16),
        new("office-suite-names", "string", 183, EntryKind.Domain, s_names),
        new("search-engine-names", "string", 669, EntryKind.DottedDomain, s_namesAndUrls),
        new("search-engine-crawlers", "cidr", 65, EntryKind.Block, s_ip, 24),
        new("scanners-a", "cidr", 13, EntryKind.Block, s_ip, 24),
        new("scanners-b", "cidr", 42, EntryKind.Address, s_ip),
        new("sinkholes", "cidr", 107, EntryKind.Address, s_ip),
        new("parking", "cidr", 108, EntryKind.Address, s_ip),
        new("parking-names", "hostname", 129, EntryKind.Domain, s_names),
        new("certificate-names", "string", 222, EntryKind.Domain, s_names),
        new("certificate-addresses", "cidr", 391, EntryKind.Address, s_ip),
        new("banks", "hostname", 2_226, EntryKind.DottedDomain, s_namesAndUrls),
        new("universities", "hostname", 10_000, EntryKind.Domain, s_namesAndUrls),
        new("shorteners", "hostname", 255, EntryKind.Domain, s_namesAndUrls),
        new("what-is-my-address", "hostname", 234, EntryKind.Domain, s_namesAndUrls),
        new("vendor-blogs", "hostname", 647, EntryKind.Domain, s_namesAndUrls),
        new("encyclopedia", "cidr", 10, EntryKind.Block, s_ip, 22),
        new("known-good-hashes", "string", 24_600, EntryKind.Hash, s_hashes),
        new("common-false-hashes", "string", 69, EntryKind.Hash, s_hashes),
        new("test-virus-hashes", "string", 15, EntryKind.Hash, s_hashes),
        new("sandboxes", "substring", 26, EntryKind.Domain, s_namesAndUrls),
        new("software-updates", "substring", 12, EntryKind.Domain, s_namesAndUrls),
        new("contact-addresses", "regex", 1, EntryKind.Email, ["email-dst", "email-src", "target-email"]),
        new("telephone-numbers", "regex", 33, EntryKind.Phone, ["phone-number", "whois-registrant-phone"]),
    ];
}
