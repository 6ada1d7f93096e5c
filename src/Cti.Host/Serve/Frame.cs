// The words between a store's owner and its clients: a byte that says what follows, four bytes of length (big-endian), and so many bytes.

using System.Buffers.Binary;

namespace Cti.Host.Serve;

/// <summary>What a frame holds.</summary>
internal enum FrameKind : byte
{
    /// <summary>Client to owner: a <see cref="CommandRequest"/>.</summary>
    Request = (byte)'R',

    /// <summary>Owner to client: bytes for standard output.</summary>
    Out = (byte)'O',

    /// <summary>Owner to client: bytes for standard error.</summary>
    Error = (byte)'E',

    /// <summary>Owner to client: a question to whoever asked for the command, as text.</summary>
    Question = (byte)'Q',

    /// <summary>Client to owner: what was answered, one byte: 1 yes, 0 no.</summary>
    Answer = (byte)'A',

    /// <summary>Owner to client: the exit code, four bytes; the last frame.</summary>
    Exit = (byte)'X',
}

internal static class Frame
{
    /// <summary>No frame is larger; whoever sends one is no friend.</summary>
    public const int Largest = 1 << 20;

    private const int HeadLength = 5;

    public static void Write(Stream stream, FrameKind kind, ReadOnlySpan<byte> content)
    {
        Span<byte> head = stackalloc byte[HeadLength];
        head[0] = (byte)kind;
        BinaryPrimitives.WriteInt32BigEndian(head[1..], content.Length);
        stream.Write(head);
        stream.Write(content);
    }

    /// <summary>The next frame; null where the other side has closed.</summary>
    /// <exception cref="InvalidDataException">It is too large.</exception>
    /// <exception cref="EndOfStreamException">The other side went away within it.</exception>
    public static async Task<(FrameKind Kind, byte[] Content)?> ReadAsync(Stream stream, CancellationToken stop)
    {
        var head = new byte[HeadLength];
        var read = await stream.ReadAtLeastAsync(head, HeadLength, throwOnEndOfStream: false, stop);
        if (read == 0)
        {
            return null;
        }

        var length = read < HeadLength ? -1 : BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1));
        if (length is < 0 or > Largest)
        {
            throw new InvalidDataException("what came is no frame of cti");
        }

        var content = new byte[length];
        await stream.ReadExactlyAsync(content, stop);
        return ((FrameKind)head[0], content);
    }
}

/// <summary>A stream whose bytes leave as frames of one kind. Its writers share a lock with those of the same connection.</summary>
internal sealed class FrameStream(Stream connection, FrameKind kind, Lock sending) : Stream
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

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var part = buffer[..Math.Min(buffer.Length, Frame.Largest)];
            lock (sending)
            {
                Frame.Write(connection, kind, part);
            }

            buffer = buffer[part.Length..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
