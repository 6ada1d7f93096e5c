// The command line of the fuzzer.

using System.Globalization;

namespace Cti.Fuzz;

/// <param name="Seconds">How long to go on.</param>
/// <param name="Seed">The same seed and files try the same inputs.</param>
/// <param name="Folders">Where files to be mutated are.</param>
/// <param name="Replay">One saved input instead.</param>
internal sealed record FuzzOptions(double Seconds, int Seed, IReadOnlyList<string> Folders, Replay? Replay)
{
    public const string Usage =
        "cti-fuzz [--seconds N] [--seed N] [--data FOLDER]… | --replay FILE --target NAME --seed N";

    /// <summary>Null where the command line is wrong.</summary>
    public static FuzzOptions? Parse(string[] args)
    {
        var seconds = 60.0;
        int? seed = null;
        string? file = null;
        string? target = null;
        var folders = new List<string>();
        for (var at = 0; at + 1 < args.Length; at += 2)
        {
            var value = args[at + 1];
            switch (args[at])
            {
                case "--seconds" when double.TryParse(value, CultureInfo.InvariantCulture, out var given):
                    seconds = given;
                    break;
                case "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out var given):
                    seed = given;
                    break;
                case "--data":
                    folders.Add(value);
                    break;
                case "--replay":
                    file = value;
                    break;
                case "--target":
                    target = value;
                    break;
                default:
                    return null;
            }
        }

        if (args.Length % 2 != 0 || (file is null) != (target is null))
        {
            return null;
        }

        if (folders.Count == 0)
        {
            folders.AddRange(Repository.DefaultFolders());
        }

        // Another day, another seed; it is printed, so every run can be repeated.
        var chosen = seed ?? Environment.TickCount & int.MaxValue;
        return new FuzzOptions(seconds, chosen, folders, file is null ? null : new Replay(file, target!, seed ?? 0));
    }
}

/// <summary>A saved input, and the target and seed it was saved for.</summary>
internal sealed record Replay(string File, string Target, int Seed);

internal static class Repository
{
    private static readonly string[] Folders = ["pipelines", "tests/corpus", "../shared/data"];

    public static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cti.Pipelines.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? Environment.CurrentDirectory;
    }

    /// <summary>The repository's own samples, and real feeds where they lie beside it.</summary>
    public static IEnumerable<string> DefaultFolders() =>
        Folders.Select(name => Path.GetFullPath(Path.Combine(Root(), name))).Where(Directory.Exists);
}
