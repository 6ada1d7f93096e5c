// The queries of our packs, run by SQLite (which osquery is made of) over small tables named as osquery's.

using System.Text;
using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

[Trait("Tool", "sqlite3")]
[Collection(Heavy.Name)]
public class OsqueryTests
{
    private const string Tables = """
        CREATE TABLE processes (pid INTEGER, name TEXT, path TEXT);
        CREATE TABLE hash (path TEXT, md5 TEXT, sha1 TEXT, sha256 TEXT);
        CREATE TABLE file (path TEXT, size INTEGER, mtime INTEGER, uid INTEGER);
        CREATE TABLE process_open_sockets (pid INTEGER, remote_address TEXT, remote_port INTEGER);
        CREATE TABLE dns_cache (name TEXT, type TEXT);
        INSERT INTO processes VALUES (1, 'bad', '/tmp/bad'), (2, 'good', '/bin/good');
        INSERT INTO hash VALUES ('/tmp/bad', 'd41d8cd98f00b204e9800998ecf8427a', 'x', 'y'), ('/bin/good', 'z', 'z', 'z');
        INSERT INTO file VALUES ('C:\it''s;here', 1, 1, 0), ('/tmp/other', 1, 1, 0);
        INSERT INTO process_open_sockets VALUES (1, '203.0.113.9', 80), (2, '203.0.113.10', 80), (2, '203.0.113.11', 443), (2, '203.0.113.11', 80);
        INSERT INTO dns_cache VALUES ('Stays.Example.com', 'A'), ('free.example.com', 'A');

        """;

    [Fact]
    public void Every_query_finds_what_is_listed_and_nothing_else_until_it_is_taken_back()
    {
        if (Tools.Find("sqlite3", "sqlite3") is not { } sqlite)
        {
            return;
        }

        using var work = FileWork.With("{ type: osquery_pack, interval: 10m }", "cti.conf", "");
        work.Write(
            "in/a.txt",
            "d41d8cd98f00b204e9800998ecf8427a\nC:\\it's;here\n203.0.113.9\n203.0.113.11:443\nstays.example.com\n"
        );
        work.RunAt("2026-01-02T00:00:00Z");
        Assert.Equal(
            [
                "1|bad|/tmp/bad|203.0.113.9|80",
                "1|bad|/tmp/bad|d41d8cd98f00b204e9800998ecf8427a",
                "2|good|/bin/good|203.0.113.11|443",
                "C:\\it's;here|1|1|0",
                "Stays.Example.com|A",
            ],
            Ask(work, sqlite)
        );

        work.Write("in/a.txt", "203.0.113.9\n");
        work.RunAt("2026-01-03T00:00:00Z");
        Assert.Equal(["1|bad|/tmp/bad|203.0.113.9|80"], Ask(work, sqlite));
    }

    // All rows that all queries find.
    private static string[] Ask(Workspace work, string sqlite)
    {
        using var pack = JsonDocument.Parse(work.Read("out/cti.conf"));
        var script = new StringBuilder(Tables);
        foreach (var query in pack.RootElement.GetProperty("queries").EnumerateObject())
        {
            Assert.Equal(600, query.Value.GetProperty("interval").GetInt32());
            script.AppendLine(query.Value.GetProperty("query").GetString());
        }

        work.Write("script.sql", script.ToString());
        using var process = CtiProcess.Launch(work.Root, sqlite, "-bail", ":memory:", ".read script.sql");
        var result = process.Wait();
        Assert.True(result.Exit == 0, result.ToString());
        return [.. result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }
}
