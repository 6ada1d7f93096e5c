// Moves the cursors of sources and stream sinks by hand: forward to pass over something, back to read or deliver it again.

using System.Globalization;
using Cti.DuckDb;
using Cti.Host.Run;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Positions;

/// <summary>What a reset takes back, and the sentence that says so.</summary>
internal sealed record PositionReset(string Question, Action Do);

/// <summary>Edits the cursors of one pipeline. Every edit is one transaction.</summary>
/// <param name="connection">The store's.</param>
/// <param name="plan">The pipeline.</param>
/// <param name="shown">A path as the user knows it.</param>
/// <param name="at">When this is done.</param>
internal sealed class PositionEdit(
    DuckDbConnection connection,
    PipelinePlan plan,
    Func<string, string> shown,
    DateTime at
)
{
    /// <summary>Puts a cursor somewhere; gives what was done.</summary>
    /// <param name="name">A source or a stream sink; `source:NAME` or `sink:NAME` where both have the name.</param>
    /// <param name="position">Of a file: bytes, `line:NUMBER` or `end`; of a sink: a sequence of the log.</param>
    /// <param name="uri">Which file, where the source has several.</param>
    /// <exception cref="PositionException">It cannot stand there.</exception>
    /// <exception cref="SourceException">The file cannot be read.</exception>
    public string Set(string name, string position, string? uri) =>
        Find(name) switch
        {
            (SourcePlan source, _) => SetSource(source, Place.Parse(position), uri),
            var (_, sink) => SetSink(sink!, position),
        };

    /// <summary>What forgetting a cursor means, for whoever is to confirm it.</summary>
    /// <exception cref="PositionException">There is no such cursor.</exception>
    public PositionReset Reset(string name, string? uri) =>
        Find(name) switch
        {
            (SourcePlan source, _) => ResetSource(source, uri),
            var (_, sink) => ResetSink(sink!),
        };

    private (SourcePlan? Source, SinkPlan? Sink) Find(string name)
    {
        var source = plan.Sources.FirstOrDefault(source => name == source.Name || name == "source:" + source.Name);
        var sink = plan.Sinks.FirstOrDefault(sink =>
            !sink.HoldsState && (name == sink.Name || name == "sink:" + sink.Name)
        );
        return (source, sink) switch
        {
            (not null, not null) => throw new PositionException(
                "CTI-CURSOR-001",
                $"{name} is a source and a sink: write source:{name} or sink:{name}"
            ),
            (null, null) => throw new PositionException(
                "CTI-CURSOR-001",
                $"{plan.Name} has no source or stream sink {name}; it has: {string.Join(", ", plan.Sources.Select(known => known.Name).Concat(plan.Sinks.Where(known => !known.HoldsState).Select(known => known.Name)))}"
            ),
            _ => (source, sink),
        };
    }

    private string SetSource(SourcePlan source, Place place, string? uri)
    {
        if (source.Origin is not FilePlan files || source.IsSnapshot)
        {
            throw new PositionException(
                "CTI-CURSOR-006",
                $"source {source.Name} is {(source.IsSnapshot ? "a snapshot: it is read as a whole" : "no file: what it sent is not kept")}. Its cursor can be reset, not set"
            );
        }

        var found = FileSource
            .Match(files.Globs)
            .Where(path => IsMeant(LocalFiles.Key(plan.StorePath, path), uri))
            .ToList();
        if (found.Count != 1)
        {
            throw new PositionException(
                "CTI-CURSOR-004",
                found.Count == 0
                    ? $"source {source.Name} has no file {uri}"
                    : $"source {source.Name} has {found.Count} files: say which with --uri, such as --uri {shown(found[0])}"
            );
        }

        var cursor = FilePosition.Find(source, found[0], place);
        var key = LocalFiles.Key(plan.StorePath, found[0]);
        var before = Cursors.LoadSource(connection, source.Name).GetValueOrDefault(key)?.Offset ?? 0;
        using var transaction = connection.BeginTransaction();
        Cursors.SaveSources(
            connection,
            [
                new SourceCursor(
                    source.Name,
                    key,
                    cursor.Offset,
                    cursor.Line,
                    cursor.Size,
                    cursor.ModifiedUnixMicroseconds,
                    cursor.ContentHash,
                    cursor.Header,
                    Validators.None
                ),
            ],
            at
        );
        transaction.Commit();
        return FormattableString.Invariant(
            $"source {source.Name}: {shown(found[0])} is read on from byte {cursor.Offset:N0}, line {cursor.Line:N0}; {Difference(cursor.Offset - before, "bytes are", "read")}"
        );
    }

    private string SetSink(SinkPlan sink, string position)
    {
        var last = connection.Value<long>("SELECT coalesce(max(sequence), 0) FROM store.changes");
        if (
            !long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            || sequence > last
        )
        {
            throw new PositionException(
                "CTI-CURSOR-005",
                $"{position} is no sequence of the log: write a number from 0 (all is delivered again) to {last} (nothing is)"
            );
        }

        var before = Position(sink);
        Move(sink, sequence);
        return FormattableString.Invariant(
            $"sink {sink.Name}: goes on behind change {sequence:N0} of {last:N0}; {Difference(sequence - before, "changes are", "delivered")}"
        );
    }

    // A file is named as the store calls it, or by its path.
    private bool IsMeant(string key, string? uri) =>
        uri is null || uri == key || Path.GetFullPath(uri) == Path.GetFullPath(LocalFiles.PathOf(plan.StorePath, key));

    private PositionReset ResetSource(SourcePlan source, string? uri)
    {
        var known = Cursors
            .LoadSource(connection, source.Name)
            .Values.Where(cursor => IsMeant(cursor.Uri, uri))
            .ToList();
        if (known.Count == 0)
        {
            throw new PositionException(
                "CTI-CURSOR-007",
                $"source {source.Name} has no cursor{(uri is null ? "" : $" for {uri}")}: cti cursor list {plan.File}"
            );
        }

        var bytes = known.Sum(cursor => cursor.Offset);
        var lines = known.Sum(cursor => cursor.Line - 1);
        return new PositionReset(
            FormattableString.Invariant(
                $"Reset {known.Count:N0} cursors of source {source.Name}? {bytes:N0} bytes, {lines:N0} lines, are read again by the next run."
            ),
            () =>
            {
                using var transaction = connection.BeginTransaction();
                foreach (var cursor in known)
                {
                    connection.Run(
                        "DELETE FROM cursors WHERE kind = 'source' AND name = $1 AND uri = $2",
                        source.Name,
                        cursor.Uri
                    );
                }

                transaction.Commit();
            }
        );
    }

    private PositionReset ResetSink(SinkPlan sink) =>
        new(
            FormattableString.Invariant(
                $"Reset sink {sink.Name}? {Position(sink):N0} changes are delivered again by the next run."
            ),
            () => Move(sink, 0)
        );

    private long Position(SinkPlan sink)
    {
        var rows = connection.Rows(
            "SELECT position FROM cursors WHERE kind = 'sink' AND name = $1",
            reader => reader.GetInt64(0),
            CursorName(sink)
        );
        return rows.Count == 1
            ? rows[0]
            : throw new PositionException(
                "CTI-CURSOR-007",
                $"sink {sink.Name} has no cursor: it was delivered nothing yet"
            );
    }

    private void Move(SinkPlan sink, long sequence)
    {
        using var transaction = connection.BeginTransaction();
        // Of what comes again nothing counts as delivered: a sink is not told twice what it is known to hold.
        connection.Run(
            "DELETE FROM store.deliveries d USING store.changes c WHERE d.sink = (SELECT id FROM store.sinks WHERE pipeline = $1 AND name = $2) AND c.indicator = d.indicator AND c.revision = d.revision AND c.sequence > $3",
            plan.Name,
            sink.Name,
            sequence
        );
        foreach (
            var statement in (string[])
                [
                    "DELETE FROM store.stretches WHERE sink = (SELECT id FROM store.sinks WHERE pipeline = $1 AND name = $2) AND first_entry > $3",
                    "UPDATE store.stretches SET last_entry = $3 WHERE sink = (SELECT id FROM store.sinks WHERE pipeline = $1 AND name = $2) AND last_entry > $3",
                ]
        )
        {
            connection.Run(statement, plan.Name, sink.Name, sequence);
        }

        connection.Run(
            "UPDATE cursors SET position = $2, updated_at = $3 WHERE kind = 'sink' AND name = $1",
            CursorName(sink),
            sequence,
            at
        );
        transaction.Commit();
    }

    private string CursorName(SinkPlan sink) =>
        connection.Value<string>(
            "SELECT concat(id, ':', name) FROM store.sinks WHERE pipeline = $1 AND name = $2",
            plan.Name,
            sink.Name
        ) ?? "";

    private static string Difference(long by, string what, string done) =>
        by == 0 ? "it stood there before"
        : by > 0 ? FormattableString.Invariant($"{by:N0} {what} passed over")
        : FormattableString.Invariant($"{-by:N0} {what} {done} again");
}
