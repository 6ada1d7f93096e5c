// A file that is not packed.
namespace Cti.Host.Sources;

/// <summary>The file's bytes as they are.</summary>
internal sealed class PlainBytes(Stream file, byte[] start) : IUnpacked
{
    private readonly PackedStream _bytes = new(file, start);

    public long Taken => _bytes.Taken;

    public string? Entry => null;

    public bool NextEntry() => false;

    public int Read(Span<byte> target) => _bytes.Read(target);

    public void Dispose() => _bytes.Dispose();
}
