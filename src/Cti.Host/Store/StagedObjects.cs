// Objects of STIX on their way into a collection, in a temporary table: they are many, and none of them is seen before all are.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>One per connection at a time; temporary tables are seen by the connection that made them.</summary>
internal sealed class StagedObjects : IStixObjectTaker, IDisposable
{
    public const string Table = "staged_objects";

    // So much text is gathered before it is handed on.
    private const int FlushBytes = 4 * 1024 * 1024;

    private readonly string[] _types = new string[DuckDbAppender.ChunkSize];
    private readonly UInt128[] _ids = new UInt128[DuckDbAppender.ChunkSize];
    private readonly long[] _versions = new long[DuckDbAppender.ChunkSize];
    private readonly bool[] _isForeign = new bool[DuckDbAppender.ChunkSize];
    private readonly bool[] _isEnd = new bool[DuckDbAppender.ChunkSize];
    private readonly byte[] _tlps = new byte[DuckDbAppender.ChunkSize];
    private readonly int[] _starts = new int[DuckDbAppender.ChunkSize];
    private readonly int[] _lengths = new int[DuckDbAppender.ChunkSize];
    private readonly Utf8Writer _texts = new(64 * 1024);
    private readonly DuckDbConnection _connection;
    private DuckDbAppender? _appender;
    private int _rows;

    /// <param name="connection">Whose table it is; one that is there is emptied.</param>
    public StagedObjects(DuckDbConnection connection)
    {
        _connection = connection;
        connection.Execute(
            $"CREATE OR REPLACE TEMP TABLE {Table} (type VARCHAR, id UUID, version TIMESTAMP, is_foreign BOOLEAN, is_end BOOLEAN, tlp UTINYINT, content VARCHAR)"
        );
    }

    /// <summary>Whether what comes is somebody else's, and is not to be changed.</summary>
    public bool IsForeign { get; set; }

    /// <summary>Whether the indicators that come tell that they hold no more.</summary>
    public bool IsEnd { get; set; }

    public void Take(StixObjectHead head, ReadOnlySpan<byte> text)
    {
        _types[_rows] = head.Type;
        _ids[_rows] = head.Id;
        _versions[_rows] = head.Version;
        _isForeign[_rows] = IsForeign;
        _isEnd[_rows] = IsEnd && head.Type == "indicator";
        _tlps[_rows] = TlpModule.code(head.Tlp);
        _starts[_rows] = _texts.Length;
        _lengths[_rows++] = text.Length;
        _texts.Bytes(text);
        if (_rows == _ids.Length || _texts.Length > FlushBytes)
        {
            Flush();
        }
    }

    /// <summary>Everything that came is in the table; more may come.</summary>
    public void Close()
    {
        if (_rows > 0)
        {
            Flush();
        }

        _appender?.Close();
        _appender = null;
    }

    public void Dispose() => _appender?.Dispose();

    private void Flush()
    {
        _appender ??= _connection.CreateAppender("temp", null, Table);
        using var chunk = _appender.NewChunk(_rows);
        chunk.Column(0).WriteStrings(_types.AsSpan(0, _rows));
        chunk.Column(1).WriteUuids(_ids.AsSpan(0, _rows));
        chunk.Column(2).Write(_versions.AsSpan(0, _rows), TimestampModule.none);
        chunk.Column(3).Write<bool>(_isForeign.AsSpan(0, _rows));
        chunk.Column(4).Write<bool>(_isEnd.AsSpan(0, _rows));
        chunk.Column(5).Write<byte>(_tlps.AsSpan(0, _rows));
        chunk.Column(6).WriteStrings(_texts.WrittenMemory, _starts.AsSpan(0, _rows), _lengths.AsSpan(0, _rows));
        chunk.Append();
        _rows = 0;
        _texts.Clear();
    }
}
