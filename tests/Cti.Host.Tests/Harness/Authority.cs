// An authority of our own with the certificates of servers, good and bad, and of a client.

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cti.Host.Tests.Harness;

/// <summary>Made once per class of tests.</summary>
public sealed class Authority : IDisposable
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-1);
    private static readonly DateTimeOffset Valid = From.AddDays(20);

    public Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test Authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = request.CreateSelfSigned(From, From.AddDays(30));
        Root = root.ExportCertificatePem();
        Server = ServerOf(root, Valid, names => names.AddIpAddress(IPAddress.Loopback));
        OfAnotherName = ServerOf(root, Valid, names => names.AddDnsName("elsewhere.example"));
        Expired = ServerOf(root, From.AddHours(2), names => names.AddIpAddress(IPAddress.Loopback));
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var alone = new CertificateRequest("CN=127.0.0.1", own, HashAlgorithmName.SHA256);
        alone.CertificateExtensions.Add(Names(names => names.AddIpAddress(IPAddress.Loopback)));
        SelfSigned = Load(alone.CreateSelfSigned(From, Valid));
        using var client = Issue(
            root,
            "CN=cti",
            Valid,
            Names(names => names.AddIpAddress(IPAddress.Loopback)),
            out var clientKey
        );
        Client = client.ExportCertificatePem();
        ClientKey = clientKey.ExportPkcs8PrivateKeyPem();
        EncryptedKey = clientKey.ExportEncryptedPkcs8PrivateKeyPem(
            "sesame-1234",
            new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)
        );
        clientKey.Dispose();
    }

    public string Root { get; }
    public X509Certificate2 Server { get; }

    /// <summary>Of the authority too, but for another host.</summary>
    public X509Certificate2 OfAnotherName { get; }

    /// <summary>Of the authority too, but no longer valid.</summary>
    public X509Certificate2 Expired { get; }

    /// <summary>Of nobody.</summary>
    public X509Certificate2 SelfSigned { get; }
    public string Client { get; }
    public string ClientKey { get; }
    public string EncryptedKey { get; }

    public void Dispose()
    {
        Server.Dispose();
        OfAnotherName.Dispose();
        Expired.Dispose();
        SelfSigned.Dispose();
    }

    private static X509Certificate2 ServerOf(
        X509Certificate2 root,
        DateTimeOffset until,
        Action<SubjectAlternativeNameBuilder> name
    )
    {
        using var certificate = Issue(root, "CN=server", until, Names(name), out var key);
        using (key)
        {
            return Load(certificate.CopyWithPrivateKey(key));
        }
    }

    // Keys that live in memory only are refused by some platforms' TLS: through PKCS #12 they are usable everywhere.
    private static X509Certificate2 Load(X509Certificate2 made)
    {
        using (made)
        {
            return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        }
    }

    private static X509Extension Names(Action<SubjectAlternativeNameBuilder> add)
    {
        var names = new SubjectAlternativeNameBuilder();
        add(names);
        return names.Build();
    }

    private static X509Certificate2 Issue(
        X509Certificate2 root,
        string name,
        DateTimeOffset until,
        X509Extension names,
        out ECDsa key
    )
    {
        key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names);
        return request.Create(root, From, until, RandomNumberGenerator.GetBytes(8));
    }
}
