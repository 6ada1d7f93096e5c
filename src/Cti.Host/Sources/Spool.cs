// Where bodies wait between the network and the reader: a private folder beside the store, gone when the run ends, swept when one begins.

using System.IO.Hashing;

namespace Cti.Host.Sources;

/// <summary>
/// One per run, and one run at a time: whoever holds the store holds its spool. The folder is made with the first file, for its owner alone.
/// </summary>
internal sealed class Spool : IDisposable
{
    private readonly string _folder;
    private int _files;

    /// <param name="storePath">The store it stands beside.</param>
    public Spool(string storePath)
    {
        _folder = storePath + ".spool";
        // What a killed run left.
        Sweep();
    }

    /// <summary>A new, empty file.</summary>
    /// <exception cref="SourceException">The place cannot be written.</exception>
    public SpoolFile Create()
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                // A folder in the user's own profile is private there.
                Directory.CreateDirectory(_folder);
            }
            else
            {
                Directory.CreateDirectory(
                    _folder,
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                );
            }

            var number = Interlocked.Increment(ref _files);
            return new SpoolFile(
                Path.Combine(_folder, number.ToString("00000000", System.Globalization.CultureInfo.InvariantCulture))
            );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw SourceException.Spool(_folder, error);
        }
    }

    public void Dispose() => Sweep();

    // What cannot be deleted now is deleted by the next run.
    private void Sweep()
    {
        try
        {
            if (Directory.Exists(_folder))
            {
                Directory.Delete(_folder, recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException) { }
    }
}

/// <summary>A body being collected, then read. Disposing deletes it.</summary>
internal sealed class SpoolFile : IDisposable
{
    private readonly XxHash128 _hash = new();
    private readonly FileStream _stream;

    internal SpoolFile(string path)
    {
        Path = path;
        _stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    public string Path { get; }

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    /// <summary>XxHash128 of what was written; hexadecimal, lower case.</summary>
    public string Hash => FileCursor.Hex(_hash);

    /// <exception cref="SourceException">The disk is full, or went away.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _stream.Write(bytes);
        }
        catch (IOException error)
        {
            throw SourceException.Spool(Path, error);
        }

        _hash.Append(bytes);
        Length += bytes.Length;
    }

    public void Dispose()
    {
        _stream.Dispose();
        try
        {
            File.Delete(Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The spool is swept as a whole at the run's end.
        }
    }
}
