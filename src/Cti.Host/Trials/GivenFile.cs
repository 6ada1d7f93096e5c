// The files a test names: what a source is given, and golden files. Read whole, because a trial is small; bounded, because a file may not be.

using Cti.Core.Declare;
using Cti.Host.Sources;

namespace Cti.Host.Trials;

internal static class GivenFile
{
    /// <summary>Bytes of a given file, unpacked. More is a feed, and no test.</summary>
    public const int MostBytes = 16 << 20;

    /// <summary>The unpacked bytes of a `given_file`; null, and what is wrong with it, where it cannot be used.</summary>
    public static byte[]? Read(string folder, Located<string> path, out Diagnostic? problem)
    {
        problem = null;
        try
        {
            using var content = new FileContent(Path.Combine(folder, path.Value), new FileReadOptions());
            var bytes = new byte[64 * 1024];
            using var all = new MemoryStream();
            while (content.Read(bytes) is var count and > 0)
            {
                all.Write(bytes, 0, count);
                if (all.Length > MostBytes)
                {
                    problem = Bad(path, $"is larger than {MostBytes >> 20} MiB", "cut a sample out of it");
                    return null;
                }
            }

            return all.ToArray();
        }
        catch (SourceException error)
        {
            problem =
                error.Code == "CTI-SOURCE-001"
                    ? Bad(
                        path,
                        "is not there",
                        "paths are relative to the pipeline's file; correct it or create the file"
                    )
                    : Bad(path, "cannot be used", $"{error.Code} {error.Message}");
            return null;
        }
    }

    /// <summary>The bytes of a golden file; null where it is not there.</summary>
    public static byte[]? Golden(string folder, Located<string> path, out Diagnostic? problem)
    {
        problem = null;
        try
        {
            return File.ReadAllBytes(Path.Combine(folder, path.Value));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problem = Bad(path, "cannot be read", error.Message);
            return null;
        }
    }

    private static Diagnostic Bad(Located<string> path, string what, string hint) =>
        DiagnosticModule.create(PathModule.root, path.Span, Fault.NewBadFile(path.Value, what, hint));
}
