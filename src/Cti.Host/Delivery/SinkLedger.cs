// What the store knows of a stream sink: its cursor, what it acknowledged, and what it could never take. All three move in one transaction, on a
// connection of the sink's own.

using System.Globalization;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Letters;
using Cti.Host.Store;
using Cti.Host.Tracing;

namespace Cti.Host.Delivery;

/// <summary>One change on its way to an endpoint.</summary>
/// <param name="Indicator">Whose.</param>
/// <param name="Revision">As this sink sees it.</param>
/// <param name="Op">What it is to this sink.</param>
/// <param name="Entry">The entry of the log that says exactly this; 0 where the log says it otherwise.</param>
internal readonly record struct Told(UInt128 Indicator, int Revision, ChangeOp Op, long Entry);

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
    private readonly string _name;
    private readonly string _pipeline;
    private readonly DeadLetters _deadLetters;

    // Whose letters are open: what is told of them from here on closes them.
    private readonly HashSet<UInt128> _open;
    private readonly long _now;
    private readonly string _cursor;
    private readonly string _endpoint;
    private readonly TimeProvider _clock;
    private readonly Func<long> _nextAcknowledgement;

    public SinkLedger(
        DeliveryContext context,
        int number,
        string name,
        string endpoint,
        TimeProvider clock,
        Func<long> nextAcknowledgement
    )
    {
        _number = number;
        _name = name;
        _pipeline = context.Plan.Name;
        _now = context.Now;
        _cursor = number.ToString(CultureInfo.InvariantCulture) + ":" + name;
        _endpoint = endpoint;
        _clock = clock;
        _nextAcknowledgement = nextAcknowledgement;
        Connection = context.Store.Connect();
        _deadLetters = new DeadLetters(
            Connection,
            _pipeline,
            context.Plan.File,
            context.Plan.Declared.DeadLetters,
            context.RunId
        );
        _open = [.. OpenLetters(new LetterFilter())];
    }

    /// <summary>Indicators of the sink's open dead letters, in order.</summary>
    public IReadOnlyList<UInt128> OpenLetters(LetterFilter filter)
    {
        var (condition, parameters) = (filter with { Status = "open" }).ToSql(_pipeline);
        return Connection.Rows(
            $"SELECT indicator FROM dead_letters WHERE {condition} AND stage = ${parameters.Length + 1} AND indicator IS NOT NULL ORDER BY indicator",
            reader => UuidModule.ofGuid(reader.GetGuid(0)),
            [.. parameters, "sink:" + _name]
        );
    }

    /// <summary>An indicator was told of after all, or there is nothing to tell any more: its letter is closed with the next acknowledgement.</summary>
    public void Settle(UInt128 indicator)
    {
        if (_open.Remove(indicator))
        {
            _deadLetters.Replayed([UuidModule.toGuid(LetterId.ofDelivery(_pipeline, _name, indicator))]);
        }
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
            Load() with
            {
                Receipt = receipt,
            },
            _clock.GetUtcNow().UtcDateTime
        );

    /// <summary>Adds the indicators of all entries behind a position; gives the last entry.</summary>
    public long Behind(long sequence, HashSet<UInt128> indicators)
    {
        var last = Connection.Value<long>("SELECT coalesce(max(sequence), 0) FROM store.changes");
        using var command = Connection.CreateCommand(
            $"SELECT DISTINCT indicator FROM store.changes WHERE sequence > {sequence}"
        );
        using var reader = command.ExecuteReader();
        while (reader.NextChunk() is { } chunk)
        {
            var ids = new UInt128[chunk.Count];
            chunk.Column(0).CopyUuids(ids);
            indicators.UnionWith(ids);
        }

        return last;
    }

    /// <summary>Notes whether something may be sent that is not noted, so that a run after a crash knows.</summary>
    public void Doubt(SinkCursor cursor) =>
        Cursors.SaveSink(Connection, _cursor, _endpoint, cursor, _clock.GetUtcNow().UtcDateTime);

    /// <summary>Writes what was acknowledged and what became a dead letter, and moves the cursor. One transaction.</summary>
    public void Acknowledge(Acknowledged told, IReadOnlyList<SinkLetter> letters, SinkCursor cursor)
    {
        using var transaction = Connection.BeginTransaction();
        var now = _clock.GetUtcNow().UtcDateTime;
        if (told.Count > 0)
        {
            var acknowledgement = _nextAcknowledgement();
            told.Write(Connection, _number, acknowledgement);
            Connection.Run(
                "INSERT INTO store.acknowledgements VALUES ($1, $2, $3, $4)",
                acknowledgement,
                _number,
                now,
                cursor.Receipt
            );
        }

        WriteLetters(letters, now);
        Cursors.SaveSink(Connection, _cursor, _endpoint, cursor, now);
        using (Spans.Start(Spans.CursorCommit))
        {
            transaction.Commit();
        }
    }

    public void Dispose() => Connection.Dispose();

    // A letter is written by its identity, so another try is no other letter.
    private void WriteLetters(IReadOnlyList<SinkLetter> letters, DateTime now)
    {
        foreach (var letter in letters)
        {
            _open.Add(letter.Change.Indicator);
            _deadLetters.Add(
                new Undeliverable(
                    _name,
                    letter.Change.Indicator,
                    letter.Change.Revision,
                    ChangeOpModule.name(letter.Change.Op),
                    letter.Code,
                    letter.Message,
                    _endpoint,
                    letter.Original
                )
            );
        }

        _deadLetters.Write(_now, now);
    }
}
