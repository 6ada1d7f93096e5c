// One measured run of the built `cti`: writes the pipeline, starts it on a fresh folder, and believes nothing it cannot check.

using System.Globalization;
using System.Text.Json;

namespace Cti.Bench.Macro;

/// <summary>What a run was measured to need.</summary>
/// <param name="AllocatedBytes">Managed memory allocated in all; null where the executable does not tell.</param>
internal sealed record CtiResult(long Records, ChildResult Child, long? AllocatedBytes);

/// <summary>Runs and checks `cti run`.</summary>
internal static class CtiRun
{
    // Asks the executable for `allocated_bytes` in its --json object.

    /// <summary>Runs a pipeline over the feed and checks its books and outputs.</summary>
    /// <exception cref="MacroException">The run did not do what it is measured for.</exception>
    public static CtiResult Measure(string cti, Feed feed, string? lists, string folder, int streams)
    {
        var pipeline = Path.Combine(folder, "macro.yaml");
        File.WriteAllText(pipeline, Pipeline(feed.Path, lists, streams));
        var now = FeedWriter.Now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var child = ChildProcess.Run(cti, ["run", pipeline, "--now", now, "--json", "--quiet"]);
        if (child.ExitCode != 0)
        {
            throw new MacroException($"cti run ended with {child.ExitCode}:\n{child.Error}{child.Output}");
        }

        using var json = Parse(child.Output);
        var report = json.RootElement;
        Check(report, feed);
        string[] outputs =
        [
            "bundle.json",
            "blocklist.txt",
            "cti.duckdb",
            .. Enumerable.Range(1, streams).Select(number => $"changes{number}.ndjson"),
        ];
        foreach (var output in outputs)
        {
            var file = new FileInfo(Path.Combine(folder, output));
            Require(file is { Exists: true, Length: > 0 }, $"{file.FullName} is missing or empty");
        }

        return new CtiResult(
            report.GetProperty("records").GetInt64(),
            child,
            report.TryGetProperty("allocated_bytes", out var allocated) && allocated.ValueKind is JsonValueKind.Number
                ? allocated.GetInt64()
                : null
        );
    }

    private static string Pipeline(string feed, string? lists, int streams) =>
        $$"""
            pipeline: macro
            description: What the macro benchmark runs
            store: cti.duckdb
            sources:
              - name: feed
                from: { type: file, path: '{{Quote(feed)}}' }
                read: { type: csv }
                map:
                  - value: { field: value }
                    type_from: { field: type }
                    source: { field: source }
                    first_seen: { field: first_seen, format: "yyyy-MM-dd HH:mm:ss" }
                trust: { reliability: B, credibility: 2, confidence: 80, tlp: clear }
            screen: { warninglists: [{{(
                lists is null ? "" : $"'{Quote(Path.Combine(lists, "*.json"))}'"
            )}}] }
            sinks:
              - name: bundle
                render: { type: stix_bundle }
                to: { type: file, path: bundle.json }
                max_tlp: clear
              - name: blocklist
                render: { type: plain_list }
                to: { type: file, path: blocklist.txt }
                where: "type = 'ipv4' or type = 'domain' and score >= 40"
                max_tlp: clear
            {{string.Concat(Enumerable.Range(1, streams).Select(Stream))}}
            """;

    private static string Stream(int number) =>
        $"  - {{ name: changes{number}, render: {{ type: ndjson }}, to: {{ type: file, path: changes{number}.ndjson }}, max_tlp: clear }}\n";

    private static string Quote(string text) => text.Replace("'", "''", StringComparison.Ordinal);

    private static JsonDocument Parse(string output)
    {
        try
        {
            return JsonDocument.Parse(output);
        }
        catch (JsonException error)
        {
            throw new MacroException($"cti run --json printed no JSON object ({error.Message}):\n{output}");
        }
    }

    private static void Check(JsonElement report, Feed feed)
    {
        var status = report.GetProperty("status").GetString();
        Require(status == "done", $"the run's status is {status}");
        long Total(string name) => report.GetProperty(name).GetInt64();
        foreach (var stage in report.GetProperty("books").EnumerateArray())
        {
            long Count(string name) => stage.GetProperty(name).GetInt64();
            var left = Count("in") + Count("expanded");
            var right =
                Count("out")
                + Count("screened")
                + Count("rejected")
                + Count("merged")
                + Count("dropped")
                + Count("in_flight");
            Require(left == right, $"the books do not balance at {stage.GetProperty("stage")}: {left} in, {right} out");
        }

        Require(Total("indicators") > 0, "the store holds no indicators");
        if (feed.Facts is { } facts)
        {
            Require(Total("records") == facts.Records, $"{Total("records")} records were read of {facts.Records}");
            Require(
                Total("rejected") == facts.Malformed,
                $"{Total("rejected")} were rejected of {facts.Malformed} malformed"
            );
            Require(
                Total("screened") >= facts.Listed,
                $"{Total("screened")} were screened of {facts.Listed} listed or more"
            );
        }
    }

    private static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new MacroException("the run cannot be counted: " + fault);
        }
    }
}
