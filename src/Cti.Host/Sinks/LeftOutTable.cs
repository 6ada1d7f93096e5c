// What a state sink wants and has no room for, into the store: who asks why an indicator is not in a tool finds it there.

using System.Globalization;
using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Sinks;

/// <summary>One per sink and plan; part of the plan's transaction.</summary>
internal sealed class LeftOutTable(DuckDbConnection connection, int sink) : IDisposable
{
    private readonly UInt128[] _indicators = new UInt128[DuckDbAppender.ChunkSize];
    private readonly byte[] _reasons = new byte[DuckDbAppender.ChunkSize];
    private DuckDbAppender? _appender;
    private int _rows;
    private long _covered;
    private long _beyond;

    public void Add(UInt128 indicator, LeftOut reason)
    {
        _indicators[_rows] = indicator;
        _reasons[_rows++] = (byte)reason;
        _covered += reason == LeftOut.Covered ? 1 : 0;
        _beyond += reason == LeftOut.Capacity ? 1 : 0;
        if (_rows == _indicators.Length)
        {
            Flush();
        }
    }

    /// <summary>Forgets what was left out the last time.</summary>
    public void Begin() =>
        connection.Execute(
            string.Create(CultureInfo.InvariantCulture, $"DELETE FROM store.left_out WHERE sink = {sink}")
        );

    /// <summary>No more comes.</summary>
    public void Close()
    {
        if (_rows > 0)
        {
            Flush();
        }

        _appender?.Close();
    }

    /// <summary>For a summary; empty where nothing is left out.</summary>
    public string Describe(Selection? selection) =>
        (
            _covered == 0
                ? ""
                : string.Create(CultureInfo.InvariantCulture, $"; {_covered:N0} left out that others stand for")
        )
        + (
            _beyond == 0
                ? ""
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"; {_beyond:N0} left out for lack of room: capacity {selection?.Capacity:N0}, the last entry has score {selection?.Bar}"
                )
        );

    public void Dispose() => _appender?.Dispose();

    private void Flush()
    {
        _appender ??= connection.CreateAppender(null, "store", "left_out");
        using var chunk = _appender.NewChunk(_rows);
        chunk.Column(0).Fill(sink);
        chunk.Column(1).WriteUuids(_indicators.AsSpan(0, _rows));
        chunk.Column(2).Write<byte>(_reasons.AsSpan(0, _rows));
        chunk.Append();
        _rows = 0;
    }
}
