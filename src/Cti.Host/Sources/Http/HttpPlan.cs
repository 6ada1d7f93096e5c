// A page fetched over HTTP, as declared: every setting with its meaning; defaults and ranges stand in the core's OriginDecoder.

using Cti.Core.Declare;
using Cti.Host.Config;
using Cti.Host.Net;

namespace Cti.Host.Sources.Http;

/// <summary>`from: { type: http }`, paths and references resolved.</summary>
public sealed record HttpPlan : OriginPlan
{
    public required ConfiguredText Url { get; init; }

    /// <summary>Whether it is a POST; else a GET.</summary>
    public required System.Net.Http.HttpMethod Method { get; init; }

    /// <summary>Body of a POST; null for none.</summary>
    public required ConfiguredText? Body { get; init; }
    public required HttpConnectionPlan Connection { get; init; }

    /// <summary>From the request to the last byte, each attempt.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Longest pause between two bytes of the body.</summary>
    public required TimeSpan StallTimeout { get; init; }

    /// <summary>Bytes of the body as it is sent.</summary>
    public required long MaxBytes { get; init; }
    public required int MaxRedirects { get; init; }

    /// <summary>Media types that are accepted, such as `text/*`; empty: anything but HTML.</summary>
    public required IReadOnlyList<string> ContentTypes { get; init; }

    /// <summary>Attempts after the first.</summary>
    public required int Retries { get; init; }

    /// <summary>Before the first retry; doubled before each of the next, with jitter, at most <see cref="HttpRetry.LongestDelay"/>.</summary>
    public required TimeSpan RetryDelay { get; init; }

    /// <summary>Takes secrets out of what the server and the library say.</summary>
    public required Redactor Redactor { get; init; }

    /// <summary>The same page with its references looked up again; null where none of them has changed.</summary>
    public Func<HttpPlan?> Reread { get; init; } = static () => null;

    /// <summary>Every text that may hold a secret, for telling which values to check.</summary>
    internal IEnumerable<ConfiguredText> Texts =>
        [Url, .. Connection.Texts, .. Body is null ? Array.Empty<ConfiguredText>() : [Body]];

    /// <summary>The declared URL.</summary>
    /// <exception cref="ConnectionException">References resolve to something that is none.</exception>
    internal Uri Address =>
        Uri.TryCreate(Url.Reveal(), UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
        && url.UserInfo.Length == 0
            ? url
            : throw ConnectionException.BadUrl();

    internal override IOrigin Create(bool isSnapshot, OriginServices services) => new HttpDownload(this, services);
}
