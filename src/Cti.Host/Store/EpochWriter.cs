// Commits an epoch: asks the store what it already holds of the epoch's subjects, lets the core decide, and writes observations, claims,
// changes, screenings, dead letters, books and cursors in one transaction. Decides nothing about intelligence itself.

using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Tracing;

namespace Cti.Host.Store;

/// <summary>One per run; used by the thread that owns the writer's connection.</summary>
internal sealed class EpochWriter
{
    private readonly DuckDbConnection _connection;
    private readonly Dictionaries _dictionaries;
    private readonly RunLog _run;
    private readonly ScoreSettings _settings;
    private readonly TimeProvider _clock;
    private readonly long _now;
    private readonly long _assertedAt;
    private readonly EpochMerge _merge;
    private readonly ClaimEnds _ends;
    private readonly ClaimBatch _stored = new(1024);
    private long _nextSequence;
    private bool _storeHasClaims;

    public EpochWriter(
        DuckDbConnection connection,
        Dictionaries dictionaries,
        RunLog run,
        ScoreSettings settings,
        long now,
        TimeProvider clock
    )
    {
        _connection = connection;
        _dictionaries = dictionaries;
        _run = run;
        _settings = settings;
        _now = now;
        _clock = clock;
        // By the clock and not by `now`, so that two snapshots replayed at one `now` are still told apart.
        _assertedAt = TimestampModule.ofDateTimeOffset(clock.GetUtcNow());
        _ends = new ClaimEnds(
            connection,
            dictionaries,
            TimestampModule.toDateTime(now),
            TimestampModule.toDateTime(_assertedAt)
        );
        Snapshots = new Snapshots(
            connection,
            _ends,
            new ClaimRenewal(connection, dictionaries, TimestampModule.toDateTime(now)),
            TimestampModule.toDateTime(_assertedAt)
        );
        _merge = new EpochMerge(dictionaries.Sources, dictionaries.Labels, 16_384);
        _nextSequence = connection.Value<long>("SELECT coalesce(max(sequence), 0) + 1 FROM store.changes");
        Indicators = connection.Value<long>("SELECT count(DISTINCT subject) FROM store.claims");
        _storeHasClaims = Indicators > 0;
        connection.Execute(
            "CREATE TEMP TABLE epoch_subjects (subject UUID); CREATE TEMP TABLE epoch_ids (id UUID, place BIGINT); CREATE TEMP TABLE epoch_rows (claim BIGINT)"
        );
    }

    /// <summary>Distinct indicators in the store.</summary>
    public long Indicators { get; private set; }

    /// <summary>What is known of complete snapshots; written through <see cref="EndSnapshot"/>.</summary>
    public Snapshots Snapshots { get; }

    /// <summary>Shows whoever listens what an epoch changed.</summary>
    public void Show(Serve.PipelineGauges gauges, EpochCommitted committed) =>
        Serve.StoreTap.Changes(gauges, _connection, committed.FirstSequence - 1, committed.LastSequence);

    /// <summary>How a source behaves.</summary>
    public FeedHabit Habit(string source) => FeedHabit.Load(_connection, source);

    /// <summary>Notes how a source's reading ended. One transaction.</summary>
    public void Note(string source, StoredReading outcome)
    {
        using var transaction = _connection.BeginTransaction();
        FeedHabit.Note(_connection, source, outcome, TimestampModule.toDateTime(_now));
        transaction.Commit();
    }

    /// <summary>The last change of the log.</summary>
    public long LastSequence => _nextSequence - 1;

    /// <summary>Merges a batch into the epoch; nothing is written yet.</summary>
    public void Add(Epoch epoch, ObservationBatch batch)
    {
        var claimOf = new int[batch.Count];
        for (var row = 0; row < claimOf.Length; row++)
        {
            claimOf[row] = _merge.Add(batch, row, _now);
        }

        epoch.Add(batch, claimOf);
    }

    /// <summary>
    /// Writes the epoch and empties it; what it changed is in <see cref="Committed"/> until <see cref="Forget"/>. <paramref name="books"/> gets its
    /// account, and is stored with it: after an exception nothing of the epoch is in the store, and the run must end.
    /// </summary>
    public EpochCommitted Commit(Epoch epoch, Books books)
    {
        using var transaction = _connection.BeginTransaction();
        _stored.Clear();
        if (_storeHasClaims && _merge.Heads.Count > 0)
        {
            ReadStoredClaims();
            ForgetKnownObservations(epoch);
        }

        _merge.Resolve(_stored, _now, _settings);
        var (added, merged) = WriteObservations(epoch);
        WriteClaims();
        WriteChanges();
        OutcomeAppenders.Screenings(_connection, _run.RunId, epoch, _now);
        OutcomeAppenders.DeadLetters(_connection, _run.RunId, epoch, _now);
        _dictionaries.Save(_connection);
        Cursors.SaveSources(_connection, epoch.Cursors.Values, UtcNow());
        Account(epoch, books, added, merged);
        _run.SaveBooks(_connection, books);
        using (Spans.Start(Spans.EpochCommit))
        {
            transaction.Commit();
        }

        var first = _nextSequence;
        _nextSequence += _merge.ChangeSubjects.Count;
        _storeHasClaims |= _merge.Claims.Count > 0;
        Indicators += _merge.NewSubjects;
        Committed = new CommittedEpoch(_merge, _stored, first);
        epoch.Clear();
        return new EpochCommitted(first, _nextSequence - 1, added, merged);
    }

    /// <summary>The epoch committed last, as its merge still holds it; null once it is forgotten.</summary>
    public CommittedEpoch? Committed { get; private set; }

    /// <summary>Makes room for the next epoch. Always called between a commit and the next <see cref="Add"/>.</summary>
    public void Forget()
    {
        Committed = null;
        _merge.Clear();
    }

    /// <summary>
    /// Ends the complete reading of a snapshot: notes where its inputs ended, lets what it lists live on, and takes back what it lacks where it is
    /// believed. One transaction: a kill before it reads the snapshot again.
    /// </summary>
    public EpochCommitted EndSnapshot(SnapshotEnd end) => Log(first => Snapshots.End(end, UtcNow(), first));

    /// <summary>A snapshot says what it said last time: what it lists lives on. One transaction.</summary>
    public EpochCommitted RenewSnapshot(string source, string pipeline) =>
        Log(first => Snapshots.Renew(source, pipeline, first));

    /// <summary>Writes to the log what expired since it was last told. One transaction.</summary>
    public EpochCommitted Expire(string pipeline) => Log(first => _ends.Expire(pipeline, first));

    // `write` gets the number of the log's next entry and gives the number of entries it made.
    private EpochCommitted Log(Func<long, int> write)
    {
        var first = _nextSequence;
        using var transaction = _connection.BeginTransaction();
        var changes = write(first);
        transaction.Commit();
        _nextSequence += changes;
        return new EpochCommitted(first, _nextSequence - 1, 0, 0);
    }

    /// <summary>Writes to the log that subjects changed for those who look. Part of the caller's transaction.</summary>
    public void TellOf(IReadOnlyList<UInt128> subjects) =>
        _nextSequence += new ScreenChanges(_connection, TimestampModule.toDateTime(_now)).Write(
            subjects,
            _nextSequence
        );

    private DateTime UtcNow() => _clock.GetUtcNow().UtcDateTime;

    private void ReadStoredClaims()
    {
        _connection.Execute("TRUNCATE epoch_subjects");
        using (var appender = _connection.CreateAppender("temp", null, "epoch_subjects"))
        {
            var subjects = new UInt128[DuckDbAppender.ChunkSize];
            var heads = _merge.Heads;
            for (var start = 0; start < heads.Count; start += subjects.Length)
            {
                var count = Math.Min(subjects.Length, heads.Count - start);
                for (var index = 0; index < count; index++)
                {
                    subjects[index] = _merge.Claims.Subject[heads[start + index]];
                }

                using var chunk = appender.NewChunk(count);
                chunk.Column(0).WriteUuids(subjects.AsSpan(0, count));
                chunk.Append();
            }

            appender.Close();
        }

        using var command = _connection.CreateCommand(
            $"SELECT {ClaimReader.Columns} FROM store.claims c JOIN epoch_subjects e ON c.subject = e.subject"
        );
        using var reader = command.ExecuteReader();
        while (reader.NextChunk() is { } chunk)
        {
            ClaimReader.Append(chunk, _stored);
        }
    }

    // An observation can be in the store only if its claim is. Asked for by id; those found count no second time.
    private void ForgetKnownObservations(Epoch epoch)
    {
        if (_merge.Recognise(_stored) == 0)
        {
            return;
        }

        var places = new List<(UInt128 Id, long Place)>();
        for (var batch = 0; batch < epoch.Batches.Count; batch++)
        {
            var claimOf = epoch.ClaimOf[batch];
            for (var row = 0; row < claimOf.Length; row++)
            {
                var claim = claimOf[row];
                if (claim >= 0 && _merge.Claims.Row[claim] >= 0)
                {
                    places.Add((epoch.Batches[batch].Id[row], ((long)batch << 32) | (uint)row));
                }
            }
        }

        if (places.Count == 0)
        {
            return;
        }

        _connection.Execute("TRUNCATE epoch_ids");
        using (var appender = _connection.CreateAppender("temp", null, "epoch_ids"))
        {
            var ids = new UInt128[DuckDbAppender.ChunkSize];
            var numbers = new long[DuckDbAppender.ChunkSize];
            for (var start = 0; start < places.Count; start += ids.Length)
            {
                var count = Math.Min(ids.Length, places.Count - start);
                for (var index = 0; index < count; index++)
                {
                    (ids[index], numbers[index]) = places[start + index];
                }

                using var chunk = appender.NewChunk(count);
                chunk.Column(0).WriteUuids(ids.AsSpan(0, count));
                chunk.Column(1).Write<long>(numbers.AsSpan(0, count));
                chunk.Append();
            }

            appender.Close();
        }

        using var command = _connection.CreateCommand(
            "SELECT e.place FROM epoch_ids e SEMI JOIN store.observations o ON o.id = e.id"
        );
        using var reader = command.ExecuteReader();
        while (reader.NextChunk() is { } chunk)
        {
            foreach (var place in chunk.Column(0).Values<long>())
            {
                var claimOf = epoch.ClaimOf[(int)(place >> 32)];
                var row = (int)(uint)place;
                _merge.Forget(claimOf[row]);
                claimOf[row] = -1;
            }
        }
    }

    private (long Added, long Merged) WriteObservations(Epoch epoch)
    {
        using var appender = new ObservationAppender(_connection, _now);
        long added = 0;
        long merged = 0;
        for (var batch = 0; batch < epoch.Batches.Count; batch++)
        {
            var observations = epoch.Batches[batch];
            var uri = _dictionaries.Uri(observations.Uri);
            var claimOf = epoch.ClaimOf[batch];
            for (var row = 0; row < claimOf.Length; row++)
            {
                if (claimOf[row] < 0)
                {
                    merged++;
                    continue;
                }

                added++;
                appender.Add(
                    observations,
                    row,
                    _merge.Claims.Source[claimOf[row]],
                    _merge.LabelsNumber(observations.Labels[row]),
                    uri
                );
            }
        }

        appender.Close();
        return (added, merged);
    }

    private void WriteClaims()
    {
        var claims = _merge.Claims;
        if (_stored.Count > 0)
        {
            DeleteReplaced(claims);
        }

        ClaimAppender.Write(_connection, claims, _assertedAt);
    }

    private void DeleteReplaced(ClaimBatch claims)
    {
        _connection.Execute("TRUNCATE epoch_rows");
        using (var appender = _connection.CreateAppender("temp", null, "epoch_rows"))
        {
            var rows = new long[DuckDbAppender.ChunkSize];
            var count = 0;
            for (var row = 0; row <= claims.Count; row++)
            {
                if (row < claims.Count && claims.Row[row] >= 0)
                {
                    rows[count++] = claims.Row[row];
                }

                if (count > 0 && (count == rows.Length || row == claims.Count))
                {
                    using var chunk = appender.NewChunk(count);
                    chunk.Column(0).Write<long>(rows.AsSpan(0, count));
                    chunk.Append();
                    count = 0;
                }
            }

            appender.Close();
        }

        _connection.Execute("DELETE FROM store.claims WHERE rowid IN (SELECT claim FROM epoch_rows)");
    }

    private void WriteChanges()
    {
        var count = _merge.ChangeSubjects.Count;
        if (count == 0)
        {
            return;
        }

        using var appender = _connection.CreateAppender(null, "store", "changes");
        var sequence = new long[DuckDbAppender.ChunkSize];
        for (var start = 0; start < count; start += sequence.Length)
        {
            var rows = Math.Min(sequence.Length, count - start);
            for (var row = 0; row < rows; row++)
            {
                sequence[row] = _nextSequence + start + row;
            }

            using var chunk = appender.NewChunk(rows);
            chunk.Column(0).Write<long>(sequence.AsSpan(0, rows));
            chunk
                .Column(1)
                .WriteUuids(
                    System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_merge.ChangeSubjects).Slice(start, rows)
                );
            chunk
                .Column(2)
                .Write<int>(
                    System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_merge.ChangeRevisions).Slice(start, rows)
                );
            chunk
                .Column(3)
                .Write<byte>(
                    System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_merge.ChangeOps).Slice(start, rows)
                );
            chunk.Column(4).Fill(_now);
            chunk.Append();
        }

        appender.Close();
    }

    private static void Account(Epoch epoch, Books books, long added, long merged)
    {
        foreach (var batch in epoch.Batches)
        {
            foreach (var stage in StageModule.all)
            {
                if (!stage.IsStore)
                {
                    books.Add(StageModule.name(stage), batch.Books[StageModule.index(stage)]);
                }
            }
        }

        books.Add(StageModule.name(Stage.Store), new StageCounts(added + merged, 0, added, 0, 0, merged, 0, 0));
    }
}
