// Screenings into their table. Few rows as a rule, many at worst: appended, not inserted one by one.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

internal static class OutcomeAppenders
{
    public static void Screenings(DuckDbConnection connection, Guid runId, Epoch epoch, long now)
    {
        var all = epoch.Batches.SelectMany(batch => batch.Screenings).ToList();
        if (all.Count == 0)
        {
            return;
        }

        using var appender = connection.CreateAppender(null, "store", "screenings");
        for (var start = 0; start < all.Count; start += DuckDbAppender.ChunkSize)
        {
            var rows = all.GetRange(start, Math.Min(DuckDbAppender.ChunkSize, all.Count - start));
            using var chunk = appender.NewChunk(rows.Count);
            chunk.Column(0).FillUuid(UuidModule.ofGuid(runId));
            Texts(chunk.Column(1), rows, row => row.Code);
            // No type has the code 0.
            chunk
                .Column(2)
                .Write<byte>(
                    rows.Select(row => row.Type.IsNone ? (byte)0 : ObservableTypeModule.code(row.Type.Value)).ToArray(),
                    0
                );
            Texts(chunk.Column(3), rows, row => row.Value);
            Texts(chunk.Column(4), rows, row => row.List);
            Texts(chunk.Column(5), rows, row => row.Entry);
            Texts(chunk.Column(6), rows, row => row.Source);
            Texts(chunk.Column(7), rows, row => row.Position.Uri);
            chunk.Column(8).Write<long>(rows.Select(row => row.Position.Line).ToArray());
            chunk.Column(9).Write<long>(rows.Select(row => row.Position.Offset).ToArray());
            chunk.Column(10).Fill(now);
            chunk.Append();
        }

        appender.Close();
    }

    private static void Texts<T>(DuckDbColumnWriter column, List<T> rows, Func<T, string> text) =>
        column.WriteStrings(rows.Select(text).ToArray());
}
