// A folder of its own for one test: files in, `cti` run inside it, files and store out. Gone afterwards.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.DuckDb;
using Xunit;

namespace Cti.Host.Tests.Harness;

/// <summary>One per test. Relative paths everywhere, so that stores and messages name the same files in every folder.</summary>
public sealed class Workspace : IDisposable
{
    /// <summary>The time tests run at where it does not matter which.</summary>
    public const string Now = "2026-01-02T00:00:00Z";

    public string Root { get; } = Directory.CreateTempSubdirectory("cti-host-").FullName;

    public string StorePath => PathOf("out/s.duckdb");

    public string PathOf(string name) => Path.Combine(Root, name);

    public void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public void Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllBytes(PathOf(name), bytes);
    }

    public string Read(string name) => File.ReadAllText(PathOf(name));

    public string[] Lines(string name) => File.ReadAllLines(PathOf(name));

    public bool Exists(string name) => File.Exists(PathOf(name));

    /// <summary>Content and time of writing of every file below a folder but the store's own.</summary>
    public SortedDictionary<string, (string Content, DateTime Written)> Rendered(string folder = "out") =>
        new(
            Directory
                .EnumerateFiles(PathOf(folder), "*", SearchOption.AllDirectories)
                .Where(path => !path.Contains(".duckdb", StringComparison.Ordinal))
                .ToDictionary(
                    path => Path.GetRelativePath(Root, path),
                    path => (Convert.ToBase64String(File.ReadAllBytes(path)), File.GetLastWriteTimeUtc(path))
                ),
            StringComparer.Ordinal
        );

    /// <summary>Runs a command to its end.</summary>
    public CtiResult Cti(params IEnumerable<string> arguments) => WarmCti.Run(Root, arguments);

    /// <summary>The same in a process of its own: for tests of what a start costs.</summary>
    public CtiResult CtiAlone(params IEnumerable<string> arguments)
    {
        using var process = CtiProcess.Start(Root, arguments);
        return process.Wait();
    }

    /// <summary>`cti run p.yaml --json` at <see cref="Now"/>, whatever comes of it.</summary>
    public CtiResult TryRun(params IEnumerable<string> arguments) =>
        Cti(["run", "p.yaml", "--json", "--now", Now, .. arguments]);

    /// <summary>The same, which must end well.</summary>
    public JsonElement Run(params IEnumerable<string> arguments)
    {
        var result = TryRun(arguments);
        Assert.True(result.Exit == 0, result.ToString());
        return result.Json;
    }

    /// <summary>`cti run p.yaml` at another time, which must end well.</summary>
    public JsonElement RunAt(string now)
    {
        var result = Cti("run", "p.yaml", "--json", "--now", now);
        Assert.True(result.Exit == 0, result.ToString());
        return result.Json;
    }

    /// <summary>A query over the store: every value as text.</summary>
    public List<string[]> Query(string sql)
    {
        using var connection = new DuckDbConnection($"Data Source={StorePath};access_mode=READ_ONLY;threads=1");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string[]>();
        while (reader.Read())
        {
            rows.Add([
                .. Enumerable
                    .Range(0, reader.FieldCount)
                    .Select(column => reader.IsDBNull(column) ? "NULL" : Text(reader.GetValue(column))),
            ]);
        }

        return rows;
    }

    /// <summary>The first column of a query.</summary>
    public List<string> Column(string sql) => [.. Query(sql).Select(row => row[0])];

    /// <summary>A single number.</summary>
    public long Count(string sql) => long.Parse(Query(sql)[0][0], CultureInfo.InvariantCulture);

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
