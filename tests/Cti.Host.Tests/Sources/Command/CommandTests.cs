// Programs as sources: their whole output or nothing, no shell, no variables but those that are declared, and an end in time.

using Cti.Host.Tests.Harness;
using Cti.Host.Tests.Sources.Http;
using Xunit;

namespace Cti.Host.Tests.Sources.Command;

public class CommandTests
{
    private const string Later = "2026-01-03T00:00:00Z";

    [Fact]
    public void What_a_program_prints_is_read()
    {
        using var work = With("printf 'a.example.com\\nb.example.com\\n'");
        Assert.Equal(2, work.Run().GetProperty("records").GetInt64());
        Assert.Equal(["command:./feed.sh one two"], work.Column("SELECT DISTINCT uri FROM observations"));
        Assert.Equal(0, work.RunAt(Later).GetProperty("records").GetInt64());
        Assert.False(Directory.Exists(work.StorePath + ".spool"));
    }

    [Fact]
    public void It_runs_in_the_pipelines_folder_with_its_arguments_and_few_variables()
    {
        using var work = With(
            "{ pwd; printf '%s|%s\\n' \"$1\" \"$2\"; env; } > seen.txt; cat; echo a.example.com",
            "environment: { TOKEN: 'x${env:CTI_TEST_KEY}' }",
            "one; touch hacked"
        );
        var result = work.RunWith(["CTI_TEST_KEY=abcd", "CTI_TEST_OTHER=1"]);
        Assert.True(result.Exit == 0, result.ToString());
        var seen = work.Lines("seen.txt");
        Assert.Equal(Path.GetFileName(work.Root), Path.GetFileName(seen[0]));
        Assert.Equal("one; touch hacked|two", seen[1]);
        Assert.Contains("TOKEN=xabcd", seen);
        Assert.DoesNotContain(seen, line => line.StartsWith("CTI_TEST", StringComparison.Ordinal));
        Assert.DoesNotContain(seen, line => line.StartsWith("DOTNET", StringComparison.Ordinal));
        Assert.False(work.Exists("hacked"));
    }

    [Fact]
    public void Of_a_program_that_fails_nothing_is_read_and_its_last_words_are_told_without_secrets()
    {
        using var work = With(
            "echo a.example.com; if [ -e fail ]; then echo \"cannot log in with $TOKEN\" >&2; exit 3; fi; echo b.example.com",
            "environment: { TOKEN: '${env:CTI_TEST_KEY}' }",
            source: "mode: snapshot"
        );
        Assert.Equal(0, work.RunWith(["CTI_TEST_KEY=abcd1234"]).Exit);
        var before = StoreContent.Of(work);
        work.Write("fail", "");
        var result = work.RunWith(["CTI_TEST_KEY=abcd1234"], "--json");
        Assert.True(result.Exit == 1, result.ToString());
        var alarm = result.Json.GetProperty("alarms")[0];
        Assert.Equal("CTI-SOURCE-021", alarm.GetProperty("code").GetString());
        Assert.Contains(
            "ended with exit code 3; nothing of its output is used. It said: cannot log in with ${env:CTI_TEST_KEY}",
            alarm.GetProperty("message").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(before, StoreContent.Of(work));
        Assert.Equal(2, work.Lines("out/list.txt").Length);
    }

    [Fact]
    public void A_program_that_does_not_end_is_killed_with_its_children()
    {
        using var work = With("echo $$ > pid; sleep 1000 & echo $! > child; echo a.example.com; wait", "timeout: 2s");
        work.Fails("CTI-SOURCE-022", "did not end within 2 s");
        foreach (var file in new[] { "pid", "child" })
        {
            Assert.False(LinuxProcess.IsRunning(work.Read(file).Trim()), file);
        }
    }

    [Fact]
    public void A_program_that_prints_without_end_is_stopped()
    {
        using var work = With("while :; do echo a.example.com; done", "max_bytes: 100KB");
        work.Fails("CTI-SOURCE-023", "100,000 bytes");
    }

    [Theory]
    [InlineData("./missing.sh")]
    [InlineData("no-such-program-anywhere")]
    public void A_program_that_is_not_there_is_told(string program)
    {
        using var work = With("exit 0");
        HttpWorkspace.Declare(work, $"{{ type: command, run: [{program}] }}");
        work.Fails("CTI-SOURCE-020", program, "full path");
    }

    private static Workspace With(string script, string more = "", string argument = "one", string source = "")
    {
        var work = HttpWorkspace.With($"{{ type: command, run: [./feed.sh, \"{argument}\", two], {more} }}", source);
        work.Write("feed.sh", "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(work.PathOf("feed.sh"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return work;
    }
}
