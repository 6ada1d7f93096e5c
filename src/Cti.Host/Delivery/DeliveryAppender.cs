// What a sink acknowledged, into the deliveries table, a vector at a time, inside the sink's own transaction.

using Cti.DuckDb;

namespace Cti.Host.Delivery;

internal sealed class DeliveryAppender(DuckDbConnection connection, int sink, long acknowledgement) : IDisposable
{
    private static readonly int Size = DuckDbAppender.ChunkSize;
    private readonly DuckDbAppender _appender = connection.CreateAppender(null, "store", "deliveries");
    private readonly UInt128[] _indicator = new UInt128[Size];
    private readonly int[] _revision = new int[Size];
    private readonly byte[] _op = new byte[Size];
    private int _count;

    public void Add(UInt128 indicator, int revision, byte op)
    {
        _indicator[_count] = indicator;
        _revision[_count] = revision;
        _op[_count] = op;
        if (++_count == Size)
        {
            Flush();
        }
    }

    public void Close()
    {
        Flush();
        _appender.Close();
    }

    public void Dispose() => _appender.Dispose();

    private void Flush()
    {
        if (_count == 0)
        {
            return;
        }

        using var chunk = _appender.NewChunk(_count);
        chunk.Column(0).Fill(sink);
        chunk.Column(1).WriteUuids(_indicator.AsSpan(0, _count));
        chunk.Column(2).Write<int>(_revision.AsSpan(0, _count));
        chunk.Column(3).Write<byte>(_op.AsSpan(0, _count));
        chunk.Column(4).Fill(acknowledgement);
        chunk.Append();
        _count = 0;
    }
}
