// A Zstandard file. The framework has no Zstandard; ZstdSharp.Port is the reference library translated to C#, without native code.
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Cti.Host.Sources;

/// <summary>Unpacks Zstandard (RFC 8878), all frames one after the other as one text.</summary>
internal sealed class ZstBytes : IUnpacked
{
    // The window is what unpacking keeps in memory: 128 MiB at most, which is what the zstd program takes without being asked to.
    private const int MaxWindowLog = 27;

    private readonly PackedStream _packed;
    private readonly DecompressionStream _zst;

    public ZstBytes(Stream file, byte[] start)
    {
        _packed = new PackedStream(file, start);
        _zst = new DecompressionStream(_packed, checkEndOfStream: true, leaveOpen: true);
        _zst.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, MaxWindowLog);
    }

    /// <summary>A frame, or a skippable frame.</summary>
    public static bool Begins(ReadOnlySpan<byte> start) =>
        start is [0x28, 0xb5, 0x2f, 0xfd, ..] or [>= 0x50 and <= 0x5f, 0x2a, 0x4d, 0x18, ..];

    public long Taken => _packed.Taken;

    public string? Entry => null;

    public bool NextEntry() => false;

    public int Read(Span<byte> target)
    {
        try
        {
            return _zst.Read(target);
        }
        catch (Exception error) when (error is ZstdException or EndOfStreamException)
        {
            throw new InvalidDataException(error.Message, error);
        }
    }

    public void Dispose()
    {
        _zst.Dispose();
        _packed.Dispose();
    }
}
