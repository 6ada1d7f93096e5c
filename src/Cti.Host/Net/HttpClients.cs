// The clients of one source or sink: one for the declared host, which may show a certificate, and one for wherever a redirect leads, which may not.

using System.Net;

namespace Cti.Host.Net;

/// <summary>One per download, or sink; certificates are read when it is made.</summary>
internal sealed class HttpClients : IDisposable
{
    private readonly HttpConnectionPlan _plan;
    private readonly Uri? _proxy;
    private HttpClient? _foreign;

    /// <exception cref="ConnectionException">A certificate or the proxy's address cannot be used.</exception>
    public HttpClients(HttpConnectionPlan plan)
    {
        _plan = plan;
        _proxy = plan.Proxy is ProxyPlan.Fixed { Address: var address } ? ProxyAddress(address.Reveal()) : null;
        Own = Create(plan.Tls);
    }

    /// <summary>For the declared origin.</summary>
    public HttpClient Own { get; }

    /// <summary>For any other.</summary>
    public HttpClient Foreign => _foreign ??= Create(_plan.Tls with { ClientCertificate = null });

    public void Dispose()
    {
        Own.Dispose();
        _foreign?.Dispose();
    }

    // Timeouts are the caller's own: each says which limit it is.
    private HttpClient Create(TlsPlan tls)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            // What is not wanted is not waited for.
            MaxResponseDrainSize = 0,
            ConnectTimeout = _plan.ConnectTimeout,
            UseCookies = false,
            UseProxy = _plan.Proxy is not ProxyPlan.Direct,
            SslOptions = TlsFiles.Options(tls),
        };
        if (_proxy is not null)
        {
            handler.Proxy = new FixedProxy(_proxy);
        }

        return new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    }

    private static Uri ProxyAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Host.Length > 0
            ? address
            : throw ConnectionException.BadUrl();

    // The framework's own proxy class goes around itself for loopback addresses; what is declared holds for every host.
    private sealed class FixedProxy(Uri address) : IWebProxy
    {
        public ICredentials? Credentials { get; set; } =
            address.UserInfo.Split(':', 2) is [{ Length: > 0 } user, var password]
                ? new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password))
                : null;

        public Uri GetProxy(Uri destination) => address;

        public bool IsBypassed(Uri host) => false;
    }
}
