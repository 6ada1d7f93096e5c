// What a run tells whoever wonders about an empty file.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Run;

public class RunHintTests
{
    [Fact]
    public void A_set_that_is_empty_because_everything_is_old_says_so_and_how_to_see_it_as_of_then()
    {
        using var work = new Workspace();
        work.Write("p.yaml", PipelineText.List());
        work.Write("in/a.txt", "a.example.com\nb.example.com\n");
        work.Run();
        var later = work.Cti("run", "p.yaml", "--now", "2036-01-01T00:00:00Z");
        Assert.Equal(0, later.Exit);
        Assert.Contains(
            "2 of 2 expired, not seen for longer than their lifetime (--now TIME looks at them as of then)",
            later.Out,
            StringComparison.Ordinal
        );
        Assert.Empty(work.Lines("out/list.txt"));
    }

    [Fact]
    public void An_input_without_a_file_is_wrong_usage()
    {
        using var work = new Workspace();
        work.Write("p.yaml", PipelineText.List());
        var result = work.Cti("run", "p.yaml", "--input", "a=");
        Assert.Equal(2, result.Exit);
        Assert.Contains("--input a=: write NAME=GLOB", result.Error, StringComparison.Ordinal);
    }
}
