// Reads the warninglists, never-lists and allow-lists a pipeline names and builds the set that screens. Missing files are errors: a run without its
// lists would block what must not be blocked.

using Cti.Core;
using Microsoft.FSharp.Core;

namespace Cti.Host.Run;

/// <summary>The set that screens.</summary>
/// <param name="Set">Ready to be asked.</param>
/// <param name="Fingerprint">The same for the same lists and limits.</param>
internal sealed record LoadedScreen(ScreenSet Set, string Fingerprint);

internal static class ScreenLoader
{
    /// <summary>The code of a list that is missing or cannot be read.</summary>
    public const string MissingList = "CTI-SCREEN-108";

    /// <exception cref="ListException">A list is missing, unreadable or malformed.</exception>
    public static LoadedScreen Load(
        PipelinePlan plan,
        FSharpValueOption<PublicSuffixList> suffixes,
        IListContent content
    ) =>
        Load(
            plan.NeverLists,
            plan.Warninglists,
            plan.AllowLists,
            new BroadEntryOptions(
                plan.Guard.MinPrefixIpv4,
                plan.Guard.MinPrefixIpv6,
                suffixes,
                plan.Guard.RefuseDocumentation,
                plan.Guard.RefuseReserved
            ),
            content
        );

    /// <exception cref="ListException">A list is missing, unreadable or malformed.</exception>
    public static LoadedScreen Load(
        IReadOnlyList<string> never,
        IReadOnlyList<string> warninglists,
        IReadOnlyList<string> allow,
        BroadEntryOptions guard,
        IListContent content
    )
    {
        var files = new ListFiles("screen", MissingList, content);
        var lists = new List<ScreenList>();
        // Of several lists that hold a value the first is named: never-lists say the strongest word.
        Take(files, "never", never, AllowList.parseNever, lists);
        Take(files, "warninglists", warninglists, Warninglist.parse, lists);
        Take(files, "allow", allow, AllowList.parse, lists);
        files.Require();
        var built = ScreenSet.Build(lists, guard);
        if (built.IsError)
        {
            files.Problems.AddRange(built.ErrorValue.Select(Describe));
            files.Require();
        }

        // Another version may understand lists otherwise.
        files.Note(ThisProgram.Version);
        files.Note($"{guard.MinPrefixIpv4} {guard.MinPrefixIpv6} {guard.RefuseDocumentation} {guard.RefuseReserved}");
        return new LoadedScreen(built.ResultValue, files.Fingerprint);
    }

    /// <summary>Code and message of an error.</summary>
    public static string Describe(ScreenError error) =>
        $"{ScreenErrorModule.code(error)} {ScreenErrorModule.message(error)}";

    private static void Take(
        ListFiles files,
        string role,
        IReadOnlyList<string> globs,
        Func<string, ReadOnlyMemory<byte>, FSharpResult<ScreenList, ScreenError>> parse,
        List<ScreenList> lists
    )
    {
        foreach (var (name, bytes) in files.Read(role, globs))
        {
            var parsed = parse(name, bytes);
            if (parsed.IsOk)
            {
                lists.Add(parsed.ResultValue);
            }
            else
            {
                files.Problems.Add(Describe(parsed.ErrorValue));
            }
        }
    }
}
