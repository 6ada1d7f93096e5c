// Certificates: the server's is always verified, ours is shown where it is declared.

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cti.Host.Tests.Harness;
using Xunit;
using static Cti.Host.Tests.Sources.Http.HttpWorkspace;

namespace Cti.Host.Tests.Sources.Http;

/// <summary>An authority of our own, a server's certificate and a client's, made once.</summary>
public sealed class Authority : IDisposable
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-1);

    public Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test Authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = request.CreateSelfSigned(From, From.AddDays(30));
        Root = root.ExportCertificatePem();
        using var server = Issue(root, "CN=127.0.0.1", out var serverKey);
        Server = X509CertificateLoader.LoadPkcs12(
            server.CopyWithPrivateKey(serverKey).Export(X509ContentType.Pfx),
            null
        );
        using var client = Issue(root, "CN=cti", out var clientKey);
        Client = client.ExportCertificatePem();
        ClientKey = clientKey.ExportPkcs8PrivateKeyPem();
        EncryptedKey = clientKey.ExportEncryptedPkcs8PrivateKeyPem(
            "sesame-1234",
            new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)
        );
        serverKey.Dispose();
        clientKey.Dispose();
    }

    public string Root { get; }
    public X509Certificate2 Server { get; }
    public string Client { get; }
    public string ClientKey { get; }
    public string EncryptedKey { get; }

    public void Dispose() => Server.Dispose();

    private static X509Certificate2 Issue(X509Certificate2 root, string name, out ECDsa key)
    {
        key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.Create(root, From, From.AddDays(20), RandomNumberGenerator.GetBytes(8));
    }
}

public class TlsTests(Authority authority) : IClassFixture<Authority>
{
    [Fact]
    public void A_server_whose_authority_nobody_trusts_is_not_read_from()
    {
        using var server = new TestServer(_ => new TestAnswer(Names), authority.Server);
        using var work = With(From(server.Url));
        work.Fails("CTI-SOURCE-018", "declare `ca:`");
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void An_authority_of_our_own_is_trusted_where_it_is_declared()
    {
        using var server = new TestServer(_ => new TestAnswer(Names), authority.Server);
        using var work = Workspace(server, "ca: root.pem");
        Assert.Equal(3, work.Run().GetProperty("records").GetInt64());
    }

    [Theory]
    [InlineData("key: client.key")]
    [InlineData("key: encrypted.key, password: '${env:KEY_PASSWORD}'")]
    public void A_client_certificate_is_shown(string key)
    {
        using var server = new TestServer(_ => new TestAnswer(Names), authority.Server, wantsClientCertificate: true);
        using var without = Workspace(server, "ca: root.pem, retries: 0");
        Assert.Equal(1, without.TryRun().Exit);
        Assert.Empty(server.Requests);
        using var work = Workspace(server, $"ca: root.pem, client_certificate: {{ certificate: client.pem, {key} }}");
        var result = work.RunWith(["KEY_PASSWORD=sesame-1234"]);
        Assert.True(result.Exit == 0, result.ToString());
        Assert.Single(server.Requests);
    }

    [Fact]
    public void A_certificate_that_cannot_be_used_is_told_by_its_file()
    {
        using var folder = new Harness.Workspace();
        folder.Write("client.pem", authority.Client);
        folder.Write("client.key", authority.ClientKey);
        string File(string name) => folder.PathOf(name);
        FailEach(
            (From("https://127.0.0.1", $"ca: {File("nowhere.pem")}"), "CTI-SOURCE-019", "nowhere.pem cannot be used"),
            (From("https://127.0.0.1", $"ca: {File("client.key")}"), "CTI-SOURCE-019", "it holds no certificate"),
            (
                From(
                    "https://127.0.0.1",
                    $"client_certificate: {{ certificate: {File("client.pem")}, key: {File("client.pem")} }}"
                ),
                "CTI-SOURCE-019",
                "`client_certificate`: "
            )
        );
    }

    private Workspace Workspace(TestServer server, string more)
    {
        var work = With(From(server.Url, more));
        work.Write("root.pem", authority.Root);
        work.Write("client.pem", authority.Client);
        work.Write("client.key", authority.ClientKey);
        work.Write("encrypted.key", authority.EncryptedKey);
        return work;
    }
}
