// The numbers a sink gave to indicators, for formats whose entries go by number. A number is given once and stays its indicator's, also while that is not
// in the sink: what comes back has its old one.

using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Sinks;

/// <summary>What a sink gave so far.</summary>
/// <param name="Sink">The sink's number in the store.</param>
/// <param name="Last">The greatest number it gave, 0 for none.</param>
internal readonly record struct GivenNumbers(int Sink, int Last)
{
    /// <summary>Those of a sink; null where its format has no numbers.</summary>
    public static GivenNumbers? Of(DuckDbConnection connection, int sink, RenderSpec render) =>
        RenderSpecModule.isNumbered(render)
            ? new GivenNumbers(
                sink,
                connection.Value<int>(
                    "SELECT coalesce(max(number), 0)::INTEGER FROM store.numbers WHERE sink = $1",
                    sink
                )
            )
            : null;
}

/// <summary>
/// Gives numbers while a plan is made, in canonical order from the one after the last. In a transaction of its own: the numbers are in the store before the
/// file that shows them is in place, so that no crash between the two gives one of them again to another indicator.
/// </summary>
internal sealed class NumberTable : IDisposable
{
    private readonly StoreFile _store;
    private readonly UInt128[] _indicators = new UInt128[DuckDbAppender.ChunkSize];
    private readonly int[] _numbers = new int[DuckDbAppender.ChunkSize];
    private DuckDbConnection? _connection;
    private DuckDbTransaction? _transaction;
    private DuckDbAppender? _appender;
    private int _last;
    private int _rows;

    /// <param name="store">Where they are kept.</param>
    /// <param name="given">Those given so far.</param>
    public NumberTable(StoreFile store, GivenNumbers given)
    {
        _store = store;
        Sink = given.Sink;
        _last = given.Last;
    }

    /// <summary>The sink's number in the store.</summary>
    public int Sink { get; }

    /// <summary>The number of an indicator: the one it has (0 for none), else the next.</summary>
    public int Of(UInt128 indicator, int known)
    {
        if (known > 0)
        {
            return known;
        }

        _indicators[_rows] = indicator;
        _numbers[_rows++] = ++_last;
        if (_rows == _indicators.Length)
        {
            Flush();
        }

        return _last;
    }

    /// <summary>No more is asked for.</summary>
    public void Close()
    {
        if (_rows > 0)
        {
            Flush();
        }

        _appender?.Close();
    }

    /// <summary>The new numbers are given from now on; without this they are not.</summary>
    public void Commit() => _transaction?.Commit();

    public void Dispose()
    {
        _appender?.Dispose();
        _transaction?.Dispose();
        _connection?.Dispose();
    }

    private void Flush()
    {
        if (_appender is null)
        {
            _connection = _store.Connect();
            _transaction = _connection.BeginTransaction();
            _appender = _connection.CreateAppender(null, "store", "numbers");
        }

        using var chunk = _appender.NewChunk(_rows);
        chunk.Column(0).Fill(Sink);
        chunk.Column(1).WriteUuids(_indicators.AsSpan(0, _rows));
        chunk.Column(2).Write<int>(_numbers.AsSpan(0, _rows));
        chunk.Append();
        _rows = 0;
    }
}
