// A pipeline drawn for a terminal of 100 columns: sources join, stages follow each other, sinks branch off; counts stand in columns.

using System.Globalization;
using System.Text;
using Cti.Host.Cli;

namespace Cti.Host.Drawing;

internal static class TextDrawing
{
    private const int Width = 100;
    private const int LongestName = 24;
    private static readonly (string Title, Func<StageAccount, long> Count)[] Columns =
    [
        ("in", account => account.In),
        ("expanded", account => account.Expanded),
        ("out", account => account.Out),
        ("screened", account => account.Screened),
        ("rejected", account => account.Rejected),
        ("merged", account => account.Merged),
        ("dropped", account => account.Dropped),
    ];

    /// <summary>Lines of at most 100 columns, each ended by LF.</summary>
    public static string Draw(PipelineDrawing drawing)
    {
        var text = new StringBuilder();
        var boxes = drawing.Sources.Concat(drawing.Stages).Concat(drawing.Sinks).ToList();
        var name = Math.Min(LongestName, boxes.Max(box => box.Name.Length));
        var columns = Columns.Where(column => boxes.Exists(box => box.Account is { } one && column.Count(one) != 0));
        var counted = columns
            .Select(column =>
                (
                    column.Title,
                    column.Count,
                    Size: Math.Max(
                        column.Title.Length,
                        boxes.Max(box => box.Account is { } one ? Number(column.Count(one)).Length : 0)
                    )
                )
            )
            .ToList();

        Line(drawing.Name + (drawing.Description.Length > 0 ? ": " + drawing.Description : ""));
        Line("");
        for (var index = 0; index < drawing.Sources.Count; index++)
        {
            var source = drawing.Sources[index];
            var corner = index == 0 ? "─┐" : "─┤";
            Line($"  {Name(source)} {corner} {Details(source)}");
        }

        Line($"  {new string(' ', name)}  ▼{Titles()}");
        foreach (var stage in drawing.Stages)
        {
            Line($"  {Name(stage)}  │{Counts(stage)}");
            if (stage.Details.Count > 0)
            {
                Line($"  {new string(' ', name)}  │  {Details(stage)}");
            }
        }

        for (var index = 0; index < drawing.Sinks.Count; index++)
        {
            var sink = drawing.Sinks[index];
            var (corner, below) = index == drawing.Sinks.Count - 1 ? ("└►", "  ") : ("├►", "│ ");
            Line($"  {Name(sink)}  {corner}{Counts(sink, 1)}{(sink.Account is null ? " " + Details(sink) : "")}");
            if (sink.Account is not null)
            {
                Line($"  {new string(' ', name)}  {below} {Details(sink)}");
            }
        }

        return text.ToString();

        void Line(string line) =>
            text.Append(TerminalText.Cut(TerminalText.Visible(line).TrimEnd(), Width)).Append('\n');

        string Name(Box box) => TerminalText.Cut(box.Name, name).PadRight(name);

        string Titles() => string.Concat(counted.Select(column => "  " + column.Title.PadLeft(column.Size)));

        // Sinks' arrows take a column of the first gap.
        string Counts(Box box, int taken = 0)
        {
            if (box.Account is not { } account)
            {
                return "";
            }

            var cells = counted.Select(column => "  " + Number(column.Count(account)).PadLeft(column.Size));
            return string.Concat(cells)[Math.Min(taken, counted.Count)..];
        }
    }

    private static string Details(Box box) => string.Join(" · ", box.Details);

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
