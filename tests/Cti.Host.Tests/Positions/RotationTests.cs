// Files under other names: a log that is rotated is read on, whatever it is called meanwhile.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Positions;

public class RotationTests
{
    private static Workspace With(string input)
    {
        var work = new Workspace();
        work.Write("p.yaml", PipelineText.List(sink: "max_change: 1000000%"));
        work.Write("in/app.log", input);
        work.Write(
            "p.yaml",
            PipelineText.List(sink: "max_change: 1000000%").Replace("in/a*", "in/app.log*", StringComparison.Ordinal)
        );
        return work;
    }

    private static long Read(Workspace work) => work.Run().GetProperty("records").GetInt64();

    private static void Append(Workspace work, string name, string text) => File.AppendAllText(work.PathOf(name), text);

    private static void Rename(Workspace work, string from, string to) =>
        File.Move(work.PathOf(from), work.PathOf(to), true);

    [Fact]
    public void A_rotated_log_is_read_to_its_end_and_the_new_one_from_its_beginning()
    {
        using var work = With("192.0.2.1\n192.0.2.2\n");
        Assert.Equal(2, Read(work));
        Append(work, "in/app.log", "192.0.2.3\n");
        Rename(work, "in/app.log", "in/app.log.1");
        work.Write("in/app.log", "192.0.2.4\n192.0.2.5\n");
        Assert.Equal(3, Read(work));
        Assert.Equal(
            ["../in/app.log", "../in/app.log.1"],
            work.Column("SELECT uri FROM cursors WHERE kind = 'source' ORDER BY 1")
        );

        // Once more: now every name had a cursor already.
        Append(work, "in/app.log", "192.0.2.6\n");
        Rename(work, "in/app.log.1", "in/app.log.2");
        Rename(work, "in/app.log", "in/app.log.1");
        work.Write("in/app.log", "192.0.2.7\n");
        Assert.Equal(2, Read(work));
        Rename(work, "in/app.log.1", "in/app.log.2");
        Rename(work, "in/app.log", "in/app.log.1");
        work.Write("in/app.log", "192.0.2.8\n");
        Assert.Equal(1, Read(work));
        Assert.Equal(0, Read(work));
        Assert.Equal(8, work.Lines("out/list.txt").Length);
        Assert.Equal(8, work.Count("SELECT count(*) FROM observations"));
    }

    [Fact]
    public void Logs_that_change_names_are_not_read_again()
    {
        using var work = With("192.0.2.1\n");
        work.Write("in/app.log.1", "192.0.2.2\n192.0.2.3\n");
        Assert.Equal(3, Read(work));
        Rename(work, "in/app.log", "in/away");
        Rename(work, "in/app.log.1", "in/app.log");
        Rename(work, "in/away", "in/app.log.1");
        Append(work, "in/app.log.1", "192.0.2.4\n");
        Assert.Equal(1, Read(work));
        Assert.Equal(0, Read(work));
    }

    [Fact]
    public void A_copy_is_a_file_of_its_own_and_copy_and_truncate_a_rotation()
    {
        using var work = With("192.0.2.1\n");
        Assert.Equal(1, Read(work));
        File.Copy(work.PathOf("in/app.log"), work.PathOf("in/app.log.copy"));
        Assert.Equal(1, Read(work));

        File.Copy(work.PathOf("in/app.log"), work.PathOf("in/app.log.1"));
        Append(work, "in/app.log.1", "192.0.2.2\n");
        work.Write("in/app.log", "");
        Assert.Equal(1, Read(work));
        Append(work, "in/app.log", "192.0.2.3\n");
        Assert.Equal(1, Read(work));
        Assert.Equal(0, Read(work));
    }

    [Fact]
    public void A_packed_log_goes_on_under_its_new_name()
    {
        using var work = With("192.0.2.1\n192.0.2.2\n");
        Assert.Equal(2, Read(work));
        using (var file = File.Create(work.PathOf("in/app.log.1.gz")))
        using (
            var gzip = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionLevel.NoCompression)
        )
        {
            gzip.Write("192.0.2.1\n192.0.2.2\n192.0.2.3\n"u8);
        }

        work.Write("in/app.log", "192.0.2.4\n");
        Assert.Equal(2, Read(work));
        Assert.Equal(4, work.Count("SELECT count(*) FROM observations"));
    }
}
