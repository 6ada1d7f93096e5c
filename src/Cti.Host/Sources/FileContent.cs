// The bytes of a file, unpacked: gzip by content, with a guard against bombs and a check that the end is the end.
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace Cti.Host.Sources;

/// <summary>Unpacked bytes of one file, from the beginning on. Errors are <see cref="SourceException"/>.</summary>
internal sealed class FileContent : IDisposable
{
    // GZipStream takes the end of its input for the end of the data, wherever that is. So a member of our own follows the
    // file: it can be unpacked only when the member before it was whole.
    private static readonly byte[] SealText = "the end of the file"u8.ToArray();
    private static readonly byte[] SealMember = Pack(SealText);

    private readonly string _name;
    private readonly FileReadOptions _options;
    private readonly FileStream _file;
    private readonly Packed? _packed;
    private readonly GZipStream? _gzip;
    private long _unpacked;
    private bool _ended;
    private SourceException? _bomb;

    public FileContent(string path, FileReadOptions options)
    {
        _name = options.Name ?? path;
        _options = options;
        try
        {
            _file = Open(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw SourceException.Missing(_name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw SourceException.Unreadable(_name, error);
        }
        try
        {
            CanSeek = path != FileSource.StandardInput && _file.CanSeek;
            Size = CanSeek ? _file.Length : 0;
            var modified = CanSeek ? File.GetLastWriteTimeUtc(_file.SafeFileHandle) : DateTime.UnixEpoch;
            ModifiedUnixMicroseconds = (modified.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
            if (_options.Compression != Compression.None)
            {
                Span<byte> start = stackalloc byte[2];
                var count = _file.ReadAtLeast(start, 2, throwOnEndOfStream: false);
                var isGzip = count == 2 && start[0] == 0x1f && start[1] == 0x8b;
                _packed = new Packed(_file, start[..count].ToArray());
                if (isGzip)
                {
                    _gzip = new GZipStream(_packed, CompressionMode.Decompress, leaveOpen: true);
                }
                else if (_options.Compression == Compression.Gzip && count > 0)
                {
                    throw SourceException.NotGzip(_name);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _file.Dispose();
            throw SourceException.Unreadable(_name, error);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public bool IsGzip => _gzip is not null;

    /// <summary>A plain file, not a pipe: it can be opened again and gives the same bytes.</summary>
    public bool CanSeek { get; }

    /// <summary>Bytes on disk when it was opened.</summary>
    public long Size { get; }

    public long ModifiedUnixMicroseconds { get; }

    /// <summary>Bytes on disk consumed so far, for progress.</summary>
    public long Consumed => _packed?.Taken ?? _unpacked;

    /// <summary>Reads up to as many bytes as fit; 0 at the end.</summary>
    public int Read(Span<byte> target)
    {
        if (_bomb is not null)
        {
            throw _bomb;
        }
        if (_ended || target.Length == 0)
        {
            return 0;
        }
        try
        {
            var count =
                _gzip is not null ? _gzip.Read(target)
                : _packed is not null ? _packed.Read(target)
                : _file.Read(target);
            _unpacked += count;
            if (count == 0)
            {
                _ended = true;
                CheckSeal();
            }
            else if (
                _gzip is not null
                && _unpacked > _options.FreeExpansionBytes
                && _unpacked > _options.MaxExpansion * _packed!.Taken
            )
            {
                // These bytes are good still; the next call tells.
                _bomb = SourceException.Bomb(_name, _unpacked, _options.MaxExpansion);
            }
            return count;
        }
        catch (InvalidDataException error)
        {
            _ended = true;
            throw SourceException.Damaged(_name, _unpacked, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _ended = true;
            throw SourceException.Unreadable(_name, error);
        }
    }

    public void Dispose()
    {
        _gzip?.Dispose();
        _packed?.Dispose();
        _file.Dispose();
    }

    private FileStream Open(string path)
    {
        if (path == FileSource.StandardInput)
        {
            return new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, 0);
        }

        if (Directory.Exists(path))
        {
            throw SourceException.Directory(_name);
        }

        return new FileStream(
            path,
            new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
                Options = FileOptions.SequentialScan,
            }
        );
    }

    private void CheckSeal()
    {
        if (_gzip is null)
        {
            return;
        }
        _packed!.Append(SealMember);
        var text = new byte[SealText.Length + 1];
        var count = _gzip.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        if (!text.AsSpan(0, count).SequenceEqual(SealText))
        {
            throw SourceException.Damaged(_name, _unpacked);
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

    /// <summary>The file's bytes: the first two, which were looked at, then the rest, then what is appended. Counts them.</summary>
    private sealed class Packed(FileStream file, byte[] start) : Stream
    {
        private byte[] _extra = start;
        private int _extraAt;
        private bool _fileEnded;

        public long Taken { get; private set; }

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
}
