// A secret reaches the server it is for and nothing else: no output, no store, no message, whoever wrote it.

using System.Text;
using Cti.Host.Tests.Harness;
using Xunit;
using static Cti.Host.Tests.Sources.Http.HttpWorkspace;

namespace Cti.Host.Tests.Sources.Http;

public class SecretTests
{
    private const string Key = "s3cr3t/k3y+value";
    private const string Password = "p4ssw0rd in a file";

    [Theory]
    [InlineData(200)]
    [InlineData(401)]
    [InlineData(302)]
    [InlineData(503)]
    public void Nothing_that_is_printed_or_stored_holds_a_secret(int status)
    {
        using var server = new TestServer(
            new TestAnswer(Names, status)
            {
                // A server that repeats what it was told.
                Headers = [$"X-Key: {Key}", $"Location: ftp://feed.example/{Uri.EscapeDataString(Key)}?key={Key}"],
            }
        );
        using var work = With(
            From(
                server.Url + "/list?key=${env:CTI_TEST_KEY}",
                "retries: 1, headers: { Auth-Key: '${env:CTI_TEST_KEY}' }, basic: { user: me, password: '${file:secret.txt}' }"
            )
        );
        work.Write("secret.txt", Password + "\r\n");
        foreach (var more in new[] { "--json", "--strict" })
        {
            var result = work.RunWith([$"CTI_TEST_KEY={Key}"], more);
            Assert.True(result.Exit == (status == 200 ? 0 : 1), result.ToString());
            AssertClean(result.Out);
            AssertClean(result.Error);
            if (status == 401)
            {
                Assert.Contains(
                    "check the value of ${env:CTI_TEST_KEY} and ${file:secret.txt}",
                    result.Error + result.Out,
                    StringComparison.Ordinal
                );
            }
        }

        Assert.Equal(Key, server.Requests.First()["Auth-Key"]);
        Assert.Equal("/list?key=" + Key, server.Requests.First().Target);
        foreach (var file in Directory.EnumerateFiles(work.PathOf("out"), "*", SearchOption.AllDirectories))
        {
            AssertClean(Encoding.Latin1.GetString(File.ReadAllBytes(file)));
        }

        // DuckDB packs what it stores: the texts are looked at too.
        foreach (
            var table in work.Column("SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal")
        )
        {
            Assert.All(work.Query($"SELECT t::VARCHAR FROM {table} t"), row => AssertClean(row[0]));
        }
    }

    [Fact]
    public void Every_missing_secret_is_named_at_its_place_and_nothing_is_touched()
    {
        using var work = With(
            "{ type: http, url: \"https://feed.example/?k=${env:CTI_TEST_NONE}\",\n"
                + "        headers: { A: \"x ${file:no/such}\", B: '${env:CTI_TEST_EMPTY}', C: '${file:lines}' } }"
        );
        work.Write("lines", "one\ntwo\n");
        var result = work.RunWith(["CTI_TEST_EMPTY="]);
        Assert.True(result.Exit == 2, result.ToString());
        Assert.Contains(
            "error[CTI-CFG-035]: ${env:CTI_TEST_NONE} cannot be resolved: the environment variable is not set",
            result.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("p.yaml:5:", result.Error, StringComparison.Ordinal);
        Assert.Contains(
            "${file:no/such} cannot be resolved: there is no such file",
            result.Error,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "${env:CTI_TEST_EMPTY} cannot be resolved: the environment variable is empty",
            result.Error,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "${file:lines} cannot be resolved: its value holds a control character",
            result.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("4 errors", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("two", result.Error, StringComparison.Ordinal);
        Assert.False(work.Exists("out/s.duckdb"));
        // Validation touches nothing outside the file: it does not ask for values.
        Assert.Equal(0, work.Cti("validate", "p.yaml").Exit);
    }

    [Fact]
    public void Sinks_can_be_planned_without_the_secrets_of_sources()
    {
        using var server = new TestServer(new TestAnswer(Names));
        using var work = With(From(server.Url, "headers: { Auth-Key: '${env:CTI_TEST_KEY}' }"));
        Assert.Equal(0, work.RunWith(["CTI_TEST_KEY=abcd"]).Exit);
        Assert.Equal(0, work.Cti("plan", "p.yaml", "--now", Workspace.Now).Exit);
    }

    private static void AssertClean(string text)
    {
        foreach (var secret in new[] { Key, Password, "me:" + Password })
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain(Uri.EscapeDataString(secret), text, StringComparison.Ordinal);
            Assert.DoesNotContain(
                Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)),
                text,
                StringComparison.Ordinal
            );
        }
    }
}
