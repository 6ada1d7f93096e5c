// Where the solution's built programs are, seen from this one.

namespace Cti.Bench.Macro;

internal static class Built
{
    private const string Solution = "Cti.Pipelines.sln";

    /// <summary>The executable to measure: the one given, or the Release build of `cti`.</summary>
    /// <exception cref="MacroException">It is not there.</exception>
    public static string Cti(string? given) =>
        Existing(given ?? Path.Combine(Root(), "src/Cti.Host/bin/Release/net10.0/cti"), "src/Cti.Host");

    /// <summary>The program that judges the crash harness.</summary>
    /// <exception cref="MacroException">It is not there.</exception>
    public static string Oracle() =>
        Existing(Path.Combine(Root(), "tests/Cti.Oracle/bin/Release/net10.0/Cti.Oracle.dll"), "tests/Cti.Oracle");

    private static string Existing(string path, string project) =>
        File.Exists(path)
            ? path
            : throw new MacroException($"{path} is not there. Build it: dotnet build -c Release {project}");

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution)))
            {
                return folder.FullName;
            }
        }

        throw new MacroException(
            $"no {Solution} above {AppContext.BaseDirectory}; say what to measure with --cti FILE"
        );
    }
}
