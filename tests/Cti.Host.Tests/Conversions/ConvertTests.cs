// cti convert as a user drives it: what comes out, what is told lost, and when nothing is written.

using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Conversions;

public class ConvertTests
{
    private static Workspace With()
    {
        var work = new Workspace();
        work.Write(
            "in.csv",
            "value,first seen\n192.0.2.1,2015-01-01\n10.0.0.1,2015-01-02\n198.51.100.7,2015-01-03\n192.0.2.300,2015-01-03\n203.0.113.9,2015-01-04\n"
        );
        return work;
    }

    private static List<JsonElement> Losses(Workspace work) =>
        [.. work.Lines("losses.ndjson").Select(line => JsonDocument.Parse(line).RootElement)];

    [Fact]
    public void A_table_becomes_another_one_and_what_is_malformed_is_listed()
    {
        using var work = With();
        var result = work.Cti("convert", "in.csv", "--to", "csv", "--out", "out.csv", "--losses", "losses.ndjson");
        Assert.True(result.Exit == 0, result.ToString());
        Assert.Contains("4 indicators, 1 loss (CTI-NORM-007 1)", result.Error);
        Assert.Equal(
            ["10.0.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9"],
            work.Lines("out.csv").Skip(1).Select(line => line.Split(',')[2])
        );
        var loss = Assert.Single(Losses(work));
        Assert.Equal("normalise", loss.GetProperty("stage").GetString());
        Assert.Equal("192.0.2.300", loss.GetProperty("value").GetString());
        Assert.Equal(5, loss.GetProperty("line").GetInt32());
    }

    [Fact]
    public void More_losses_than_allowed_write_nothing_but_their_list()
    {
        using var work = With();
        work.Write("out.json", "before");
        string[] arguments =
        [
            "convert",
            "in.csv",
            "--to",
            "stix_bundle",
            "--out",
            "out.json",
            "--losses",
            "losses.ndjson",
        ];
        var refused = work.Cti([.. arguments, "--max-loss", "0"]);
        Assert.Equal(5, refused.Exit);
        Assert.Equal("before", work.Read("out.json"));
        Assert.Single(Losses(work));
        Assert.Equal(0, work.Cti([.. arguments, "--max-loss", "1"]).Exit);
        using var bundle = JsonDocument.Parse(work.Read("out.json"));
        Assert.Equal(
            4,
            bundle
                .RootElement.GetProperty("objects")
                .EnumerateArray()
                .Count(item => item.GetProperty("type").GetString() == "indicator")
        );
    }

    [Fact]
    public void What_the_format_cannot_say_is_a_loss()
    {
        using var work = With();
        work.Write("names.txt", "a.example.com\nb.example.com\nhttp://c.example.com/x\n");
        var result = work.Cti("convert", "names.txt", "--to", "rpz", "--out", "out.zone", "--losses", "losses.ndjson");
        Assert.True(result.Exit == 0, result.ToString());
        var loss = Assert.Single(Losses(work));
        Assert.Equal("output", loss.GetProperty("stage").GetString());
        Assert.Equal("CTI-LOSS-001", loss.GetProperty("code").GetString());
        Assert.Equal("http://c.example.com/x", loss.GetProperty("value").GetString());
        Assert.StartsWith("url: ", loss.GetProperty("path").GetString());
    }

    [Fact]
    public void A_field_that_the_format_has_no_place_for_is_a_loss()
    {
        using var work = new Workspace();
        work.Write(
            "in.json",
            """[{"host":"a.example.com","seen":"2015-01-01","tags":["x"]},{"host":"b.example.com","seen":"2015-01-02"}]"""
        );
        string[] arguments = ["convert", "in.json", "--from", "json", "--to", "plain_list", "--out", "out.txt"];
        var result = work.Cti([.. arguments, "--losses", "losses.ndjson", "--max-loss", "2"]);
        Assert.True(result.Exit == 0, result.ToString());
        Assert.Equal(["a.example.com", "b.example.com"], work.Lines("out.txt"));
        var loss = Assert.Single(Losses(work));
        Assert.Equal("first_seen", loss.GetProperty("path").GetString());
        Assert.Equal("2015-01-01T00:00:00.000Z", loss.GetProperty("value").GetString());
        Assert.Equal(2, loss.GetProperty("count").GetInt32());
        Assert.Equal(5, work.Cti([.. arguments, "--max-loss", "1"]).Exit);
        var wrong = work.Cti("convert", "in.json", "--from", "hosts", "--to", "csv", "--out", "out.csv");
        Assert.Equal(1, wrong.Exit);
        Assert.Contains("said to be hosts", wrong.Error);
    }

    [Fact]
    public void The_same_files_at_the_same_time_give_the_same_bytes()
    {
        using var work = With();
        string[] arguments = ["convert", "in.csv", "--to", "stix_bundle", "--now", Workspace.Now];
        Assert.Equal(0, work.Cti([.. arguments, "--out", "one.json"]).Exit);
        Assert.Equal(0, work.Cti([.. arguments, "--out", "two.json"]).Exit);
        Assert.Equal(work.Read("one.json"), work.Read("two.json"));
    }

    [Theory]
    [InlineData("csv", "nothing", "--to nothing")]
    [InlineData("nothing", "csv", "--from nothing")]
    public void Formats_that_are_none_are_told(string from, string to, string expected)
    {
        using var work = With();
        var result = work.Cti("convert", "in.csv", "--from", from, "--to", to, "--out", "out");
        Assert.Equal(2, result.Exit);
        Assert.Contains(expected, result.Error);
        Assert.False(work.Exists("out"));
    }

    [Fact]
    public void Where_an_input_cannot_be_read_nothing_is_written()
    {
        using var work = With();
        work.Write("page.html", "<html><body>Log in</body></html>");
        var result = work.Cti("convert", "in.csv", "missing.csv", "--to", "csv", "--out", "out.csv");
        Assert.Equal(1, result.Exit);
        Assert.Contains("missing.csv", result.Error);
        Assert.False(work.Exists("out.csv"));
    }
}
