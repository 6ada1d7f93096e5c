// Which revisions a sink has acknowledged of some subjects: looked up once for all known subjects of an epoch, or of what was read from the log
// together. Subjects that are new to the store are not asked for.

using System.Runtime.InteropServices;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Delivery;

/// <summary>One per sink; used by its task, on its connection.</summary>
internal sealed class AcknowledgedRevisions(DuckDbConnection connection, int sink)
{
    private readonly Dictionary<UInt128, int> _revisions = [];
    private KnownSubjects? _subjects;

    /// <summary>Whether these are the subjects that were looked up last.</summary>
    public bool Are(KnownSubjects? subjects) => ReferenceEquals(_subjects, subjects);

    /// <summary>Looks up. Everything sent before must be acknowledged in the store.</summary>
    public void Load(KnownSubjects? subjects)
    {
        _subjects = subjects;
        _revisions.Clear();
        if (subjects is null)
        {
            return;
        }

        Fill(subjects.Ids);
        using var command = connection.CreateCommand(
            $"""
            WITH told AS (
                SELECT d.indicator, d.revision, d.op, d.acknowledgement
                FROM store.deliveries d SEMI JOIN asked_subjects a ON a.subject = d.indicator WHERE d.sink = {sink}
                UNION ALL
                SELECT c.indicator, c.revision, c.op, s.acknowledgement
                FROM (FROM store.changes h SEMI JOIN asked_subjects a ON a.subject = h.indicator) c
                JOIN (FROM store.stretches WHERE sink = {sink}) s ON c.sequence BETWEEN s.first_entry AND s.last_entry
            )
            SELECT d.indicator, arg_max(d.revision, d.acknowledgement) AS revision
            FROM told d
            GROUP BY d.indicator HAVING arg_max(d.op::INTEGER, d.acknowledgement) <> {ChangeOpModule.code(
                ChangeOp.Withdrawn
            )}
            """
        );
        using var reader = command.ExecuteReader();
        while (reader.NextChunk() is { } chunk)
        {
            var subject = new UInt128[chunk.Count];
            chunk.Column(0).CopyUuids(subject);
            var revision = chunk.Column(1).Values<int>();
            for (var row = 0; row < chunk.Count; row++)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_revisions, subject[row], out _) = revision[row];
            }
        }
    }

    /// <summary>The revision the sink holds; 0 for none.</summary>
    public int Of(UInt128 subject) => _revisions.GetValueOrDefault(subject);

    private void Fill(UInt128[] subjects)
    {
        // Made anew each time: a temporary table that is emptied keeps its rows in memory as long as it lives.
        connection.Execute("CREATE OR REPLACE TEMP TABLE asked_subjects (subject UUID)");
        using var appender = connection.CreateAppender("temp", null, "asked_subjects");
        for (var start = 0; start < subjects.Length; start += DuckDbAppender.ChunkSize)
        {
            var count = Math.Min(DuckDbAppender.ChunkSize, subjects.Length - start);
            using var chunk = appender.NewChunk(count);
            chunk.Column(0).WriteUuids(subjects.AsSpan(start, count));
            chunk.Append();
        }

        appender.Close();
    }
}
