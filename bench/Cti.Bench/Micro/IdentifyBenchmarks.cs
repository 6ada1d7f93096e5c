// Ids: two UUIDv5 per observation, by every width of SHA-1 that this machine runs.

using BenchmarkDotNet.Attributes;
using Cti.Core;

namespace Cti.Bench.Micro;

/// <summary>Per observation: the subject's id and the observation's.</summary>
public class IdentifyBenchmarks
{
    private readonly ObservationBatch[] _batches = Sample.Observations();
    private Uuid5Hasher _hasher = new();

    public static IEnumerable<Sha1Path> Paths =>
        new[] { Sha1Path.Scalar, Sha1Path.Lanes8, Sha1Path.Lanes16 }.Where(Sha1PathModule.isFast);

    [ParamsSource(nameof(Paths))]
    public Sha1Path Path { get; set; }

    [GlobalSetup]
    public void Setup() => _hasher = new Uuid5Hasher(Path);

    [Benchmark(OperationsPerInvoke = Sample.Records)]
    public void Fill()
    {
        foreach (var batch in _batches)
        {
            Identity.fill(_hasher, batch);
        }
    }
}
