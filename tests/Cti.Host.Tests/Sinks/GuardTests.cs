// What stands between a plan and the tool: its checker, the word to it, somebody's approval, and the way back.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

public class GuardTests
{
    // Takes a list that does not name evil.example, and says what it dislikes on standard output.
    private const string Checker =
        "{ type: command, run: [ sh, -c, 'if grep -n evil.example \"$0\"; then exit 3; fi', \"{file}\" ] }";

    [Fact]
    public void What_the_checker_refuses_does_not_replace_what_is_there_and_raises_an_alarm()
    {
        using var work = With($"check: {Checker}");
        work.Write("in/a1.txt", "good.example\n");
        work.Run();
        work.Write("in/a2.txt", "evil.example\n");

        var run = work.TryRun();

        Assert.True(run.Exit == 1, run.ToString());
        Assert.Contains("exit code 3", run.Error, StringComparison.Ordinal);
        Assert.Contains("1:evil.example", run.Error, StringComparison.Ordinal);
        Assert.Equal(["good.example"], work.Lines("out/list.txt"));
        Assert.Equal(["sink:list CTI-SINK-005"], work.Column("SELECT source || ' ' || code FROM alarms"));
        Assert.Equal(["applied", "failed"], work.Column("SELECT status FROM plans ORDER BY planned_at"));
        Assert.Equal(1, work.Count("SELECT count(*) FROM sink_state"));
        Assert.False(Directory.Exists(work.PathOf("out/.cti")));

        // Nothing was acknowledged: taken back at its source, the list is good again.
        work.Write("p.yaml", PipelineText.List(sink: $"where: \"value <> 'evil.example'\"\n    check: {Checker}"));
        work.Run();
        Assert.Equal(["good.example"], work.Lines("out/list.txt"));
    }

    [Fact]
    public void A_checker_that_is_not_there_or_does_not_end_keeps_the_old_file()
    {
        using var work = With("check: { type: command, run: [ no-such-checker, \"{file}\" ] }");
        work.Write("in/a1.txt", "good.example\n");
        var missing = work.TryRun();
        Assert.True(missing.Exit == 1, missing.ToString());
        Assert.Contains("no-such-checker", missing.Error, StringComparison.Ordinal);
        Assert.False(work.Exists("out/list.txt"));

        work.Write(
            "p.yaml",
            PipelineText.List(
                sink: "check: { type: command, run: [ sh, -c, \"sleep 60\", \"{file}\" ], timeout: 100ms }"
            )
        );
        var slow = work.TryRun();
        Assert.Contains("took longer than 0.1 s", slow.Error, StringComparison.Ordinal);
        Assert.False(work.Exists("out/list.txt"));
    }

    [Fact]
    [Trait("Tool", "named-checkzone")]
    public void The_formats_own_checker_takes_what_we_render()
    {
        if (Tools.Find("named-checkzone") is null)
        {
            return;
        }

        using var work = new Workspace();
        work.Write(
            "p.yaml",
            PipelineText
                .List(sink: "check: { type: built_in }")
                .Replace("type: plain_list", "type: rpz", StringComparison.Ordinal)
        );
        work.Write("in/a1.txt", "listed.example.com\n192.0.2.1\n");
        work.Run();
        Assert.Contains("listed.example.com CNAME .", work.Read("out/list.txt"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tool_that_does_not_take_a_file_gets_the_old_one_back()
    {
        const string tool =
            "{ run: [ sh, -c, 'cat \"$0\" > loaded.txt; if grep -q evil.example \"$0\"; then echo no >&2; exit 9; fi', \"{file}\" ] }";
        using var work = With($"reload: {tool}");
        work.Write("in/a1.txt", "good.example\n");
        work.Run();
        Assert.Equal(["good.example"], work.Lines("loaded.txt"));
        work.Write("in/a2.txt", "evil.example\n");

        var run = work.TryRun();

        Assert.True(run.Exit == 1, run.ToString());
        Assert.Contains("was put back, and the tool took that", run.Error, StringComparison.Ordinal);
        Assert.Equal(["good.example"], work.Lines("out/list.txt"));
        // It was told twice: of the new one, and of the old one again.
        Assert.Equal(["good.example"], work.Lines("loaded.txt"));
        Assert.Equal(["sink:list CTI-SINK-006"], work.Column("SELECT source || ' ' || code FROM alarms"));
        Assert.Equal(1, work.Count("SELECT count(*) FROM sink_state"));
        Assert.False(Directory.Exists(work.PathOf("out/.cti")));
    }

    [Fact]
    public void A_first_file_that_the_tool_does_not_take_is_gone_again()
    {
        using var work = With("reload: { run: [ \"false\" ] }");
        work.Write("in/a1.txt", "good.example\n");
        var run = work.TryRun();
        Assert.True(run.Exit == 1, run.ToString());
        Assert.False(work.Exists("out/list.txt"));
    }

    [Fact]
    public void What_waits_is_granted_and_passes_with_what_came_on_top()
    {
        using var work = With("max_change: 30%");
        work.Write("in/a1.txt", Names(0, 10));
        work.Run();
        work.Write("in/a2.txt", Names(10, 5));
        Assert.Equal(4, work.TryRun().Exit);

        var waiting = Assert.Single(Approvals(work, "list", "--json").Json.GetProperty("plans").EnumerateArray());
        Assert.Equal(
            "p list 10 5",
            $"{waiting.GetProperty("pipeline")} {waiting.GetProperty("sink")} {waiting.GetProperty("held")} {waiting.GetProperty("add")}"
        );
        var id = waiting.GetProperty("plan_id").GetString()![..8];
        Assert.Contains("is approved", Approvals(work, "grant", id).Out, StringComparison.Ordinal);
        Assert.Contains("is taken back", Approvals(work, "revoke", id).Out, StringComparison.Ordinal);
        Assert.Equal(4, work.TryRun().Exit);

        id = Approvals(work, "list", "--json").Json.GetProperty("plans")[0].GetProperty("plan_id").GetString()!;
        Approvals(work, "grant", id);
        // Three more are within 30 % of ten by themselves.
        work.Write("in/a3.txt", Names(15, 3));
        work.Run();
        Assert.Equal(18, work.Lines("out/list.txt").Length);
        Assert.Contains("No plan waits", Approvals(work, "list").Out, StringComparison.Ordinal);
        // Used: what comes next needs a word of its own.
        work.Write("in/a4.txt", Names(18, 10));
        Assert.Equal(4, work.TryRun().Exit);
    }

    [Fact]
    public void A_plan_of_too_many_entries_waits_although_its_share_is_small()
    {
        using var work = With("max_change: [ 90%, 4 entries ]");
        work.Write("in/a1.txt", Names(0, 10));
        work.Run();
        work.Write("in/a2.txt", Names(10, 5));
        var run = work.TryRun();
        Assert.True(run.Exit == 4, run.ToString());
        Assert.Contains("the plan touches 5 entries, more than max_change 4", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sink_is_taken_back_to_an_earlier_plan_and_stays_there_until_somebody_applies()
    {
        using var work = With("");
        work.Write("in/a1.txt", Names(0, 3));
        work.RunAt("2026-01-02T00:00:00Z");
        var first = work.Read("out/list.txt");
        var id = work.Column("SELECT plan_id FROM plans WHERE status = 'applied'")[0];
        work.Write("in/a2.txt", Names(3, 2));
        work.RunAt("2026-01-03T00:00:00Z");
        var second = work.Read("out/list.txt");
        Assert.NotEqual(first, second);

        var back = work.Cti("apply", "p.yaml", "--to", id[..8]);
        Assert.True(back.Exit == 0, back.ToString());
        Assert.Equal(first, work.Read("out/list.txt"));
        Assert.Equal(3, work.Count("SELECT count(*) FROM sink_state"));

        var run = work.Cti("run", "p.yaml", "--now", "2026-01-04T00:00:00Z");
        Assert.True(run.Exit == 4, run.ToString());
        Assert.Contains("taken back by hand", run.Out + run.Error, StringComparison.Ordinal);
        Assert.Equal(first, work.Read("out/list.txt"));

        Assert.Equal(0, work.Cti("apply", "p.yaml", "--now", "2026-01-04T00:00:00Z").Exit);
        Assert.Equal(second, work.Read("out/list.txt"));
        Assert.Equal(0, work.Cti("run", "p.yaml", "--now", "2026-01-05T00:00:00Z").Exit);
    }

    [Theory]
    [InlineData("nonsense", "CTI-PLAN-001")]
    [InlineData("", "CTI-PLAN-002")]
    public void A_plan_that_is_not_known_is_not_gone_back_to(string id, string code)
    {
        using var work = With("");
        work.Write("in/a1.txt", Names(0, 3));
        work.Run();
        work.Run();
        var back = work.Cti("apply", "p.yaml", "--to", id);
        Assert.True(back.Exit == 2, back.ToString());
        Assert.Contains(code, back.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_that_was_not_applied_is_not_gone_back_to()
    {
        using var work = With("apply: manual");
        work.Write("in/a1.txt", Names(0, 3));
        work.TryRun();
        var back = work.Cti("apply", "p.yaml", "--to", work.Column("SELECT plan_id FROM plans")[0]);
        Assert.True(back.Exit == 2, back.ToString());
        Assert.Contains("CTI-PLAN-004", back.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check: { type: command, run: [ checker ] }", "{file}")]
    [InlineData("check: { type: built_in }", "no tool is known that checks `plain_list`")]
    [InlineData("max_change: 5000", "5000 entries")]
    public void A_guard_that_cannot_work_is_told_by_validate(string keys, string told)
    {
        using var work = With(keys);
        var validate = work.Cti("validate", "p.yaml");
        Assert.True(validate.Exit == 2, validate.ToString());
        Assert.Contains(told, validate.Error, StringComparison.Ordinal);
    }

    private static CtiResult Approvals(Workspace work, params string[] arguments) =>
        work.Cti([.. (string[])["approvals"], .. arguments, "--store", "out/s.duckdb"]);

    private static Workspace With(string sink)
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.List(sink: sink));
        return work;
    }

    private static string Names(int first, int count) =>
        string.Concat(Enumerable.Range(first, count).Select(number => $"host{number}.example.com\n"));
}
