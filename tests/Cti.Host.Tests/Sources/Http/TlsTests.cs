// Certificates: the server's is always verified, ours is shown where it is declared.

using Cti.Host.Tests.Harness;
using Xunit;
using static Cti.Host.Tests.Sources.Http.HttpWorkspace;

namespace Cti.Host.Tests.Sources.Http;

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
