// Looking at dead letters and giving them up, from a shell.

using System.Text;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Letters;

public class LetterCommandTests
{
    private static Workspace With(byte[] input)
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.List());
        work.Write("in/a.txt", input);
        work.Run();
        return work;
    }

    private static CtiResult Letters(Workspace work, params string[] arguments) =>
        work.Cti(["dead-letters", arguments[0], "p.yaml", .. arguments[1..]]);

    [Fact]
    public void Escapes_from_a_feed_do_not_reach_the_terminal()
    {
        using var work = With("\u001b]0;owned\u0007\u001b[2J\u202eevil\n"u8.ToArray());
        var id = work.Column("SELECT id::VARCHAR FROM dead_letters")[0];
        foreach (var shown in new[] { Letters(work, "list"), Letters(work, "show", id[..8]) })
        {
            Assert.Equal(0, shown.Exit);
            Assert.DoesNotContain(shown.Out, letter => letter is '\u001b' or '\u0007' or '\u202e');
        }

        Assert.Contains(@"\x1b]0;owned\x07", Letters(work, "show", id).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_shown_in_hexadecimal()
    {
        using var work = With([0xFF, 0x00, (byte)'A', (byte)'\n']);
        var id = work.Column("SELECT id::VARCHAR FROM dead_letters")[0];
        Assert.Contains("00000000  ff 00 41", Letters(work, "show", id).Out, StringComparison.Ordinal);
        var json = Letters(work, "show", id, "--json").Json;
        Assert.Equal("/wBB", json.GetProperty("original_base64").GetString());
        Assert.False(json.TryGetProperty("original", out _));
    }

    [Fact]
    public void A_list_is_filtered_and_cut()
    {
        using var work = With(Encoding.UTF8.GetBytes("x\0y\nno value\nnor this\n"));
        Assert.Equal(3, Letters(work, "list", "--json").Json.GetProperty("total").GetInt32());
        Assert.Equal(1, Letters(work, "list", "--stage", "read", "--json").Json.GetProperty("total").GetInt32());
        Assert.Equal(0, Letters(work, "list", "--source", "b", "--json").Json.GetProperty("total").GetInt32());
        Assert.Equal(3, Letters(work, "list", "--since", "1h", "--json").Json.GetProperty("total").GetInt32());
        Assert.Equal(0, Letters(work, "list", "--older-than", "1h", "--json").Json.GetProperty("total").GetInt32());
        var cut = Letters(work, "list", "--limit", "1").Out;
        Assert.Contains("… and 2 more", cut, StringComparison.Ordinal);
        Assert.Equal(2, Letters(work, "list", "--since", "soon").Exit);
        Assert.Equal(2, Letters(work, "list", "--status", "lost").Exit);
        Assert.Equal(2, Letters(work, "show", "nothing").Exit);
    }

    [Fact]
    public void What_is_purged_is_gone_but_counted()
    {
        using var work = With(Encoding.UTF8.GetBytes("no value\nnor this\n192.0.2.1\n"));
        var asked = Letters(work, "purge");
        Assert.Equal(2, asked.Exit);
        Assert.Contains("--yes", asked.Error, StringComparison.Ordinal);
        Assert.Contains("0 dead letters", Letters(work, "list", "--status", "purged").Out, StringComparison.Ordinal);

        Assert.Contains(
            "no dead letter",
            Letters(work, "purge", "--older-than", "30d", "--yes").Out,
            StringComparison.Ordinal
        );
        Assert.Contains("2 dead letters purged", Letters(work, "purge", "--yes").Out, StringComparison.Ordinal);
        Assert.Equal(
            2,
            work.Count(
                "SELECT count(*) FROM dead_letters WHERE status = 'purged' AND original IS NULL AND value IS NULL"
            )
        );
        Assert.Equal(
            work.Count("SELECT sum(rejected)::BIGINT FROM stage_counts"),
            work.Count("SELECT sum(attempts)::BIGINT FROM dead_letters")
        );
        Assert.Contains(
            "purged",
            Letters(work, "show", work.Column("SELECT id::VARCHAR FROM dead_letters")[0]).Out,
            StringComparison.Ordinal
        );

        // Met again, it is a letter again.
        work.Write("in/a.txt", "no value\n192.0.2.2\n");
        work.Run();
        Assert.Equal(["open", "purged"], work.Column("SELECT status FROM dead_letters ORDER BY 1"));
    }

    [Fact]
    public void A_run_says_how_many_are_open()
    {
        using var work = With(Encoding.UTF8.GetBytes("no value\n192.0.2.1\n"));
        var run = work.Cti("run", "p.yaml", "--now", Workspace.Now);
        Assert.Contains("1 open dead letter: cti dead-letters list p.yaml", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_tells_of_open_dead_letters()
    {
        using var work = With(Encoding.UTF8.GetBytes("no value\n192.0.2.1\n"));
        var explained = work.Cti("explain", "no value", "--store", "out/s.duckdb");
        Assert.Equal(2, explained.Exit);
        Assert.Matches("dead letter [0-9a-f]{8} .*in/a.txt:1", explained.Error);
        Assert.Empty(
            work.Cti("explain", "192.0.2.1", "--store", "out/s.duckdb", "--json")
                .Json.GetProperty("dead_letters")
                .EnumerateArray()
        );
    }
}
