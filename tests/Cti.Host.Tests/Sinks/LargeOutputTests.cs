// Outputs around the size at which a sink's file goes past the page cache: every byte arrives, once, in order, whatever the length.

using System.Globalization;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sinks;

public class LargeOutputTests
{
    // Lines of 16 bytes: 65,536 of them are one megabyte, which is what the writer's buffers hold.
    [Theory]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(200_001)]
    public void A_list_is_whole_at_and_beyond_the_writers_buffers(int lines)
    {
        using var work = Pipeline();
        var names = Names(lines);
        Assert.Equal(16L * lines, names.Length);
        work.Write("in/a.txt", names);
        work.Run();
        Assert.Equal(names, work.Read("out/list.txt"));

        // A shorter one over it leaves nothing of the longer.
        work.Write("in/a.txt", "one.example\n");
        Assert.Equal(0, work.Cti("run", "p.yaml", "--now", "2026-01-03T00:00:00Z").Exit);
        Assert.Equal("one.example\n", work.Read("out/list.txt"));
    }

    [Fact]
    public void A_disk_that_fills_up_in_the_middle_leaves_the_old_list()
    {
        using var work = Pipeline();
        work.Write("in/a.txt", Names(100));
        work.Run();
        work.Write("in/a.txt", Names(300_000));
        Directory.CreateDirectory(work.PathOf("out/.cti/new"));
        File.CreateSymbolicLink(work.PathOf("out/.cti/new/list.txt"), "/dev/full");
        var run = work.Cti("run", "p.yaml", "--now", "2026-01-03T00:00:00Z");
        Assert.True(run.Exit == 1, run.ToString());
        Assert.Contains("list.txt cannot be written", run.Error + run.Out, StringComparison.Ordinal);
        Assert.Equal(Names(100), work.Read("out/list.txt"));
    }

    private static string Names(int lines) =>
        string.Concat(
            Enumerable
                .Range(0, lines)
                .Select(number => string.Create(CultureInfo.InvariantCulture, $"h{number:D6}.example\n"))
        );

    private static Workspace Pipeline()
    {
        var work = new Workspace();
        work.Write(
            "p.yaml",
            """
            pipeline: large
            store: out/s.duckdb
            sources:
              - name: names
                from: { type: file, path: in/a.txt }
                read: { type: lines }
                mode: snapshot
                map: [{ value: { field: line }, type: domain }]
                expect: { records: 1..1000000 }
            sinks:
              - name: list
                render: { type: plain_list }
                to: { type: file, path: out/list.txt }
                max_change: 1000000%
            """
        );
        return work;
    }
}
