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
    private readonly DeadLetters _letters;
    private readonly ScoreSettings _settings;
    private readonly TimeProvider _clock;
    private readonly long _now;
    private readonly EpochMerge _merge;
    private readonly ClaimEnds _ends;
    private readonly AbsenceTable _absences;
    private readonly LateReading _late;
    private readonly EndingTable _endings;
    private readonly LossTable _losses;
    private readonly AsOfClaims _asOf;
    private readonly EpochLookup _lookup;
    private readonly ChangeLog _log;
    private readonly ClaimBatch _stored = new(1024);
    private readonly ClaimBatch _reference = new(16);
    private bool _storeHasClaims;
    private Reading? _reading;
    private bool _isLate;
    private long _mark;

    public EpochWriter(
        DuckDbConnection connection,
        Dictionaries dictionaries,
        RunLog run,
        DeadLetters letters,
        ScoreSettings settings,
        long now,
        TimeProvider clock
    )
    {
        _connection = connection;
        _dictionaries = dictionaries;
        _run = run;
        _letters = letters;
        _settings = settings;
        _losses = new LossTable(run.RunId);
        _now = now;
        _clock = clock;
        var recordedAt = TimestampModule.toDateTime(now);
        _absences = new AbsenceTable(connection, recordedAt);
        _late = new LateReading(connection, dictionaries, _absences, recordedAt);
        _asOf = new AsOfClaims(connection, dictionaries);
        _endings = new EndingTable(connection, _absences, recordedAt);
        _ends = new ClaimEnds(connection, dictionaries, _absences, recordedAt);
        Snapshots = new Snapshots(
            connection,
            dictionaries,
            _ends,
            new ClaimRenewal(connection, dictionaries, recordedAt),
            _late,
            recordedAt
        );
        _mark = Snapshots.LastMark;
        _merge = new EpochMerge(dictionaries.Sources, dictionaries.Labels, 16_384);
        _log = new ChangeLog(connection);
        Indicators = connection.Value<long>("SELECT count(DISTINCT subject) FROM store.claims");
        _storeHasClaims = Indicators > 0;
        _lookup = new EpochLookup(connection, _merge);
    }

    /// <summary>Distinct indicators in the store.</summary>
    public long Indicators { get; private set; }

    /// <summary>What is known of complete snapshots; written through <see cref="EndSnapshot"/>.</summary>
    public Snapshots Snapshots { get; }

    /// <summary>What of the sources was not carried over.</summary>
    public LossTable Losses => _losses;

    /// <summary>Writes losses that came behind the last epoch. One transaction.</summary>
    public void SaveLosses()
    {
        using var transaction = _connection.BeginTransaction();
        _losses.Write(_connection, TimestampModule.toDateTime(_now));
        transaction.Commit();
    }

    /// <summary>Objects that came in another form under the version of a known one.</summary>
    public List<ObjectConflict> ObjectConflicts { get; } = [];

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
    public long LastSequence => _log.Last;

    /// <summary>Begins a reading: what is committed from here on was asserted in it.</summary>
    public void Begin(Reading reading)
    {
        _reading = reading;
        _isLate = Snapshots.IsLate(reading);
        // By the clock and not by `now`, so that two snapshots replayed at one `now` are told apart; and never twice the same.
        _mark = Math.Max(_mark + 1, TimestampModule.ofDateTimeOffset(_clock.GetUtcNow()));
    }

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
    /// account, and is stored with it: after an exception nothing of the epoch is in the store, what it holds stays in flight, and the run must end.
    /// </summary>
    public EpochCommitted Commit(Epoch epoch, Books books)
    {
        var reading = _reading ?? throw new InvalidOperationException("An epoch is committed without a reading.");
        using var transaction = _connection.BeginTransaction();
        epoch.Partition?.Begin(_connection);
        _stored.Clear();
        if (_storeHasClaims && _merge.Heads.Count > 0)
        {
            _lookup.ReadStored(_stored);
            AddEchoes(epoch, MeetReference(reading));
            _lookup.ForgetKnown(epoch, _stored);
        }

        _merge.Resolve(_stored, _now, _settings);
        var (added, merged) = WriteObservations(epoch);
        WriteClaims();
        Resume(reading);
        if (_merge.HasEnds)
        {
            _endings.Replace(_merge.Claims);
        }

        _log.Append(_merge, _now);
        OutcomeAppenders.Screenings(_connection, _run.RunId, epoch, _now);
        foreach (var batch in epoch.Batches)
        {
            _letters.Add(batch);
            _losses.Add(batch);
        }

        WriteObjects(epoch);
        _losses.Write(_connection, TimestampModule.toDateTime(_now));
        _letters.Replayed(epoch.Replayed);
        _letters.Write(_now, UtcNow());
        _dictionaries.Save(_connection);
        Cursors.SaveSources(_connection, epoch.Cursors.Values, UtcNow());
        Account(epoch, books);
        books.Add(StageModule.name(Stage.Store), new StageCounts(added + merged, 0, added, 0, 0, merged, 0, 0));
        try
        {
            Save(epoch, books, added, merged);
            using (Spans.Start(Spans.EpochCommit))
            {
                transaction.Commit();
            }
        }
        catch (DuckDbException)
        {
            books.Add(StageModule.name(Stage.Store), new StageCounts(0, 0, -added, 0, 0, -merged, 0, added + merged));
            throw;
        }

        var first = _log.Next;
        _log.Advance(_merge.ChangeSubjects.Count);
        _storeHasClaims |= _merge.Claims.Count > 0;
        Indicators += _merge.NewSubjects;
        Committed = new CommittedEpoch(_merge, _stored, first);
        epoch.Clear();
        return new EpochCommitted(first, _log.Last, added, merged);
    }

    private void Save(Epoch epoch, Books books, long added, long merged)
    {
        if (epoch.Partition is { } partition)
        {
            partition.Add(epoch.Batches, added, merged);
            partition.Save(_connection, UtcNow());
        }

        _run.SaveBooks(_connection, books);
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
    public EpochCommitted EndSnapshot(SnapshotEnd end) =>
        _log.Write(first =>
        {
            end.Partition?.Save(_connection, UtcNow());
            return Snapshots.End(end, TimestampModule.toDateTime(_mark), UtcNow(), first);
        });

    /// <summary>A snapshot says what it said last time: what it lists lives on. One transaction.</summary>
    public EpochCommitted RenewSnapshot(Reading reading, string pipeline) =>
        _log.Write(first => Snapshots.Renew(reading, pipeline, first));

    /// <summary>Gives cursors of a source's files over to the names the files have now. One transaction.</summary>
    public void MoveCursors(string source, IReadOnlyList<CursorMove> moves)
    {
        using var transaction = _connection.BeginTransaction();
        Cursors.Move(_connection, source, moves, UtcNow());
        transaction.Commit();
    }

    /// <summary>Writes to the log what expired since it was last told. One transaction.</summary>
    public EpochCommitted Expire(string pipeline) => _log.Write(first => _ends.Expire(pipeline, first));

    /// <summary>Takes back claims whose source gave an end that has come. One transaction.</summary>
    public EpochCommitted End() => _log.Write(_endings.End);

    /// <summary>Writes to the log that subjects changed for those who look. Part of the caller's transaction.</summary>
    public void TellOf(IReadOnlyList<UInt128> subjects) =>
        _log.Advance(new ScreenChanges(_connection, TimestampModule.toDateTime(_now)).Write(subjects, _log.Next));

    /// <summary>Keeps answers of services, and writes a change of each subject of which they say something else. One transaction.</summary>
    public EpochCommitted Answered(Action save, IReadOnlyList<UInt128> changed) =>
        _log.Write(first =>
        {
            save();
            return new ScreenChanges(_connection, TimestampModule.toDateTime(_now)).Write(changed, first);
        });

    private DateTime UtcNow() => _clock.GetUtcNow().UtcDateTime;

    // What is known at the reading's own time: for a late snapshot other than what is known today.
    private ObservationBatch? MeetReference(Reading reading)
    {
        if (!_isLate)
        {
            if (reading.Sightings.IsListed)
            {
                _merge.Extend(_stored);
            }

            return null;
        }

        _reference.Clear();
        _asOf.Build(new AsOf(reading.At, AsOf.Latest), EpochLookup.Subjects);
        _lookup.ReadClaims(AsOfClaims.Table, _reference);
        _late.Look(reading, _merge, EpochLookup.Subjects);
        if (!reading.Sightings.IsListed)
        {
            return null;
        }

        _merge.Extend(_reference);
        return _late.Echoes(reading, _merge, _reference);
    }

    // Echoes are observations of claims the epoch has: their rows follow its own.
    private void AddEchoes(Epoch epoch, ObservationBatch? echoes)
    {
        if (echoes is { Count: > 0 })
        {
            Add(epoch, echoes);
        }
    }

    private void Resume(Reading reading)
    {
        if (_isLate)
        {
            _late.Write();
        }
        else if (_merge.Resumed > 0)
        {
            var resumed = new List<(UInt128, int)>();
            for (var row = 0; row < _stored.Count; row++)
            {
                // What its source took back in words is back by its words (EndingTable).
                if (
                    !TimestampModule.isNone(_stored.WithdrawnAt[row])
                    && TimestampModule.isNone(_stored.Until[row])
                    && _merge.Replaces(_stored.Subject[row], _stored.Source[row])
                )
                {
                    resumed.Add((_stored.Subject[row], _stored.Source[row]));
                }
            }

            _absences.Resume(resumed, reading.At);
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
                if (claimOf[row] < 0 || _merge.IsExtended(claimOf[row]))
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
        if (_stored.Count > 0)
        {
            ClaimAppender.DeleteReplaced(_connection, _merge.Claims);
        }

        ClaimAppender.Write(_connection, _merge.Claims, _mark);
    }

    // An object that says it is a version that is known, and is another one, is a loss of its source.
    private void WriteObjects(Epoch epoch)
    {
        foreach (var conflict in ObjectTable.Write(_connection, epoch.Batches, TimestampModule.toDateTime(_now)))
        {
            var losses = new LossList();
            losses.Add(new Loss("modified", conflict.Id, LossReason.UnusableValue, conflict.Position));
            _losses.Add(StageModule.name(Stage.Read), conflict.Source, losses);
            ObjectConflicts.Add(conflict);
        }
    }

    private static void Account(Epoch epoch, Books books)
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
    }
}
