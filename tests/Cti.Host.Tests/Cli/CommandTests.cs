// The commands that only look: sql in every format, explain, schema, help, and what is said to a user who mistypes.

using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Cli;

/// <summary>A store that the tests of a class only read.</summary>
public sealed class ReadStore : IDisposable
{
    public ReadStore()
    {
        Work.Write("p.yaml", PipelineText.Everything("lists/*.json"));
        Work.Write(
            "lists/ours.json",
            """{"name":"ours","description":"d","version":1,"type":"string","matching_attributes":["domain"],"list":["fine.example.com"]}"""
        );
        Work.Write(
            "in/a.csv",
            Feeds.Header
                + "evil.example.com,2026-01-01T00:00:00Z,2026-01-01T12:00:00Z,c2,90\nfine.example.com,,,,\n=cmd.example.com,,,,\nlate.example.com,2025-01-01T00:00:00Z,2025-01-01T00:00:00Z,,90\n"
        );
        Work.Write(
            "in/b.csv",
            Feeds.Header
                + "evil[.]example.com,2025-12-31T00:00:00Z,2025-12-31T00:00:00Z,phishing,50\nb.example.com,,,,\n"
        );
        Work.Write("in/c.csv", Feeds.Header + "evil.example.com,2025-12-30T00:00:00Z,,,60\n");
        Work.Run();
    }

    public Workspace Work { get; } = new();

    public CtiResult Sql(string query, params IEnumerable<string> more) =>
        Work.Cti(["sql", query, "--store", "out/s.duckdb", .. more]);

    public void Dispose() => Work.Dispose();
}

public class CommandTests(ReadStore store) : IClassFixture<ReadStore>
{
    private const string Pair =
        "SELECT 1 AS n, 'a,\"b' AS t, NULL AS z, [1, 2] AS l UNION ALL SELECT 2, '=1+1', 'x', [] ORDER BY n";

    [Fact]
    public void Sql_prints_csv_with_quotes_and_disarms_formulas()
    {
        var result = store.Sql(Pair, "--format", "csv");
        Assert.Equal("n,t,z,l\n1,\"a,\"\"b\",,\"[1, 2]\"\n2,'=1+1,x,[]\n", result.Out);
        Assert.Equal(0, result.Exit);
    }

    [Fact]
    public void Sql_prints_one_json_object_per_line()
    {
        var rows = store.Sql(Pair, "--format", "json").Out.TrimEnd().Split('\n');
        Assert.Equal(2, rows.Length);
        using var first = JsonDocument.Parse(rows[0]);
        Assert.Equal(["n", "t", "z", "l"], first.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal("a,\"b", first.RootElement.GetProperty("t").GetString());
        Assert.Equal(JsonValueKind.Null, first.RootElement.GetProperty("z").ValueKind);
        Assert.Equal(2, first.RootElement.GetProperty("l").GetArrayLength());
    }

    [Fact]
    public void Sql_prints_every_public_view_in_every_text_format()
    {
        string[] views =
        [
            "indicators",
            "observations",
            "claims",
            "score_now",
            "changes",
            "screenings",
            "dead_letters",
            "deliveries",
            "sink_state",
            "books",
            "runs",
        ];
        foreach (var view in views)
        {
            foreach (var format in new[] { "table", "csv", "json" })
            {
                var result = store.Sql($"FROM {view}", "--format", format);
                Assert.True(result.Exit == 0, $"{view} as {format}: {result}");
                Assert.NotEmpty(result.Out);
                if (format == "json")
                {
                    Assert.All(result.Out.TrimEnd().Split('\n'), line => JsonDocument.Parse(line).Dispose());
                }
            }
        }
    }

    [Fact]
    public void Sql_writes_parquet_that_reads_back()
    {
        Assert.Equal(2, store.Sql("FROM indicators", "--format", "parquet").Exit);
        var result = store.Sql("SELECT * FROM indicators;", "--format", "parquet", "--out", "it's.parquet");
        Assert.True(result.Exit == 0, result.ToString());
        Assert.Equal("PAR1", File.ReadAllText(store.Work.PathOf("it's.parquet"))[..4]);
        Assert.Equal(
            store.Sql("SELECT count(*) FROM indicators", "--format", "csv").Out,
            store.Sql("SELECT count(*) FROM 'it''s.parquet'", "--format", "csv").Out
        );
    }

    [Fact]
    public void Sql_cannot_change_the_store_and_says_what_is_wrong_with_a_query()
    {
        Assert.Equal(1, store.Sql("DELETE FROM runs").Exit);
        var result = store.Sql("SELEC 1");
        Assert.Equal(1, result.Exit);
        Assert.Contains("syntax error", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Sql_of_a_store_that_is_not_there_says_how_to_make_one()
    {
        var result = store.Work.Cti("sql", "SELECT 1", "--store", "nowhere.duckdb");
        Assert.Equal(1, result.Exit);
        Assert.Equal("There is no store at nowhere.duckdb. Run a pipeline first: cti run PIPELINE.\n", result.Error);
        Assert.False(store.Work.Exists("nowhere.duckdb"));
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("json")]
    public void A_reader_that_had_enough_of_sql_is_success(string format)
    {
        using var shell = CtiProcess.Launch(
            store.Work.Root,
            "bash",
            "-c",
            $"'{CtiProcess.Executable}' sql 'FROM range(2000000)' --store out/s.duckdb --format {format} | head -1; echo ${{PIPESTATUS[0]}}"
        );
        var result = shell.Wait();
        Assert.Equal("0", result.Out.TrimEnd().Split('\n')[^1]);
        Assert.Empty(result.Error);
    }

    [Fact]
    public void Explain_json_tells_subject_score_terms_claims_positions_and_sinks()
    {
        var result = store.Work.Cti(
            "explain",
            "evil[.]example[.]com",
            "--store",
            "out/s.duckdb",
            "--now",
            Workspace.Now,
            "--json"
        );
        Assert.True(result.Exit == 0, result.ToString());
        var json = result.Json;
        Assert.Equal(
            "domain evil.example.com",
            $"{json.GetProperty("subject").GetProperty("type")} {json.GetProperty("subject").GetProperty("value")}"
        );
        Assert.Matches(
            "^indicator--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
            json.GetProperty("indicator_id").GetString()
        );
        Assert.InRange(json.GetProperty("score").GetInt32(), 1, 100);
        Assert.Equal(
            ["a", "b", "c"],
            json.GetProperty("claims").EnumerateArray().Select(claim => claim.GetProperty("source").GetString())
        );
        Assert.Equal(
            ["a True", "b False", "c True"],
            json.GetProperty("terms")
                .EnumerateArray()
                .Select(term => $"{term.GetProperty("source")} {term.GetProperty("counted")}")
        );
        var claim = json.GetProperty("claims")[0];
        Assert.Equal(
            "2026-01-01T00:00:00Z 2026-01-01T12:00:00Z 90 clear",
            $"{claim.GetProperty("first_seen")} {claim.GetProperty("last_seen")} {claim.GetProperty("confidence")} {claim.GetProperty("tlp")}"
        );
        var position = claim.GetProperty("positions")[0];
        Assert.Equal(
            $"in/a.csv 2 {Feeds.Header.Length}",
            $"{position.GetProperty("uri")} {position.GetProperty("line")} {position.GetProperty("byte_offset")}"
        );
        Assert.Equal(
            ["bundle", "list", "zone", "stream"],
            json.GetProperty("sinks").EnumerateArray().Select(sink => sink.GetProperty("name").GetString())
        );
        Assert.All(
            json.GetProperty("sinks").EnumerateArray(),
            sink => Assert.True(sink.GetProperty("in").GetBoolean(), sink.ToString())
        );
        Assert.Equal(0, json.GetProperty("screenings").GetArrayLength());
    }

    [Fact]
    public void Explain_says_what_screened_a_value_and_why_it_is_in_no_sink()
    {
        var json = store.Work.Cti("explain", "fine.example.com", "--store", "out/s.duckdb", "--json").Json;
        var screening = Assert.Single(json.GetProperty("screenings").EnumerateArray());
        Assert.Equal(
            "ours fine.example.com a",
            $"{screening.GetProperty("list")} {screening.GetProperty("entry")} {screening.GetProperty("source")}"
        );
        Assert.Equal(0, json.GetProperty("claims").GetArrayLength());
        Assert.All(
            json.GetProperty("sinks").EnumerateArray(),
            sink => Assert.False(sink.GetProperty("in").GetBoolean())
        );
    }

    [Theory]
    [InlineData("late.example.com", "list", "not seen for longer than the lifetime of its type")]
    [InlineData("b.example.com", "bundle", "active")]
    [InlineData("nobody.example.com", "zone", "no source claims it")]
    public void Explain_gives_each_sinks_reason(string value, string sink, string reason)
    {
        var json = store.Work.Cti("explain", value, "--store", "out/s.duckdb", "--now", Workspace.Now, "--json").Json;
        var shown = json.GetProperty("sinks")
            .EnumerateArray()
            .Single(item => item.GetProperty("name").GetString() == sink);
        Assert.Equal(reason, shown.GetProperty("reason").GetString());
    }

    [Fact]
    public void Explain_of_what_is_no_value_is_refused_by_code()
    {
        var result = store.Work.Cti("explain", "not a value", "--store", "out/s.duckdb");
        Assert.Equal(2, result.Exit);
        Assert.Matches(@"^not a value: CTI-[A-Z]+-\d{3} ", result.Error);
    }

    [Fact]
    public void Schema_is_json_schema_that_knows_the_top_keys()
    {
        using var work = new Workspace();
        var json = work.Cti("schema").Json;
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", json.GetProperty("$schema").GetString());
        Assert.True(json.GetProperty("properties").TryGetProperty("sources", out _));
    }

    [Theory]
    [InlineData]
    [InlineData("run")]
    [InlineData("validate")]
    [InlineData("plan")]
    [InlineData("apply")]
    [InlineData("sql")]
    [InlineData("explain")]
    [InlineData("schema")]
    public void Help_shows_an_example_of_every_command(params string[] command)
    {
        using var work = new Workspace();
        var result = work.Cti([.. command, "--help"]);
        Assert.Equal(0, result.Exit);
        Assert.Contains($"      cti {string.Join(' ', command)}"[4..], result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("--epoch-records", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run", "p.yaml", "--bogus")]
    [InlineData("run")]
    [InlineData("bogus")]
    [InlineData("run", "p.yaml", "--batch-size", "0")]
    [InlineData("run", "p.yaml", "--now", "yesterday")]
    [InlineData("run", "p.yaml", "--input", "no-equals-sign")]
    [InlineData("run", "p.yaml", "--input", "nobody=x.csv")]
    [InlineData("sql", "SELECT 1", "--format", "xml")]
    [InlineData("apply", "p.yaml", "--sink", "nobody")]
    [InlineData("explain", "192.0.2.1", "--type", "nothing")]
    public void A_command_line_that_cannot_be_meant_is_exit_2_with_a_sentence(params string[] arguments)
    {
        using var work = new Workspace();
        work.Write("p.yaml", PipelineText.List());
        var result = work.Cti(arguments);
        Assert.True(result.Exit == 2, result.ToString());
        Assert.NotEmpty(result.Error);
        Assert.Empty(result.Out);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.False(work.Exists("out"));
    }
}
