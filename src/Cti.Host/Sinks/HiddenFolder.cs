// The folder beside a sink's files where files wait that are not in their place: new ones before, old ones until their successor is taken. On the same
// file system, so that a rename is enough.

namespace Cti.Host.Sinks;

internal static class HiddenFolder
{
    private const string Name = ".cti";

    /// <summary>The folder for one purpose, beside a file. It may not be there yet.</summary>
    public static string Of(string path, string purpose) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, Name, purpose);

    /// <summary>Removes it where nothing is in it.</summary>
    public static void Forget(string path, string purpose)
    {
        var folder = Of(path, purpose);
        foreach (var empty in (string[])[folder, Path.GetDirectoryName(folder)!])
        {
            try
            {
                Directory.Delete(empty);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Another file waits in it, or it is gone.
                return;
            }
        }
    }
}
