// cti export as a user meets it: sets of other days, the lists and configuration of then, and what it refuses.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Cli;

public class ExportCommandTests
{
    [Fact]
    public void A_set_is_rendered_with_the_lists_and_the_configuration_of_then()
    {
        using var work = new Workspace();
        work.Write("ours.txt", "b.example.com\n");
        work.Write(
            "p.yaml",
            PipelineText.List("mode: snapshot", "max_change: 1000000%", "screen: { allow: [ours.txt] }")
        );
        work.Write("in/a.txt", "a.example.com\nb.example.com\nc.example.com\n");
        work.RunAt("2026-01-01T00:00:00Z");
        work.Write("ours.txt", "c.example.com\n");
        work.Write("in/a.txt", "a.example.com\nc.example.com\nd.example.com\n");
        work.RunAt("2026-01-05T00:00:00Z");
        work.Write(
            "p.yaml",
            PipelineText.List(
                "mode: snapshot",
                "max_change: 1000000%\n    where: \"value = 'd.example.com'\"",
                "screen: { allow: [ours.txt] }"
            )
        );
        work.RunAt("2026-01-06T00:00:00Z");
        File.Delete(work.PathOf("ours.txt"));

        Assert.Equal("", Export(work, "2025-12-31T00:00:00Z", "2026-01-05T00:00:00Z"));
        Assert.Equal("a.example.com\nc.example.com\n", Export(work, "2026-01-03T00:00:00Z", "2026-01-01T00:00:00Z"));
        // Known later: b was never ours to list by the lists of then, c is by those of day 5.
        Assert.Equal("a.example.com\n", Export(work, "2026-01-03T00:00:00Z", "2026-01-05T00:00:00Z"));
        Assert.Equal("a.example.com\nd.example.com\n", Export(work, "2026-01-05T00:00:00Z", "2026-01-05T00:00:00Z"));
        Assert.Equal("d.example.com\n", Export(work, "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"));

        var written = work.Cti(
            "export",
            "p/list",
            "--store",
            "out/s.duckdb",
            "--as-of",
            "2026-01-05T00:00:00Z",
            "--out",
            "then/list.txt"
        );
        Assert.True(written.Exit == 0, written.ToString());
        Assert.Equal("", written.Out);
        Assert.Contains("1 entries, by the configuration and lists of run", written.Error, StringComparison.Ordinal);
        Assert.Contains("2026-01-06 00:00:00Z", written.Error, StringComparison.Ordinal);
        Assert.Equal(["d.example.com"], work.Lines("then/list.txt"));
        // Two contents of the list, however many runs used them.
        Assert.Equal(2, work.Count("SELECT count(*) FROM lists"));
        Assert.Equal(3, work.Count("SELECT count(*) FROM run_lists"));
    }

    [Theory]
    [InlineData("p/stream", "CTI-EXPORT-003 sink stream is told changes")]
    [InlineData(
        "p/nope",
        "CTI-EXPORT-002 pipeline p had no sink nope in its run of 2026-01-02 00:00:00Z; it had: list, stream"
    )]
    [InlineData(
        "q/list",
        "CTI-EXPORT-001 pipeline q had not run in out/s.duckdb by 2026-02-01 00:00:00Z; there are: p."
    )]
    [InlineData("list", "write PIPELINE/SINK")]
    public void What_cannot_be_rendered_is_told(string sink, string says)
    {
        using var work = new Workspace();
        work.Write(
            "p.yaml",
            PipelineText.List(
                sink: "max_change: 1000000%\n  - { name: stream, render: { type: ndjson }, to: { type: file, path: out/s.ndjson } }"
            )
        );
        work.Write("in/a.txt", "a.example.com\n");
        work.Run();
        var result = work.Cti("export", sink, "--store", "out/s.duckdb", "--known-at", "2026-02-01T00:00:00Z");
        Assert.Equal(2, result.Exit);
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_that_is_none_is_told()
    {
        using var work = new Workspace();
        var result = work.Cti("export", "p/list", "--as-of", "yesterday");
        Assert.Equal(2, result.Exit);
        Assert.Contains(
            "--as-of yesterday: write a time such as 2026-01-01T00:00:00Z",
            result.Error,
            StringComparison.Ordinal
        );
    }

    private static string Export(Workspace work, string asOf, string knownAt)
    {
        var result = work.Cti("export", "p.yaml/list", "--as-of", asOf, "--known-at", knownAt);
        Assert.True(result.Exit == 0, result.ToString());
        return result.Out;
    }
}
