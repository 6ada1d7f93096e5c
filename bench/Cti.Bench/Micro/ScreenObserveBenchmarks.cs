// Canonical values against the macro benchmark's 45 warninglists, and the fused stage that all pure stages up to the store make up together.

using BenchmarkDotNet.Attributes;
using Cti.Bench.Macro;
using Cti.Core;

namespace Cti.Bench.Micro;

/// <summary>The macro benchmark's lists, ready to screen by.</summary>
internal static class ScreenSample
{
    /// <summary>Name and bytes of every list.</summary>
    public static IReadOnlyList<(string Name, byte[] Json)> Files { get; } =
    [
        .. Directory
            .EnumerateFiles(new Workspace(new MacroOptions().WorkDir).Lists())
            .Order(StringComparer.Ordinal)
            .Select(path => (Path.GetFileName(path), File.ReadAllBytes(path))),
    ];

    /// <summary>Parses lists and builds the set of them.</summary>
    public static ScreenSet Build(IEnumerable<(string Name, byte[] Json)> files) =>
        ScreenSet
            .Build(files.Select(file => Warninglist.parse(file.Name, file.Json).ResultValue), BroadEntry.defaults)
            .ResultValue;
}

/// <summary>Per value of the feed that has the type.</summary>
public class ScreenBenchmarks
{
    private const int Count = 16_384;
    private readonly ScreenSet _screen = ScreenSample.Build(ScreenSample.Files);
    private readonly TextColumn _values = new(Count, 64);
    private ObservableType _type;

    [Params("ipv4", "domain", "url", "sha256")]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _type = ObservableTypeModule.tryParse(Kind).Value;
        var batches = Sample.Observations();
        for (var at = 0; _values.Count < Count; at++)
        {
            var batch = batches[at / Sample.BatchRecords % batches.Length];
            var row = at % Sample.BatchRecords;
            if (row < batch.Count && batch.Type[row].Equals(_type))
            {
                _values.Add(batch.Value[row]);
            }
        }
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int Match()
    {
        var hits = 0;
        for (var row = 0; row < _values.Count; row++)
        {
            hits += _screen.Match(_type, _values[row]).Reason.IsNone ? 0 : 1;
        }

        return hits;
    }
}

/// <summary>Per run: what a run pays for its lists before the first record.</summary>
public class ScreenBuildBenchmarks
{
    private readonly IReadOnlyList<(string Name, byte[] Json)> _files = ScreenSample.Files;

    [Benchmark]
    public ScreenSet ParseAndBuild() => ScreenSample.Build(_files);
}

/// <summary>Per record of the feed: map, normalise, screen and identify in one.</summary>
public class ObserveBenchmarks
{
    private readonly RawBatch[] _raw = Sample.Raw();
    private readonly ObservationBatch _target = new(Sample.BatchRecords);
    private readonly BoundMap _bound = Sample.Bound();
    private readonly Observer _observer = new(Sample.Map, ScreenSample.Build(ScreenSample.Files), Sample.Now, Sightings.Recorded);

    [Benchmark(OperationsPerInvoke = Sample.Records)]
    public int Observe()
    {
        var observations = 0;
        foreach (var batch in _raw)
        {
            _observer.Apply(batch, _bound, _target);
            observations += _target.Count;
        }

        return observations;
    }
}
