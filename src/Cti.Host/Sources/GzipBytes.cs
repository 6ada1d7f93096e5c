// A gzip file, and the check that its end is the end.
using System.IO.Compression;

namespace Cti.Host.Sources;

/// <summary>Unpacks gzip (RFC 1952), all members one after the other as one text.</summary>
internal sealed class GzipBytes : IUnpacked
{
    // GZipStream takes the end of its input for the end of the data, wherever that is. So a member of our own follows the
    // file: it can be unpacked only when the member before it was whole.
    private static readonly byte[] SealText = "the end of the file"u8.ToArray();
    private static readonly byte[] SealMember = Pack(SealText);

    private readonly PackedStream _packed;
    private readonly GZipStream _gzip;

    public GzipBytes(Stream file, byte[] start)
    {
        _packed = new PackedStream(file, start);
        _gzip = new GZipStream(_packed, CompressionMode.Decompress, leaveOpen: true);
    }

    public static bool Begins(ReadOnlySpan<byte> start) => start is [0x1f, 0x8b, ..];

    public long Taken => _packed.Taken;

    public string? Entry => null;

    public bool NextEntry() => false;

    public int Read(Span<byte> target)
    {
        var count = _gzip.Read(target);
        if (count == 0 && target.Length > 0)
        {
            CheckSeal();
        }
        return count;
    }

    public void Dispose()
    {
        _gzip.Dispose();
        _packed.Dispose();
    }

    private void CheckSeal()
    {
        _packed.Append(SealMember);
        var text = new byte[SealText.Length + 1];
        var count = _gzip.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        if (!text.AsSpan(0, count).SequenceEqual(SealText))
        {
            throw new InvalidDataException("The last member is cut off.");
        }
    }

    private static byte[] Pack(byte[] text)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(text);
        }
        return target.ToArray();
    }
}
