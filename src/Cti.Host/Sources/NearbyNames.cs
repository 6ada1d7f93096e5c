// The names in a folder, to find the one that a misspelt path meant. Looks at names only, and at no more than a thousand.

using Cti.Core;
using Microsoft.FSharp.Collections;

namespace Cti.Host.Sources;

internal static class NearbyNames
{
    private const int Most = 1_000;

    /// <summary>Names of files in a folder, sorted; none where it cannot be listed.</summary>
    public static FSharpList<string> In(string folder) => ListModule.OfSeq(Names(folder, Directory.EnumerateFiles));

    /// <summary>The path that was probably meant by one that is not there: the first part that does not exist, corrected. Null where nothing is near.</summary>
    public static string? Correct(string path)
    {
        var folder = path.StartsWith('/') ? "/" : "";
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var index = 0; index < parts.Length; index++)
        {
            var here = Path.Combine(folder, parts[index]);
            if (!Path.Exists(here))
            {
                var names = Names(folder.Length == 0 ? "." : folder, Directory.EnumerateFileSystemEntries);
                var near = Suggest.nearest(names, parts[index])?.Value;
                return near is null ? null : Path.Combine([folder, near, .. parts[(index + 1)..]]);
            }

            folder = here;
        }

        return null;
    }

    private static List<string> Names(string folder, Func<string, IEnumerable<string>> list)
    {
        try
        {
            return [.. list(folder).Take(Most).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
