// Small helpers over commands, so that a statement and its parameters stand on one line. Dapper would do it too, at a tenth of a second of
// start-up for code it generates.

using System.Reflection;
using Cti.DuckDb;

namespace Cti.Host.Store;

internal static class Sql
{
    /// <summary>Runs one statement with positional parameters ($1, $2 …).</summary>
    public static int Run(this DuckDbConnection connection, string sql, params ReadOnlySpan<object?> parameters)
    {
        using var command = Prepare(connection, sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>The first value of the first row; null where there is no row or it is NULL.</summary>
    public static T? Value<T>(this DuckDbConnection connection, string sql, params ReadOnlySpan<object?> parameters)
    {
        using var command = Prepare(connection, sql, parameters);
        using var reader = command.ExecuteReader();
        return reader.Read() && !reader.IsDBNull(0) ? reader.GetFieldValue<T>(0) : default;
    }

    /// <summary>Every row, made into a value; for results of few rows.</summary>
    public static List<T> Rows<T>(
        this DuckDbConnection connection,
        string sql,
        Func<DuckDbDataReader, T> make,
        params ReadOnlySpan<object?> parameters
    )
    {
        using var command = Prepare(connection, sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(make(reader));
        }

        return rows;
    }

    /// <summary>A text column that may be NULL.</summary>
    public static string? Text(this DuckDbDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);

    /// <summary>The text of an SQL file that is part of the program.</summary>
    public static string Resource(string name)
    {
        using var stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The program was built without {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static DuckDbCommand Prepare(DuckDbConnection connection, string sql, ReadOnlySpan<object?> parameters)
    {
        var command = connection.CreateCommand(sql);
        foreach (var value in parameters)
        {
            command.Parameters.Add(new DuckDbParameter { Value = value ?? DBNull.Value });
        }

        return command;
    }
}
