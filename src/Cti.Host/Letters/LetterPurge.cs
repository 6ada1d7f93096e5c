// Gives dead letters up: what they held is deleted, that they were there stays, so that the books of their runs can still be explained.

using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Letters;

internal static class LetterPurge
{
    /// <summary>Purges the letters of a filter that are not purged yet; gives their number. One transaction.</summary>
    public static long Run(DuckDbConnection connection, string pipeline, LetterFilter filter, DateTime at)
    {
        var (sql, parameters) = filter.ToSql(pipeline);
        using var transaction = connection.BeginTransaction();
        var purged = connection.Run(
            $"UPDATE dead_letters SET status = 'purged', message = NULL, field = NULL, value = NULL, original = NULL, header = NULL, closed_at = ${parameters.Length + 1}, closed_by = NULL WHERE status <> 'purged' AND {sql}",
            [.. parameters, at]
        );
        transaction.Commit();
        return purged;
    }
}
