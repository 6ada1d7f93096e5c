// The clients of one download: one for the declared host, which may show a certificate, and one for wherever a redirect leads, which may not.

using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cti.Host.Sources.Http;

/// <summary>One per download; certificates are read when it is made.</summary>
internal sealed class HttpClients : IDisposable
{
    private readonly HttpPlan _plan;
    private readonly X509Certificate2Collection? _authorities;
    private readonly Uri? _proxy;
    private HttpClient? _foreign;

    /// <exception cref="HttpFault">A certificate or the proxy's address cannot be used.</exception>
    public HttpClients(HttpPlan plan)
    {
        _plan = plan;
        _authorities = plan.Authorities is { } path ? ReadAuthorities(path) : null;
        _proxy = plan.Proxy is ProxyPlan.Fixed { Address: var address } ? ProxyAddress(address.Reveal()) : null;
        Own = Create(plan.ClientCertificate is { } files ? ReadCertificate(files) : null);
    }

    /// <summary>For the declared origin.</summary>
    public HttpClient Own { get; }

    /// <summary>For any other.</summary>
    public HttpClient Foreign => _foreign ??= Create(null);

    public void Dispose()
    {
        Own.Dispose();
        _foreign?.Dispose();
    }

    // Timeouts are the download's own: each says which limit it is.
    private HttpClient Create(SslStreamCertificateContext? certificate)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            // What is not wanted is not waited for.
            MaxResponseDrainSize = 0,
            ConnectTimeout = _plan.ConnectTimeout,
            UseCookies = false,
            UseProxy = _plan.Proxy is not ProxyPlan.Direct,
            SslOptions = new SslClientAuthenticationOptions { ClientCertificateContext = certificate },
        };
        if (_proxy is not null)
        {
            handler.Proxy = new FixedProxy(_proxy);
        }

        if (_authorities is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(_authorities);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        return new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    }

    private static X509Certificate2Collection ReadAuthorities(string path)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(path);
            return authorities.Count > 0
                ? authorities
                : throw HttpFault.BadCertificate(
                    "ca",
                    path,
                    new CryptographicException("it holds no certificate in PEM")
                );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw HttpFault.BadCertificate("ca", path, error);
        }
    }

    private static SslStreamCertificateContext ReadCertificate(ClientCertificatePlan files)
    {
        try
        {
            var certificate = files.Password is { } password
                ? X509Certificate2.CreateFromEncryptedPemFile(files.Certificate, password.Reveal(), files.Key)
                : X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(files.Certificate);
            return SslStreamCertificateContext.Create(certificate, chain, offline: true);
        }
        catch (Exception error)
            when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw HttpFault.BadCertificate("client_certificate", files.Certificate, error);
        }
    }

    private static Uri ProxyAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Host.Length > 0
            ? address
            : throw HttpFault.BadUrl();

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
