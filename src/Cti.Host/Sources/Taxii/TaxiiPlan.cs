// A collection of a TAXII 2.1 server, as declared: every setting with its meaning; defaults and ranges stand in the core's OriginDecoder.

using Cti.Host.Sources.Http;

namespace Cti.Host.Sources.Taxii;

/// <summary>`from: { type: taxii }`, paths and references resolved.</summary>
public sealed record TaxiiPlan : OriginPlan
{
    /// <summary>How pages are fetched. Its URL is that of the discovery, an API root or a collection; its `MaxBytes` counts for a whole reading.</summary>
    public required HttpPlan Page { get; init; }

    /// <summary>Id, alias or title; null where the URL says it, or there is only one.</summary>
    public required string? Collection { get; init; }

    /// <summary>Parameters of the filter, such as `match[type]`, in the order they are sent.</summary>
    public required IReadOnlyList<(string Name, string Value)> Match { get; init; }

    /// <summary>The types of <see cref="Match"/>: servers that do not know it send others, too. Empty for all.</summary>
    public required IReadOnlyList<string> Types { get; init; }

    /// <summary>Only what was added after it; `Timestamp.none` for everything.</summary>
    public required long AddedAfter { get; init; }

    /// <summary>Objects per page.</summary>
    public required int Limit { get; init; }

    internal override IOrigin Create(bool isSnapshot, OriginServices services) =>
        new TaxiiReading(this, isSnapshot, services);
}
