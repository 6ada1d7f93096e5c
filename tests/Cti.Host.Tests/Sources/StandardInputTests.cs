// Standard input as a source: read as it comes, once, by one source.

using Cti.Host.Tests.Harness;
using Cti.Host.Tests.Sources.Http;
using Xunit;

namespace Cti.Host.Tests.Sources;

public class StandardInputTests
{
    [Theory]
    [InlineData("cat in.txt | {0} run p.yaml --json")]
    [InlineData("{0} run p.yaml --json < in.txt")]
    [InlineData("gzip -c in.txt | {0} run p.yaml --json")]
    [InlineData("cat in.txt | {0} run file.yaml --json --input a=-")]
    public void What_is_piped_in_is_read_every_time(string command)
    {
        using var work = HttpWorkspace.With("{ type: stdin }");
        work.Write("in.txt", HttpWorkspace.Names);
        work.Write(
            "file.yaml",
            work.Read("p.yaml").Replace("type: stdin", "type: file, path: missing", StringComparison.Ordinal)
        );
        for (var run = 0; run < 2; run++)
        {
            var result = Shell(work, command);
            Assert.True(result.Exit == 0, result.ToString());
            Assert.Equal(3, result.Json.GetProperty("records").GetInt64());
        }

        Assert.Equal(["stdin"], work.Column("SELECT DISTINCT uri FROM observations"));
        Assert.Equal(0, work.Count("SELECT count(*) FROM cursors WHERE kind = 'source'"));
    }

    [Fact]
    public void Two_sources_cannot_share_it()
    {
        using var work = HttpWorkspace.With("{ type: stdin }");
        var second = work.Read("p.yaml").Replace("pipeline: p", "pipeline: q", StringComparison.Ordinal);
        second = second.Replace("name: a", "name: b", StringComparison.Ordinal);
        work.Write("q.yaml", second.Replace("path: out/", "path: out/q-", StringComparison.Ordinal));
        var result = work.Cti("run", "p.yaml", "q.yaml");
        Assert.Equal(2, result.Exit);
        Assert.Contains("a and b would read it", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, work.Cti("run", "p.yaml", "q.yaml", "--input", "b=-").Exit);
        Assert.False(work.Exists("out/s.duckdb"));
    }

    private static CtiResult Shell(Workspace work, string command)
    {
        using var process = CtiProcess.Launch(
            work.Root,
            "/bin/sh",
            "-c",
            string.Format(System.Globalization.CultureInfo.InvariantCulture, command, CtiProcess.Executable)
        );
        return process.Wait();
    }
}
