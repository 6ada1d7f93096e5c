// Screenings and dead letters into their tables. Few rows as a rule, many at worst: appended, not inserted one by one.

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

    public static void DeadLetters(DuckDbConnection connection, Guid runId, Epoch epoch, long now)
    {
        var all = epoch
            .Batches.SelectMany(batch => batch.Rejections.Select(row => (batch.DeclaredSource, Row: row)))
            .ToList();
        if (all.Count == 0)
        {
            return;
        }

        using var appender = connection.CreateAppender("dead_letters");
        for (var start = 0; start < all.Count; start += DuckDbAppender.ChunkSize)
        {
            var rows = all.GetRange(start, Math.Min(DuckDbAppender.ChunkSize, all.Count - start));
            using var chunk = appender.NewChunk(rows.Count);
            chunk.Column(0).FillUuid(UuidModule.ofGuid(runId));
            Texts(chunk.Column(1), rows, row => StageModule.name(row.Row.Stage));
            Texts(chunk.Column(2), rows, row => row.Row.Code);
            Texts(chunk.Column(3), rows, row => row.Row.Message);
            Texts(chunk.Column(4), rows, row => row.Row.Field);
            Texts(chunk.Column(5), rows, row => row.Row.Value);
            Texts(chunk.Column(6), rows, row => row.DeclaredSource);
            Texts(chunk.Column(7), rows, row => row.Row.Position.Uri);
            chunk.Column(8).Write<long>(rows.Select(row => row.Row.Position.Line).ToArray());
            chunk.Column(9).Write<long>(rows.Select(row => row.Row.Position.Offset).ToArray());
            Bytes(chunk.Column(10), rows, row => row.Row.Original);
            chunk.Column(11).Fill(1);
            chunk.Column(12).Fill(now);
            // Of letters from sinks: indicator, revision, op.
            chunk.Column(13).WriteNulls();
            chunk.Column(14).WriteNulls();
            chunk.Column(15).WriteNulls();
            chunk.Append();
        }

        appender.Close();
    }

    private static void Texts<T>(DuckDbColumnWriter column, List<T> rows, Func<T, string> text) =>
        column.WriteStrings(rows.Select(text).ToArray());

    private static void Bytes<T>(DuckDbColumnWriter column, List<T> rows, Func<T, byte[]> bytes)
    {
        var texts = rows.Select(bytes).ToList();
        var arena = new byte[texts.Sum(text => text.Length)];
        var starts = new int[texts.Count];
        var lengths = new int[texts.Count];
        var end = 0;
        for (var row = 0; row < texts.Count; row++)
        {
            texts[row].CopyTo(arena, end);
            starts[row] = end;
            lengths[row] = texts[row].Length;
            end += texts[row].Length;
        }

        column.WriteStrings(arena, starts, lengths);
    }
}
