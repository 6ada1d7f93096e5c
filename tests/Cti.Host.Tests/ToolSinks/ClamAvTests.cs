// ClamAV reads our databases: it finds the files they list, leaves the others alone, and forgets what is taken back.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

[Trait("Tool", "clamscan")]
[Collection(Heavy.Name)]
public class ClamAvTests
{
    [Theory]
    [InlineData("hsb")]
    [InlineData("hdb")]
    public void Clamscan_finds_what_is_listed_and_nothing_else_until_it_is_taken_back(string kind)
    {
        if (Tools.Find("clamscan", "clamav") is not { } clamscan)
        {
            return;
        }

        using var work = FileWork.With($"{{ type: clamav_hashes, kind: {kind} }}", $"cti.{kind}");
        string[] listed =
            kind == "hdb" ? [FileWork.ListedMd5, FileWork.AlsoMd5] : [FileWork.ListedSha1, FileWork.AlsoSha256];
        work.Write("in/a.txt", string.Join('\n', listed) + "\nlisted.example.com\n");
        work.RunAt("2026-01-02T00:00:00Z");
        Assert.Equal("1: also.bin listed.bin", Scan(work, clamscan, kind));

        work.Write("in/a.txt", listed[0] + "\n");
        work.RunAt("2026-01-03T00:00:00Z");
        Assert.Equal("1: listed.bin", Scan(work, clamscan, kind));

        // Nothing is left, and nothing is a database too.
        work.Write("in/a.txt", "listed.example.com\n");
        work.RunAt("2026-01-04T00:00:00Z");
        Assert.Equal("0: ", Scan(work, clamscan, kind));
    }

    [Fact]
    public void A_name_that_ClamAV_would_read_as_another_format_is_refused()
    {
        using var work = FileWork.With("{ type: clamav_hashes }", "cti.hdb");
        var validated = work.Cti("validate", "p.yaml");
        Assert.True(validated.Exit == 2, validated.ToString());
        Assert.Contains("let it end in `.hsb`", validated.Error, StringComparison.Ordinal);
    }

    // The exit code and the files found.
    private static string Scan(Workspace work, string clamscan, string kind)
    {
        using var process = CtiProcess.Launch(
            work.Root,
            clamscan,
            "--no-summary",
            "--infected",
            "-d",
            $"out/cti.{kind}",
            "listed.bin",
            "also.bin",
            "other.bin"
        );
        var result = process.Wait();
        var found = result
            .Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => Path.GetFileName(line.Split(':')[0]))
            .Order(StringComparer.Ordinal);
        return $"{result.Exit}: {string.Join(' ', found)}";
    }
}
