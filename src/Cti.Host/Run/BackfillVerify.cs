// cti backfill --verify: the files are read once more, and what they say is held against what the store says of them. Writes nothing.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Core;
using Cti.Host.Graph;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>How a partition's files and the store agree.</summary>
/// <param name="Source">Its source.</param>
/// <param name="Key">Its time.</param>
/// <param name="Verdict">`ok`, `different`, or `missing` (from the store, or its files).</param>
/// <param name="Reason">What differs; null where nothing does.</param>
internal sealed record PartitionVerdict(string Source, string Key, string Verdict, string? Reason);

/// <summary>What verifying a backfill found.</summary>
internal sealed class BackfillVerdict(string pipeline, IReadOnlyList<PartitionVerdict> partitions)
{
    /// <summary>Whether every partition is there and is what its files say.</summary>
    public bool Holds => partitions.All(partition => partition.Reason is null);

    /// <summary>The JSON object of `--json`.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("pipeline", pipeline);
        foreach (var verdict in new[] { "ok", "different", "missing" })
        {
            json.WriteNumber(verdict, Count(verdict));
        }

        json.WriteStartArray("partitions");
        foreach (var partition in partitions)
        {
            json.WriteStartObject();
            json.WriteString("source", partition.Source);
            json.WriteString("key", partition.Key);
            json.WriteString("verdict", partition.Verdict);
            json.WriteString("reason", partition.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A line in all, and one for each partition that is not what its files say.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        foreach (var partition in partitions.Where(partition => partition.Reason is not null))
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{partition.Verdict}: {partition.Source} {partition.Key}: {partition.Reason}"
            );
        }

        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{pipeline}: {partitions.Count:N0} partitions, {Count("ok"):N0} ok, {Count("different"):N0} different, {Count("missing"):N0} missing"
        );
        return text.ToString();
    }

    private int Count(string verdict) => partitions.Count(partition => partition.Verdict == verdict);
}

internal static class BackfillVerify
{
    /// <summary>Holds a backfill's files against the store.</summary>
    /// <exception cref="StoreException">There is no store, or it cannot be opened.</exception>
    public static async Task<BackfillVerdict> RunAsync(
        PipelinePlan plan,
        BackfillPlan backfill,
        RunOptions options,
        RunEnvironment environment,
        KillSwitch killSwitch
    )
    {
        var lists = LoadedLists.Load(plan, new DiskLists());
        using var store = StoreFile.Open(plan.StorePath, new StoreOptions { ReadOnly = true });
        using var progress = new RunProgress(plan.Name, environment.Error, environment.IsTerminal, options.Quiet);
        var known = Partitions.Load(store.Connection, plan.Name);
        var verdicts = new List<PartitionVerdict>();
        var number = 0;
        foreach (var partition in backfill.Partitions)
        {
            if (killSwitch.IsDraining)
            {
                break;
            }

            var source = backfill.Sources[partition.Source];
            var key = TimestampModule.toText(partition.At);
            progress.Partition(++number, backfill.Partitions.Count, key);
            known.Remove((source.Name, partition.At), out var row);
            var (verdict, reason) = row is null
                ? ("missing", "the store knows nothing of it; run the backfill again")
                : await JudgeAsync(plan, source, partition, row, options, environment, lists, store, killSwitch);
            verdicts.Add(new PartitionVerdict(source.Name, key, verdict, reason));
        }

        var (first, last) = (backfill.Partitions[0].At, backfill.Partitions[^1].At);
        verdicts.AddRange(
            known
                .Values.Where(row =>
                    !killSwitch.IsDraining
                    && row.At >= first
                    && row.At <= last
                    && backfill.Sources.Any(source => source.Name == row.Source)
                )
                .OrderBy(row => row.At)
                .Select(row => new PartitionVerdict(
                    row.Source,
                    row.Key,
                    "missing",
                    $"its files are not there: {row.Files}"
                ))
        );
        return new BackfillVerdict(plan.Name, verdicts);
    }

    private static async Task<(string Verdict, string? Reason)> JudgeAsync(
        PipelinePlan plan,
        SourcePlan source,
        Partition partition,
        PartitionRow row,
        RunOptions options,
        RunEnvironment environment,
        LoadedLists lists,
        StoreFile store,
        KillSwitch killSwitch
    )
    {
        if (!row.Status.IsDone && !row.Status.IsSuspect)
        {
            return (
                "missing",
                $"it was not read to its end ({PartitionStatusModule.name(row.Status)}); run the backfill again"
            );
        }

        try
        {
            var content = PartitionContent.Hash(partition.Paths, killSwitch.Abort);
            if (content.Hash != row.ContentHash)
            {
                return ("different", $"its content is {content.Hash}, it was {row.ContentHash} when it was read");
            }
        }
        catch (SourceException error)
        {
            return ("missing", error.Message);
        }

        var held = Partitions.Observations(store.Connection, row.Uris);
        if (held < row.Books.Observations)
        {
            return ("different", $"the store holds {held:N0} of {row.Books.Observations:N0} observations");
        }

        // What a live run had read before is not in the partition's books.
        if (row.Whole)
        {
            var books = await ReadAsync(plan, source, partition, options, environment, lists, killSwitch);
            if (books.Records != row.Books.Records || books.Rejected != row.Books.Rejected)
            {
                return (
                    "different",
                    $"its files have {books.Records:N0} records, {books.Rejected:N0} rejected; when they were read it were {row.Books.Records:N0} and {row.Books.Rejected:N0}"
                );
            }
        }

        return ("ok", null);
    }

    private static async Task<PartitionBooks> ReadAsync(
        PipelinePlan plan,
        SourcePlan source,
        Partition partition,
        RunOptions options,
        RunEnvironment environment,
        LoadedLists lists,
        KillSwitch killSwitch
    )
    {
        var files = source with
        {
            Origin = new FilePlan { Globs = [.. partition.Paths], Text = source.Origin.Text },
            // It only counts: what a backfill stopped at is told as different.
            Supervision = SupervisionModule.defaults,
        };
        using var silent = new RunProgress(plan.Name, TextWriter.Null, isTerminal: false, quiet: true);
        using var spool = new Spool(plan.StorePath);
        var pool = new BatchPool();
        var stream = new SourceStream(
            plan with
            {
                Sources = [files],
            },
            options,
            lists.Screen.Set,
            partition.At,
            new Dictionary<string, Dictionary<string, SourceCursor>>(),
            pool,
            silent,
            new OriginServices(plan.StorePath, spool, environment.Clock)
        );
        var books = new PartitionBooks();
        await foreach (var item in stream.ToSource().Open(killSwitch))
        {
            if (item.Batch is { } batch)
            {
                books += PartitionBooks.Of(batch);
                pool.Return(batch);
            }
        }

        return books;
    }
}
