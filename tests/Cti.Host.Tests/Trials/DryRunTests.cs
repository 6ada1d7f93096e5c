// `cti run --dry-run`: what a person sees before the first run, and that nothing is written.

using System.Globalization;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Trials;

public class DryRunTests
{
    private static readonly string[] Feed =
    [
        "198.51.100.1",
        "198.51.100.2",
        "192.168.0.1",
        "010.1.1.1",
        "evil.example.com",
        "198.51.100.3",
    ];

    private static Workspace Work(string sink = "max_tlp: green")
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.List(sink: sink));
        work.Write("in/a.txt", string.Join('\n', Feed) + "\n");
        return work;
    }

    [Fact]
    public void It_shows_what_would_come_of_the_records_and_writes_nothing()
    {
        using var work = Work();
        var result = work.Cti("run", "p.yaml", "--dry-run", "--now", Workspace.Now);
        Assert.True(result.Exit == 0, result.ToString());
        Assert.StartsWith(
            "p: dry run, nothing was written. 6 records, 4 observations, 4 indicators.\n",
            result.Out,
            StringComparison.Ordinal
        );
        Assert.Contains("every record is accounted for", result.Out, StringComparison.Ordinal);
        Assert.Contains("ipv4 198.51.100.1  []  clear, from a\n", result.Out, StringComparison.Ordinal);
        Assert.Contains(
            "screened       1  CTI-SCREEN-004, for example ipv4 192.168.0.1 by private and reserved space, entry 192.168.0.0/16 (in/a.txt line 3)\n",
            result.Out,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "rejected       1  CTI-NORM-008, first in/a.txt line 4: field line `010.1.1.1`: ",
            result.Out.Replace("field value", "field line", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "sink list: 4 entries, 56 bytes\n  198.51.100.1\n  198.51.100.2\n  198.51.100.3\n  evil.example.com\n",
            result.Out,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("stopped at", result.Out, StringComparison.Ordinal);
        Assert.Equal(
            ["in", "p.yaml"],
            Directory.EnumerateFileSystemEntries(work.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(5, true)]
    [InlineData(6, false)]
    [InlineData(7, false)]
    public void It_stops_at_the_limit_and_says_so_where_there_is_more(int limit, bool more)
    {
        using var work = Work();
        foreach (var batch in new[] { "1", "4096" })
        {
            var text = limit.ToString(CultureInfo.InvariantCulture);
            var result = work.Cti("run", "p.yaml", "--dry-run", "--limit", text, "--json", "--batch-size", batch);
            Assert.True(result.Exit == 0, result.ToString());
            Assert.Equal(Math.Min(limit, Feed.Length), result.Json.GetProperty("records").GetInt32());
            Assert.Equal(more ? 1 : 0, result.Json.GetProperty("stopped_at_limit").GetArrayLength());
        }
    }

    [Fact]
    public void It_reads_from_the_beginning_whatever_was_read_before_and_leaves_store_and_sinks_alone()
    {
        using var work = Work();
        work.Run();
        var store = File.ReadAllBytes(work.StorePath);
        var rendered = work.Rendered();
        var result = work.Cti("run", "p.yaml", "--dry-run", "--json");
        Assert.Equal(0, result.Exit);
        Assert.Equal(6, result.Json.GetProperty("records").GetInt32());
        Assert.Equal(store, File.ReadAllBytes(work.StorePath));
        Assert.Equal(rendered, work.Rendered());
    }

    [Fact]
    public void A_sink_whose_first_plan_would_wait_is_told()
    {
        using var work = Work("min_entries: 500");
        var result = work.Cti("run", "p.yaml", "--dry-run");
        Assert.Contains(
            "the plan would wait: 4 entries are fewer than min_entries 500",
            result.Out,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_source_that_cannot_be_read_is_exit_1_and_dead_letters_are_exit_3_when_strict()
    {
        using var work = Work();
        Assert.Equal(3, work.Cti("run", "p.yaml", "--dry-run", "--strict").Exit);
        File.Delete(work.PathOf("in/a.txt"));
        var result = work.Cti("run", "p.yaml", "--dry-run");
        Assert.Equal(1, result.Exit);
        Assert.Contains("source a: CTI-SOURCE-001 in/a*: no file matches", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--limit", "5")]
    [InlineData("--dry-run", "--limit", "0")]
    [InlineData("--dry-run", "--limit", "1000000000")]
    public void A_limit_out_of_place_or_range_is_exit_2(params string[] arguments)
    {
        using var work = Work();
        var result = work.Cti(["run", "p.yaml", .. arguments]);
        Assert.Equal(2, result.Exit);
        Assert.Contains("--limit", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Losses_are_told_as_a_run_tells_them_and_tests_may_count_them()
    {
        const string Bundle =
            """{"type":"bundle","id":"bundle--00000001-0000-4000-8000-000000000000","objects":[{"type":"indicator","spec_version":"2.1","id":"indicator--00000001-0000-4000-8000-000000000000","created":"2025-12-01T00:00:00.000Z","modified":"2025-12-01T00:00:00.000Z","pattern":"[domain-name:value = 'bad.example.com']","pattern_type":"stix","valid_from":"2025-12-01T00:00:00Z","x_ours":"lost","confidence":"much"}]}""";
        using var work = new Workspace();
        work.Write("in/a.json", Bundle);
        work.Write(
            "p.yaml",
            """
            pipeline: p
            store: out/s.duckdb
            sources:
              - { name: a, from: { type: file, path: "in/*" }, read: { type: stix } }
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt } }
            tests:
              - { name: some, source: a, now: 2026-01-01T00:00:00Z, given_file: in/a.json, expect: { counts: { losses: 1.. } } }
              - { name: none, source: a, now: 2026-01-01T00:00:00Z, given_file: in/a.json, expect: { counts: { losses: 0 } } }
            """
        );
        var shown = work.Cti("run", "p.yaml", "--dry-run", "--now", Workspace.Now).Out;
        Assert.Matches(
            @"\nlost +[0-9]+  CTI-LOSS-00[0-9] [a-z_]+, for example indicator\.[a-z_.]+ `.*` \(in/a\.json line 1\)\n",
            shown
        );
        var dry = work.Run("--dry-run").GetProperty("losses").GetRawText();
        Assert.NotEqual("[]", dry);
        var tested = work.Cti("test", "p.yaml");
        Assert.Equal(5, tested.Exit);
        Assert.Matches(@"ok +p\.yaml: some; [0-9]+ loss", tested.Out);
        Assert.Matches(@"CTI-TEST-005 losses is [0-9]+, expected 0\n +CTI-LOSS-00[0-9]", tested.Out);
        Assert.Equal(dry, work.Run().GetProperty("losses").GetRawText());
    }
}
