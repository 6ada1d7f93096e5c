// Bytes to raw records, raw records to candidates.

using BenchmarkDotNet.Attributes;
using Cti.Core;

namespace Cti.Bench.Micro;

/// <summary>Per record of the feed.</summary>
public class ReadMapBenchmarks
{
    private readonly RawBatch _batch = new(Sample.BatchRecords) { Uri = "feed.csv" };
    private readonly CandidateBatch _candidates = new(Sample.BatchRecords);
    private readonly MapMemory _memory = new(Sample.Map);
    private readonly List<Rejection> _rejections = [];
    private readonly BoundMap _bound = Sample.Bound();
    private readonly RawBatch[] _raw = Sample.Raw();

    private readonly byte[] _json = Sample.Json(isDocument: true);
    private readonly byte[] _ndjson = Sample.Json(isDocument: false);

    [Benchmark(OperationsPerInvoke = Sample.Records)]
    public int ReadCsv() => Read(Sample.Reader(), Sample.Bytes);

    /// <summary>The same records as members of an object under `data`, with all fields asked for.</summary>
    [Benchmark(OperationsPerInvoke = Sample.Records)]
    public int ReadJson() => Read(new JsonReader(Sample.JsonDialect), _json);

    [Benchmark(OperationsPerInvoke = Sample.Records)]
    public int ReadNdjson() => Read(new NdjsonReader(Sample.JsonDialect, ReaderStartModule.beginning), _ndjson);

    private int Read(Reader reader, byte[] bytes)
    {
        int at = 0,
            records = 0;
        while (at < bytes.Length)
        {
            _batch.Clear();
            at += reader.Read(bytes, at, bytes.Length - at, true, Sample.BatchRecords, _batch).Consumed;
            records += _batch.Count;
        }

        return records;
    }

    [Benchmark(OperationsPerInvoke = Sample.Records)]
    public long Map()
    {
        var mapped = 0L;
        foreach (var batch in _raw)
        {
            _rejections.Clear();
            mapped += _bound.Apply(batch, _candidates, _rejections, _memory).Out;
        }

        return mapped;
    }
}
