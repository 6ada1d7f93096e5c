// A workspace with one pipeline that fetches one list; what the test is about is given as extra keys of `from:`.

using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sources.Http;

internal static class HttpWorkspace
{
    public const string Names = "a.example.com\nb.example.com\nc.example.com\n";

    /// <summary>`from` of the tests: no retry waits longer than a moment.</summary>
    public static string From(string url, string more = "") =>
        $"{{ type: http, url: \"{url}\", retry_delay: 1ms, {more} }}";

    /// <summary>One source `a`, one sink `list`.</summary>
    public static Workspace With(string from, string source = "")
    {
        var work = new Workspace();
        Declare(work, from, source);
        return work;
    }

    public static void Declare(Workspace work, string from, string source = "") =>
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: {{from}}
                read: { type: lines }
                map: [ { value: { field: line }, type: auto } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
                {{source}}
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, max_change: 1000000% }
            """
        );

    /// <summary>`cti run`, with variables set.</summary>
    public static CtiResult RunWith(this Workspace work, IEnumerable<string> variables, params IEnumerable<string> more)
    {
        using var process = CtiProcess.Launch(
            work.Root,
            "/usr/bin/env",
            [.. variables, CtiProcess.Executable, "run", "p.yaml", "--now", Workspace.Now, .. more]
        );
        return process.Wait();
    }

    /// <summary>A run that must fail with a code, and with words that help.</summary>
    public static CtiResult Fails(this Workspace work, string code, params IReadOnlyList<string> says)
    {
        var result = work.TryRun();
        Assert.True(result.Exit == 1, result.ToString());
        var alarm = result.Json.GetProperty("alarms")[0];
        Assert.Equal(code, alarm.GetProperty("code").GetString());
        Assert.All(
            says,
            words => Assert.Contains(words, alarm.GetProperty("message").GetString(), StringComparison.Ordinal)
        );
        return result;
    }
}
