// Claims from the store's columns into the core's: the one place that knows in which order they are selected.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

internal static class ClaimReader
{
    /// <summary>The columns of a claim named `c`, in the order <see cref="Append"/> reads them.</summary>
    public const string Columns =
        "c.subject, c.source, c.type, c.value, c.first_seen, c.last_seen, c.recorded_at, c.changed_at, c.withdrawn_at, "
        + "c.confidence, c.tlp, c.labels, c.observations, c.revision, c.rowid, "
        + "c.description, c.described_at, c.reference_urls, c.valid_until";

    /// <summary>How many columns that is: what a query adds comes behind them.</summary>
    public const int ColumnCount = 19;

    private static readonly ObservableType[] Types = MakeTypes();

    /// <summary>The claims of one subject; for those that ask about one.</summary>
    public static ClaimBatch Of(DuckDbConnection connection, UInt128 subject)
    {
        var claims = new ClaimBatch(8);
        using var command = connection.CreateCommand($"SELECT {Columns} FROM store.claims c WHERE c.subject = $1");
        command.Parameters.Add(new DuckDbParameter { Value = UuidModule.toGuid(subject) });
        using var reader = command.ExecuteReader();
        while (reader.NextChunk() is { } chunk)
        {
            Append(chunk, claims);
        }

        return claims;
    }

    /// <summary>Appends the claims of a chunk.</summary>
    public static void Append(DuckDbChunk chunk, ClaimBatch claims)
    {
        var count = chunk.Count;
        Span<UInt128> subjects = stackalloc UInt128[count];
        chunk.Column(0).CopyUuids(subjects);
        var source = chunk.Column(1).Values<int>();
        var type = chunk.Column(2).Values<byte>();
        var value = chunk.Column(3);
        var firstSeen = chunk.Column(4).Values<long>();
        var lastSeen = chunk.Column(5).Values<long>();
        var recordedAt = chunk.Column(6).Values<long>();
        var changedAt = chunk.Column(7).Values<long>();
        var withdrawn = chunk.Column(8);
        var withdrawnAt = withdrawn.Values<long>();
        var confidence = chunk.Column(9).Values<byte>();
        var tlp = chunk.Column(10).Values<byte>();
        var labels = chunk.Column(11).Values<int>();
        var observations = chunk.Column(12).Values<int>();
        var revision = chunk.Column(13).Values<int>();
        var rowId = chunk.Column(14).Values<long>();
        var until = chunk.Column(18);
        var untilValues = until.Values<long>();
        for (var row = 0; row < count; row++)
        {
            var at = claims.Add();
            claims.Subject[at] = subjects[row];
            claims.Source[at] = source[row];
            claims.Type[at] = Types[type[row]];
            claims.Value.Add(value.Bytes(row));
            claims.FirstSeen[at] = firstSeen[row];
            claims.LastSeen[at] = lastSeen[row];
            claims.RecordedAt[at] = recordedAt[row];
            claims.ChangedAt[at] = changedAt[row];
            claims.WithdrawnAt[at] = withdrawn.IsNull(row) ? TimestampModule.none : withdrawnAt[row];
            claims.Until[at] = until.IsNull(row) ? TimestampModule.none : untilValues[row];
            claims.Confidence[at] = confidence[row];
            claims.Tlp[at] = TlpModule.ofCode(tlp[row]);
            claims.Labels[at] = labels[row];
            claims.Observations[at] = observations[row];
            claims.Revision[at] = revision[row];
            claims.Row[at] = rowId[row];
        }

        AppendRemarks(chunk, claims, claims.Count - count);
    }

    private static void AppendRemarks(DuckDbChunk chunk, ClaimBatch claims, int first)
    {
        var description = chunk.Column(15);
        var references = chunk.Column(17);
        if (IsAllNull(description) && IsAllNull(references))
        {
            return;
        }

        var describedAt = chunk.Column(16).Values<long>();
        for (var row = 0; row < chunk.Count; row++)
        {
            if (!description.IsNull(row))
            {
                claims.Remarks.Describe(first + row, description.Bytes(row), describedAt[row]);
            }

            if (!references.IsNull(row))
            {
                claims.Remarks.Refer(first + row, references.Bytes(row));
            }
        }
    }

    private static bool IsAllNull(DuckDbColumn column) =>
        column.MayHaveNulls && !column.Validity.ContainsAnyExcept(0UL);

    private static ObservableType[] MakeTypes()
    {
        var types = new ObservableType[256];
        foreach (var type in ObservableTypeModule.all)
        {
            types[ObservableTypeModule.code(type)] = type;
        }

        return types;
    }
}
