// What lists hold back, into its table.

using Cti.DuckDb;

namespace Cti.Host.Sinks;

internal static class HeldBackAppender
{
    /// <summary>Writes the rows of a pipeline; part of the caller's transaction.</summary>
    public static void Write(
        DuckDbConnection connection,
        string pipeline,
        IReadOnlyDictionary<UInt128, HoldReason> held,
        DateTime now
    )
    {
        if (held.Count == 0)
        {
            return;
        }

        var name = System.Text.Encoding.UTF8.GetBytes(pipeline);
        var at = (now - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        using var appender = connection.CreateAppender(null, "store", "held_back");
        foreach (var rows in held.Chunk(DuckDbAppender.ChunkSize))
        {
            using var chunk = appender.NewChunk(rows.Length);
            chunk.Column(0).FillString(name);
            chunk.Column(1).WriteUuids(rows.Select(row => row.Key).ToArray());
            chunk.Column(2).WriteStrings(rows.Select(row => row.Value.Code).ToArray());
            chunk.Column(3).WriteStrings(rows.Select(row => row.Value.List).ToArray());
            chunk.Column(4).WriteStrings(rows.Select(row => row.Value.Entry).ToArray());
            chunk.Column(5).Fill(at);
            chunk.Append();
        }

        appender.Close();
    }
}
