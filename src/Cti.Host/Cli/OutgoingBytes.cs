// A stream that hands on what is written to it, for those who take bytes and are no stream.

namespace Cti.Host.Cli;

/// <summary>Takes bytes.</summary>
internal delegate void OutgoingWrite(ReadOnlySpan<byte> bytes);

/// <summary>Does not own what it writes to.</summary>
internal sealed class OutgoingBytes(OutgoingWrite write) : Stream
{
    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush() { }

    public override void Write(ReadOnlySpan<byte> buffer) => write(buffer);

    public override void Write(byte[] buffer, int offset, int count) => write(buffer.AsSpan(offset, count));

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
