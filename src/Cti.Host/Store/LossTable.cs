// What was not carried over, into its tables: of losses alike the first hundred as they are, and the number of all.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>The losses of one run. One per run, used by the thread that writes the store.</summary>
internal sealed class LossTable(Guid runId)
{
    private const int MostAlike = 100;

    // Paths come from feeds: behind so many of them losses are counted without theirs.
    private const int MostPaths = 1_000;

    private readonly Dictionary<(string Stage, string? Source, string Code, string Path), long> _counts = [];
    private readonly List<Row> _rows = [];
    private readonly long[] _totals = new long[LossReasonModule.all.Length];
    private bool _isChanged;

    /// <summary>How many there are of a reason.</summary>
    public long this[LossReason reason] => _totals[LossReasonModule.index(reason)];

    /// <summary>Gathers what a reader lost.</summary>
    public void Add(ObservationBatch batch)
    {
        if (batch.Losses.Total > 0)
        {
            Add(StageModule.name(Stage.Read), batch.DeclaredSource, batch.Losses);
        }
    }

    /// <summary>Gathers losses of a stage; <paramref name="source"/> is null for a sink's.</summary>
    public void Add(string stage, string? source, LossList losses)
    {
        foreach (var loss in losses.Kept)
        {
            var code = LossReasonModule.code(loss.Reason);
            if (Count(stage, source, code, loss.Path, 1) <= MostAlike)
            {
                _rows.Add(new Row(stage, source, code, loss));
            }
        }

        foreach (var reason in LossReasonModule.all)
        {
            var count = losses.Count(reason);
            _totals[LossReasonModule.index(reason)] += count;
            var more = count - losses.Kept.LongCount(loss => loss.Reason.Equals(reason));
            if (more > 0)
            {
                Count(stage, source, LossReasonModule.code(reason), "", more);
            }
        }
    }

    /// <summary>Writes what was gathered since the last time, and the counts of the whole run; part of the caller's transaction.</summary>
    public void Write(DuckDbConnection connection, DateTime recordedAt)
    {
        if (!_isChanged)
        {
            return;
        }

        Append(connection, recordedAt);
        connection.Run("DELETE FROM loss_counts WHERE run_id = $1", runId);
        foreach (var ((stage, source, code, path), count) in _counts)
        {
            connection.Run(
                "INSERT INTO loss_counts VALUES ($1, $2, $3, $4, $5, $6)",
                runId,
                stage,
                source,
                code,
                path,
                count
            );
        }

        _isChanged = false;
    }

    private void Append(DuckDbConnection connection, DateTime recordedAt)
    {
        using var appender = connection.CreateAppender(null, null, "losses");
        foreach (var rows in _rows.Chunk(DuckDbAppender.ChunkSize))
        {
            using var chunk = appender.NewChunk(rows.Length);
            chunk.Column(0).FillUuid(UuidModule.ofGuid(runId));
            Texts(chunk.Column(1), rows, row => row.Stage);
            Texts(chunk.Column(2), rows, row => row.Source);
            Texts(chunk.Column(3), rows, row => row.Code);
            Texts(chunk.Column(4), rows, row => row.Loss.Path);
            Texts(chunk.Column(5), rows, row => row.Loss.Value);
            Texts(chunk.Column(6), rows, row => row.Loss.Position.Uri);
            chunk.Column(7).Write<long>(rows.Select(row => row.Loss.Position.Line).ToArray());
            chunk.Column(8).Write<long>(rows.Select(row => row.Loss.Position.Offset).ToArray());
            chunk.Column(9).WriteTimes(rows.Select(_ => recordedAt).ToArray());
            chunk.Append();
        }

        appender.Close();
        _rows.Clear();
    }

    private static void Texts(DuckDbColumnWriter column, Row[] rows, Func<Row, string?> text) =>
        column.WriteStrings(rows.Select(text).ToArray());

    private long Count(string stage, string? source, string code, string path, long number)
    {
        _isChanged = true;
        var key = (stage, source, code, path);
        if (!_counts.TryGetValue(key, out var before) && _counts.Count >= MostPaths)
        {
            key.path = "";
            before = _counts.GetValueOrDefault(key);
        }

        return _counts[key] = before + number;
    }

    private sealed record Row(string Stage, string? Source, string Code, Loss Loss);
}
