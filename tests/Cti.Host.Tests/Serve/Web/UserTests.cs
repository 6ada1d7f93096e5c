// Users: added, listed, given new tokens and removed, while the server runs; and where nobody is asked who they are.

using System.Security.Cryptography.X509Certificates;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Serve.Web;

public class UserTests(Authority authority) : IClassFixture<Authority>
{
    [Fact]
    public async Task A_token_is_good_from_its_making_to_its_end()
    {
        using var site = new WebSite();
        site.Add("late", "--tlp", "green");
        await site.Until("late", 200);
        var old = site.Token("late");
        var rotated = site.Work.Cti("user", "rotate", "late", "--users", "users.json");
        Assert.Equal(0, rotated.Exit);
        Assert.NotEqual(old, rotated.Out.Trim());
        await site.Until("late", 401);
        Assert.Equal(0, site.Work.Cti("user", "remove", "reader", "--users", "users.json").Exit);
        await site.Until("reader", 401);
        Assert.Equal(200, (await site.GetAsync("taxii2/")).Status);
        // A file that cannot be understood lets nobody in.
        site.Work.Write("users.json", "{");
        await site.Until("partner", 401);
        site.Service.WaitFor("CTI-SERVE-003");
    }

    [Fact]
    public void Tokens_are_kept_as_hashes_in_a_file_for_its_owner_alone()
    {
        using var work = new Workspace();
        var added = work.Cti("user", "add", "a", "--users", "u.json", "--tlp", "amber", "--read", "p/x", "q/*");
        Assert.Equal(0, added.Exit);
        Assert.Matches("^cti_[0-9a-f]{64}\n$", added.Out);
        Assert.DoesNotContain(added.Out.Trim(), work.Read("u.json"), StringComparison.Ordinal);
        using var mode = CtiProcess.Launch(work.Root, "stat", "-c", "%a", "u.json");
        Assert.Equal("600", mode.Wait().Out.Trim());
        var listed = work.Cti("user", "list", "--users", "u.json");
        Assert.StartsWith("a: up to TLP:AMBER, reads p/x q/*, adds to nothing", listed.Out, StringComparison.Ordinal);
        var json = work.Cti("user", "list", "--users", "u.json", "--json").Json.GetProperty("users")[0];
        Assert.Equal("amber", json.GetProperty("max_tlp").GetString());
        Assert.DoesNotContain("token", json.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "add", "a")]
    [InlineData(1, "remove", "b")]
    [InlineData(1, "rotate", "b")]
    [InlineData(2, "add", "B")]
    [InlineData(2, "add", "b", "--tlp", "purple")]
    [InlineData(2, "add", "b", "--read", "sink")]
    [InlineData(2, "add", "b", "--write", "p/a/b")]
    public void What_cannot_be_is_told(int exit, params string[] words)
    {
        using var work = new Workspace();
        Assert.Equal(0, work.Cti("user", "add", "a", "--users", "u.json").Exit);
        var before = work.Read("u.json");
        var result = work.Cti(["user", .. words, "--users", "u.json"]);
        Assert.Equal(exit, result.Exit);
        Assert.NotEmpty(result.Error);
        Assert.Equal(before, work.Read("u.json"));
    }

    [Fact]
    public async Task Without_users_this_machine_sees_what_is_public_and_nothing_else()
    {
        using var work = Marked();
        var port = ServiceProcess.FreePort();
        using var service = ServiceProcess.Serve(work, "p.yaml", "--listen", $"127.0.0.1:{port}");
        service.WaitFor("p: done");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        var objects = await http.GetStringAsync(new Uri("intel/collections/p.all/objects/", UriKind.Relative));
        Assert.Contains("public.example.com", objects, StringComparison.Ordinal);
        Assert.DoesNotContain("secret.example.com", objects, StringComparison.Ordinal);
        var sent = await http.PostAsync(
            new Uri("intel/collections/p.all/objects/", UriKind.Relative),
            new StringContent("{}")
        );
        Assert.Equal(403, (int)sent.StatusCode);
        // The list may hold what is not public.
        Assert.Equal(403, (int)(await http.GetAsync(new Uri("lists/p/list", UriKind.Relative))).StatusCode);
        // From the first user on everybody is asked.
        Assert.Equal(0, work.Cti("user", "add", "a").Exit);
        Assert.Equal(401, (int)(await http.GetAsync(new Uri("taxii2/", UriKind.Relative))).StatusCode);
        Assert.Equal(200, (int)(await http.GetAsync(new Uri("health", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Beyond_this_machine_it_takes_a_certificate_and_users()
    {
        using var work = Marked();
        var port = ServiceProcess.FreePort();
        work.Write("key.pem", ServerKey());
        work.Write("cert.pem", authority.Server.ExportCertificatePem());
        string[] beyond = ["serve", "p.yaml", "--listen", $"0.0.0.0:{port}"];
        Assert.Equal(2, work.Cti(beyond).Exit);
        string[] secure = [.. beyond, "--tls-cert", "cert.pem", "--tls-key", "key.pem"];
        var alone = work.Cti(secure);
        Assert.Equal(1, alone.Exit);
        Assert.Contains("CTI-SERVICE-006", alone.Error, StringComparison.Ordinal);
        var token = work.Cti("user", "add", "a").Out.Trim();
        using var service = ServiceProcess.Serve(work, secure[1..]);
        using var handler = new HttpClientHandler();
        // The test's own authority is known to nobody else.
        handler.ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
            certificate!.Thumbprint == authority.Server.Thumbprint;
        using var http = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{port}/") };
        Assert.Equal(401, (int)(await http.GetAsync(new Uri("health", UriKind.Relative))).StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        Assert.Equal(200, (int)(await http.GetAsync(new Uri("health", UriKind.Relative))).StatusCode);
        Assert.Equal(200, (int)(await http.GetAsync(new Uri("taxii2/", UriKind.Relative))).StatusCode);
    }

    private string ServerKey()
    {
        using var key = authority.Server.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static Workspace Marked()
    {
        var work = new Workspace();
        work.Write("in/a.txt", "public.example.com\n");
        work.Write("in/b.txt", "secret.example.com\n");
        work.Write(
            "p.yaml",
            """
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: in/a.txt }
                read: { type: lines }
                map: [ { value: { field: line }, type: auto } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
              - name: b
                from: { type: file, path: in/b.txt }
                read: { type: lines }
                map: [ { value: { field: line }, type: auto } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: green }
            sinks:
              - { name: all, render: { type: stix_bundle }, to: { type: taxii_collection, api_root: intel }, max_tlp: green }
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, max_tlp: green, serve: true }
            """
        );
        return work;
    }
}
