// Observations into their table's columns, a vector at a time. The one place that knows the order of its columns.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

internal sealed class ObservationAppender(DuckDbConnection connection, long now) : IDisposable
{
    private static readonly int Size = DuckDbAppender.ChunkSize;
    private readonly DuckDbAppender _appender = connection.CreateAppender(null, "store", "observations");
    private readonly UInt128[] _id = new UInt128[Size];
    private readonly UInt128[] _subject = new UInt128[Size];
    private readonly int[] _source = new int[Size];
    private readonly long[] _eventTime = new long[Size];
    private readonly long[] _firstSeen = new long[Size];
    private readonly byte[] _confidence = new byte[Size];
    private readonly byte[] _tlp = new byte[Size];
    private readonly int[] _labels = new int[Size];
    private readonly int[] _uri = new int[Size];
    private readonly long[] _line = new long[Size];
    private readonly long[] _offset = new long[Size];
    private readonly TextCells _description = new();
    private readonly TextCells _references = new();
    private readonly long[] _until = new long[Size];
    private int _count;

    public void Add(ObservationBatch batch, int row, int source, int labels, int uri)
    {
        var at = _count++;
        _id[at] = batch.Id[row];
        _subject[at] = batch.Subject[row];
        _source[at] = source;
        _eventTime[at] = batch.EventTime[row];
        _firstSeen[at] = batch.FirstSeen[row] == batch.EventTime[row] ? long.MinValue : batch.FirstSeen[row];
        _confidence[at] = batch.Confidence[row];
        _tlp[at] = TlpModule.code(batch.Tlp[row]);
        _labels[at] = labels;
        _uri[at] = uri;
        _line[at] = batch.Line[row];
        _offset[at] = batch.Offset[row];
        _until[at] = batch.Until[row];
        if (!batch.Remarks.IsEmpty)
        {
            _description.Set(at, batch.Remarks.Description(row));
            _references.Set(at, batch.Remarks.References(row));
        }

        if (_count == Size)
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
        chunk.Column(0).WriteUuids(_id.AsSpan(0, _count));
        chunk.Column(1).WriteUuids(_subject.AsSpan(0, _count));
        chunk.Column(2).Write<int>(_source.AsSpan(0, _count));
        chunk.Column(3).Write<long>(_eventTime.AsSpan(0, _count));
        chunk.Column(4).Write(_firstSeen.AsSpan(0, _count), long.MinValue);
        chunk.Column(5).Fill(now);
        chunk.Column(6).Write<byte>(_confidence.AsSpan(0, _count));
        chunk.Column(7).Write<byte>(_tlp.AsSpan(0, _count));
        chunk.Column(8).Write<int>(_labels.AsSpan(0, _count));
        chunk.Column(9).Write<int>(_uri.AsSpan(0, _count));
        chunk.Column(10).Write<long>(_line.AsSpan(0, _count));
        chunk.Column(11).Write<long>(_offset.AsSpan(0, _count));
        _description.Write(chunk.Column(12));
        _references.Write(chunk.Column(13));
        chunk.Column(14).Write(_until.AsSpan(0, _count), TimestampModule.none);
        chunk.Append();
        _description.Clear();
        _references.Clear();
        _count = 0;
    }
}
