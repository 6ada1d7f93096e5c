// Places that cannot be used: an unwritable path, a full disk, a locked store, a missing list. One sentence that says what to do, exit 1,
// earlier outputs untouched.

using Cti.DuckDb;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class BadPlaceTests
{
    private const string TwoLists = """
        - { name: other, render: { type: plain_list }, to: { type: file, path: out/other.txt } }
        """;

    [Fact]
    public void A_sink_whose_path_cannot_be_written_fails_alone_and_leaves_no_trace()
    {
        using var work = WithList();
        work.Write("out/list.txt/occupied", "a folder stands in the file's place");
        var result = work.TryRun();
        AssertOneSentence(result, "out/list.txt");
        Assert.Equal("a.example.com\n", work.Read("out/other.txt"));
        Assert.Empty(Leftovers(work));
        // Once the place is free, the same command delivers.
        Directory.Delete(work.PathOf("out/list.txt"), recursive: true);
        work.Run();
        Assert.Equal("a.example.com\n", work.Read("out/list.txt"));
    }

    [Fact]
    public void A_store_that_is_called_like_a_schema_of_its_own_is_told_to_be_called_otherwise()
    {
        using var work = WithList();
        work.Write("p.yaml", work.Read("p.yaml").Replace("out/s.duckdb", "out/store.duckdb", StringComparison.Ordinal));
        AssertOneSentence(work.TryRun(), "cannot be called store.duckdb");
    }

    [Fact]
    public void A_sink_in_a_folder_that_cannot_be_made_fails_alone()
    {
        using var work = WithList();
        work.Write(
            "p.yaml",
            work.Read("p.yaml").Replace("out/list.txt", "in/a.txt/list.txt", StringComparison.Ordinal)
        );
        AssertOneSentence(work.TryRun(), "in/a.txt/list.txt");
        Assert.Equal("a.example.com\n", work.Read("out/other.txt"));
    }

    [Fact]
    public void A_stream_sink_whose_path_cannot_be_written_does_not_stop_the_others()
    {
        using var work = WithList(
            "- { name: stream, render: { type: ndjson }, to: { type: file, path: in/a.txt/s.ndjson } }"
        );
        AssertOneSentence(work.TryRun(), "in/a.txt/s.ndjson");
        Assert.Equal("a.example.com\n", work.Read("out/list.txt"));
    }

    [Fact]
    public void A_full_disk_under_a_state_sink_leaves_the_old_file_and_no_half_of_the_new_one()
    {
        using var work = WithList();
        work.Run();
        // Writing to /dev/full fails as on a full disk, for every user.
        Directory.CreateDirectory(work.PathOf("out/.cti/new"));
        File.CreateSymbolicLink(work.PathOf("out/.cti/new/list.txt"), "/dev/full");
        work.Write("in/a2.txt", "b.example.com\n");
        AssertOneSentence(work.TryRun(), "out/list.txt");
        Assert.Equal("a.example.com\n", work.Read("out/list.txt"));
        Assert.Equal("a.example.com\nb.example.com\n", work.Read("out/other.txt"));
        work.Run();
        Assert.Equal("a.example.com\nb.example.com\n", work.Read("out/list.txt"));
    }

    [Fact]
    public void A_full_disk_under_a_stream_sink_does_not_stop_the_others_and_what_it_missed_comes_later()
    {
        using var work = WithList(
            "- { name: stream, render: { type: ndjson }, to: { type: file, path: out/s.ndjson } }"
        );
        Directory.CreateDirectory(work.PathOf("out"));
        File.CreateSymbolicLink(work.PathOf("out/s.ndjson"), "/dev/full");
        AssertOneSentence(work.TryRun(), "out/s.ndjson");
        Assert.Equal("a.example.com\n", work.Read("out/list.txt"));
        File.Delete(work.PathOf("out/s.ndjson"));
        work.Run();
        Assert.Contains("a.example.com", Assert.Single(work.Lines("out/s.ndjson")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_under_the_store_is_one_sentence_and_the_run_can_be_repeated()
    {
        using var work = WithList();
        work.Run();
        work.Write(
            "in/a2.txt",
            string.Concat(Enumerable.Range(0, 9_000).Select(n => $"host{n * 7919L % 1000003}.example.com\n"))
        );
        // No file may grow beyond 1 MiB: the store's log hits that in the first epoch. The signal it would bring is a write error when ignored.
        using (
            var shell = CtiProcess.Launch(
                work.Root,
                "bash",
                "-c",
                $"trap '' XFSZ; export DOTNET_EnableWriteXorExecute=0; ulimit -f 1024; exec '{CtiProcess.Executable}' run p.yaml --json --quiet --now {Workspace.Now}"
            )
        )
        {
            var full = shell.Wait();
            AssertOneSentence(full, "out/s.duckdb");
            // What could not be committed is not said to be stored.
            var store = full
                .Json.GetProperty("books")
                .EnumerateArray()
                .First(row => row.GetProperty("stage").GetString() == "store");
            Assert.Equal((0, 9_000), (store.GetProperty("out").GetInt64(), store.GetProperty("in_flight").GetInt64()));
        }

        Assert.Equal("a.example.com\n", work.Read("out/other.txt"));
        Assert.Equal("a.example.com\n", work.Read("out/list.txt"));
        work.Run();
        Assert.Equal(9_001, work.Lines("out/list.txt").Length);
    }

    [Fact]
    public void A_store_that_another_process_holds_is_named_with_that_process()
    {
        using var work = WithList();
        work.Run();
        var files = work.Rendered();
        work.Write("in/a2.txt", "b.example.com\n");
        using (var held = new DuckDbConnection($"Data Source={work.StorePath}"))
        {
            held.Open();
            var result = work.TryRun();
            AssertOneSentence(result, "out/s.duckdb");
            Assert.Contains($"PID {Environment.ProcessId}", result.Error, StringComparison.Ordinal);
            var sql = work.Cti("sql", "SELECT 1", "--store", "out/s.duckdb");
            AssertOneSentence(sql, $"PID {Environment.ProcessId}");
            AssertOneSentence(work.Cti("plan", "p.yaml"), $"PID {Environment.ProcessId}");
        }

        Assert.Equal(files, work.Rendered());
    }

    [Fact]
    public void A_store_that_is_no_store_is_refused_and_left_as_it_is()
    {
        using var work = WithList();
        work.Write("out/s.duckdb", new string('x', 20_000));
        AssertOneSentence(work.TryRun(), "out/s.duckdb");
        Assert.Equal(new string('x', 20_000), work.Read("out/s.duckdb"));
    }

    [Theory]
    [InlineData("lists/nowhere.json")]
    [InlineData("lists/broken.json")]
    [InlineData("lists/regex.json")]
    public void A_warninglist_that_is_missing_or_broken_stops_the_run_before_anything_is_touched(string list)
    {
        using var work = WithList();
        work.Run();
        var files = work.Rendered();
        work.Write("lists/broken.json", "{ \"type\": ");
        work.Write(
            "lists/regex.json",
            """{"name":"r","description":"d","version":1,"type":"regex","matching_attributes":["domain"],"list":["(("]}"""
        );
        work.Write("in/a2.txt", "b.example.com\n");
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                .Replace("sinks:", $"screen: {{ warninglists: [\"{list}\"] }}\nsinks:", StringComparison.Ordinal)
        );
        AssertOneSentence(work.TryRun(), Path.GetFileName(list));
        Assert.Equal(files, work.Rendered());
        Assert.Equal(1, work.Count("SELECT count(*) FROM runs"));
    }

    [Fact]
    public void A_missing_input_is_one_sentence_and_the_other_source_is_read()
    {
        using var work = WithList();
        File.Delete(work.PathOf("in/a.txt"));
        AssertOneSentence(work.TryRun(), "in/a*");
    }

    [Fact]
    public void A_source_name_that_another_pipeline_of_the_store_uses_fails_that_run_and_is_no_interrupted_one()
    {
        using var work = WithList();
        work.Run();
        work.Write("q.yaml", work.Read("p.yaml").Replace("pipeline: p", "pipeline: q", StringComparison.Ordinal));
        AssertOneSentence(work.Cti("run", "q.yaml", "--quiet"), "rename one of them");
        Assert.Equal(["done", "failed"], work.Column("SELECT status FROM runs ORDER BY started_at"));
    }

    private static Workspace WithList(string more = "")
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.List() + $"\n  {TwoLists.Trim()}\n{(more.Length > 0 ? "  " + more : "")}\n");
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                .Replace(
                    "path: out/list.txt }",
                    "path: out/list.txt }\n    max_change: 1000000%",
                    StringComparison.Ordinal
                )
        );
        work.Write(
            "p.yaml",
            work.Read("p.yaml")
                .Replace(
                    "path: out/other.txt } }",
                    "path: out/other.txt }, max_change: 1000000% }",
                    StringComparison.Ordinal
                )
        );
        work.Write("in/a.txt", "a.example.com\n");
        return work;
    }

    private static IEnumerable<string> Leftovers(Workspace work) =>
        Directory.Exists(work.PathOf("out/.cti"))
            ? Directory.EnumerateFiles(work.PathOf("out/.cti"), "*", SearchOption.AllDirectories)
            : [];

    private static void AssertOneSentence(CtiResult result, string names)
    {
        Assert.True(result.Exit == 1, result.ToString());
        var line = Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Contains(names, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }
}
