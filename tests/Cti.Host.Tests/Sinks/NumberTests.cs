// Numbers that a sink gives to indicators: once, for good, whatever comes and goes between.

using System.Text.RegularExpressions;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

public partial class NumberTests
{
    [Fact]
    public void A_number_is_given_once_and_stays_whatever_comes_and_goes() => ComeAndGo(seed: 1, days: 5);

    [Theory]
    [Trait("Speed", "Long")]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_number_stays_through_a_long_history(int seed) => ComeAndGo(seed, days: 40);

    private static void ComeAndGo(int seed, int days)
    {
        using var work = With();
        var random = new Random(seed);
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var revisions = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var day = 1; day <= days; day++)
        {
            var listed = Enumerable
                .Range(0, 12)
                .Where(_ => random.Next(2) == 0)
                .Select(index => $"n{index:00}.example.com");
            var values = listed.Append($"day{day:00}.example.com").ToList();
            work.Write("in/a.txt", string.Join('\n', values) + "\n");
            work.RunAt(Day(day));
            var rules = Rules(work.Read("out/set"));
            Assert.Equal(values.Order(StringComparer.Ordinal), rules.Select(rule => rule.Name));
            foreach (var (name, sid, revision) in rules)
            {
                Assert.Equal(seen.GetValueOrDefault(name, sid), sid);
                Assert.True(revision >= revisions.GetValueOrDefault(name), $"{name}: {revision}");
                seen[name] = sid;
                revisions[name] = revision;
            }
        }

        Assert.Equal(seen.Count, seen.Values.Distinct().Count());
        Assert.Equal(9_000_000, seen.Values.Min());
        Assert.Equal(
            seen.Count,
            work.Count("SELECT count(DISTINCT number) FROM numbers WHERE sink = 'set' AND pipeline = 'p'")
        );
        // What the store exports is what stands there.
        var export = work.Cti("export", "p.yaml/set", "--as-of", Day(days));
        Assert.True(export.Exit == 0, export.ToString());
        Assert.Equal(work.Read("out/set"), export.Out);
    }

    [Fact]
    public void What_comes_back_has_its_old_number_and_a_higher_revision()
    {
        using var work = With();
        work.Write("in/a.txt", "a.example.com\nb.example.com\n");
        work.RunAt("2026-01-02T00:00:00Z");
        var before = Rules(work.Read("out/set"));
        work.Write("in/a.txt", "b.example.com\nc.example.com\n");
        work.RunAt("2026-01-03T00:00:00Z");
        work.Write("in/a.txt", "a.example.com\nb.example.com\nc.example.com\n");
        work.RunAt("2026-01-04T00:00:00Z");
        var after = Rules(work.Read("out/set"));

        Assert.Equal([9_000_000, 9_000_004, 9_000_008], after.Select(rule => rule.Sid));
        Assert.Equal(before[0].Sid, after[0].Sid);
        Assert.True(after[0].Revision > before[0].Revision, $"{before[0]} {after[0]}");
        Assert.Equal(before[1], after[1]);
    }

    [Fact]
    public void A_plan_that_is_not_applied_gives_no_number_and_what_is_asked_again_gets_the_same()
    {
        using var work = With("apply: manual");
        work.Write("in/a.txt", "b.example.com\n");
        var waiting = work.TryRun();
        Assert.True(waiting.Exit == 4, waiting.ToString());
        Assert.Equal(0, work.Count("SELECT count(*) FROM numbers"));
        var shown = work.Cti("export", "p.yaml/set", "--as-of", Workspace.Now);
        work.Cti("apply", "p.yaml", "--now", Workspace.Now);
        Assert.Equal(work.Read("out/set"), shown.Out);

        work.Write("in/a.txt", "a.example.com\nb.example.com\n");
        work.TryRun();
        work.Cti("apply", "p.yaml", "--now", Workspace.Now);
        Assert.Equal(
            [("a.example.com", 9_000_004), ("b.example.com", 9_000_000)],
            Rules(work.Read("out/set")).Select(rule => (rule.Name, rule.Sid))
        );
    }

    private static string Day(int day) =>
        new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc)
            .AddDays(day)
            .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static List<(string Name, int Sid, int Revision)> Rules(string text) =>
        [
            .. Line()
                .Matches(text)
                .Select(match => (match.Groups[1].Value, Number(match.Groups[2].Value), Number(match.Groups[3].Value))),
        ];

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"DNS query: ([^""]+)"".*; sid:(\d+); rev:(\d+);\)")]
    private static partial Regex Line();

    private static Workspace With(string keys = "")
    {
        var work = new Workspace();
        work.Write("p.yaml", SetPipeline.Text("{ type: suricata_rules, names: [ dns ] }", "out/set", keys));
        return work;
    }
}
