// What stood in a sink's place before, kept until the tool has taken its successor.

namespace Cti.Host.Sinks;

/// <summary>A copy of a file. Dispose without <see cref="Restore"/> gives it up.</summary>
internal sealed class OldFile : IDisposable
{
    private readonly string _path;
    private readonly string _copy;
    private readonly bool _existed;

    /// <param name="path">The file.</param>
    /// <param name="lastReceipt">Of what the tool took last; null for nothing yet.</param>
    /// <exception cref="SinkException">There is no room for it, or no right.</exception>
    public OldFile(string path, string? lastReceipt)
    {
        _path = path;
        _copy = Path.Combine(HiddenFolder.Of(path, "old"), Path.GetFileName(path));
        if (IsLeft(path, lastReceipt))
        {
            _existed = true;
            return;
        }

        _existed = File.Exists(path);
        if (!_existed)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_copy)!);
            File.Copy(path, _copy, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SinkException(
                $"{path} cannot be kept beside its successor: {error.Message} It is untouched. Check the folder's permissions and the free space, then run again.",
                error
            );
        }
    }

    /// <summary>
    /// Whether it was left by something that was killed before the tool had answered: what stands in the place may be what the tool refuses, or a probe.
    /// </summary>
    public static bool IsLeft(string path, string? lastReceipt) =>
        !Receipts.Matches(path, lastReceipt)
        && Receipts.Matches(Path.Combine(HiddenFolder.Of(path, "old"), Path.GetFileName(path)), lastReceipt);

    /// <summary>Puts it back; where there was none, there is none again.</summary>
    /// <exception cref="SinkException">It could not be; the message says what is there now.</exception>
    public void Restore()
    {
        try
        {
            if (_existed)
            {
                // Tools that go by a file's time would take it, which is older than what they loaded, for loaded already.
                File.SetLastWriteTimeUtc(_copy, DateTime.UtcNow);
                File.Move(_copy, _path, overwrite: true);
            }
            else
            {
                File.Delete(_path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SinkException(
                $"{_path} cannot be put back as it was: {error.Message} The new content stands there, and the old one is {_copy}.",
                error
            );
        }
    }

    public void Dispose()
    {
        try
        {
            File.Delete(_copy);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Overwritten the next time.
        }

        HiddenFolder.Forget(_path, "old");
    }
}
