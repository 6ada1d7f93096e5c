// Where the repository lies that the tests were built from.

namespace Cti.Host.Tests.Examples;

internal static class Repository
{
    public static string Folder { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The full path of a file of the repository.</summary>
    public static string PathOf(string relative) => Path.Combine(Folder, relative);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "Cti.Pipelines.sln")) ? folder
        : Path.GetDirectoryName(folder) is { } above ? Find(above)
        : throw new DirectoryNotFoundException("The tests do not run from within the repository.");
}
