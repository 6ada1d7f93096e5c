// What an endpoint took since its sink last noted it. A sink that is told most of the log as the log says it needs no row for each change: the stretch
// of the log is enough, and a row is left for what it was told otherwise.

using System.Runtime.InteropServices;
using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Delivery;

/// <summary>One per sink; used by its task.</summary>
internal sealed class Acknowledged
{
    private readonly List<(long First, long Last)> _stretches = [];
    private readonly List<Told> _others = [];

    /// <summary>Changes that are not noted yet.</summary>
    public int Count { get; private set; }

    /// <summary>The endpoint took a change. Those that are entries of the log come in the log's order.</summary>
    public void Add(Told told)
    {
        Count++;
        if (told.Entry == 0)
        {
            _others.Add(told);
        }
        else if (_stretches is [.., var (first, last)] && last == told.Entry - 1)
        {
            CollectionsMarshal.AsSpan(_stretches)[^1] = (first, told.Entry);
        }
        else
        {
            _stretches.Add((told.Entry, told.Entry));
        }
    }

    /// <summary>Notes all of it as one acknowledgement. Part of the caller's transaction.</summary>
    public void Write(DuckDbConnection connection, int sink, long acknowledgement)
    {
        if (_stretches.Count > 0)
        {
            WriteStretches(connection, sink, acknowledgement);
        }

        if (_others.Count > 0)
        {
            using var deliveries = new DeliveryAppender(connection, sink, acknowledgement);
            foreach (var (indicator, revision, op, _) in _others)
            {
                deliveries.Add(indicator, revision, ChangeOpModule.code(op));
            }

            deliveries.Close();
        }
    }

    public void Clear()
    {
        _stretches.Clear();
        _others.Clear();
        Count = 0;
    }

    private void WriteStretches(DuckDbConnection connection, int sink, long acknowledgement)
    {
        using var appender = connection.CreateAppender(null, "store", "stretches");
        var first = new long[DuckDbAppender.ChunkSize];
        var last = new long[DuckDbAppender.ChunkSize];
        for (var start = 0; start < _stretches.Count; start += first.Length)
        {
            var rows = Math.Min(first.Length, _stretches.Count - start);
            for (var row = 0; row < rows; row++)
            {
                (first[row], last[row]) = _stretches[start + row];
            }

            using var chunk = appender.NewChunk(rows);
            chunk.Column(0).Fill(sink);
            chunk.Column(1).Write<long>(first.AsSpan(0, rows));
            chunk.Column(2).Write<long>(last.AsSpan(0, rows));
            chunk.Column(3).Fill(acknowledgement);
            chunk.Append();
        }

        appender.Close();
    }
}
