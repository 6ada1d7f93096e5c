// The conservation law over random mixtures: every record is accounted for, and the report, the store and the tables say the same.

using System.Globalization;
using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class BooksTests
{
    [Fact]
    public void Books_balance_for_random_mixtures_and_equal_the_rows_of_the_tables()
    {
        for (var seed = 1; seed <= 6; seed++)
        {
            var random = new Random(seed);
            using var work = new Workspace();
            work.Write("p.yaml", PipelineText.Everything());
            foreach (var source in new[] { "a", "b", "c" })
            {
                work.Write($"in/{source}.csv", Feeds.Csv(random.Next(), random.Next(1500), 1 + random.Next(1500)));
            }

            var report = work.Run("--batch-size", $"{1 + random.Next(2000)}");
            var books = report.GetProperty("books").EnumerateArray().ToList();
            Assert.All(books, stage => Assert.Equal(0, Missing(stage)));
            Assert.Equal(
                ["read", "map", "normalise", "screen", "store", "sink:stream", "sink:bundle", "sink:list", "sink:zone"],
                books.Select(stage => stage.GetProperty("stage").GetString())
            );

            long Of(string stage, string count) =>
                books.Single(row => row.GetProperty("stage").GetString() == stage).GetProperty(count).GetInt64();

            Assert.Equal(report.GetProperty("records").GetInt64(), Of("read", "in"));
            Assert.Equal(report.GetProperty("observations").GetInt64(), Of("store", "out"));
            Assert.Equal(Of("store", "out"), work.Count("SELECT count(*) FROM observations"));
            Assert.Equal(Of("store", "merged"), report.GetProperty("merged").GetInt64());
            Assert.Equal(Of("screen", "screened"), work.Count("SELECT count(*) FROM screenings"));
            Assert.Equal(report.GetProperty("screened").GetInt64(), Of("screen", "screened"));
            Assert.Equal(report.GetProperty("rejected").GetInt64(), work.Count("SELECT count(*) FROM dead_letters"));
            Assert.Equal(report.GetProperty("indicators").GetInt64(), work.Count("SELECT count(*) FROM indicators"));
            Assert.Equal(Of("sink:list", "out"), work.Lines("out/list.txt").Length);
            Assert.Equal(Of("sink:stream", "out"), work.Lines("out/changes.ndjson").Length);
            // What one stage hands on is what the next one gets.
            Assert.Equal(Of("read", "out"), Of("map", "in"));
            Assert.Equal(Of("map", "out"), Of("normalise", "in"));
            Assert.Equal(Of("normalise", "out"), Of("screen", "in"));
            Assert.Equal(Of("screen", "out"), Of("store", "in"));
        }
    }

    [Fact]
    public void The_json_of_a_run_has_the_fields_that_were_promised_and_its_books_are_the_stores()
    {
        using var work = new Workspace();
        work.Write("p.yaml", PipelineText.Everything());
        foreach (var source in new[] { "a", "b", "c" })
        {
            work.Write($"in/{source}.csv", Feeds.Csv(source[0], 300, 200));
        }

        var report = work.Run();
        Assert.Equal(
            [
                "pipeline",
                "status",
                "run_id",
                "records",
                "observations",
                "indicators",
                "screened",
                "rejected",
                "merged",
                "open_dead_letters",
                "elapsed_secs",
                "books",
                "losses",
                "outputs",
                "allocated_bytes",
                "alarms",
                "messages",
            ],
            report.EnumerateObject().Select(field => field.Name)
        );
        Assert.Equal("done", report.GetProperty("status").GetString());
        Assert.Equal(
            ["out/s.duckdb", "out/changes.ndjson", "out/bundle.json", "out/list.txt", "out/rpz.zone"],
            report.GetProperty("outputs").EnumerateArray().Select(path => path.GetString())
        );
        string[] fields = ["stage", "in", "expanded", "out", "screened", "rejected", "merged", "dropped", "in_flight"];
        var books = report.GetProperty("books").EnumerateArray().ToList();
        Assert.All(books, stage => Assert.Equal(fields, stage.EnumerateObject().Select(field => field.Name)));
        var stored = work.Query(
            $"SELECT {string.Join(", ", fields.Select(field => $"\"{field}\""))} FROM books WHERE run_id = '{report.GetProperty("run_id").GetString()}'"
        );
        Assert.Equal(
            books
                .Select(stage => string.Join(' ', stage.EnumerateObject().Select(field => field.Value.ToString())))
                .Order(StringComparer.Ordinal),
            stored.Select(row => string.Join(' ', row)).Order(StringComparer.Ordinal)
        );
    }

    private static long Missing(JsonElement stage)
    {
        long Of(string name) => long.Parse(stage.GetProperty(name).GetRawText(), CultureInfo.InvariantCulture);
        return Of("in")
            + Of("expanded")
            - Of("out")
            - Of("screened")
            - Of("rejected")
            - Of("merged")
            - Of("dropped")
            - Of("in_flight");
    }
}
