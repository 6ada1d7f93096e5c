// Lookups for Splunk, read by a reader of CSV that is not ours (DuckDB's), under the header that Splunk asks for.

using Cti.DuckDb;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

public class SplunkTests
{
    [Fact]
    public void Another_reader_of_CSV_reads_back_what_was_put_in_until_it_is_taken_back()
    {
        using var work = FileWork.With("{ type: splunk_lookup, collection: http }", "cti_http_intel.csv", "");
        string[] urls = ["http://a.example/?q=%22x%22,y;z", "http://b.example/'--"];
        work.Write("in/a.txt", string.Join('\n', urls) + "\n203.0.113.9\n");
        work.RunAt("2026-01-02T00:00:00Z");
        Assert.Equal(urls, Rows(work));

        work.Write("in/a.txt", urls[1] + "\n");
        work.RunAt("2026-01-03T00:00:00Z");
        Assert.Equal([urls[1]], Rows(work));
    }

    private static string[] Rows(Workspace work)
    {
        Assert.Equal("description,http_referrer,http_user_agent,url,weight", work.Lines("out/cti_http_intel.csv")[0]);
        using var connection = new DuckDbConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            $"SELECT url FROM read_csv('{work.PathOf("out/cti_http_intel.csv")}', header = true, all_varchar = true, strict_mode = true) ORDER BY url";
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(reader.GetString(0));
        }

        return [.. rows];
    }
}
