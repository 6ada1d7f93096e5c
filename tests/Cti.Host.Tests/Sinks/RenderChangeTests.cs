// Another `render` for the same set: in no plan, as no indicator changed, and yet the tool must get the file anew.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

public class RenderChangeTests
{
    [Theory]
    [InlineData("{ type: csv }", "{ type: csv, columns: [ value, type ] }", "value,type")]
    [InlineData("{ type: rpz }", "{ type: rpz, action: nodata }", "CNAME *.")]
    [InlineData("{ type: hosts, address: ipv4 }", "{ type: hosts, address: ipv6 }", "::")]
    [InlineData("{ type: suricata_rules }", "{ type: suricata_rules, action: drop }", "drop dns")]
    [InlineData("{ type: plain_list }", "{ type: hosts, address: ipv4 }", "0.0.0.0 a.example.com")]
    public void A_file_is_written_anew_when_its_render_changes_and_a_plan_says_so_before(
        string before,
        string after,
        string shown
    )
    {
        using var work = With(before);
        var first = work.Read("out/set");
        Assert.DoesNotContain(shown, first, StringComparison.Ordinal);

        Declare(work, after);
        var plan = work.Cti("plan", "p.yaml", "--now", Workspace.Now);
        Assert.Contains("`render` has changed", plan.Out, StringComparison.Ordinal);
        Assert.Equal(first, work.Read("out/set"));

        var run = work.Cti("run", "p.yaml", "--now", Workspace.Now);
        Assert.Contains("`render` has changed", run.Out, StringComparison.Ordinal);
        Assert.Contains(shown, work.Read("out/set"), StringComparison.Ordinal);

        var written = work.Rendered();
        Assert.Contains(
            "nothing to do",
            work.Cti("apply", "p.yaml", "--now", Workspace.Now).Out,
            StringComparison.Ordinal
        );
        Assert.Equal(written, work.Rendered());
    }

    [Fact]
    public void Another_layout_of_the_same_declaration_is_no_other_declaration()
    {
        using var work = With("{ type: csv, columns: [ type, value ] }");
        var before = work.Rendered();
        Declare(work, "\n      columns: # what stands in it\n        - type\n        - \"value\"\n      type: 'csv'");
        Assert.DoesNotContain(
            "`render` has changed",
            work.Cti("plan", "p.yaml", "--now", Workspace.Now).Out,
            StringComparison.Ordinal
        );
        work.Run();
        Assert.Equal(before, work.Rendered());
    }

    [Fact]
    public void A_manual_sink_waits_with_another_render_too()
    {
        using var work = With("{ type: csv }", "apply: manual");
        var before = work.Read("out/set");
        Declare(work, "{ type: csv, columns: [ value ] }", "apply: manual");
        Assert.Equal(4, work.TryRun().Exit);
        Assert.Equal(before, work.Read("out/set"));
        var apply = work.Cti("apply", "p.yaml", "--now", Workspace.Now);
        Assert.True(apply.Exit == 0, apply.ToString());
        Assert.StartsWith("value\n", work.Read("out/set").ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_tool_does_not_take_is_tried_again_and_the_old_file_stands_until_then()
    {
        using var work = With("{ type: csv }");
        var before = work.Read("out/set");
        Declare(work, "{ type: csv, columns: [ value ] }", "check: { type: command, run: [ \"false\", \"{file}\" ] }");
        Assert.Equal(1, work.TryRun().Exit);
        Assert.Equal(before, work.Read("out/set"));
        Declare(work, "{ type: csv, columns: [ value ] }");
        work.Run();
        Assert.NotEqual(before, work.Read("out/set"));
    }

    private static void Declare(Workspace work, string render, string keys = "") =>
        work.Write("p.yaml", SetPipeline.Text(render, "out/set", keys));

    private static Workspace With(string render, string keys = "")
    {
        var work = new Workspace();
        Declare(work, render, keys);
        work.Write("in/a.txt", "a.example.com\nb.example.com\n");
        // A manual sink waits until the second.
        work.TryRun();
        var apply = work.Cti("apply", "p.yaml", "--now", Workspace.Now);
        Assert.True(apply.Exit == 0, apply.ToString());
        return work;
    }
}
