// A pipeline with one list source and some stream sinks, run in this process against scripted endpoints and a leaping clock; the store is a real one.

using System.Globalization;
using System.Text;
using Cti.Host.Cli;
using Cti.Host.Graph;
using Cti.Host.Letters;
using Cti.Host.Run;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Delivery;

internal sealed class DeliveryWork : IDisposable
{
    private readonly Dictionary<string, Endpoint> _endpoints = new(StringComparer.Ordinal);
    private readonly List<string> _sinks = [];
    private readonly List<string> _sources = [];
    private int _ids;

    public Workspace Work { get; } = new();

    public LeapingClock Clock { get; } = new();

    /// <summary>Raw records an epoch holds.</summary>
    public int EpochRecords { get; init; } = 20;

    /// <summary>Declares a stream sink; `keys` go to it. A timeout of an hour never ends on the leaping clock.</summary>
    public Endpoint Sink(string name, string keys = "timeout: 1h", string? endpoint = null)
    {
        _sinks.Add(
            $"  - {{ name: {name}, render: {{ type: ndjson }}, to: {{ type: file, path: out/{name}.ndjson }}, max_tlp: red, {keys} }}"
        );
        return _endpoints[name] = new Endpoint(endpoint ?? name);
    }

    /// <summary>Declares a source; its values are the lines of in/NAME.txt.</summary>
    public void Source(string name, IEnumerable<string> values, int confidence = 80) =>
        Add(name, values, "append", confidence);

    /// <summary>Declares a snapshot source; its values are all lines of in/NAME.txt, and what an earlier list had besides is withdrawn.</summary>
    public void Snapshot(string name, IEnumerable<string> values)
    {
        Work.Write($"in/{name}.txt", "");
        Add(name, values, "snapshot", 80);
    }

    private void Add(string name, IEnumerable<string> values, string mode, int confidence)
    {
        if (!_sources.Exists(text => text.Contains($"name: {name},", StringComparison.Ordinal)))
        {
            _sources.Add(
                $"  - {{ name: {name}, from: {{ type: file, path: in/{name}.txt }}, read: {{ type: lines }}, mode: {mode}, expect: {{ shrink: 100% }}, map: [ {{ value: {{ field: line }}, type: auto }} ], trust: {{ reliability: A, credibility: 1, confidence: {confidence}, tlp: clear }} }}"
            );
        }

        var known = Work.Exists($"in/{name}.txt") ? Work.Read($"in/{name}.txt") : "";
        Work.Write($"in/{name}.txt", known + string.Concat(values.Select(value => value + "\n")));
    }

    /// <summary>Different addresses from a documentation range and beside it.</summary>
    public static IEnumerable<string> Values(int first, int count) =>
        Enumerable
            .Range(first, count)
            .Select(number => string.Create(CultureInfo.InvariantCulture, $"host{number}.example.com"));

    /// <summary>The first so many entries of the log.</summary>
    public static IEnumerable<long> Sequences(int count) => Enumerable.Range(1, count).Select(number => (long)number);

    public async Task<RunReport> RunAsync(KillSwitch? killSwitch = null, LetterFilter? replay = null)
    {
        Work.Write(
            "p.yaml",
            $"pipeline: p\nstore: out/s.duckdb\nsources:\n{string.Join('\n', _sources)}\nsinks:\n{string.Join('\n', _sinks)}\n"
        );
        var errors = new StringWriter();
        var options = new RunOptions
        {
            Now = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero),
            EpochRecords = EpochRecords,
            BatchSize = 5,
            Quiet = true,
            Replay = replay,
        };
        var plans = Pipelines.Load([Work.PathOf("p.yaml")], options, errors);
        Assert.True(plans is not null, errors.ToString());
        var environment = new RunEnvironment(Clock, NewId, TextWriter.Null, false)
        {
            Random = () => 1,
            Transports = sink => new ScriptedTransport(_endpoints[sink.Name]),
        };
        using var own = new KillSwitch();
        var report = await PipelineRun.RunAsync(plans[0], options, environment, killSwitch ?? own);
        Assert.Empty(report.Books.Unbalanced());
        return report;
    }

    public void Dispose() => Work.Dispose();

    private Guid NewId() => new(++_ids, 0, 0, new byte[8]);
}
