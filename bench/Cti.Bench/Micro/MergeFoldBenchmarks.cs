// Observations to claims and changes, claims to indicators: the decisions around the store, without the store.

using BenchmarkDotNet.Attributes;
using Cti.Core;

namespace Cti.Bench.Micro;

/// <summary>Per record of the feed.</summary>
public class MergeFoldBenchmarks
{
    private readonly ObservationBatch[] _observations = Sample.Observations();
    private readonly SourceTable _sources = Sample.Sources();
    private readonly NameSetTable _labels = new();
    private readonly ClaimBatch _stored = new(4);
    private readonly IndicatorBatch _indicators = new(Sample.Records);
    private readonly EpochMerge _merge;
    private readonly ClaimBatch _claims;
    private readonly Fold _fold;

    public MergeFoldBenchmarks()
    {
        _merge = new EpochMerge(_sources, _labels, Sample.Records);
        _claims = Sample.Claims(Sample.Merged(_sources, _labels));
        _fold = new Fold(new Viewer(Tlp.Red, Sample.Now, Sample.Settings, true), _sources, _labels, VerdictTable.Empty);
    }

    [Benchmark(OperationsPerInvoke = Sample.Records)]
    public long Merge()
    {
        _merge.Clear();
        foreach (var batch in _observations)
        {
            for (var row = 0; row < batch.Count; row++)
            {
                _ = _merge.Add(batch, row, Sample.Now);
            }
        }

        _merge.Resolve(_stored, Sample.Now, Sample.Settings);
        return _merge.Observations;
    }

    [Benchmark(OperationsPerInvoke = Sample.Records)]
    public int Fold()
    {
        _indicators.Clear();
        for (var first = 0; first < _claims.Count; )
        {
            var last = Sample.LastOf(_claims, first);
            _ = _fold.Add(_claims, first, last, _indicators);
            first = last + 1;
        }

        return _indicators.Count;
    }
}
