// Certificates as files: the authorities that are trusted, and the certificate this client shows. Read when a connection is made ready.

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cti.Host.Net;

internal static class TlsFiles
{
    /// <summary>What a client trusts and shows.</summary>
    /// <exception cref="ConnectionException">A file cannot be used.</exception>
    public static SslClientAuthenticationOptions Options(TlsPlan plan) =>
        new()
        {
            ClientCertificateContext = plan.ClientCertificate is { } files ? ReadCertificate(files) : null,
            CertificateChainPolicy = Policy(plan),
        };

    /// <summary>The rule by which a server's chain is judged; null for the machine's.</summary>
    /// <exception cref="ConnectionException">A file cannot be used.</exception>
    public static X509ChainPolicy? Policy(TlsPlan plan)
    {
        if (plan.Authorities is null)
        {
            return null;
        }

        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(ReadAuthorities(plan.Authorities));
        return policy;
    }

    private static X509Certificate2Collection ReadAuthorities(string path)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(path);
            return authorities.Count > 0
                ? authorities
                : throw ConnectionException.BadCertificate(
                    "ca",
                    path,
                    new CryptographicException("it holds no certificate in PEM")
                );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw ConnectionException.BadCertificate("ca", path, error);
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
            throw ConnectionException.BadCertificate("client_certificate", files.Certificate, error);
        }
    }
}
