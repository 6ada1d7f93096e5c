// A workspace with one pipeline that fetches one list; what the test is about is given as extra keys of `from:`.

using System.Text.Json;
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

    /// <summary>
    /// One pipeline with a source for each `from` and all that must fail: one run tells of each by its code and words. Gives the report.
    /// </summary>
    public static JsonElement FailEach(params IReadOnlyList<(string From, string Code, string Says)> sources)
    {
        using var work = new Workspace();
        var declared = sources.Select(
            (source, index) =>
                $"  - {{ name: s{index}, from: {source.From}, read: {{ type: lines }}, map: [ {{ value: {{ field: line }}, type: auto }} ] }}"
        );
        work.Write(
            "p.yaml",
            $"pipeline: p\nstore: out/s.duckdb\nsources:\n{string.Join('\n', declared)}\n"
                + "sinks: [ { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt } } ]\n"
        );
        var result = work.TryRun();
        Assert.True(result.Exit == 1, result.ToString());
        var alarms = result.Json.GetProperty("alarms").EnumerateArray().ToList();
        Assert.Equal(sources.Count, alarms.Count);
        for (var index = 0; index < sources.Count; index++)
        {
            Assert.Equal(sources[index].Code, alarms[index].GetProperty("code").GetString());
            Assert.Contains(
                sources[index].Says,
                alarms[index].GetProperty("message").GetString(),
                StringComparison.Ordinal
            );
        }

        return result.Json;
    }

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
