// Dead letters for a person and as JSON. What came from a feed is shown so that it cannot steer a terminal.

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Cti.Core.Trials;

namespace Cti.Host.Letters;

internal static class LetterText
{
    private const int ShownMessage = 90;
    private const int ShownValue = 48;
    private const int HexWidth = 16;
    private const int ShownHex = 4096;

    /// <summary>Groups first, then letters; `total` letters match, whether shown or not.</summary>
    public static string List(string pipeline, long total, List<LetterGroup> groups, List<LetterRow> rows)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{pipeline}: {total:N0} dead letter{(total == 1 ? "" : "s")}");
        if (total == 0)
        {
            return text.ToString();
        }

        text.AppendLine();
        AppendTable(
            text,
            ["letters", "attempts", "stage", "code", "source", "message"],
            groups.Select(group =>
                new[]
                {
                    group.Letters.ToString("N0", CultureInfo.InvariantCulture),
                    group.Attempts.ToString("N0", CultureInfo.InvariantCulture),
                    group.Stage,
                    group.Code,
                    group.Source ?? "",
                    Cut(Visible(group.Message), ShownMessage),
                }
            )
        );
        text.AppendLine();
        AppendTable(
            text,
            ["id", "last met", "status", "attempts", "code", "where", "value"],
            rows.Select(row =>
                new[]
                {
                    row.Id.ToString()[..8],
                    Time(row.UpdatedAt),
                    row.Status,
                    row.Attempts.ToString("N0", CultureInfo.InvariantCulture),
                    row.Code,
                    Visible(row.Place),
                    Cut(Visible(row.Value ?? ""), ShownValue),
                }
            )
        );
        if (rows.Count < total)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"… and {total - rows.Count:N0} more: --limit");
        }

        return text.ToString();
    }

    /// <summary>Everything about one letter.</summary>
    public static string Show(LetterRow row)
    {
        var text = new StringBuilder();
        void Line(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                text.Append(name.PadRight(11)).AppendLine(value);
            }
        }

        Line("id", row.Id.ToString());
        Line(
            "status",
            row.Status
                + (row.ClosedAt is { } closed ? $" at {Time(closed)}" : "")
                + Invariant($", {row.Attempts:N0} attempts")
        );
        Line("why", $"{row.Code} {Visible(row.Message ?? "")}");
        Line("stage", row.Stage);
        Line("source", row.Source);
        Line("where", Visible(row.Place) + (row.Offset is { } offset ? Invariant($" (byte {offset})") : ""));
        Line("field", Visible(row.Field ?? ""));
        Line("value", Visible(row.Value ?? ""));
        Line("columns", Visible(row.Header ?? ""));
        Line(
            "indicator",
            row.Indicator is { } indicator ? Invariant($"indicator--{indicator}, revision {row.Revision}") : null
        );
        Line("first met", Time(row.RecordedAt));
        Line("last met", Time(row.UpdatedAt));
        Line("run", row.RunId.ToString());
        AppendOriginal(text, row.Original);
        return text.ToString();
    }

    /// <summary>One line for each letter about a value.</summary>
    public static string About(IReadOnlyList<LetterRow> rows) =>
        string.Concat(
            rows.Select(row =>
                $"dead letter {row.Id.ToString()[..8]} ({row.Stage}, {row.Code} {Visible(row.Message ?? "")}): {Visible(row.Place)}{Environment.NewLine}"
            )
        );

    public static void WriteAbout(Utf8JsonWriter json, IReadOnlyList<LetterRow> rows)
    {
        json.WriteStartArray("dead_letters");
        foreach (var row in rows)
        {
            json.WriteStartObject();
            WriteMembers(json, row);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteList(
        Utf8JsonWriter json,
        string pipeline,
        long total,
        List<LetterGroup> groups,
        List<LetterRow> rows
    )
    {
        json.WriteStartObject();
        json.WriteString("pipeline", pipeline);
        json.WriteNumber("total", total);
        json.WriteStartArray("groups");
        foreach (var group in groups)
        {
            json.WriteStartObject();
            json.WriteString("stage", group.Stage);
            json.WriteString("code", group.Code);
            json.WriteString("source", group.Source);
            json.WriteNumber("letters", group.Letters);
            json.WriteNumber("attempts", group.Attempts);
            json.WriteString("message", group.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("letters");
        foreach (var row in rows)
        {
            json.WriteStartObject();
            WriteMembers(json, row);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WriteShow(Utf8JsonWriter json, LetterRow row)
    {
        json.WriteStartObject();
        WriteMembers(json, row);
        if (row.Original is { } original)
        {
            json.WriteNumber("original_bytes", original.Length);
            if (Utf8.IsValid(original))
            {
                json.WriteString("original", original);
            }

            json.WriteBase64String("original_base64", original);
        }

        json.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter json, LetterRow row)
    {
        json.WriteString("id", row.Id);
        json.WriteString("status", row.Status);
        json.WriteString("stage", row.Stage);
        json.WriteString("code", row.Code);
        json.WriteString("message", row.Message);
        json.WriteString("field", row.Field);
        json.WriteString("value", row.Value);
        json.WriteString("source", row.Source);
        json.WriteString("uri", row.Uri);
        if (row is { Line: { } line, Offset: { } offset })
        {
            json.WriteNumber("line", line);
            json.WriteNumber("byte_offset", offset);
        }

        if (row is { Indicator: { } indicator, Revision: { } revision })
        {
            json.WriteString("indicator", "indicator--" + indicator);
            json.WriteNumber("revision", revision);
        }

        json.WriteString("run_id", row.RunId);
        json.WriteNumber("attempts", row.Attempts);
        json.WriteString("recorded_at", Time(row.RecordedAt));
        json.WriteString("updated_at", Time(row.UpdatedAt));
        json.WriteString("closed_at", row.ClosedAt is { } closed ? Time(closed) : null);
    }

    private static void AppendOriginal(StringBuilder text, byte[]? original)
    {
        if (original is null)
        {
            text.AppendLine("original   purged");
            return;
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"original   {original.Length:N0} bytes");
        if (Utf8.IsValid(original) && !original.AsSpan().Contains((byte)0))
        {
            var rest = original.AsSpan();
            while (!rest.IsEmpty)
            {
                var end = rest.IndexOf((byte)'\n');
                text.Append("  ").AppendLine(VisibleText.ofBytes(end < 0 ? rest : rest[..end]));
                rest = end < 0 ? [] : rest[(end + 1)..];
            }

            return;
        }

        for (var start = 0; start < Math.Min(original.Length, ShownHex); start += HexWidth)
        {
            var part = original.AsSpan(start, Math.Min(HexWidth, original.Length - start));
            text.Append(CultureInfo.InvariantCulture, $"  {start:x8}  ");
            foreach (var value in part)
            {
                text.Append(CultureInfo.InvariantCulture, $"{value:x2} ");
            }

            text.Append(' ', 3 * (HexWidth - part.Length) + 1);
            foreach (var value in part)
            {
                text.Append(value is >= 0x20 and < 0x7f ? (char)value : '.');
            }

            text.AppendLine();
        }

        if (original.Length > ShownHex)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"  … and {original.Length - ShownHex:N0} more bytes: --json has them all"
            );
        }
    }

    private static void AppendTable(StringBuilder text, string[] head, IEnumerable<string[]> rows)
    {
        var all = new[] { head }.Concat(rows).ToList();
        var widths = Enumerable.Range(0, head.Length).Select(column => all.Max(row => row[column].Length)).ToArray();
        foreach (var row in all)
        {
            text.AppendLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }

    private static string Visible(string text) => VisibleText.ofText(text);

    private static string Cut(string text, int columns) => Cli.TerminalText.Cut(text, columns);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static string Time(DateTime time) =>
        time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
