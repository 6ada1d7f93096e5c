// Everything a conversion lost, as lines of JSON: what readers and the writer could not carry over, records that could not be used, values that were screened.

using System.Globalization;
using System.Text.Json;
using Cti.Core;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Conversions;

/// <summary>One loss, or many alike of which only the number is known.</summary>
internal sealed record LossLine(
    string Stage,
    string Code,
    string Path,
    string? Value,
    string? File,
    long? Line,
    long? Offset,
    long Count
);

internal sealed class ConversionLosses
{
    private readonly List<LossLine> _lines = [];

    private ConversionLosses() { }

    /// <summary>All of them, those without a line of their own too.</summary>
    public long Total { get; private set; }

    /// <summary>How many by code.</summary>
    public SortedDictionary<string, long> ByCode { get; } = new(StringComparer.Ordinal);

    /// <summary>Gathers what the store of a conversion's run knows, and what its output says.</summary>
    public static ConversionLosses Of(StoreFile store, ConvertSink sink)
    {
        var losses = new ConversionLosses();
        var connection = store.Connection;
        var kept = connection.Rows(
            "SELECT stage, code, path, value, uri, line, byte_offset FROM losses ORDER BY uri, byte_offset, path",
            reader => new LossLine(
                reader.GetString(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.Text(3),
                reader.Text(4),
                reader.GetInt64(5),
                reader.GetInt64(6),
                1
            )
        );
        kept.ForEach(losses.Add);
        var shown = kept.GroupBy(line => (line.Stage, line.Code, line.Path))
            .ToDictionary(group => group.Key, group => group.LongCount());
        foreach (
            var (stage, code, path, count) in connection.Rows(
                "SELECT stage, code, path, losses FROM loss_counts ORDER BY code, path",
                reader => (reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3))
            )
        )
        {
            losses.AddCount(stage, code, path, count - shown.GetValueOrDefault((stage, code, path)));
        }

        connection
            .Rows(
                "SELECT stage, code, coalesce(field, ''), value, uri, line, byte_offset FROM dead_letters ORDER BY uri, byte_offset",
                reader => new LossLine(
                    reader.GetString(0),
                    reader.GetString(1),
                    reader.GetString(2),
                    reader.Text(3),
                    reader.Text(4),
                    reader.GetInt64(5),
                    reader.GetInt64(6),
                    1
                )
            )
            .ForEach(losses.Add);
        connection
            .Rows(
                "SELECT code, coalesce(type, ''), value, uri, line, byte_offset FROM screenings ORDER BY uri, byte_offset",
                reader => new LossLine(
                    StageModule.name(Stage.Screen),
                    reader.GetString(0),
                    reader.GetString(1),
                    reader.GetString(2),
                    reader.GetString(3),
                    reader.GetInt64(4),
                    reader.GetInt64(5),
                    1
                )
            )
            .ForEach(losses.Add);
        foreach (var (field, first, rows) in sink.Dropped)
        {
            losses.Add(
                new LossLine("output", LossReasonModule.code(LossReason.NoPlace), field, first, null, null, null, rows)
            );
        }

        losses.AddOutput(sink.LeftOut);
        losses.AddOutput(sink.Bent);
        return losses;
    }

    /// <summary>One object a line.</summary>
    public void Write(Action<ReadOnlyMemory<byte>> write)
    {
        using var buffer = new MemoryStream();
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        foreach (var line in _lines)
        {
            json.WriteStartObject();
            json.WriteString("stage", line.Stage);
            json.WriteString("code", line.Code);
            json.WriteString("path", line.Path);
            if (line.Value is not null)
            {
                json.WriteString("value", line.Value);
            }

            if (line.File is { Length: > 0 })
            {
                json.WriteString("file", line.File);
                json.WriteNumber("line", line.Line ?? 0);
                json.WriteNumber("offset", line.Offset ?? 0);
            }

            if (line.Count > 1)
            {
                json.WriteNumber("count", line.Count);
            }

            json.WriteEndObject();
            json.Flush();
            buffer.WriteByte((byte)'\n');
            json.Reset();
            write(buffer.GetBuffer().AsMemory(0, (int)buffer.Length));
            buffer.SetLength(0);
        }
    }

    /// <summary>For a person: `3 losses (CTI-LOSS-001 2, CTI-NORM-007 1)`.</summary>
    public string Summary =>
        Total == 0
            ? "no losses"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Total:N0} loss{(Total == 1 ? "" : "es")} ({string.Join(", ", ByCode.Select(code => string.Create(CultureInfo.InvariantCulture, $"{code.Key} {code.Value:N0}")))})"
            );

    private void Add(LossLine line)
    {
        _lines.Add(line);
        Total += line.Count;
        ByCode[line.Code] = ByCode.GetValueOrDefault(line.Code) + line.Count;
    }

    // Alike ones of which no more is known.
    private void AddCount(string stage, string code, string path, long count)
    {
        if (count > 0)
        {
            Add(new LossLine(stage, code, path, null, null, null, null, count));
        }
    }

    private void AddOutput(LossList losses)
    {
        foreach (var loss in losses.Kept)
        {
            Add(new LossLine("output", LossReasonModule.code(loss.Reason), loss.Path, loss.Value, null, null, null, 1));
        }

        foreach (var reason in LossReasonModule.all)
        {
            AddCount(
                "output",
                LossReasonModule.code(reason),
                "",
                losses.Count(reason) - losses.Kept.LongCount(loss => loss.Reason.Equals(reason))
            );
        }
    }
}
