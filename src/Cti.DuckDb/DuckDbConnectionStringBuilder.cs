// Reads and writes connection strings: the file, and DuckDB settings by their own names.
// Knows: the syntax. Must not know: which settings DuckDB has (it says so itself when it opens).

using System.Data.Common;

namespace Cti.DuckDb;

/// <summary>
/// <c>Data Source=path</c> (or <c>:memory:</c>, or <c>:memory:name</c>), then settings such as
/// <c>memory_limit=1GB;threads=2;access_mode=read_only</c>.
/// </summary>
public sealed class DuckDbConnectionStringBuilder : DbConnectionStringBuilder
{
    private const string DataSourceKey = "data source";
    private const string TimeZoneKey = "timezone";

    /// <summary>A database of its own in memory, private to the connection and its duplicates.</summary>
    public const string InMemory = ":memory:";

    public DuckDbConnectionStringBuilder() { }

    /// <exception cref="ArgumentException">The string is not a list of <c>key=value</c>.</exception>
    public DuckDbConnectionStringBuilder(string connectionString) => ConnectionString = connectionString;

    /// <summary>
    /// The database file, relative to the current directory; or <c>:memory:</c>; or <c>:memory:name</c>, which
    /// connections of this process share by name.
    /// </summary>
    public string DataSource
    {
        get => Text(DataSourceKey) ?? Text("datasource") ?? InMemory;
        set => this[DataSourceKey] = value;
    }

    /// <summary>DuckDB's <c>memory_limit</c>, such as <c>2GB</c>.</summary>
    public string? MemoryLimit
    {
        get => Text("memory_limit");
        set => this["memory_limit"] = value;
    }

    /// <summary>DuckDB's <c>threads</c>; null leaves it to DuckDB (one per core).</summary>
    public int? Threads
    {
        get => Text("threads") is { } text ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : null;
        set => this["threads"] = value?.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>DuckDB's <c>access_mode</c>: <c>automatic</c>, <c>read_write</c> or <c>read_only</c>.</summary>
    public string? AccessMode
    {
        get => Text("access_mode");
        set => this["access_mode"] = value;
    }

    /// <summary>
    /// The time zone of the connections, which TIMESTAMP WITH TIME ZONE is printed and cast in. UTC by default, not
    /// the machine's: results must not depend on where they were made.
    /// </summary>
    public string TimeZone
    {
        get => Text(TimeZoneKey) ?? "UTC";
        set => this[TimeZoneKey] = value;
    }

    /// <summary>True for a database without a file.</summary>
    internal bool IsInMemory => DataSource.StartsWith(InMemory, StringComparison.OrdinalIgnoreCase);

    /// <summary>The data source as DuckDB is given it: absolute, so that one file has one name.</summary>
    internal string FullPath => IsInMemory ? DataSource : Path.GetFullPath(DataSource);

    /// <summary>Everything but the data source, under DuckDB's names.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Settings()
    {
        foreach (string key in Keys)
        {
            var name = key.Replace(' ', '_').ToLowerInvariant();
            if (name is not ("data_source" or "datasource" or TimeZoneKey) && Text(key) is { } value)
            {
                yield return new(name, value);
            }
        }
    }

    private string? Text(string key) => TryGetValue(key, out var value) ? value?.ToString() : null;
}
