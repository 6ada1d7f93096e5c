// The packed bytes of a file as the framework's unpackers want them: a stream that begins with bytes already looked at, and counts.
namespace Cti.Host.Sources;

/// <summary>The first bytes, which were looked at, then the rest of the file, then what is appended.</summary>
internal sealed class PackedStream(Stream file, byte[] start) : Stream
{
    private byte[] _extra = start;
    private int _extraAt;
    private bool _fileEnded;

    /// <summary>Bytes given so far.</summary>
    public long Taken { get; private set; }

    /// <summary>Puts bytes behind the file's end.</summary>
    public void Append(byte[] bytes)
    {
        _extra = bytes;
        _extraAt = 0;
    }

    public override int Read(Span<byte> buffer)
    {
        int count;
        if (_extraAt < _extra.Length)
        {
            count = Math.Min(buffer.Length, _extra.Length - _extraAt);
            _extra.AsSpan(_extraAt, count).CopyTo(buffer);
            _extraAt += count;
        }
        else
        {
            count = _fileEnded ? 0 : file.Read(buffer);
            _fileEnded = count == 0;
        }
        Taken += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position
    {
        get => Taken;
        set => throw new NotSupportedException();
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
