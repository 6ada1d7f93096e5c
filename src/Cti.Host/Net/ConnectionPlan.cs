// How a connection is made, as declared, paths and references resolved: what sources and sinks have in common.

using Cti.Host.Config;

namespace Cti.Host.Net;

/// <summary>How a web server is reached, and who asks it.</summary>
public sealed record HttpConnectionPlan
{
    public required IReadOnlyList<(string Name, ConfiguredText Value)> Headers { get; init; }
    public required CredentialsPlan? Basic { get; init; }
    public required TlsPlan Tls { get; init; }
    public required ProxyPlan Proxy { get; init; }
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>Every text that may hold a secret, for telling which values to check.</summary>
    internal IEnumerable<ConfiguredText> Texts =>
        [.. Headers.Select(header => header.Value), .. Basic is { } basic ? basic.Texts : []];
}

/// <summary>Who asks.</summary>
public sealed record CredentialsPlan(ConfiguredText User, ConfiguredText Password)
{
    internal IEnumerable<ConfiguredText> Texts => [User, Password];
}

/// <summary>What a TLS connection trusts and shows.</summary>
/// <param name="ClientCertificate">Null for none.</param>
/// <param name="Authorities">PEM file of the authorities to trust instead of the machine's; null for the machine's.</param>
public sealed record TlsPlan(ClientCertificatePlan? ClientCertificate, string? Authorities)
{
    /// <summary>The machine's authorities, and no certificate of ours.</summary>
    public static TlsPlan Usual { get; } = new(null, null);
}

/// <summary>The certificate this client shows: PEM files.</summary>
/// <param name="Certificate">Path of the certificate and its chain.</param>
/// <param name="Key">Path of the private key.</param>
/// <param name="Password">Of an encrypted key; null for a plain one.</param>
public sealed record ClientCertificatePlan(string Certificate, string Key, ConfiguredText? Password);

/// <summary>Which proxy stands between.</summary>
public abstract record ProxyPlan
{
    private ProxyPlan() { }

    /// <summary>What HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say.</summary>
    public sealed record FromEnvironment : ProxyPlan;

    /// <summary>None.</summary>
    public sealed record Direct : ProxyPlan;

    /// <summary>This one, for every host.</summary>
    public sealed record Fixed(ConfiguredText Address) : ProxyPlan;
}
