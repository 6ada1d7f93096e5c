// A MISP feed on a web server, as declared: a folder with a manifest and the events it names.

namespace Cti.Host.Sources.Http;

/// <summary>`from: { type: misp_feed }`, paths and references resolved.</summary>
public sealed record MispFeedPlan : OriginPlan
{
    /// <summary>The folder, and how its files are fetched.</summary>
    public required HttpPlan Folder { get; init; }

    /// <summary>Events that one reading fetches; the others come with the next.</summary>
    public required int MaxEvents { get; init; }

    internal override IOrigin Create(bool isSnapshot, OriginServices services) =>
        new MispFeedDownload(this, isSnapshot, services);
}
