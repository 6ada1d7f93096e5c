// A file that appears whole or not at all: written beside its place under another name, made durable, then renamed over it.

using System.Globalization;
using System.IO.Hashing;

namespace Cti.Host.Sinks;

/// <summary>A sink's target could not be written; the message says what to do.</summary>
public sealed class SinkException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Collects the new content of a file. Dispose without <see cref="Replace"/> leaves the old content untouched.</summary>
internal sealed class AtomicFile : IDisposable
{
    private readonly string _path;
    private readonly string _pending;
    private readonly UncachedFile _content;
    private readonly XxHash128 _hash = new();
    private bool _replaced;

    /// <exception cref="SinkException">The place cannot be written.</exception>
    public AtomicFile(string path)
    {
        _path = path;
        _pending = path + ".cti-new";
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            {
                Directory.CreateDirectory(folder);
            }

            _content = new UncachedFile(_pending);
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

    /// <summary>Makes the new content durable and puts it in the old one's place.</summary>
    /// <exception cref="SinkException">It could not be made durable or renamed; the old content is untouched.</exception>
    public void Replace()
    {
        try
        {
            _content.Finish();
            _content.Dispose();
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

    private SinkException Unwritable(Exception error) =>
        new(
            $"{_path} cannot be written: {error.Message} What stood there before is untouched. Check the path, its permissions and the free space, then run again.",
            error
        );
}
