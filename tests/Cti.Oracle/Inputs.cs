// The workload as its files tell it: everything the killed processes could have known.

using System.Globalization;

namespace Cti.Oracle;

/// <summary>One thing a source said at one time.</summary>
internal readonly record struct Said(string Source, string Value, DateTime At);

internal sealed class Inputs
{
    private readonly List<(DateTime Now, HashSet<string> Listed)> _snapshots = [];

    public Inputs(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, "in"), "feed-*.csv"))
        {
            foreach (var line in File.ReadLines(file).Skip(1))
            {
                var cells = line.Split(',');
                Feed.Add(new Said("feed", cells[0], Time(cells[1])));
            }
        }

        foreach (var line in File.ReadLines(Path.Combine(folder, "history", "rounds.csv")))
        {
            var cells = line.Split(',');
            var round = int.Parse(cells[0], CultureInfo.InvariantCulture);
            var list = Path.Combine(
                folder,
                "history",
                string.Create(CultureInfo.InvariantCulture, $"list-{round:0000}.txt")
            );
            _snapshots.Add((Time(cells[1]), [.. File.ReadLines(list)]));
        }
    }

    /// <summary>What the feed says.</summary>
    public HashSet<Said> Feed { get; } = [];

    /// <summary>What the last snapshot lists.</summary>
    public IReadOnlySet<string> Listed => _snapshots[^1].Listed;

    /// <summary>What any snapshot ever listed.</summary>
    public HashSet<string> EverListed => [.. _snapshots.SelectMany(snapshot => snapshot.Listed)];

    /// <summary>When values came to the list, each time they did.</summary>
    public IEnumerable<Said> Arrivals()
    {
        var before = new HashSet<string>();
        foreach (var (now, listed) in _snapshots)
        {
            foreach (var value in listed.Where(value => !before.Contains(value)))
            {
                yield return new Said("list", value, now);
            }

            before = listed;
        }
    }

    /// <summary>Whether a snapshot of that time lists the value.</summary>
    public bool IsListed(Said said) =>
        _snapshots.Any(snapshot => snapshot.Now == said.At && snapshot.Listed.Contains(said.Value));

    public static DateTime Time(string text) =>
        DateTime.Parse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal
        );
}
