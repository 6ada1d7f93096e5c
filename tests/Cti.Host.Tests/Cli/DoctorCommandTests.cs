// cti doctor: one line per check, what is broken and what to do, exit 1 when something will not work.

using System.Text.Json;
using Cti.Host.Config;
using Cti.Host.Doctor;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Cli;

public class DoctorCommandTests
{
    [Fact]
    public void A_machine_that_runs_these_tests_is_well()
    {
        using var work = new Workspace();
        var result = work.Cti("doctor");
        Assert.True(result.Exit == 0, result.ToString());
        Assert.Matches(@"(?m)^ok +DuckDB +v\d+\.\d+\.\d+, its library loads$", result.Out);
        Assert.Matches(@"(?m)^ok +runtime +\.NET ", result.Out);
        Assert.Empty(Directory.EnumerateFileSystemEntries(work.Root));
    }

    [Fact]
    public void A_pipeline_that_can_run_is_ok_before_and_after_its_run_and_nothing_is_left_behind()
    {
        using var work = new Workspace();
        work.Write("p.yaml", PipelineText.List(rest: "screen: { allow: [ours.txt] }"));
        work.Write("ours.txt", "192.0.2.1\n");
        work.Write("in/a.txt", "198.51.100.7\n");
        var before = work.Cti("doctor", "p.yaml");
        Assert.True(before.Exit == 0, before.ToString());
        Assert.Contains("will be created", before.Out, StringComparison.Ordinal);
        Assert.False(work.Exists("out"));

        work.Run();
        var after = work.Cti("doctor", "p.yaml", "--json");
        Assert.True(after.Exit == 0, after.ToString());
        var findings = after.Json.EnumerateArray().ToList();
        Assert.Equal(
            ["pipeline", "status", "subject", "detail", "remedy"],
            findings[0].EnumerateObject().Select(property => property.Name)
        );
        Assert.Contains("1 file, 13 bytes", Detail(findings, "source a"), StringComparison.Ordinal);
        Assert.Contains(
            $"version {Cti.Host.Store.StoreFile.Version}",
            Detail(findings, "store"),
            StringComparison.Ordinal
        );
        Assert.Contains("1 allow-list:", Detail(findings, "screen"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_fails_with_what_to_do()
    {
        using var work = new Workspace();
        work.Write(
            "p.yaml",
            PipelineText
                .List(rest: "screen: { warninglists: [lists/a.json] }")
                .Replace("\"in/a*\"", "ina/a.txt", StringComparison.Ordinal)
        );
        work.Write("in/a.txt", "198.51.100.7\n");
        work.Write("lists/b.json", "{}");
        work.Write("out/s.duckdb", "this is no database, but it is long enough to be looked at by one");
        work.Write("bad.yaml", "pipeline: q\n");
        var result = work.Cti("doctor", "p.yaml", "bad.yaml", "--json");
        Assert.Equal(1, result.Exit);
        var failed = result
            .Json.EnumerateArray()
            .Where(one => one.GetProperty("status").GetString() == "fail")
            .ToList();
        Assert.Equal(
            ["store", "source a", "screen", "file"],
            failed.Select(one => one.GetProperty("subject").GetString())
        );
        Assert.Contains("did you mean", Detail(failed, "source a"), StringComparison.Ordinal);
        Assert.Contains("lists/b.json", Detail(failed, "screen"), StringComparison.Ordinal);
        Assert.All(failed, one => Assert.NotEmpty(one.GetProperty("remedy").GetString()!));
    }

    [Fact]
    public void A_store_that_another_process_holds_is_told()
    {
        using var work = new Workspace();
        work.Write("p.yaml", PipelineText.List());
        work.Write("in/a.txt", "198.51.100.7\n");
        work.Run();
        using var held = Host.Store.StoreFile.Open(work.StorePath, new Host.Store.StoreOptions());
        var result = work.Cti("doctor", "p.yaml", "--json");
        Assert.Equal(1, result.Exit);
        var store = Detail([.. result.Json.EnumerateArray()], "store");
        Assert.Contains("in use by another process", store, StringComparison.Ordinal);
        Assert.Contains(
            Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture),
            store,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Secrets_are_asked_for_by_name_and_never_shown()
    {
        using var work = new Workspace();
        // A path is all that can hold a reference here; what matters is that it is found and looked up.
        var text = PipelineText.List().Replace("\"in/a*\"", "\"in/${env:CTI_TEST_KEY}\"", StringComparison.Ordinal);
        var file = PipelineFile.Parse(work.PathOf("p.yaml"), text);
        if (file.Pipeline is null)
        {
            Assert.Fail(string.Join('\n', file.Diagnostics));
        }

        var missing = PipelineChecks.Run(file, _ => null).Single(one => one.Subject == "secret env:CTI_TEST_KEY");
        Assert.Equal(Health.Fail, missing.Health);
        var set = PipelineChecks.Run(file, _ => "hunter2").ToList();
        Assert.Equal(Health.Ok, set.Single(one => one.Subject == "secret env:CTI_TEST_KEY").Health);
        Assert.DoesNotContain(set, one => (one.Detail + one.Remedy).Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public void The_password_of_a_proxy_is_not_shown()
    {
        var findings = MachineChecks.Run(
            TimeProvider.System,
            name => name == "HTTPS_PROXY" ? "http://me:hunter2@proxy.example:3128" : null
        );
        var proxies = findings.Single(one => one.Subject == "proxies");
        Assert.Equal("HTTPS_PROXY=http://…@proxy.example:3128", proxies.Detail);
    }

    [Fact]
    public void A_clock_before_the_program_was_built_fails()
    {
        var clock = new Stopped(new DateTimeOffset(1999, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var finding = MachineChecks.Run(clock, _ => null).Single(one => one.Subject == "clock");
        Assert.Equal(Health.Fail, finding.Health);
    }

    private static string Detail(List<JsonElement> findings, string subject) =>
        findings.First(one => one.GetProperty("subject").GetString() == subject).GetProperty("detail").GetString()!;

    private sealed class Stopped(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
