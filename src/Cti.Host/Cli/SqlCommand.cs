// cti sql: a query over a store, as a table, CSV, JSON or Parquet.

using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.DuckDb;
using Cti.Host.Serve;
using Cti.Host.Store;

namespace Cti.Host.Cli;

/// <summary>How results are printed.</summary>
internal enum SqlFormat
{
    Table,
    Csv,
    Json,
    Parquet,
}

internal static class SqlCommand
{
    private const int TableRows = 1000;
    private const int TableColumnWidth = 60;

    public static Command Create()
    {
        var sql = new Argument<string>("query") { Description = "SQL; a single - reads it from standard input." };
        var store = StoreOption.Create();
        var format = new Option<SqlFormat>("--format")
        {
            Description = "How to print: table, csv, json (one object per line) or parquet (needs --out).",
            DefaultValueFactory = _ => SqlFormat.Table,
            HelpName = "FORMAT",
        };
        var output = new Option<string?>("--out")
        {
            Description = "Write to this file instead of stdout.",
            HelpName = "PATH",
        };
        var command = new Command(
            "sql",
            """
            Ask a store in SQL, for reading only, whether a service runs on it or not. Views to begin with: indicators, observations, claims, score_now, changes, screenings,
            dead_letters, deliveries, sink_state, books, runs.

            Examples:
              cti sql "SELECT type, count(*) FROM indicators GROUP BY type" --store out/quickstart/cti.duckdb
              cti sql "FROM dead_letters" --format csv
              cti sql "FROM observations" --format parquet --out observations.parquet
            """
        )
        {
            sql,
            store,
            format,
            output,
        };
        command.SetAction(
            async (result, _) =>
            {
                using var io = Invocation.IoOf(result);
                return await RunAsync(
                    io,
                    result.GetValue(sql)!,
                    result.GetValue(store)!,
                    result.GetValue(format),
                    result.GetValue(output)
                );
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(CommandIo io, string sql, string path, SqlFormat format, string? output)
    {
        if (io.IsServed)
        {
            return Run(io, sql, path, format, null);
        }

        if (format == SqlFormat.Parquet && output is null)
        {
            io.Error.WriteLine("Parquet is no text: say where to with --out FILE.");
            return ExitCode.Usage;
        }

        var query = sql == "-" ? await Console.In.ReadToEndAsync() : sql;
        // What it writes is written here, by whoever asked: a service may see other folders.
        string[] arguments = ["sql", "--store", Path.GetFullPath(path), "--format", format.ToString(), "--", query];
        return await StoreClient.RunAsync(path, arguments, io, output is null ? null : () => File.Create(output))
            ?? Run(io, query, path, format, output);
    }

    private static int Run(CommandIo io, string query, string path, SqlFormat format, string? output)
    {
        try
        {
            using var store = io.Stores.Read(path, StoreOptions.Questions);
            if (io.IsServed)
            {
                SharedStore.Guard(store.Connection, query, io.Stop);
            }

            if (format == SqlFormat.Parquet)
            {
                WriteParquet(io, store, query, output);
                return ExitCode.Done;
            }

            using var command = store.Connection.CreateCommand(query);
            using var reader = command.ExecuteReader(io.Stop);
            using var file = output is null ? null : new StreamWriter(output, false, new UTF8Encoding(false));
            var writer = file ?? io.Out;
            writer.NewLine = "\n";
            switch (format)
            {
                case SqlFormat.Csv:
                    WriteCsv(reader, writer);
                    break;
                case SqlFormat.Json:
                    WriteJson(reader, writer);
                    break;
                default:
                    WriteTable(reader, writer);
                    break;
            }

            return ExitCode.Done;
        }
        catch (DuckDbException error) when (error.Message.StartsWith("Out of Memory", StringComparison.Ordinal))
        {
            io.Error.WriteLine(
                "The question needs more memory than it may use. Ask for less at once: WHERE, fewer columns, claims instead of indicators. "
                    + (
                        io.IsServed
                            ? "A service answers with the memory its runs have; while none runs, or of a copy of the store, a question may use a quarter of the machine's."
                            : $"It may use a quarter of this machine's, {StoreOptions.Questions.MemoryLimitMiB} MiB."
                    )
            );
            return ExitCode.Failed;
        }
        catch (Exception error) when (error is StoreException or DuckDbException)
        {
            io.Error.WriteLine(error.Message);
            return ExitCode.Failed;
        }
    }

    private static void WriteParquet(CommandIo io, StoreFile store, string query, string? output)
    {
        // DuckDB writes files only: what goes to a client goes through one.
        var path = output ?? Path.GetTempFileName();
        try
        {
            store.Connection.Execute(
                $"COPY ({query.TrimEnd().TrimEnd(';')}) TO '{path.Replace("'", "''", StringComparison.Ordinal)}' (FORMAT parquet)"
            );
            if (output is null)
            {
                using var file = File.OpenRead(path);
                file.CopyTo(io.Bytes);
            }
        }
        finally
        {
            if (output is null)
            {
                File.Delete(path);
            }
        }
    }

    private static void WriteCsv(DuckDbDataReader reader, StreamWriter writer)
    {
        writer.WriteLine(string.Join(',', Names(reader).Select(Quote)));
        while (reader.Read())
        {
            for (var column = 0; column < reader.FieldCount; column++)
            {
                if (column > 0)
                {
                    writer.Write(',');
                }

                writer.Write(reader.IsDBNull(column) ? "" : Quote(SqlValues.Text(reader.GetValue(column))));
            }

            writer.WriteLine();
        }
    }

    // RFC 4180. Values from feeds may begin with a formula: a spreadsheet must not run them, so those get a quote in front.
    private static string Quote(string text)
    {
        var safe =
            text.Length > 0
            && text[0] is '=' or '+' or '-' or '@'
            && !double.TryParse(text, CultureInfo.InvariantCulture, out _)
                ? "'" + text
                : text;
        return safe.AsSpan().IndexOfAny(",\"\r\n") >= 0
            ? "\"" + safe.Replace("\"", "\"\"", StringComparison.Ordinal) + "\""
            : safe;
    }

    private static void WriteJson(DuckDbDataReader reader, StreamWriter writer)
    {
        var names = Names(reader);
        writer.Flush();
        while (reader.Read())
        {
            using (var json = new Utf8JsonWriter(writer.BaseStream))
            {
                json.WriteStartObject();
                for (var column = 0; column < names.Count; column++)
                {
                    json.WritePropertyName(names[column]);
                    SqlValues.WriteJson(json, reader.IsDBNull(column) ? null : reader.GetValue(column));
                }

                json.WriteEndObject();
            }

            writer.Write('\n');
            writer.Flush();
        }
    }

    private static void WriteTable(DuckDbDataReader reader, StreamWriter writer)
    {
        var rows = new List<string[]> { Names(reader).ToArray() };
        var more = false;
        while (reader.Read())
        {
            if (rows.Count > TableRows)
            {
                more = true;
                break;
            }

            var row = new string[reader.FieldCount];
            for (var column = 0; column < row.Length; column++)
            {
                row[column] = Cut(reader.IsDBNull(column) ? "NULL" : SqlValues.Text(reader.GetValue(column)));
            }

            rows.Add(row);
        }

        var widths = Enumerable
            .Range(0, rows[0].Length)
            .Select(column => rows.Max(row => row[column].Length))
            .ToArray();
        for (var index = 0; index < rows.Count; index++)
        {
            writer.WriteLine(
                string.Join("  ", rows[index].Select((text, column) => text.PadRight(widths[column]))).TrimEnd()
            );
            if (index == 0)
            {
                writer.WriteLine(string.Join("  ", widths.Select(width => new string('─', width))));
            }
        }

        writer.WriteLine(
            more ? $"(the first {TableRows} rows; --format csv prints all)"
            : rows.Count == 2 ? "(1 row)"
            : $"({rows.Count - 1} rows)"
        );
    }

    // A table is for eyes: control characters from feeds must not reach the terminal.
    private static string Cut(string text)
    {
        var clean = string.Create(
            Math.Min(text.Length, TableColumnWidth),
            text,
            static (target, source) =>
            {
                for (var index = 0; index < target.Length; index++)
                {
                    target[index] = char.IsControl(source[index]) ? '·' : source[index];
                }
            }
        );
        return text.Length > TableColumnWidth ? clean[..^1] + "…" : clean;
    }

    private static List<string> Names(DuckDbDataReader reader) =>
        Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).ToList();
}
