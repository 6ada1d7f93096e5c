// Everything a pipeline loads before it touches the store: the lists it screens by and the tables it enriches by.

using Cti.Core;
using Microsoft.FSharp.Core;

namespace Cti.Host.Run;

/// <summary>Lists and tables, ready to be asked.</summary>
internal sealed record LoadedLists(LoadedScreen Screen, LoadedTables? Tables)
{
    /// <summary>The same for the same files in the same roles.</summary>
    public string Fingerprint => $"{Screen.Fingerprint} {Tables?.Fingerprint}";

    /// <summary>The tables as the core's trials take them.</summary>
    public FSharpValueOption<Enricher> Enricher =>
        Tables is null ? FSharpValueOption<Enricher>.None : FSharpValueOption<Enricher>.Some(Tables.Enricher);

    /// <summary>Adds what services had said by a recording time.</summary>
    public void LoadAnswers(DuckDb.DuckDbConnection connection, PipelinePlan plan, long knownAt)
    {
        if (Tables?.Answers is { } answers)
        {
            foreach (var service in plan.Services)
            {
                new Enrich.AnswerTable(connection, plan.Name, service).Load(answers, knownAt);
            }
        }
    }

    /// <exception cref="ListException">A list or table is missing, unreadable or malformed; every one is told.</exception>
    public static LoadedLists Load(PipelinePlan plan) => Load(plan, new DiskLists());

    /// <exception cref="ListException">A list or table is missing, unreadable or malformed; every one is told.</exception>
    public static LoadedLists Load(PipelinePlan plan, IListContent content)
    {
        var problems = new List<string>();
        var suffixes = FSharpValueOption<PublicSuffixList>.None;
        var suffixHash = "";
        LoadedScreen? screen = null;
        LoadedTables? tables = null;
        Try(() => (suffixes, suffixHash) = Suffixes(plan, content), problems);
        Try(() => screen = ScreenLoader.Load(plan, suffixes, content), problems);
        Try(() => tables = EnrichLoader.Load(plan, suffixes, suffixHash, content), problems);
        return problems.Count > 0 || screen is null
            ? throw new ListException(string.Join(Environment.NewLine, problems))
            : new LoadedLists(screen with { Fingerprint = screen.Fingerprint + suffixHash }, tables);
    }

    private static (FSharpValueOption<PublicSuffixList>, string) Suffixes(PipelinePlan plan, IListContent content)
    {
        if (plan.PublicSuffixes is not { } settings)
        {
            return (FSharpValueOption<PublicSuffixList>.None, "");
        }

        var files = new ListFiles("public_suffix_list", ScreenLoader.MissingList, content);
        var read = files.Read("public_suffix_list", [settings.Path]);
        files.Require();
        var parsed = PublicSuffixList.Parse(read[0].Name, read[0].Bytes, settings.Sections);
        if (parsed.IsError)
        {
            files.Problems.Add(ScreenLoader.Describe(parsed.ErrorValue));
            files.Require();
        }

        files.Note(settings.Sections.ToString());
        return (FSharpValueOption<PublicSuffixList>.Some(parsed.ResultValue), files.Fingerprint);
    }

    private static void Try(Action load, List<string> problems)
    {
        try
        {
            load();
        }
        catch (ListException error)
        {
            problems.Add(error.Message);
        }
    }
}
