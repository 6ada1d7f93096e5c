// What the tests share: an open database in memory or in a temporary file.

namespace Cti.DuckDb.Tests;

internal static class TestDatabase
{
    public static DuckDbConnection Open(string connectionString = "Data Source=:memory:;threads=2")
    {
        var connection = new DuckDbConnection(connectionString);
        connection.Open();
        return connection;
    }

    public static object? Scalar(this DuckDbConnection connection, string sql, params object?[] positional)
    {
        using var command = connection.CreateCommand(sql);
        foreach (var value in positional)
        {
            _ = command.Parameters.AddValue(value);
        }
        return command.ExecuteScalar();
    }

    public static T Scalar<T>(this DuckDbConnection connection, string sql, params object?[] positional)
    {
        using var command = connection.CreateCommand(sql);
        foreach (var value in positional)
        {
            _ = command.Parameters.AddValue(value);
        }
        using var reader = command.ExecuteReader();
        Assert.True(reader.Read());
        return reader.GetFieldValue<T>(0);
    }
}

/// <summary>A folder of its own that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cti-duckdb-");

    public string File(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
