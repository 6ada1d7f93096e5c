// A file that appears whole or not at all: written to a hidden folder beside its place, under its own name, made durable, then renamed over it. Tools that
// load whole folders do not see it before, and checkers that go by a file's name take it.

using System.Globalization;
using System.IO.Hashing;

namespace Cti.Host.Sinks;

/// <summary>A sink's target could not be written, or its tool did not take it; the message says what to do.</summary>
public sealed class SinkException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Stable: docs/codes.md.</summary>
    public string Code { get; init; } = "CTI-SINK-001";
}

/// <summary>Collects the new content of a file. Dispose without <see cref="Replace"/> leaves the old content untouched.</summary>
internal sealed class AtomicFile : IDisposable
{
    private readonly string _path;
    private readonly string _pending;
    private readonly UncachedFile _content;
    private readonly XxHash128 _hash = new();
    private bool _sealed;
    private bool _replaced;

    /// <exception cref="SinkException">The place cannot be written.</exception>
    public AtomicFile(string path)
    {
        _path = path;
        try
        {
            _pending = Path.Combine(HiddenFolder.Of(path, "new"), Path.GetFileName(path));
            _content = Open(_pending);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(error);
        }
    }

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    /// <summary>Appends to the new content.</summary>
    /// <exception cref="SinkException">The disk is full, or went away.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _content.Write(bytes);
        }
        catch (IOException error)
        {
            throw Unwritable(error);
        }

        _hash.Append(bytes);
        Length += bytes.Length;
    }

    /// <summary>What identifies the content: its hash and length.</summary>
    public string Receipt => Describe(_hash, Length);

    /// <summary>Makes the new content durable where it is, and gives its path. Nothing can be written any more.</summary>
    /// <exception cref="SinkException">It could not be made durable; the old content is untouched.</exception>
    public string Seal()
    {
        if (!_sealed)
        {
            try
            {
                _content.Finish();
                _content.Dispose();
                _sealed = true;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw Unwritable(error);
            }
        }

        return _pending;
    }

    /// <summary>Makes the new content durable and puts it in the old one's place.</summary>
    /// <exception cref="SinkException">It could not be made durable or renamed; the old content is untouched.</exception>
    public void Replace()
    {
        Seal();
        try
        {
            File.Move(_pending, _path, overwrite: true);
            _replaced = true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(error);
        }
    }

    public void Dispose()
    {
        _content.Dispose();
        if (!_replaced)
        {
            try
            {
                File.Delete(_pending);
            }
            catch (IOException)
            {
                // A leftover under the pending name is overwritten by the next run.
            }
        }

        HiddenFolder.Forget(_path, "new");
    }

    /// <summary>The receipt of a file as it stands; null where there is none.</summary>
    public static string? ReceiptOf(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var stream = File.OpenRead(path);
        var hash = new XxHash128();
        hash.Append(stream);
        return Describe(hash, stream.Length);
    }

    private static string Describe(XxHash128 hash, long length) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"xxh128:{Convert.ToHexStringLower(hash.GetCurrentHash())} bytes:{length}"
        );

    // Another process may clear the folder between its making and the file's.
    private static UncachedFile Open(string pending)
    {
        for (var attempt = 1; ; attempt++)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(pending)!);
            try
            {
                return new UncachedFile(pending);
            }
            catch (DirectoryNotFoundException) when (attempt < 3) { }
        }
    }

    private SinkException Unwritable(Exception error) =>
        new(
            $"{_path} cannot be written: {error.Message} What stood there before is untouched. Check the path, its permissions and the free space, then run again.",
            error
        );
}
