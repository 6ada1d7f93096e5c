// Writes dead letters: records that could not be used, deliveries that failed for good, and those that were used after all. One letter for the
// same poison however often it is met; and no more of them than the pipeline allows.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

/// <summary>A pipeline has more open dead letters than it allows; the message says what to do.</summary>
public sealed class DeadLettersFullException(string message) : StoreException(message);

/// <summary>A delivery that will never go well.</summary>
/// <param name="Sink">Name of the sink.</param>
/// <param name="Indicator">Whose change it was.</param>
/// <param name="Revision">Which one.</param>
/// <param name="Op">What it was told: added, changed, withdrawn.</param>
/// <param name="Code">Stable.</param>
/// <param name="Message">What is wrong and what to do.</param>
/// <param name="Endpoint">Where it should have gone; no secret.</param>
/// <param name="Original">What was sent.</param>
internal sealed record Undeliverable(
    string Sink,
    UInt128 Indicator,
    int Revision,
    string Op,
    string Code,
    string Message,
    string Endpoint,
    byte[] Original
);

/// <summary>
/// One per run and connection; used by the thread that owns it. Gathers, and <see cref="Write"/> stores what was gathered as part of the caller's
/// transaction: with what else the epoch or the acknowledgement says.
/// </summary>
internal sealed class DeadLetters
{
    private readonly DuckDbConnection _connection;
    private readonly string _pipeline;
    private readonly string _file;
    private readonly LetterBound _bound;
    private readonly Guid _runId;
    private readonly Dictionary<UInt128, Letter> _letters = [];
    private readonly List<Guid> _replayed = [];

    /// <param name="connection">Whose transactions it is part of.</param>
    /// <param name="pipeline">Name of the pipeline.</param>
    /// <param name="file">The pipeline's file, for messages.</param>
    /// <param name="bound">How many open letters it may have.</param>
    /// <param name="runId">The run that tries.</param>
    public DeadLetters(DuckDbConnection connection, string pipeline, string file, LetterBound bound, Guid runId)
    {
        _connection = connection;
        _pipeline = pipeline;
        _file = file;
        _bound = bound;
        _runId = runId;
    }

    // `Attempts`: how often it was met since the last write.
    private sealed record Letter(
        string Stage,
        string Code,
        string Message,
        string? Field,
        string? Value,
        string? Source,
        string Uri,
        long? Line,
        long? Offset,
        byte[] Original,
        string? Header,
        UInt128? Indicator,
        int? Revision,
        string? Op
    )
    {
        public int Attempts { get; init; } = 1;
    }

    /// <summary>Open letters of a pipeline.</summary>
    public static long CountOpen(DuckDbConnection connection, string pipeline) =>
        connection.Value<long>("SELECT count(*) FROM dead_letters WHERE pipeline = $1 AND status = 'open'", pipeline);

    /// <summary>Gathers what a batch rejected.</summary>
    public void Add(ObservationBatch batch)
    {
        if (batch.Rejections.Count == 0)
        {
            return;
        }

        var ids = LetterId.ofBatch(batch.DeclaredSource, batch.Rejections);
        for (var index = 0; index < ids.Length; index++)
        {
            var row = batch.Rejections[index];
            Add(
                ids[index],
                new Letter(
                    StageModule.name(row.Stage),
                    row.Code,
                    row.Message,
                    row.Field,
                    row.Value,
                    batch.DeclaredSource,
                    row.Position.Uri,
                    row.Position.Line,
                    row.Position.Offset,
                    row.Original,
                    batch.Header,
                    null,
                    null,
                    null
                )
            );
        }
    }

    /// <summary>Gathers a delivery that failed for good.</summary>
    public void Add(Undeliverable delivery) =>
        Add(
            LetterId.ofDelivery(_pipeline, delivery.Sink, delivery.Indicator),
            new Letter(
                "sink:" + delivery.Sink,
                delivery.Code,
                delivery.Message,
                null,
                null,
                null,
                delivery.Endpoint,
                null,
                null,
                delivery.Original,
                null,
                delivery.Indicator,
                delivery.Revision,
                delivery.Op
            )
        );

    /// <summary>Gathers letters whose records were tried again: those that are not rejected until the next write are closed by it.</summary>
    public void Replayed(IEnumerable<Guid> ids) => _replayed.AddRange(ids);

    /// <summary>Stores what was gathered.</summary>
    /// <param name="now">The run's.</param>
    /// <param name="updatedAt">By the clock.</param>
    /// <exception cref="DeadLettersFullException">There would be too many: the caller's transaction must not commit.</exception>
    public void Write(long now, DateTime updatedAt)
    {
        if (_letters.Count == 0 && _replayed.Count == 0)
        {
            return;
        }

        Prepare();
        Append();
        Close(updatedAt);
        if (_letters.Count > 0)
        {
            Merge(TimestampModule.toDateTime(now), updatedAt);
            Check();
        }

        _letters.Clear();
        _replayed.Clear();
    }

    private void Add(UInt128 id, Letter letter) =>
        _letters[id] = _letters.TryGetValue(id, out var before)
            ? letter with
            {
                Attempts = before.Attempts + 1,
            }
            : letter;

    private void Prepare() =>
        _connection.Execute(
            """
            CREATE OR REPLACE TEMP TABLE met_letters (
                id UUID, stage VARCHAR, code VARCHAR, message VARCHAR, field VARCHAR, value VARCHAR, source VARCHAR, uri VARCHAR, line BIGINT,
                byte_offset BIGINT, original BLOB, header VARCHAR, indicator UUID, revision INTEGER, op VARCHAR, attempts INTEGER
            )
            """
        );

    private void Append()
    {
        if (_letters.Count == 0)
        {
            return;
        }

        using var appender = _connection.CreateAppender("temp", null, "met_letters");
        foreach (var part in _letters.Chunk(DuckDbAppender.ChunkSize))
        {
            using var chunk = appender.NewChunk(part.Length);
            chunk.Column(0).WriteUuids(part.Select(row => row.Key).ToArray());
            Texts(chunk.Column(1), part, row => row.Stage);
            Texts(chunk.Column(2), part, row => row.Code);
            Texts(chunk.Column(3), part, row => row.Message);
            Texts(chunk.Column(4), part, row => row.Field);
            Texts(chunk.Column(5), part, row => row.Value);
            Texts(chunk.Column(6), part, row => row.Source);
            Texts(chunk.Column(7), part, row => row.Uri);
            chunk.Column(8).Write(part.Select(row => row.Value.Line ?? None).ToArray(), None);
            chunk.Column(9).Write(part.Select(row => row.Value.Offset ?? None).ToArray(), None);
            Originals(chunk.Column(10), part);
            Texts(chunk.Column(11), part, row => row.Header);
            if (part.All(row => row.Value.Indicator is null))
            {
                chunk.Column(12).WriteNulls();
            }
            else
            {
                // A run's own connection has records only, a sink's deliveries only.
                chunk.Column(12).WriteUuids(part.Select(row => row.Value.Indicator ?? default).ToArray());
            }

            chunk.Column(13).Write(part.Select(row => row.Value.Revision ?? int.MinValue).ToArray(), int.MinValue);
            Texts(chunk.Column(14), part, row => row.Op);
            chunk.Column(15).Write<int>(part.Select(row => row.Value.Attempts).ToArray());
            chunk.Append();
        }

        appender.Close();
    }

    private const long None = long.MinValue;

    // What was tried again and is not met again is used. Before the merge, which tells of the others.
    private void Close(DateTime at)
    {
        foreach (var part in _replayed.Chunk(DuckDbAppender.ChunkSize))
        {
            _connection.Run(
                "UPDATE dead_letters SET status = 'replayed', closed_at = $2, closed_by = $3 WHERE status = 'open' AND id IN (SELECT unnest($1)) AND id NOT IN (SELECT id FROM met_letters)",
                part,
                at,
                _runId
            );
        }
    }

    private void Merge(DateTime now, DateTime updatedAt)
    {
        // What was closed and is met again is open again: it still cannot be used.
        _connection.Run(
            """
            UPDATE dead_letters d
            SET status = 'open', stage = m.stage, code = m.code, message = m.message, field = m.field, value = m.value, original = m.original,
                header = coalesce(m.header, d.header), revision = m.revision, op = m.op, run_id = $1, attempts = d.attempts + m.attempts, updated_at = $2,
                closed_at = NULL, closed_by = NULL
            FROM met_letters m WHERE m.id = d.id
            """,
            _runId,
            updatedAt
        );
        _connection.Run(
            """
            INSERT INTO dead_letters
            SELECT m.id, 'open', $1, m.stage, m.code, m.message, m.field, m.value, m.source, m.uri, m.line, m.byte_offset, m.original, m.header,
                m.indicator, m.revision, m.op, $2, m.attempts, $3, $4, NULL, NULL
            FROM met_letters m ANTI JOIN dead_letters d ON d.id = m.id
            """,
            _pipeline,
            _runId,
            now,
            updatedAt
        );
    }

    private void Check()
    {
        var (count, bytes) = _connection.Rows(
            "SELECT count(*), coalesce(sum(octet_length(original)), 0)::BIGINT FROM dead_letters WHERE pipeline = $1 AND status = 'open'",
            reader => (reader.GetInt64(0), reader.GetInt64(1)),
            _pipeline
        )[0];
        if (!LetterBoundModule.isExceeded(_bound, count, bytes))
        {
            return;
        }

        var load = _connection.Rows(
            """
            WITH open AS (SELECT stage, code, message FROM dead_letters WHERE pipeline = $1 AND status = 'open'),
                stages AS (SELECT stage, count(*) AS n FROM open GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1),
                codes AS (
                    SELECT o.code, count(*) AS n, min(o.message) AS message FROM open o SEMI JOIN stages s ON s.stage = o.stage
                    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1
                )
            SELECT s.stage, s.n, c.code, c.n, c.message FROM stages s, codes c
            """,
            reader => new LetterLoad(
                count,
                bytes,
                reader.GetString(0),
                reader.GetInt64(1),
                reader.GetString(2),
                reader.GetInt64(3),
                reader.GetString(4)
            ),
            _pipeline
        )[0];
        throw new DeadLettersFullException(LetterBoundModule.full(_bound, load, _file));
    }

    private static void Texts(
        DuckDbColumnWriter column,
        KeyValuePair<UInt128, Letter>[] rows,
        Func<Letter, string?> text
    ) => column.WriteStrings(rows.Select(row => text(row.Value)).ToArray());

    private static void Originals(DuckDbColumnWriter column, KeyValuePair<UInt128, Letter>[] rows)
    {
        var arena = new byte[rows.Sum(row => row.Value.Original.Length)];
        var starts = new int[rows.Length];
        var lengths = new int[rows.Length];
        var end = 0;
        for (var row = 0; row < rows.Length; row++)
        {
            var original = rows[row].Value.Original;
            original.CopyTo(arena, end);
            starts[row] = end;
            lengths[row] = original.Length;
            end += original.Length;
        }

        column.WriteStrings(arena, starts, lengths);
    }
}
