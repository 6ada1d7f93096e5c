// Finds the border between records that somebody means by a number: a cursor may stand nowhere else.

using System.Globalization;
using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Sources;

namespace Cti.Host.Positions;

/// <summary>A place in a file as a person names it.</summary>
internal abstract record Place
{
    /// <summary>Bytes before it, unpacked and in UTF-8.</summary>
    public sealed record Byte(long Offset) : Place;

    /// <summary>The line that begins there, from 1.</summary>
    public sealed record Line(long Number) : Place;

    /// <summary>Behind the last record there is now.</summary>
    public sealed record End : Place;

    /// <summary>`1200`, `line:31`, `end`.</summary>
    /// <exception cref="PositionException">It is none of these.</exception>
    public static Place Parse(string text)
    {
        const NumberStyles Digits = NumberStyles.None;
        return text == "end" ? new End()
            : long.TryParse(text, Digits, CultureInfo.InvariantCulture, out var offset) ? new Byte(offset)
            : text.StartsWith("line:", StringComparison.Ordinal)
            && long.TryParse(text["line:".Length..], Digits, CultureInfo.InvariantCulture, out var line)
            && line > 0
                ? new Line(line)
            : throw new PositionException(
                "CTI-CURSOR-002",
                $"{text} is no position of a file: write a number of bytes, line:NUMBER, or end"
            );
    }
}

internal static class FilePosition
{
    private const int BatchRecords = 4096;

    /// <summary>The cursor at a place of a file.</summary>
    /// <exception cref="PositionException">No record begins there.</exception>
    /// <exception cref="SourceException">The file cannot be read.</exception>
    public static FileCursor Find(SourcePlan source, string path, Place place)
    {
        var before = place is Place.End ? long.MaxValue : Count(source, path, place);
        using var reading = Open(source, path);
        var batch = new RawBatch(BatchRecords);
        while (before > 0 && reading.ReadBatch(batch, (int)Math.Min(before, BatchRecords)))
        {
            before -= batch.Count + batch.Rejections.Count;
        }

        return reading.CursorAfterLastBatch;
    }

    // The records before the place.
    private static long Count(SourcePlan source, string path, Place place)
    {
        using var reading = Open(source, path);
        var batch = new RawBatch(BatchRecords);
        var wanted = place is Place.Byte { Offset: var offset } ? offset : ((Place.Line)place).Number;
        long count = 0;
        (long Offset, long Line)? nearest = null;
        (long Offset, long Line)? next = null;
        while (next is null && reading.ReadBatch(batch, BatchRecords))
        {
            foreach (var (at, line) in Borders(batch))
            {
                var value = place is Place.Byte ? at : line;
                if (value == wanted)
                {
                    return count;
                }

                if (value > wanted)
                {
                    next = (at, line);
                    break;
                }

                nearest = (at, line);
                count++;
            }
        }

        var end = reading.CursorAfterLastBatch;
        if (next is null && wanted == (place is Place.Byte ? end.Offset : end.Line))
        {
            return long.MaxValue;
        }

        throw new PositionException(
            "CTI-CURSOR-003",
            $"no record of {path} begins at {(place is Place.Byte ? "byte" : "line")} {wanted}. "
                + string.Join(
                    " and ",
                    new[]
                    {
                        Shown("one before it at", nearest),
                        Shown("the next at", next ?? (end.Offset, end.Line)),
                    }.OfType<string>()
                )
        );
    }

    private static string? Shown(string what, (long Offset, long Line)? place) =>
        place is { } known ? FormattableString.Invariant($"{what} byte {known.Offset}, line {known.Line}") : null;

    // In the file's order.
    private static IEnumerable<(long Offset, long Line)> Borders(RawBatch batch) =>
        Enumerable
            .Range(0, batch.Count)
            .Select(record => (Offset: batch.Offset(record), Line: batch.Line(record)))
            .Concat(batch.Rejections.Select(row => (row.Position.Offset, row.Position.Line)))
            .Order();

    private static FileReading Open(SourcePlan source, string path)
    {
        var reading = FileSource.Open(path, source.Origin.Text with { Name = path }, source.Reader);
        if (!reading.IsArchive)
        {
            return reading;
        }

        reading.Dispose();
        throw new PositionException("CTI-CURSOR-006", $"{path} is an archive: its cursor can be reset, not set");
    }
}
