// Finds the files a pattern means. Knows names, not contents.
namespace Cti.Host.Sources;

/// <summary>Expands paths with <c>*</c>, <c>?</c> and <c>**</c>.</summary>
internal static class GlobFiles
{
    /// <summary>
    /// The files that match, distinct, in ordinal order of their paths. A pattern without wildcards must name a file; a
    /// pattern with some must match one.
    /// </summary>
    public static IReadOnlyList<string> Expand(IEnumerable<string> globs)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var glob in globs)
        {
            if (glob.AsSpan().IndexOfAny('*', '?') < 0)
            {
                if (Directory.Exists(glob))
                {
                    throw SourceException.Directory(glob);
                }
                found.Add(File.Exists(glob) ? glob : throw SourceException.Missing(glob));
            }
            else
            {
                var before = found.Count;
                var matches = new List<string>();
                Walk(glob.StartsWith('/') ? "/" : "", glob.Trim('/').Split('/'), 0, matches);
                found.UnionWith(matches);
                if (matches.Count == 0 && found.Count == before)
                {
                    throw SourceException.NoMatch(glob);
                }
            }
        }
        return [.. found];
    }

    /// <summary>Whether a name matches a pattern of <c>*</c> and <c>?</c>; ordinal, in time linear in practice and never exponential.</summary>
    public static bool Matches(string pattern, string name)
    {
        if (name.StartsWith('.') && !pattern.StartsWith('.'))
        {
            return false;
        }
        int p = 0,
            n = 0,
            star = -1,
            tried = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                tried = n;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == name[n]))
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                // The last star takes one more character.
                p = star + 1;
                n = ++tried;
            }
            else
            {
                return false;
            }
        }
        while (p < pattern.Length && pattern[p] == '*')
        {
            p++;
        }
        return p == pattern.Length;
    }

    private static void Walk(string folder, string[] parts, int index, List<string> matches)
    {
        var part = parts[index];
        var isLast = index == parts.Length - 1;
        if (part == "**")
        {
            if (!isLast)
            {
                Walk(folder, parts, index + 1, matches);
            }
            else
            {
                matches.AddRange(Names(folder, files: true).Where(name => Matches("*", name)).Select(Join));
            }
            // Links to directories are not followed: they can lead in circles.
            foreach (var name in Names(folder, files: false).Where(name => Matches("*", name)))
            {
                var below = Join(name);
                if ((File.GetAttributes(below) & FileAttributes.ReparsePoint) == 0)
                {
                    Walk(below, parts, index, matches);
                }
            }
        }
        else if (isLast)
        {
            matches.AddRange(Names(folder, files: true).Where(name => Matches(part, name)).Select(Join));
        }
        else if (part.AsSpan().IndexOfAny('*', '?') < 0)
        {
            if (Directory.Exists(Join(part)))
            {
                Walk(Join(part), parts, index + 1, matches);
            }
        }
        else
        {
            foreach (var name in Names(folder, files: false).Where(name => Matches(part, name)))
            {
                Walk(Join(name), parts, index + 1, matches);
            }
        }

        string Join(string name) =>
            folder.Length == 0 ? name
            : folder.EndsWith('/') ? folder + name
            : folder + "/" + name;
    }

    private static string[] Names(string folder, bool files)
    {
        var path = folder.Length == 0 ? "." : folder;
        try
        {
            var found = files ? Directory.GetFiles(path) : Directory.GetDirectories(path);
            return [.. found.Select(name => Path.GetFileName(name)!)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw SourceException.Unreadable(path, error);
        }
    }
}
