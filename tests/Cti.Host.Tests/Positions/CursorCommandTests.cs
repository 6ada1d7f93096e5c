// Cursors looked at and moved from a shell.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Positions;

public class CursorCommandTests
{
    private const string Input = "192.0.2.1\n# note\n192.0.2.2\nno value\n192.0.2.3\n";

    private static Workspace With(string source = "", string input = Input)
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            PipelineText
                .List(source, sink: "max_change: 1000000%")
                .Replace("type: lines", "type: lines, comment: \"#\"", StringComparison.Ordinal)
                + "\n  - { name: stream, render: { type: ndjson }, to: { type: file, path: out/changes.ndjson } }\n"
        );
        work.Write("in/a.txt", input);
        work.Run();
        return work;
    }

    private static CtiResult Cursor(Workspace work, params string[] arguments) =>
        work.Cti(["cursor", arguments[0], "p.yaml", .. arguments[1..]]);

    private static long Read(Workspace work) => work.Run().GetProperty("records").GetInt64();

    [Fact]
    public void A_list_says_how_far_sources_and_sinks_are()
    {
        using var work = With();
        File.AppendAllText(work.PathOf("in/a.txt"), new string('#', 47) + "\n");
        var cursors = Cursor(work, "list", "--json").Json.GetProperty("cursors");
        Assert.Equal(2, cursors.GetArrayLength());
        Assert.Equal("source", cursors[0].GetProperty("kind").GetString());
        Assert.Equal(46, cursors[0].GetProperty("position").GetInt64());
        Assert.Equal(94, cursors[0].GetProperty("of").GetInt64());
        Assert.Equal(48, cursors[0].GetProperty("percent").GetInt32());
        Assert.StartsWith("content ", cursors[0].GetProperty("identity").GetString(), StringComparison.Ordinal);
        Assert.Equal(100, cursors[1].GetProperty("percent").GetInt32());
        var text = Cursor(work, "list").Out;
        Assert.Contains("source a: ../in/a.txt: 46 of 94 (48 %) bytes, line 6", text, StringComparison.Ordinal);
        Assert.Contains("sink stream: ", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", 4)]
    [InlineData("17", 3)]
    [InlineData("line:3", 3)]
    [InlineData("line:4", 2)]
    [InlineData("46", 0)]
    [InlineData("end", 0)]
    public void Reading_goes_on_where_a_cursor_was_set(string position, int records)
    {
        using var work = With();
        var set = Cursor(work, "set", "a", position);
        Assert.True(set.Exit == 0, set.ToString());
        Assert.Equal(records, Read(work));
        Assert.Equal(0, Read(work));
        File.AppendAllText(work.PathOf("in/a.txt"), "192.0.2.9\n");
        Assert.Equal(1, Read(work));
    }

    [Theory]
    [InlineData("18", "CTI-CURSOR-003", "byte 17, line 3")]
    [InlineData("line:9", "CTI-CURSOR-003", "byte 46")]
    [InlineData("soon", "CTI-CURSOR-002", "line:NUMBER")]
    public void A_cursor_stands_at_the_start_of_a_record_and_nowhere_else(string position, string code, string hint)
    {
        using var work = With();
        var before = StoreContent.Of(work);
        var set = Cursor(work, "set", "a", position);
        Assert.Equal(2, set.Exit);
        Assert.Contains(code, set.Error, StringComparison.Ordinal);
        Assert.Contains(hint, set.Error, StringComparison.Ordinal);
        Assert.Equal(before, StoreContent.Of(work));
    }

    [Fact]
    public void What_cannot_be_meant_is_told()
    {
        using var work = With();
        work.Write("in/a2.txt", "192.0.2.7\n");
        Assert.Contains("CTI-CURSOR-004", Cursor(work, "set", "a", "end").Error, StringComparison.Ordinal);
        Assert.Equal(0, Cursor(work, "set", "a", "end", "--uri", "in/a2.txt").Exit);
        Assert.Equal(0, Read(work));
        Assert.Contains("CTI-CURSOR-001", Cursor(work, "set", "b", "end").Error, StringComparison.Ordinal);
        Assert.Contains("CTI-CURSOR-005", Cursor(work, "set", "stream", "99").Error, StringComparison.Ordinal);
        Assert.Contains(
            "CTI-CURSOR-007",
            Cursor(work, "reset", "a", "--uri", "x", "--yes").Error,
            StringComparison.Ordinal
        );
        using var snapshot = With("mode: snapshot");
        Assert.Contains("CTI-CURSOR-006", Cursor(snapshot, "set", "a", "end").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reset_says_what_comes_again_and_asks()
    {
        using var work = With();
        var asked = Cursor(work, "reset", "a");
        Assert.Equal(2, asked.Exit);
        Assert.Contains("46 bytes, 5 lines, are read again", asked.Error, StringComparison.Ordinal);
        Assert.Equal(0, Read(work));
        Assert.Equal(0, Cursor(work, "reset", "a", "--yes").Exit);
        Assert.Equal(4, Read(work));
        Assert.Equal(3, work.Count("SELECT count(*) FROM observations"));
    }

    [Fact]
    public void A_sink_that_is_reset_is_delivered_everything_again()
    {
        using var work = With();
        Assert.Equal(3, work.Lines("out/changes.ndjson").Length);
        Assert.Equal(0, Cursor(work, "set", "stream", "2").Exit);
        work.Run();
        Assert.Equal(4, work.Lines("out/changes.ndjson").Length);
        var reset = Cursor(work, "reset", "stream", "--yes");
        Assert.Contains("3 changes are delivered again", reset.Out, StringComparison.Ordinal);
        work.Run();
        Assert.Equal(7, work.Lines("out/changes.ndjson").Length);
    }
}
