// What lists hold back from a sink, as the store keeps it: replaced with every plan that is applied, by the sink's own transaction.

using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Sinks;

/// <summary>One per sink and transaction.</summary>
internal sealed class HeldBack(DuckDbConnection connection, int sink)
{
    private readonly List<(UInt128 Indicator, string Code, string List, string Entry)> _rows = [];
    private readonly SortedDictionary<string, long> _lists = new(StringComparer.Ordinal);

    /// <summary>How many indicators were held back.</summary>
    public long Count { get; private set; }

    /// <summary>Notes an indicator the sink would hold, did no list say no.</summary>
    public void Add(UInt128 indicator, (string Code, string List, string Entry) reason)
    {
        Count++;
        _lists[reason.List] = _lists.GetValueOrDefault(reason.List) + 1;
        _rows.Add((indicator, reason.Code, reason.List, reason.Entry));
    }

    /// <summary>Makes what was noted all that the store knows of the sink. True where that is a change.</summary>
    public bool Replace(DateTime recordedAt)
    {
        var removed = connection.Run("DELETE FROM store.held_back WHERE sink = $1", sink);
        Append(recordedAt);
        return removed > 0 || _rows.Count > 0;
    }

    /// <summary>Adds what was noted; what the store knows of the indicators the log names behind `position` up to `last` is forgotten.</summary>
    public void Merge(long position, long last, DateTime recordedAt)
    {
        if (connection.Value<long>("SELECT count(*) FROM store.held_back WHERE sink = $1", sink) > 0)
        {
            connection.Run(
                """
                DELETE FROM store.held_back
                WHERE sink = $1 AND indicator IN (SELECT indicator FROM store.changes WHERE sequence > $2 AND sequence <= $3)
                """,
                sink,
                position,
                last
            );
        }

        Append(recordedAt);
        _rows.Clear();
    }

    /// <summary>For the sink's summary: empty where nothing was held back.</summary>
    public string Describe() =>
        Count == 0
            ? ""
            : $"; {Count:N0} held back by lists ({string.Join(", ", _lists.Select(list => $"{list.Key} {list.Value:N0}"))})";

    private void Append(DateTime recordedAt)
    {
        if (_rows.Count == 0)
        {
            return;
        }

        var at = (recordedAt - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        using var appender = connection.CreateAppender(null, "store", "held_back");
        for (var start = 0; start < _rows.Count; start += DuckDbAppender.ChunkSize)
        {
            var rows = _rows.GetRange(start, Math.Min(DuckDbAppender.ChunkSize, _rows.Count - start));
            using var chunk = appender.NewChunk(rows.Count);
            chunk.Column(0).Fill(sink);
            chunk.Column(1).WriteUuids(rows.Select(row => row.Indicator).ToArray());
            chunk.Column(2).WriteStrings(rows.Select(row => row.Code).ToArray());
            chunk.Column(3).WriteStrings(rows.Select(row => row.List).ToArray());
            chunk.Column(4).WriteStrings(rows.Select(row => row.Entry).ToArray());
            chunk.Column(5).Fill(at);
            chunk.Append();
        }

        appender.Close();
    }
}
