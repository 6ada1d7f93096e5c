// How a batch is represented (docs/decisions/0003): the same rules over objects with strings and over columns. Normalise, identify and score;
// what comes out is kept for an epoch of 16 batches, as the engine keeps it, and then its values are handed over as UTF-8, as every consumer
// (DuckDB, renderers) takes them.

using System.Buffers.Binary;
using System.Text;
using BenchmarkDotNet.Attributes;
using Cti.Core;

namespace Cti.Bench.Micro;

/// <summary>An observation with its score, as an immutable record.</summary>
internal sealed record ScoredObservation(
    ObservableType Type,
    string Value,
    UInt128 Subject,
    UInt128 Id,
    long FirstSeen,
    long EventTime,
    byte Confidence,
    Tlp Tlp,
    NameSet Labels,
    string Source,
    long Line,
    long Offset,
    ulong Payload,
    int Score
);

/// <summary>What is known of a record before its ids are.</summary>
internal readonly record struct Half(int Candidate, ObservableType Type, string Value, ulong Payload);

/// <summary>Per record of the feed.</summary>
public class BatchBenchmarks
{
    private readonly RawBatch[] _raw = Sample.Raw();
    private readonly CandidateBatch[] _candidates;
    private readonly ObservationBatch[] _epoch;
    private readonly IReadOnlyList<ScoredObservation>[] _records;
    private readonly Utf8Writer _values = new(Sample.Records * 64);
    private readonly int[] _scores = new int[Sample.BatchRecords];
    private readonly byte[] _target = new byte[Normalise.bound(512)];
    private readonly Uuid5Hasher _hasher = new();
    private readonly List<Half> _halves = new(Sample.BatchRecords);
    private readonly UInt128[] _subjects = new UInt128[Sample.BatchRecords];
    private readonly UInt128[] _ids = new UInt128[Sample.BatchRecords];
    private readonly int _weight = Score.weight(Sample.Trust);

    public BatchBenchmarks()
    {
        _candidates = Sample.Candidates(_raw);
        _epoch = [.. _raw.Select(_ => new ObservationBatch(Sample.BatchRecords))];
        _records = new IReadOnlyList<ScoredObservation>[_raw.Length];
    }

    /// <summary>Records, each through the single-value API: what everyday code would do.</summary>
    [Benchmark(OperationsPerInvoke = Sample.Records)]
    public int RecordsOneByOne()
    {
        for (var index = 0; index < _raw.Length; index++)
        {
            _records[index] = OneByOne(_raw[index], _candidates[index]);
        }

        return HandOverRecords();
    }

    /// <summary>Records, but the rules work on spans and ids are hashed many at once: as fast as records get.</summary>
    [Benchmark(OperationsPerInvoke = Sample.Records)]
    public int RecordsTuned()
    {
        for (var index = 0; index < _raw.Length; index++)
        {
            _records[index] = Tuned(_raw[index], _candidates[index]);
        }

        return HandOverRecords();
    }

    /// <summary>Columns over one buffer of UTF-8 per batch, used again epoch after epoch.</summary>
    [Benchmark(OperationsPerInvoke = Sample.Records, Baseline = true)]
    public int ColumnsOverUtf8()
    {
        for (var index = 0; index < _raw.Length; index++)
        {
            var columns = _epoch[index];
            Columns.Normalise(_raw[index], _candidates[index], columns);
            Identity.fill(_hasher, columns);
            for (var row = 0; row < columns.Count; row++)
            {
                _scores[row] = ScoreOf(columns.Confidence[row], columns.EventTime[row], columns.Type[row]);
            }
        }

        _values.Clear();
        foreach (var columns in _epoch)
        {
            for (var row = 0; row < columns.Count; row++)
            {
                _values.Bytes(columns.Value[row]);
            }
        }

        return _values.Length;
    }

    private int HandOverRecords()
    {
        _values.Clear();
        foreach (var batch in _records)
        {
            for (var row = 0; row < batch.Count; row++)
            {
                _values.Text(batch[row].Value);
            }
        }

        return _values.Length;
    }

    private List<ScoredObservation> OneByOne(RawBatch raw, CandidateBatch candidates)
    {
        var found = new List<ScoredObservation>(candidates.Count);
        for (var candidate = 0; candidate < candidates.Count; candidate++)
        {
            var value = Encoding.UTF8.GetString(
                raw.Slice(candidates.ValueStart[candidate], candidates.ValueEnd[candidate])
            );
            var outcome = Normalise.tryParse(candidates.Hint[candidate], value);
            if (outcome.IsError)
            {
                continue;
            }

            var subject = Identity.subject(outcome.ResultValue);
            var eventTime = candidates.FirstSeen[candidate];
            var payload = Payload.hashSeeded(
                Columns.Seed(candidates.Source[candidate]),
                raw.Record(candidates.Record[candidate])
            );
            found.Add(
                Observation(
                    raw,
                    candidates,
                    candidate,
                    outcome.ResultValue.Type,
                    outcome.ResultValue.Value,
                    subject,
                    Identity.observation(subject, eventTime, payload),
                    payload
                )
            );
        }

        return found;
    }

    // Ids can be hashed many at once only when there are many values, so that a record is made in two steps; the first step's half is a struct
    // in a list that is used again, or there would be two objects per record.
    private ScoredObservation[] Tuned(RawBatch raw, CandidateBatch candidates)
    {
        _halves.Clear();
        var names = _hasher.Names;
        names.Clear();
        for (var candidate = 0; candidate < candidates.Count; candidate++)
        {
            var value = raw.Slice(candidates.ValueStart[candidate], candidates.ValueEnd[candidate]);
            var outcome = Normalise.into(candidates.Hint[candidate], value, _target);
            if (!outcome.Error.IsNone)
            {
                continue;
            }

            var canonical = _target.AsSpan(0, outcome.Length);
            var head = ObservableTypeModule.name(outcome.Type);
            var room = names.Reserve(head.Length + 1 + canonical.Length);
            var length = Encoding.UTF8.GetBytes(head, room);
            room[length++] = (byte)':';
            canonical.CopyTo(room[length..]);
            names.Commit(length + canonical.Length);
            _halves.Add(
                new Half(
                    candidate,
                    outcome.Type,
                    Encoding.UTF8.GetString(canonical),
                    Payload.hashSeeded(
                        Columns.Seed(candidates.Source[candidate]),
                        raw.Record(candidates.Record[candidate])
                    )
                )
            );
        }

        return Identify(raw, candidates);
    }

    private ScoredObservation[] Identify(RawBatch raw, CandidateBatch candidates)
    {
        var names = _hasher.Names;
        _hasher.Hash(Namespace.subject, names, _subjects);
        names.Clear();
        for (var row = 0; row < _halves.Count; row++)
        {
            var room = names.Reserve(32);
            UuidModule.toBytes(_subjects[row], room);
            BinaryPrimitives.WriteInt64BigEndian(room[16..], candidates.FirstSeen[_halves[row].Candidate]);
            BinaryPrimitives.WriteUInt64BigEndian(room[24..], _halves[row].Payload);
            names.Commit(32);
        }

        _hasher.Hash(Namespace.observation, names, _ids);
        var identified = new ScoredObservation[_halves.Count];
        for (var row = 0; row < identified.Length; row++)
        {
            var half = _halves[row];
            identified[row] = Observation(
                raw,
                candidates,
                half.Candidate,
                half.Type,
                half.Value,
                _subjects[row],
                _ids[row],
                half.Payload
            );
        }

        return identified;
    }

    private ScoredObservation Observation(
        RawBatch raw,
        CandidateBatch candidates,
        int candidate,
        ObservableType type,
        string value,
        UInt128 subject,
        UInt128 id,
        ulong payload
    ) =>
        new(
            type,
            value,
            subject,
            id,
            candidates.FirstSeen[candidate],
            candidates.FirstSeen[candidate],
            candidates.Confidence[candidate],
            candidates.Tlp[candidate],
            candidates.Labels[candidate],
            candidates.Source[candidate],
            raw.Line(candidates.Record[candidate]),
            raw.Offset(candidates.Record[candidate]),
            payload,
            ScoreOf(candidates.Confidence[candidate], candidates.FirstSeen[candidate], type)
        );

    private int ScoreOf(byte confidence, long lastSeen, ObservableType type)
    {
        var code = ObservableTypeModule.code(type);
        return Score.decayed(
            Sample.Now,
            lastSeen,
            Sample.Settings.Lifetime[code],
            Sample.Settings.DecaySpeed[code],
            Score.claim(confidence, _weight)
        );
    }
}
