// What the macro figure is held against: DuckDB alone reads the same file into a table on disk. Runs in a process of its own, so that it is
// measured as the pipeline is, start of the runtime included.

using Cti.DuckDb;

namespace Cti.Bench.Macro;

/// <summary>The hidden command `yardstick FEED DATABASE`.</summary>
internal static class Yardstick
{
    public const string Command = "yardstick";

    /// <summary>Reads the feed into a new database and checkpoints it; prints the number of rows.</summary>
    public static int Run(string feed, string database)
    {
        using var connection = new DuckDbConnection(
            new DuckDbConnectionStringBuilder { DataSource = database }.ConnectionString
        );
        connection.Open();
        var path = feed.Replace("'", "''", StringComparison.Ordinal);
        // Columns stay text: a column of times would need the malformed ones sorted out, which is the pipeline's work.
        _ = connection.Execute(
            $"CREATE TABLE feed AS SELECT * FROM read_csv('{path}', header = true, all_varchar = true)"
        );
        _ = connection.Execute("CHECKPOINT");
        using var command = connection.CreateCommand("SELECT count(*) FROM feed");
        Console.Out.WriteLine(command.ExecuteScalar());
        return 0;
    }
}
