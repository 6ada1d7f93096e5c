// The books of a run as text and as JSON.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Host.Store;

namespace Cti.Host.Run;

internal static class BooksTable
{
    /// <summary>Width of the column of stage names.</summary>
    public static int Width(Books books) =>
        Math.Max(12, books.Stages.Select(stage => stage.Key.Length).DefaultIfEmpty(0).Max());

    /// <summary>A line per stage, and whether every record is accounted for.</summary>
    public static void Append(StringBuilder text, Books books)
    {
        var width = Width(books);
        text.AppendLine(
            "books".PadRight(width) + "         in  +expanded         =out  +screened  +rejected    +merged"
        );
        foreach (var (stage, counts) in books.Stages)
        {
            var flight = counts.InFlight > 0 ? FormattableString.Invariant($"  ({counts.InFlight:N0} in flight)") : "";
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{stage.PadRight(width)} {counts.In, 10:N0} {counts.Expanded, 10:N0} {counts.Out, 12:N0} {counts.Screened, 10:N0} {counts.Rejected, 10:N0} {counts.Merged, 10:N0}{flight}"
            );
        }

        text.AppendLine(
            books.Unbalanced().Count == 0
                ? "every record is accounted for"
                : "THE BOOKS DO NOT BALANCE: " + string.Join(", ", books.Unbalanced())
        );
        text.AppendLine();
    }

    /// <summary>The array `books`.</summary>
    public static void WriteJson(Utf8JsonWriter json, Books books)
    {
        json.WriteStartArray("books");
        foreach (var (stage, counts) in books.Stages)
        {
            json.WriteStartObject();
            json.WriteString("stage", stage);
            json.WriteNumber("in", counts.In);
            json.WriteNumber("expanded", counts.Expanded);
            json.WriteNumber("out", counts.Out);
            json.WriteNumber("screened", counts.Screened);
            json.WriteNumber("rejected", counts.Rejected);
            json.WriteNumber("merged", counts.Merged);
            json.WriteNumber("dropped", counts.Dropped);
            json.WriteNumber("in_flight", counts.InFlight);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
