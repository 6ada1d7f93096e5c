// What holds for every format of a state sink, all of them beside each other in one pipeline: an indicator that its only source takes back, that expires, that a
// list, a person or its source says is harmless is gone from every tool on the next apply. The tool that reads a format has its own tests; here it is the file that is
// looked at.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

public class EveryStateSinkTests
{
    // Values no format has a reason to refuse; each format holds some of them.
    private static readonly Values Stays = new("stays.example.com", "203.0.113.9", "d41d8cd98f00b204e9800998ecf8427a");
    private static readonly Values Goes = new("goes.example.com", "203.0.113.77", "d41d8cd98f00b204e9800998ecf8427b");

    private const string First = "2026-01-02T00:00:00Z";
    private const string Next = "2026-01-03T00:00:00Z";

    // Beyond every type's lifetime.
    private const string Late = "2036-01-02T00:00:00Z";

    [Fact]
    public void What_its_only_source_takes_back_is_gone_from_every_tool_and_comes_back_where_the_tool_is_taken_back()
    {
        using var work = With(SetPipeline.Head());
        work.Write("in/a.txt", Stays.Lines + Goes.Lines);
        work.RunAt(First);
        Assert.Equal(StateFormats.Names, Showing(work, Goes, First));
        Assert.Equal(StateFormats.Names, Showing(work, Stays, First));
        var held = Held(work);
        var plans = work.Query("SELECT sink, plan_id FROM plans ORDER BY sink");

        work.Write("in/a.txt", Stays.Lines);
        work.RunAt(Next);
        Assert.Equal([], Showing(work, Goes, Next));
        Assert.Equal(StateFormats.Names, Showing(work, Stays, Next));
        Assert.Equal(
            0,
            work.Count(
                $"SELECT count(*) FROM sink_state s JOIN indicators i USING (indicator) WHERE i.value LIKE '%{Goes.Name}%' OR i.value IN ('{Goes.Address}', '{Goes.Hash}')"
            )
        );

        // The way back, of each alone.
        foreach (var plan in plans)
        {
            var back = work.Cti("apply", "p.yaml", "--to", plan[1]);
            Assert.True(back.Exit == 0, $"{plan[0]}: {back}");
        }

        Assert.Equal(StateFormats.Names, Showing(work, Goes, Next));
        Assert.Equal(held, Held(work));
    }

    [Fact]
    public void What_expires_is_gone_from_every_tool_and_a_plan_of_it_that_is_only_shown_changes_nothing()
    {
        using var work = With(SetPipeline.Head());
        work.Write("in/a.txt", Stays.Lines + Goes.Lines);
        work.RunAt(First);
        var before = work.Rendered();

        var plan = work.Cti("plan", "p.yaml", "--now", Late, "--json");
        Assert.True(plan.Exit == 0, plan.ToString());
        Assert.Equal(
            StateFormats.Names,
            plan.Json.GetProperty("steps")
                .EnumerateArray()
                .Where(step => step.GetProperty("op").GetString() == "withdraw")
                .Select(step => step.GetProperty("sink").GetString()!)
                .Distinct()
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(before, work.Rendered());

        Apply(work, Late);
        Assert.Equal([], Showing(work, Goes, Late));
        Assert.Equal([], Showing(work, Stays, Late));
        Assert.Equal(0, work.Count("SELECT count(*) FROM sink_state"));
    }

    [Theory]
    [InlineData("allow")]
    [InlineData("never")]
    public void What_turns_out_to_be_ours_is_gone_from_every_tool(string list)
    {
        using var work = With(SetPipeline.Head(screen: $", {list}: [ours.txt]"));
        work.Write("ours.txt", "# nothing yet\n");
        work.Write("in/a.txt", Stays.Lines + Goes.Lines);
        work.RunAt(First);
        Assert.Equal(StateFormats.Names, Showing(work, Goes, First));

        work.Write("ours.txt", Goes.Lines);
        Apply(work, Next);
        Assert.Equal([], Showing(work, Goes, Next));
        Assert.Equal(StateFormats.Names, Showing(work, Stays, Next));
    }

    [Fact]
    public void What_is_found_to_be_false_is_gone_from_every_tool_though_its_source_goes_on_listing_it()
    {
        using var work = With(SetPipeline.Head());
        work.Write("in/a.txt", Stays.Lines + Goes.Lines);
        work.RunAt(First);
        Assert.Equal(StateFormats.Names, Showing(work, Goes, First));

        Say(work, "false_positive", "2026-01-02T12:00:00Z");
        Apply(work, Next);
        Assert.Equal([], Showing(work, Goes, Next));
        Assert.Equal(StateFormats.Names, Showing(work, Stays, Next));
        work.RunAt(Next);
        Assert.Equal([], Showing(work, Goes, Next));

        Say(work, "true_positive", "2026-01-03T12:00:00Z");
        Apply(work, "2026-01-04T00:00:00Z");
        Assert.Equal(StateFormats.Names, Showing(work, Goes, "2026-01-04T00:00:00Z"));
    }

    [Fact]
    public void What_its_source_revokes_is_gone_from_every_tool()
    {
        using var work = With(
            SetPipeline.Head(
                """
                  - name: b
                    from: { type: file, path: in/b.json }
                    read: { type: stix }
                    trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
                """
            )
        );
        work.Write("in/a.txt", Stays.Lines);
        work.Write("in/b.json", Bundle("2026-01-01T00:00:00Z", revoked: "false"));
        work.RunAt(First);
        Assert.Equal(StateFormats.Names, Showing(work, Goes, First));

        work.Write("in/b.json", Bundle("2026-01-02T12:00:00Z", revoked: "true"));
        work.RunAt(Next);
        Assert.Equal([], Showing(work, Goes, Next));
        Assert.Equal(StateFormats.Names, Showing(work, Stays, Next));
    }

    [Theory]
    [Trait("Speed", "Long")]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_tool_has_what_is_listed_and_nothing_else_through_a_long_history(int seed)
    {
        using var work = With(SetPipeline.Head());
        var random = new Random(seed);
        var all = Enumerable
            .Range(10, 8)
            .Select(index => new Values(
                $"n{index}.example.com",
                $"203.0.113.{index}",
                $"d41d8cd98f00b204e9800998ecf842{index}"
            ))
            .ToList();
        for (var day = 1; day <= 25; day++)
        {
            var listed = all.Where(_ => random.Next(2) == 0).Prepend(Stays).ToList();
            work.Write("in/a.txt", string.Concat(listed.Select(values => values.Lines)));
            var now = $"2026-01-{day:00}T00:00:00Z";
            work.RunAt(now);
            foreach (var values in all)
            {
                Assert.Equal(listed.Contains(values) ? StateFormats.Names : [], Showing(work, values, now));
            }
        }
    }

    private static List<string> Showing(Workspace work, Values values, string now) =>
        [
            .. StateFormats
                .All.Where(format => format.Shows(work, values.Of(format.Shown), now))
                .Select(format => format.Name)
                .Order(StringComparer.Ordinal),
        ];

    private static List<string> Held(Workspace work) =>
        [
            .. work.Query("SELECT sink, count(*) FROM sink_state GROUP BY sink ORDER BY sink")
                .Select(row => $"{row[0]} {row[1]}"),
        ];

    private static void Say(Workspace work, string verdict, string at)
    {
        var values = Goes.Lines.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var said = work.Cti(["verdicts", "add", verdict, .. values, "--at", at, "--store", "out/s.duckdb"]);
        Assert.True(said.Exit == 0, said.ToString());
    }

    private static void Apply(Workspace work, string now)
    {
        var apply = work.Cti("apply", "p.yaml", "--now", now);
        Assert.True(apply.Exit == 0, apply.ToString());
    }

    private static string Bundle(string modified, string revoked)
    {
        string[] patterns =
        [
            $"[domain-name:value = '{Goes.Name}']",
            $"[url:value = 'http://{Goes.Name}/x']",
            $"[ipv4-addr:value = '{Goes.Address}']",
            $"[file:hashes.MD5 = '{Goes.Hash}']",
        ];
        var objects = patterns.Select(
            (pattern, index) =>
                $$"""{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-00000000000{{index}}","created":"2026-01-01T00:00:00Z","modified":"{{modified}}","valid_from":"2026-01-01T00:00:00Z","pattern_type":"stix","pattern":"{{pattern}}","revoked":{{revoked}}}"""
        );
        return $$"""{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000009","objects":[{{string.Join(',', objects)}}]}""";
    }

    private static Workspace With(string head)
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            head
                + string.Concat(
                    StateFormats.All.Select(format => SetPipeline.Sink(format.Name, format.Render, format.To))
                )
        );
        return work;
    }

    /// <summary>One value of each type that formats show.</summary>
    private sealed record Values(string Name, string Address, string Hash)
    {
        /// <summary>As a list.</summary>
        public string Lines => $"{Address}\n{Name}\nhttp://{Name}/x\n{Hash}\n";

        public string Of(ShownValue shown) =>
            shown switch
            {
                ShownValue.Name => Name,
                ShownValue.Address => Address,
                _ => Hash,
            };
    }
}
