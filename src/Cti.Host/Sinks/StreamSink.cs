// A stream sink that appends the change log to a file: in order, at least once, acknowledged after fsync. What a crash left behind the last
// acknowledgement is cut off and written again, so that for a file it is exactly once.

using System.Globalization;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;
using Cti.Host.Tracing;
using Microsoft.FSharp.Core;

namespace Cti.Host.Sinks;

/// <summary>What a stream sink is told by its pipeline.</summary>
internal sealed record StreamSinkSpec
{
    public required string Name { get; init; }

    /// <summary>The sink's number in the store.</summary>
    public required int Number { get; init; }
    public required string Path { get; init; }
    public required Tlp MaxTlp { get; init; }

    /// <summary>Which indicators it wants; none for all.</summary>
    public FSharpOption<Core.Predicates.Predicate>? Where { get; init; }
}

/// <summary>One per run. Has a connection of its own, so that it reads the log while the next epoch is gathered.</summary>
internal sealed class StreamSink : IDisposable
{
    private const int BatchRows = 2048;

    private readonly StreamSinkSpec _spec;
    private readonly SinkRule _rule;
    private readonly DuckDbConnection _connection;
    private readonly Fold _fold;
    private readonly TimeProvider _clock;
    private readonly long _now;
    private readonly Func<long> _nextAcknowledgement;
    private readonly FileStream _file;
    private readonly Utf8Writer _writer = new(256 * 1024);
    private readonly IndicatorBatch _batch = new(BatchRows);
    private readonly Enricher? _enricher;
    private readonly ExitScreen _screen;
    private readonly long[] _sequences = new long[BatchRows];
    private readonly int[] _acknowledged = new int[BatchRows];
    private long _position;
    private long _length;
    private bool _holdsAnything;

    public StreamSink(
        StreamSinkSpec spec,
        StoreFile store,
        Dictionaries dictionaries,
        Enricher? enricher,
        ExitScreen screen,
        ScoreSettings settings,
        long now,
        bool ownOnly,
        TimeProvider clock,
        Func<long> nextAcknowledgement
    )
    {
        _spec = spec;
        _clock = clock;
        _now = now;
        _rule = new SinkRule(spec.Where, new NdjsonRenderer());
        _nextAcknowledgement = nextAcknowledgement;
        _fold = new Fold(new Viewer(spec.MaxTlp, now, settings, ownOnly), dictionaries.Sources, dictionaries.Labels);
        _enricher = enricher;
        _batch.Facts = _enricher is null ? null : new FactColumns(BatchRows);
        _screen = screen;
        _connection = store.Connect();
        try
        {
            (_position, _length) = Cursors.LoadSink(_connection, CursorName) ?? Begin();
            _holdsAnything =
                _connection.Value<long>(
                    "SELECT count(*) FROM (SELECT 1 FROM store.deliveries WHERE sink = $1 LIMIT 1)",
                    spec.Number
                ) > 0;
            _file = Open(_length);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    public string Name => _spec.Name;

    public string Path => _spec.Path;

    /// <summary>Changes read, lines written, changes left out or overtaken by a later one.</summary>
    public StageCounts Counts { get; private set; } = StageCountsModule.zero;

    private string CursorName => _spec.Number.ToString(CultureInfo.InvariantCulture) + ":" + _spec.Name;

    /// <summary>Writes every change up to <paramref name="last"/> that it did not acknowledge yet, as the store stands now.</summary>
    /// <exception cref="SinkException">The file cannot be written; what it acknowledged before stands, and nothing behind it.</exception>
    public void DeliverTo(long last, CancellationToken abort)
    {
        if (last <= _position)
        {
            return;
        }

        try
        {
            Deliver(last, abort);
        }
        catch (IOException error)
        {
            CutBack();
            throw Unwritable(error);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _connection.Dispose();
    }

    private void Deliver(long last, CancellationToken abort)
    {
        using var send = Spans.Start(Spans.SinkSend);
        var acknowledgement = _nextAcknowledgement();
        using var transaction = _connection.BeginTransaction();
        var written = new List<(UInt128 Indicator, int Revision, byte Op)>();
        using (var command = _connection.CreateCommand(Query(last)))
        using (var reader = command.ExecuteReader(abort))
        {
            Write(reader, written, abort);
        }

        _file.Flush(flushToDisk: true);
        using (var deliveries = new DeliveryAppender(_connection, _spec.Number, acknowledgement))
        {
            foreach (var (indicator, revision, op) in written)
            {
                deliveries.Add(indicator, revision, op);
            }

            deliveries.Close();
        }

        var now = _clock.GetUtcNow().UtcDateTime;
        var receipt = string.Create(CultureInfo.InvariantCulture, $"bytes:{_file.Length} sequence:{last}");
        _connection.Run(
            "INSERT INTO store.acknowledgements VALUES ($1, $2, $3, $4)",
            acknowledgement,
            _spec.Number,
            now,
            receipt
        );
        Cursors.SaveSink(_connection, CursorName, _spec.Path, last, _file.Length, now);
        using (Spans.Start(Spans.CursorCommit))
        {
            transaction.Commit();
        }

        _position = last;
        _length = _file.Length;
        _holdsAnything |= written.Count > 0;
    }

    // Half an epoch must not stand there until the next run cuts it off.
    private void CutBack()
    {
        try
        {
            _file.SetLength(_length);
        }
        catch (IOException)
        {
            // The next run cuts it: the acknowledged length is in the store.
        }
    }

    private string Query(long last)
    {
        var held = _holdsAnything
            ? $"""
                LEFT JOIN (
                    SELECT indicator, arg_max(revision, acknowledgement) AS revision FROM store.deliveries WHERE sink = {_spec.Number}
                    GROUP BY indicator HAVING arg_max(op, acknowledgement) <> 3
                ) a ON a.indicator = h.indicator
                """
            : "";
        return $"""
            SELECT {ClaimReader.Columns}, h.sequence, h.revision, {(
                _holdsAnything ? "coalesce(a.revision, 0)::INTEGER" : "0::INTEGER"
            )}
            FROM store.changes h JOIN store.claims c ON c.subject = h.indicator {held}
            WHERE h.sequence > {_position} AND h.sequence <= {last}
            ORDER BY h.sequence
            """;
    }

    private void Write(DuckDbDataReader reader, List<(UInt128, int, byte)> written, CancellationToken abort)
    {
        var page = new ClaimBatch(BatchRows * 2);
        var carried = new ClaimBatch(64);
        var log = new List<(long Sequence, int Revision, int Acknowledged)>();
        while (reader.NextChunk() is { } chunk)
        {
            abort.ThrowIfCancellationRequested();
            ClaimReader.Append(chunk, page);
            var sequence = chunk.Column(ClaimReader.ColumnCount).Values<long>();
            var revision = chunk.Column(ClaimReader.ColumnCount + 1).Values<int>();
            var acknowledged = chunk.Column(ClaimReader.ColumnCount + 2).Values<int>();
            for (var row = 0; row < chunk.Count; row++)
            {
                log.Add((sequence[row], revision[row], acknowledged[row]));
            }

            // The last change's claims may go on in the next chunk: kept for then.
            var first = TakeChanges(page, log, written, keepLast: true);
            carried.Clear();
            for (var row = first; row < page.Count; row++)
            {
                carried.AddFrom(page, row);
            }

            log.RemoveRange(0, first);
            (page, carried) = (carried, page);
        }

        TakeChanges(page, log, written, keepLast: false);
        FlushBatch(written);
    }

    private int TakeChanges(
        ClaimBatch page,
        List<(long Sequence, int Revision, int Acknowledged)> log,
        List<(UInt128, int, byte)> written,
        bool keepLast
    )
    {
        var first = 0;
        while (first < page.Count)
        {
            var last = first;
            while (last + 1 < page.Count && log[last + 1].Sequence == log[first].Sequence)
            {
                last++;
            }

            if (keepLast && last == page.Count - 1)
            {
                break;
            }

            TakeChange(page, first, last, log[first], written);
            first = last + 1;
        }

        return first;
    }

    private void TakeChange(
        ClaimBatch page,
        int first,
        int last,
        (long Sequence, int Revision, int Acknowledged) change,
        List<(UInt128, int, byte)> written
    )
    {
        var newest = 0;
        for (var row = first; row <= last; row++)
        {
            newest = Math.Max(newest, page.Revision[row]);
        }

        if (newest > change.Revision)
        {
            // A later entry of the log tells the newer state: telling it twice would only repeat it.
            Count(new StageCounts(1, 0, 0, 0, 0, 1, 0, 0));
            return;
        }

        if (_batch.Count == _batch.Capacity)
        {
            FlushBatch(written);
        }

        var at = _batch.Count;
        if (!_fold.Add(page, first, last, _batch))
        {
            if (change.Acknowledged == 0)
            {
                Count(new StageCounts(1, 0, 0, 1, 0, 0, 0, 0));
                return;
            }

            HiddenRow.Add(_batch, page, first, change.Revision, _now);
        }
        else
        {
            _enricher?.Fill(_batch, at);
        }

        _sequences[at] = change.Sequence;
        _acknowledged[at] = change.Acknowledged;
    }

    private void FlushBatch(List<(UInt128, int, byte)> written)
    {
        Span<int> selected = stackalloc int[BatchRows];
        var sequences = new long[_batch.Count];
        var ops = new ChangeOp[_batch.Count];
        var count = 0;
        var screened = 0;
        for (var row = 0; row < _batch.Count; row++)
        {
            var wanted = _rule.Wants(_batch, row) && _screen.Ask(_batch.Id[row]) is null;
            var change = Plan.change(Plan.step(wanted, _batch.Revision[row], _acknowledged[row]));
            if (change.IsNone)
            {
                screened++;
                continue;
            }

            selected[count] = row;
            sequences[count] = _sequences[row];
            ops[count] = change.Value;
            count++;
            written.Add((_batch.Id[row], _batch.Revision[row], ChangeOpModule.code(change.Value)));
        }

        ChangeStream.rows(_batch, selected[..count], sequences.AsSpan(0, count), ops.AsSpan(0, count), _writer);
        _file.Write(_writer.Written);
        Count(new StageCounts(_batch.Count, 0, count, screened, 0, 0, 0, 0));
        _batch.Clear();
        _writer.Clear();
    }

    private void Count(StageCounts counts) => Counts = StageCountsModule.add(Counts, counts);

    // What a file held before the sink's first time is not ours: noted before anything is written, it is never cut.
    private (long Sequence, long Length) Begin()
    {
        var length = File.Exists(_spec.Path) ? new FileInfo(_spec.Path).Length : 0;
        Cursors.SaveSink(_connection, CursorName, _spec.Path, 0, length, _clock.GetUtcNow().UtcDateTime);
        return (0, length);
    }

    // Only what stands behind the acknowledged length is ours to cut: a shorter file was rotated away, and a new one begins.
    private FileStream Open(long acknowledgedLength)
    {
        try
        {
            if (System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(_spec.Path)) is { } folder)
            {
                Directory.CreateDirectory(folder);
            }

            // Unbuffered: whole batches are written, and closing it after a fault must not write once more.
            var file = new FileStream(
                _spec.Path,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.Read,
                bufferSize: 0
            );
            if (file.Length > acknowledgedLength)
            {
                file.SetLength(acknowledgedLength);
            }

            file.Seek(0, SeekOrigin.End);
            return file;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(error);
        }
    }

    private SinkException Unwritable(Exception error) =>
        new(
            $"{_spec.Path} cannot be written: {error.Message} What it acknowledged before stands. Check the path, its permissions and the free space, then run again.",
            error
        );
}
