// The first half of a replay's graph: the records of dead letters, read again one by one from the bytes that were kept and taken through the pure
// stages as the pipeline is now. What becomes of them commits with the letters' new state.

using System.Globalization;
using System.Text.Json;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Graph;
using Cti.Host.Run;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Letters;

/// <summary>One per replay. Has a connection of its own: it reads letters while the store writes what became of those before.</summary>
internal sealed class LetterStream(
    PipelinePlan plan,
    StoreFile store,
    LetterFilter filter,
    ScreenSet screen,
    BatchPool pool
)
{
    // Originals in memory at once: a page of them at most, 64 KiB each.
    private const int Page = 256;
    private const int EpochRecords = 4096;

    private readonly Dictionary<string, long> _untried = new(StringComparer.Ordinal);
    private Observer? _observer;
    private Reading? _reading;
    private BoundMap? _bound;
    private string _boundTo = "";
    private long _letters;
    private long _deliveries;
    private long _tried;

    // All letters of one record.
    private sealed record Kept(
        string Source,
        Position Position,
        byte[] Original,
        string Header,
        long RecordedAt,
        bool IsGone,
        IReadOnlyList<Guid> Letters
    );

    /// <summary>What was done and what could not be, one sentence each. Read it when the graph has run.</summary>
    public IReadOnlyList<string> Notes =>
        [
            string.Create(
                CultureInfo.InvariantCulture,
                $"replay of {_letters + _deliveries:N0} dead letters: {_tried:N0} records read again, {_deliveries:N0} deliveries tried again"
            ),
            .. _untried.Select(entry =>
                string.Create(CultureInfo.InvariantCulture, $"{entry.Value:N0} not tried: {entry.Key}")
            ),
        ];

    /// <summary>The letters as a source of the graph.</summary>
    public Source<SourceBatch> ToSource() => new("dead letters", Read);

    // No letter changes place while it is read: pages are of the list made at the beginning.
#pragma warning disable CS1998 // The graph's sources are asynchronous; the store is not.
    private async IAsyncEnumerable<SourceBatch> Read(KillSwitch killSwitch)
#pragma warning restore CS1998
    {
        using var connection = store.Connect();
        var records = Choose(connection);
        var inEpoch = 0;
        for (long first = 1; first <= records && !killSwitch.IsDraining; first += Page)
        {
            foreach (var kept in Load(connection, first))
            {
                killSwitch.Abort.ThrowIfCancellationRequested();
                var before = _reading;
                if (Try(kept) is not { } batch)
                {
                    continue;
                }

                // An epoch never holds two readings.
                if (before is not null && before != _reading)
                {
                    inEpoch = 0;
                    yield return new SourceBatch(before, null, null, true, null);
                }

                _tried++;
                var full = ++inEpoch >= EpochRecords;
                inEpoch = full ? 0 : inEpoch;
                yield return new SourceBatch(_reading!, batch, null, full, null) { Replayed = kept.Letters };
            }
        }

        if (_reading is not null)
        {
            yield return new SourceBatch(_reading, null, null, true, null);
        }
    }

    // A record is tried once, for all of its letters.
    private long Choose(DuckDbConnection connection)
    {
        var (condition, parameters) = filter.ToSql(plan.Name);
        connection.Run(
            $"""
            CREATE OR REPLACE TEMP TABLE replay AS
            WITH chosen AS (
                SELECT DISTINCT source, uri, byte_offset, md5(original) AS content FROM dead_letters
                WHERE status = 'open' AND source IS NOT NULL AND {condition}
            )
            SELECT dense_rank() OVER (ORDER BY d.source, d.uri, d.byte_offset, c.content) AS record, d.id
            FROM dead_letters d JOIN chosen c
            ON c.source = d.source AND c.uri = d.uri AND c.byte_offset = d.byte_offset AND c.content = md5(d.original)
            WHERE d.status = 'open' AND d.pipeline = $1
            """,
            parameters
        );
        _letters = connection.Value<long>("SELECT count(*) FROM replay");
        _deliveries = connection.Value<long>(
            $"SELECT count(*) FROM dead_letters WHERE status = 'open' AND indicator IS NOT NULL AND {condition}",
            parameters
        );
        return connection.Value<long>("SELECT coalesce(max(record), 0) FROM replay");
    }

    private static List<Kept> Load(DuckDbConnection connection, long first) =>
        connection.Rows(
            """
            SELECT any_value(d.source), any_value(d.uri), any_value(d.line), any_value(d.byte_offset), any_value(d.original),
                coalesce(any_value(d.header), ''), epoch_us(min(d.recorded_at)),
                coalesce(any_value(s.asserted_at) > max(d.updated_at), false), list(d.id ORDER BY d.id)
            FROM replay r JOIN dead_letters d ON d.id = r.id LEFT JOIN snapshots s ON s.source = d.source
            WHERE r.record BETWEEN $1 AND $2 GROUP BY r.record ORDER BY r.record
            """,
            reader => new Kept(
                reader.GetString(0),
                new Position(reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3)),
                reader.GetFieldValue<byte[]>(4),
                reader.GetString(5),
                reader.GetInt64(6),
                reader.GetBoolean(7),
                reader.GetFieldValue<List<Guid>>(8)
            ),
            first,
            first + Page - 1
        );

    // Null where it cannot be tried, which is noted.
    private ObservationBatch? Try(Kept kept)
    {
        var source = plan.Sources.FirstOrDefault(source => source.Name == kept.Source);
        if (source is null)
        {
            return Untried(kept, $"CTI-DEAD-007 the pipeline has no source {kept.Source} any more; purge them");
        }

        if (source.IsSnapshot && kept.IsGone)
        {
            return Untried(kept, $"CTI-DEAD-008 the newest snapshot of {kept.Source} lists them no longer; purge them");
        }

        var header = kept.Header.Length == 0 ? [] : JsonSerializer.Deserialize<string[]>(kept.Header) ?? [];
        var opened = LetterReading.reader(source.Reader, header, kept.Position, kept.Original);
        if (opened.IsError)
        {
            return Untried(kept, $"{opened.ErrorValue.code} {opened.ErrorValue.message}");
        }

        var reader = opened.ResultValue;
        var text = LetterReading.text(source.Origin.Text.Encoding, kept.Original);
        var raw = new RawBatch(1) { Uri = kept.Position.Uri };
        reader.Read(text, 0, text.Length, true, int.MaxValue, raw);
        if (raw.Count > 0 && Bind(source, reader.Columns) is { } problem)
        {
            return Untried(kept, problem);
        }

        // As of the time it was read first: then what it says next to what was wrong is what was stored then.
        if (_observer is null || _reading is null || _reading.Source != kept.Source || _reading.At != kept.RecordedAt)
        {
            _reading = new Reading(kept.Source, kept.RecordedAt, source.Sightings);
            _observer = new Observer(source.Map, screen, _reading.At, _reading.Sightings);
        }

        var batch = pool.Rent(16);
        _observer.Apply(raw, _bound, batch);
        batch.Header = kept.Header;
        return batch;
    }

    private string? Bind(SourcePlan source, string[] columns)
    {
        var boundTo = $"{source.Name}\n{string.Join('\n', columns)}";
        if (_bound is not null && _boundTo == boundTo)
        {
            return null;
        }

        var bound = MapPlan.bind(source.Map, columns);
        if (bound.IsError)
        {
            var error = bound.ErrorValue.Head;
            return $"{error.code} source {source.Name}: {error.message}";
        }

        _bound = bound.ResultValue;
        _boundTo = boundTo;
        return null;
    }

    private ObservationBatch? Untried(Kept kept, string why)
    {
        _untried[why] = _untried.GetValueOrDefault(why) + kept.Letters.Count;
        return null;
    }
}
