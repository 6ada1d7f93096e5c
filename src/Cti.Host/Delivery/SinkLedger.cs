// What the store knows of a stream sink: its cursor, what it acknowledged, and what it could never take. All three move in one transaction, on a
// connection of the sink's own.

using System.Globalization;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;
using Cti.Host.Tracing;

namespace Cti.Host.Delivery;

/// <summary>One change on its way to an endpoint.</summary>
internal readonly record struct Told(UInt128 Indicator, int Revision, ChangeOp Op);

/// <summary>A record an endpoint will never take.</summary>
/// <param name="Change">Which revision it tells of.</param>
/// <param name="Code">Stable: docs/codes.md.</param>
/// <param name="Message">What the endpoint said, what to do.</param>
/// <param name="Original">The rendered record, as it was sent.</param>
/// <param name="Attempts">How often it was sent alone.</param>
internal sealed record SinkLetter(Told Change, string Code, string Message, byte[] Original, int Attempts);

/// <summary>One per sink; used by its task.</summary>
internal sealed class SinkLedger : IDisposable
{
    private readonly int _number;
    private readonly string _stage;
    private readonly string _cursor;
    private readonly string _endpoint;
    private readonly Guid _runId;
    private readonly TimeProvider _clock;
    private readonly Func<long> _nextAcknowledgement;

    public SinkLedger(
        StoreFile store,
        int number,
        string name,
        string endpoint,
        Guid runId,
        TimeProvider clock,
        Func<long> nextAcknowledgement
    )
    {
        _number = number;
        _stage = "sink:" + name;
        _cursor = number.ToString(CultureInfo.InvariantCulture) + ":" + name;
        _endpoint = endpoint;
        _runId = runId;
        _clock = clock;
        _nextAcknowledgement = nextAcknowledgement;
        Connection = store.Connect();
    }

    /// <summary>The sink's own.</summary>
    public DuckDbConnection Connection { get; }

    /// <summary>Where the sink stands; before its first time at the log's beginning.</summary>
    public SinkCursor Load() => Cursors.LoadSink(Connection, _cursor) ?? new SinkCursor(0, "");

    /// <summary>Notes a receipt before anything was sent: what the endpoint held before the sink's first time is not ours.</summary>
    public void Begin(string receipt) =>
        Cursors.SaveSink(
            Connection,
            _cursor,
            _endpoint,
            new SinkCursor(Load().Sequence, receipt),
            _clock.GetUtcNow().UtcDateTime
        );

    /// <summary>Writes what was acknowledged and what became a dead letter, and moves the cursor. One transaction.</summary>
    public void Acknowledge(IReadOnlyList<Told> told, IReadOnlyList<SinkLetter> letters, SinkCursor cursor)
    {
        using var transaction = Connection.BeginTransaction();
        var now = _clock.GetUtcNow().UtcDateTime;
        if (told.Count > 0)
        {
            var acknowledgement = _nextAcknowledgement();
            using (var deliveries = new DeliveryAppender(Connection, _number, acknowledgement))
            {
                for (var index = 0; index < told.Count; index++)
                {
                    var (indicator, revision, op) = told[index];
                    deliveries.Add(indicator, revision, ChangeOpModule.code(op));
                }

                deliveries.Close();
            }

            Connection.Run(
                "INSERT INTO store.acknowledgements VALUES ($1, $2, $3, $4)",
                acknowledgement,
                _number,
                now,
                cursor.Receipt
            );
        }

        foreach (var letter in letters)
        {
            WriteLetter(letter, now);
        }

        Cursors.SaveSink(Connection, _cursor, _endpoint, cursor, now);
        using (Spans.Start(Spans.CursorCommit))
        {
            transaction.Commit();
        }
    }

    public void Dispose() => Connection.Dispose();

    // The one place where a sink's dead letter is written.
    private void WriteLetter(SinkLetter letter, DateTime now) =>
        Connection.Run(
            """
            INSERT INTO dead_letters (run_id, stage, code, message, field, value, source, uri, line, byte_offset, original, attempts, recorded_at,
                indicator, revision, op)
            VALUES ($1, $2, $3, $4, '', '', '', $5, 0, 0, $6, $7, $8, $9, $10, $11)
            """,
            _runId,
            _stage,
            letter.Code,
            letter.Message,
            _endpoint,
            letter.Original,
            letter.Attempts,
            now,
            UuidModule.toGuid(letter.Change.Indicator),
            letter.Change.Revision,
            ChangeOpModule.name(letter.Change.Op)
        );
}
