// Every format of a state sink that is made of indicators, and how to see whether a tool that reads it takes a value for listed.

using System.Text.Json;
using Cti.Host.Tests.Harness;

namespace Cti.Host.Tests.Sinks;

/// <summary>Which of its values a format is looked at for.</summary>
internal enum ShownValue
{
    Name,
    Address,
    Hash,
}

/// <summary>One format as a sink.</summary>
/// <param name="Name">Of the sink: the renderer's, and what tells two of a kind apart.</param>
/// <param name="Render">As it is declared.</param>
/// <param name="Shown">What to look for.</param>
internal sealed record StateFormat(string Name, string Render, ShownValue Shown)
{
    /// <summary>Renderer, without what tells two of a kind apart.</summary>
    public string Renderer => Name.Split('-')[0];

    /// <summary>The file or folder, as it is declared.</summary>
    public string To =>
        Renderer == "misp_feed" ? $"{{ type: directory, path: {Path} }}" : $"{{ type: file, path: {Path} }}";

    // ClamAV knows a database by its name.
    private string Path => Renderer == "clamav_hashes" ? $"out/{Name}.hdb" : $"out/{Name}";

    /// <summary>Whether a tool that loads the output at a time (RFC 3339) takes the value for listed.</summary>
    public bool Shows(Workspace work, string value, string now) =>
        Renderer switch
        {
            "stix_bundle" => HoldsInBundle(work.Read(Path), value, now),
            "misp_event" => HoldsInEvent(work.Read(Path), value),
            "misp_feed" => Directory
                .EnumerateFiles(work.PathOf(Path), "*-*.json")
                .Any(file => HoldsInEvent(File.ReadAllText(file), value)),
            _ => work.Read(Path).Contains(value, StringComparison.Ordinal),
        };

    // A bundle tells its readers of what ceased to hold, with the time it did.
    private static bool HoldsInBundle(string text, string value, string now) =>
        JsonDocument
            .Parse(text)
            .RootElement.GetProperty("objects")
            .EnumerateArray()
            .Any(item =>
                item.TryGetProperty("pattern", out var pattern)
                && pattern.GetString()!.Contains(value, StringComparison.Ordinal)
                && !(
                    item.TryGetProperty("valid_until", out var end)
                    && end.GetDateTimeOffset()
                        <= DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture)
                )
            );

    // An event keeps what ceased to hold as deleted.
    private static bool HoldsInEvent(string text, string value) =>
        JsonDocument
            .Parse(text)
            .RootElement.GetProperty("Event")
            .GetProperty("Attribute")
            .EnumerateArray()
            .Any(attribute =>
                attribute.GetProperty("value").GetString()!.Contains(value, StringComparison.Ordinal)
                && !attribute.GetProperty("deleted").GetBoolean()
            );
}

internal static class StateFormats
{
    public static IReadOnlyList<StateFormat> All { get; } =
    [
        new("plain_list", "{ type: plain_list }", ShownValue.Name),
        new("csv", "{ type: csv }", ShownValue.Name),
        new("openioc", "{ type: openioc }", ShownValue.Name),
        new("stix_bundle", "{ type: stix_bundle }", ShownValue.Name),
        new("misp_event", "{ type: misp_event, info: Example, organisation: { name: Example Org } }", ShownValue.Name),
        new("misp_feed", "{ type: misp_feed, info: Example, organisation: { name: Example Org } }", ShownValue.Name),
        new("rpz", "{ type: rpz }", ShownValue.Name),
        new("hosts", "{ type: hosts }", ShownValue.Name),
        new("unbound_zone", "{ type: unbound_zone }", ShownValue.Name),
        new("suricata_rules", "{ type: suricata_rules }", ShownValue.Name),
        new("suricata_dataset", "{ type: suricata_dataset, of: md5 }", ShownValue.Hash),
        new("suricata_iprep", "{ type: suricata_iprep, category: 2 }", ShownValue.Address),
        new("snort_rules", "{ type: snort_rules }", ShownValue.Name),
        new("zeek_intel", "{ type: zeek_intel }", ShownValue.Name),
        new("nftables", "{ type: nftables }", ShownValue.Address),
        new("ipset", "{ type: ipset }", ShownValue.Address),
        new("edl-palo_alto", "{ type: edl, flavour: palo_alto, list: domains }", ShownValue.Name),
        new("edl-fortigate", "{ type: edl, flavour: fortigate, list: addresses }", ShownValue.Address),
        new("edl-check_point", "{ type: edl, flavour: check_point }", ShownValue.Name),
        new("squid", "{ type: squid, list: domains }", ShownValue.Name),
        new("haproxy", "{ type: haproxy, list: domains }", ShownValue.Name),
        new("nginx", "{ type: nginx, block: map }", ShownValue.Name),
        new("clamav_hashes", "{ type: clamav_hashes, kind: hdb }", ShownValue.Hash),
        new("yara_hashes", "{ type: yara_hashes }", ShownValue.Hash),
        new("osquery_pack", "{ type: osquery_pack }", ShownValue.Name),
        new("sigma_rules", "{ type: sigma_rules }", ShownValue.Name),
        new("splunk_lookup", "{ type: splunk_lookup, collection: domain }", ShownValue.Name),
    ];

    /// <summary>Their names, in order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [.. All.Select(format => format.Name).Order(StringComparer.Ordinal)];
}
