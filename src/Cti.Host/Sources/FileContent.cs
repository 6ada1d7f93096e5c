// The bytes of a file, unpacked: which format is seen in its first bytes, bombs are stopped, and damage is told as one error.
using Microsoft.Win32.SafeHandles;

namespace Cti.Host.Sources;

/// <summary>Unpacked bytes of one file, text by text, from the beginning on. Errors are <see cref="SourceException"/>.</summary>
internal sealed class FileContent : IDisposable
{
    private const int SniffBytes = 4;

    private readonly string _name;
    private readonly FileReadOptions _options;
    private readonly FileStream _file;
    private readonly IUnpacked _bytes;
    private readonly Compression _format;
    private long _unpacked;
    private bool _textEnded;
    private SourceException? _failure;

    public FileContent(string path, FileReadOptions options)
    {
        _name = options.Name ?? path;
        _options = options;
        _file = OpenFile(path);
        try
        {
            CanSeek = path != FileSource.StandardInput && _file.CanSeek;
            Size = CanSeek ? _file.Length : 0;
            var modified = CanSeek ? File.GetLastWriteTimeUtc(_file.SafeFileHandle) : DateTime.UnixEpoch;
            ModifiedUnixMicroseconds = (modified.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
            var start = new byte[_options.Compression == Compression.None ? 0 : SniffBytes];
            start = start[.._file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
            _format = Format(start);
            _bytes = _format switch
            {
                Compression.Gzip => new GzipBytes(_file, start),
                Compression.Zst => new ZstBytes(_file, start),
                Compression.Zip when !CanSeek => throw SourceException.ZipOfPipe(_name),
                Compression.Zip => new ZipBytes(_name, _file, _options.Member),
                _ => new PlainBytes(_file, start),
            };
        }
        catch (Exception error)
        {
            _file.Dispose();
            throw error switch
            {
                InvalidDataException => SourceException.Damaged(_name, Name(_format), 0, error),
                IOException or UnauthorizedAccessException => SourceException.Unreadable(_name, error),
                _ => error,
            };
        }
    }

    /// <summary>The bytes of the file are those that are read.</summary>
    public bool IsPlain => _format == Compression.None;

    /// <summary>A plain file, not a pipe: it can be opened again and gives the same bytes.</summary>
    public bool CanSeek { get; }

    /// <summary>Bytes on disk when it was opened.</summary>
    public long Size { get; }

    public long ModifiedUnixMicroseconds { get; }

    /// <summary>Bytes on disk consumed so far, for progress.</summary>
    public long Consumed => _bytes.Taken;

    /// <summary>The archive's entry being read; null where the file is no archive.</summary>
    public string? Entry => _bytes.Entry;

    /// <summary>Moves to the next text; false where there is none.</summary>
    public bool NextEntry()
    {
        _textEnded = false;
        return _failure is null && _bytes.NextEntry();
    }

    /// <summary>Reads up to as many bytes as fit; 0 at the end of the text.</summary>
    public int Read(Span<byte> target)
    {
        if (_failure is not null)
        {
            throw _failure;
        }
        if (_textEnded || target.Length == 0)
        {
            return 0;
        }
        try
        {
            var count = _bytes.Read(target);
            _unpacked += count;
            _textEnded = count == 0;
            if (!IsPlain && _unpacked > _options.FreeExpansionBytes && _unpacked > _options.MaxExpansion * _bytes.Taken)
            {
                // These bytes are good still; the next call tells.
                _failure = SourceException.Bomb(_name, _unpacked, _options.MaxExpansion);
            }
            return count;
        }
        catch (InvalidDataException error)
        {
            throw _failure = SourceException.Damaged(_name, Name(_format), _unpacked, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw _failure = SourceException.Unreadable(_name, error);
        }
    }

    public void Dispose()
    {
        _bytes.Dispose();
        _file.Dispose();
    }

    // What the file is packed as. A file without bytes is no text in any format.
    private Compression Format(ReadOnlySpan<byte> start)
    {
        var found =
            GzipBytes.Begins(start) ? Compression.Gzip
            : ZstBytes.Begins(start) ? Compression.Zst
            : ZipBytes.Begins(start) ? Compression.Zip
            : Compression.None;
        return _options.Compression is Compression.Auto or Compression.None || start.Length == 0 ? found
            : found == _options.Compression ? found
            : throw SourceException.NotPacked(_name, Name(_options.Compression));
    }

    private static string Name(Compression format) => format.ToString().ToLowerInvariant();

    private FileStream OpenFile(string path)
    {
        try
        {
            if (path == FileSource.StandardInput)
            {
                return new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, 0);
            }

            return Directory.Exists(path)
                ? throw SourceException.Directory(_name)
                : new FileStream(
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
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw SourceException.Missing(_name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw SourceException.Unreadable(_name, error);
        }
    }
}
