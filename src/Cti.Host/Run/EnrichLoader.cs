// Reads the tables a pipeline enriches by. A missing or damaged one is an error: a predicate over facts nobody knows would silently empty a block
// list.

using Cti.Core;
using Cti.Core.Declare;
using Cti.Host.Enrich;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace Cti.Host.Run;

/// <summary>What a pipeline enriches by.</summary>
/// <param name="Enricher">Ready to be asked.</param>
/// <param name="Fingerprint">The same for the same tables and settings.</param>
/// <param name="Answers">What services said; empty until it is filled from a store. Null where none is asked.</param>
/// <param name="HasTables">Whether there is more than services.</param>
internal sealed record LoadedTables(Enricher Enricher, string Fingerprint, AnswerCache? Answers, bool HasTables);

internal static class EnrichLoader
{
    /// <summary>The tables; null where the pipeline does not enrich.</summary>
    /// <exception cref="ListException">A table is missing, unreadable or malformed.</exception>
    public static LoadedTables? Load(
        PipelinePlan plan,
        FSharpValueOption<PublicSuffixList> suffixes,
        string suffixHash,
        IListContent content
    )
    {
        if (plan.Enrichers.Count == 0)
        {
            return null;
        }

        var files = new ListFiles("enrich", "CTI-ENRICH-004", content);
        var ranges = new List<RangeEnricher>();
        var names = FSharpValueOption<PublicSuffixList>.None;
        var kev = FSharpValueOption<KevTable>.None;
        var epss = FSharpValueOption<EpssTable>.None;
        var severity = FSharpValueOption<SeverityTable>.None;
        var attack = FSharpValueOption<AttackTable>.None;
        foreach (var (index, (settings, globs)) in plan.Enrichers.Index())
        {
            if (settings is EnrichSettings.Http)
            {
                // What it said is in the store.
                continue;
            }

            // F# prints every case and field of the settings.
            files.Note(settings.ToString());
            var read = files.Read($"enrich[{index}]", globs);
            if (files.Problems.Count > 0)
            {
                continue;
            }

            switch (settings)
            {
                case EnrichSettings.IpRanges { Item: var table }:
                    if (Taken(files, RangeTable.Parse(table.Format, Pairs(read))) is { } parsed)
                    {
                        ranges.Add(
                            new RangeEnricher(
                                parsed,
                                table.Gives.Contains(Fact.Country),
                                table.Gives.Contains(Fact.Asn),
                                table.Gives.Contains(Fact.AsName)
                            )
                        );
                    }

                    break;
                case EnrichSettings.Kev when read is [var file]:
                    kev = Option(Taken(files, KevTable.Parse(file.Name, file.Bytes.ToArray())));
                    break;
                case EnrichSettings.Epss:
                    epss = Option(Taken(files, EpssTable.Parse(Pairs(read))));
                    break;
                case EnrichSettings.Cvss:
                    severity = Option(Taken(files, SeverityTable.Parse(Pairs(read))));
                    break;
                case EnrichSettings.Attack:
                    attack = Option(Taken(files, AttackTable.Parse(Pairs(read))));
                    break;
                default:
                    names = suffixes;
                    files.Note(suffixHash);
                    break;
            }
        }

        files.Require();
        var named = plan.Declared.Enrich.SelectMany(EnrichSettingsModule.named).ToArray();
        var answers = named.Length > 0 ? new AnswerCache(named) : null;
        return new LoadedTables(
            new Enricher(
                names,
                ListModule.OfSeq(ranges),
                kev,
                epss,
                severity,
                attack,
                answers is null ? FSharpValueOption<IAnswers>.None : FSharpValueOption<IAnswers>.Some(answers)
            ),
            files.Fingerprint,
            answers,
            plan.Enrichers.Any(one => one.Settings is not EnrichSettings.Http)
        );
    }

    private static FSharpList<ValueTuple<string, byte[]>> Pairs(
        IReadOnlyList<(string Name, ReadOnlyMemory<byte> Bytes)> files
    ) => ListModule.OfSeq(files.Select(file => (file.Name, file.Bytes.ToArray())));

    private static FSharpValueOption<T> Option<T>(T? value)
        where T : class => value is null ? FSharpValueOption<T>.None : FSharpValueOption<T>.Some(value);

    private static T? Taken<T>(ListFiles files, FSharpResult<T, TableError> parsed)
        where T : class
    {
        if (parsed.IsOk)
        {
            return parsed.ResultValue;
        }

        files.Problems.Add($"{TableErrorModule.code(parsed.ErrorValue)} {TableErrorModule.message(parsed.ErrorValue)}");
        return null;
    }
}
