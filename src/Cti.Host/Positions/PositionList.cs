// Where the sources and stream sinks of a pipeline stand, gathered for `cti cursor list`, and its two forms.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Run;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Positions;

/// <summary>One cursor.</summary>
/// <param name="Kind">`source` or `sink`.</param>
/// <param name="Name">Whose it is.</param>
/// <param name="Uri">Of which input, as the store names it; of a sink where it delivers.</param>
/// <param name="Position">Bytes read, unpacked and in UTF-8; of a sink the last change acknowledged.</param>
/// <param name="Line">The next line, from 1; 0 of a sink.</param>
/// <param name="Of">Bytes there are now, or changes in the log; null where that is not known.</param>
/// <param name="Identity">What the input is recognised by.</param>
/// <param name="UpdatedAt">When it moved last.</param>
internal sealed record PositionRow(
    string Kind,
    string Name,
    string Uri,
    long Position,
    long Line,
    long? Of,
    string Identity,
    DateTime UpdatedAt
)
{
    /// <summary>0 to 100; null where the whole is not known.</summary>
    public int? Percent => Of is { } of && of > 0 ? (int)Math.Min(100, Position * 100 / of) : null;
}

internal static class PositionList
{
    public static List<PositionRow> Of(DuckDbConnection connection, PipelinePlan plan)
    {
        var rows = new List<PositionRow>();
        foreach (var source in plan.Sources)
        {
            rows.AddRange(
                connection.Rows(
                    "SELECT uri, position, line, content_hash, etag, last_modified, body_hash, receipt, updated_at FROM cursors WHERE kind = 'source' AND name = $1 ORDER BY uri",
                    reader => new PositionRow(
                        "source",
                        source.Name,
                        reader.GetString(0),
                        reader.GetInt64(1),
                        reader.GetInt64(2),
                        source.Origin is FilePlan ? SizeNow(plan, source, reader.GetString(0)) : null,
                        Identity(
                            reader.GetString(3),
                            reader.GetString(4),
                            reader.GetString(5),
                            reader.GetString(6),
                            reader.GetString(7)
                        ),
                        reader.GetDateTime(8)
                    ),
                    source.Name
                )
            );
        }

        var last = connection.Value<long>("SELECT coalesce(max(sequence), 0) FROM store.changes");
        foreach (var sink in plan.Sinks.Where(sink => !sink.HoldsState))
        {
            rows.AddRange(
                connection.Rows(
                    "SELECT c.uri, c.position, c.updated_at FROM cursors c JOIN store.sinks s ON c.name = concat(s.id, ':', s.name) WHERE c.kind = 'sink' AND s.name = $1 AND s.pipeline = $2",
                    reader => new PositionRow(
                        "sink",
                        sink.Name,
                        reader.GetString(0),
                        reader.GetInt64(1),
                        0,
                        last,
                        "",
                        reader.GetDateTime(2)
                    ),
                    sink.Name,
                    plan.Name
                )
            );
        }

        return rows;
    }

    public static string ToText(string pipeline, List<PositionRow> rows)
    {
        if (rows.Count == 0)
        {
            return $"{pipeline}: no cursors; nothing was read yet{Environment.NewLine}";
        }

        var text = new StringBuilder();
        foreach (var row in rows)
        {
            var (unit, line) =
                row.Kind == "source"
                    ? ("bytes", FormattableString.Invariant($", line {row.Line:N0}"))
                    : ("changes", "");
            var of = row.Of is { } all ? FormattableString.Invariant($" of {all:N0} ({row.Percent ?? 100} %)") : "";
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{row.Kind} {row.Name}: {Cli.TerminalText.Visible(row.Uri)}: {row.Position:N0}{of} {unit}{line}; {Time(row.UpdatedAt)}{(row.Identity.Length == 0 ? "" : "; " + Cli.TerminalText.Visible(row.Identity))}"
            );
        }

        return text.ToString();
    }

    public static void WriteJson(Utf8JsonWriter json, string pipeline, List<PositionRow> rows)
    {
        json.WriteStartObject();
        json.WriteString("pipeline", pipeline);
        json.WriteStartArray("cursors");
        foreach (var row in rows)
        {
            json.WriteStartObject();
            json.WriteString("kind", row.Kind);
            json.WriteString("name", row.Name);
            json.WriteString("uri", row.Uri);
            json.WriteNumber("position", row.Position);
            if (row.Kind == "source")
            {
                json.WriteNumber("line", row.Line);
            }

            if (row.Of is { } of)
            {
                json.WriteNumber("of", of);
            }

            if (row.Percent is { } percent)
            {
                json.WriteNumber("percent", percent);
            }

            json.WriteString("identity", row.Identity);
            json.WriteString("updated_at", Time(row.UpdatedAt));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    // What grew since is seen in it. Of what is packed or in another encoding nobody knows without reading it.
    private static long? SizeNow(PipelinePlan plan, SourcePlan source, string key)
    {
        var path = LocalFiles.PathOf(plan.StorePath, key);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var text = new TextContent(path, source.Origin.Text);
            return text.IsVerbatim ? text.File.Size : null;
        }
        catch (SourceException)
        {
            return null;
        }
    }

    private static string Identity(string content, string etag, string modified, string body, string mark) =>
        string.Join(", ", new[]
            {
                ("content", content),
                ("etag", etag),
                ("last-modified", modified),
                ("body", body),
                // Behind the date stand hashes, which say nothing to people.
                ("added", mark.Split(' ')[0]),
            }.Where(part => part.Item2.Length > 0).Select(part => $"{part.Item1} {part.Item2}"));

    private static string Time(DateTime time) =>
        time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
