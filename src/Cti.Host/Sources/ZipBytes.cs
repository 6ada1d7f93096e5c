// A zip archive: its entries one after the other, each a text of its own, each checked against its checksum.
using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Cti.Host.Sources;

/// <summary>Unpacks zip: entries in ordinal order of their names, stored or deflated. Archives in archives are not opened.</summary>
internal sealed class ZipBytes : IUnpacked
{
    private const uint LocalSignature = 0x04034b50;
    private const int LocalBytes = 30;
    private const ushort Stored = 0;
    private const ushort Deflated = 8;

    private readonly Stream _file;
    private readonly List<ZipEntry> _entries;
    private readonly Crc32 _crc = new();
    private Slice? _packed;
    private Stream? _text;
    private long _takenBefore;
    private long _size;
    private int _index = -1;

    /// <exception cref="SourceException">Entries cannot be read: encrypted, too many, an unknown method, or none that was asked for.</exception>
    /// <exception cref="InvalidDataException">This is no archive, or a damaged one.</exception>
    public ZipBytes(string path, Stream file, string? member)
    {
        _file = file;
        var entries = ZipDirectory.Read(file) ?? throw SourceException.TooManyEntries(path);
        _entries = [.. entries.Where(entry => member is null || GlobFiles.Matches(member, entry.Name))];
        if (_entries.Count == 0 && member is not null)
        {
            throw SourceException.NoMember(path, member, entries.Count);
        }
        if (_entries.Find(entry => entry.IsEncrypted) is { } encrypted)
        {
            throw SourceException.Encrypted(path, encrypted.Name);
        }
        if (_entries.Find(entry => entry.Method is not (Stored or Deflated)) is { } unknown)
        {
            throw SourceException.UnknownMethod(path, unknown.Name, unknown.Method);
        }
        NextEntry();
    }

    /// <summary>An entry, or the end of an archive without any.</summary>
    public static bool Begins(ReadOnlySpan<byte> start) =>
        start is [(byte)'P', (byte)'K', 3, 4, ..] or [(byte)'P', (byte)'K', 5, 6, ..];

    public long Taken => _takenBefore + (_packed?.Taken ?? 0);

    public string? Entry => _index >= 0 && _index < _entries.Count ? _entries[_index].Name : null;

    public bool NextEntry()
    {
        Close();
        _index++;
        return _index < _entries.Count;
    }

    public int Read(Span<byte> target)
    {
        if (_index >= _entries.Count || target.Length == 0)
        {
            return 0;
        }
        var entry = _entries[_index];
        var text = _text ??= Open(entry);
        var count = text.Read(target);
        _crc.Append(target[..count]);
        _size += count;
        return count > 0 || (_size == entry.Size && _crc.GetCurrentHashAsUInt32() == entry.Crc)
            ? count
            : throw new InvalidDataException($"The entry {entry.Name} is not what its checksum says.");
    }

    public void Dispose() => Close();

    private Stream Open(ZipEntry entry)
    {
        var header = new byte[LocalBytes];
        if (entry.Offset < 0 || entry.Packed < 0 || entry.Offset > _file.Length - LocalBytes)
        {
            throw new InvalidDataException("An entry lies outside of the archive.");
        }
        _file.Position = entry.Offset;
        if (
            _file.ReadAtLeast(header, LocalBytes, throwOnEndOfStream: false) < LocalBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(header) != LocalSignature
        )
        {
            throw new InvalidDataException("An entry's header is missing.");
        }
        var names =
            BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(26))
            + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28));
        _file.Position = entry.Offset + LocalBytes + names;
        _packed = new Slice(_file, entry.Packed);
        return entry.Method == Stored
            ? _packed
            : new DeflateStream(_packed, CompressionMode.Decompress, leaveOpen: true);
    }

    private void Close()
    {
        _takenBefore += _packed?.Taken ?? 0;
        _text?.Dispose();
        _text = null;
        _packed = null;
        _size = 0;
        _crc.Reset();
    }

    /// <summary>The next <paramref name="length"/> bytes of the file, and no more.</summary>
    private sealed class Slice(Stream file, long length) : Stream
    {
        public long Taken { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var count = file.Read(buffer[..(int)Math.Min(buffer.Length, length - Taken)]);
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
}
