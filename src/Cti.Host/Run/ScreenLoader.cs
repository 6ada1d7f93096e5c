// Reads the warninglists and allow-lists a pipeline names and builds the set that screens. Missing files are errors: a run without its lists would
// block what must not be blocked.

using Cti.Core;
using Cti.Host.Sources;

namespace Cti.Host.Run;

/// <summary>A list cannot be used; the message says which and what to do.</summary>
public sealed class ScreenException(string message) : Exception(message);

internal static class ScreenLoader
{
    /// <exception cref="ScreenException">A list is missing, unreadable or malformed.</exception>
    public static ScreenSet Load(PipelinePlan plan) => Load(plan.Warninglists, plan.AllowLists, plan.Guard);

    /// <exception cref="ScreenException">A list is missing, unreadable or malformed.</exception>
    public static ScreenSet Load(
        IReadOnlyList<string> warninglists,
        IReadOnlyList<string> allowLists,
        BroadEntryOptions guard
    )
    {
        var lists = new List<ScreenList>();
        var problems = new List<string>();
        foreach (var path in Files(warninglists))
        {
            Take(Warninglist.parse(Path.GetFileName(path), Read(path)), lists, problems);
        }

        foreach (var path in Files(allowLists))
        {
            Take(AllowList.parse(Path.GetFileName(path), Read(path)), lists, problems);
        }

        if (problems.Count == 0)
        {
            var built = ScreenSet.Build(lists, guard);
            if (built.IsOk)
            {
                return built.ResultValue;
            }

            problems.AddRange(built.ErrorValue.Select(ScreenErrorModule.message));
        }

        throw new ScreenException(string.Join(Environment.NewLine, problems));
    }

    private static void Take(
        Microsoft.FSharp.Core.FSharpResult<ScreenList, ScreenError> parsed,
        List<ScreenList> lists,
        List<string> problems
    )
    {
        if (parsed.IsOk)
        {
            lists.Add(parsed.ResultValue);
        }
        else
        {
            problems.Add($"{ScreenErrorModule.code(parsed.ErrorValue)} {ScreenErrorModule.message(parsed.ErrorValue)}");
        }
    }

    private static IReadOnlyList<string> Files(IReadOnlyList<string> globs)
    {
        try
        {
            return globs.Count == 0 ? [] : FileSource.Match(globs);
        }
        catch (SourceException error)
        {
            throw new ScreenException($"screen: {error.Message} Fetch the list, or take it out of `screen:`.");
        }
    }

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ScreenException($"screen: {path} cannot be read: {error.Message}");
        }
    }
}
