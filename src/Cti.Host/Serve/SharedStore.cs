// Reading a store that somebody else writes to in the same process: what is opened for reading only elsewhere is made so here.

using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Serve;

internal static class SharedStore
{
    /// <summary>Lets a connection see one state of the store and write nothing, and refuses what is no query: settings hold for the whole service.</summary>
    /// <exception cref="StoreException">It is no query.</exception>
    /// <exception cref="DuckDbException">It cannot be prepared.</exception>
    public static void Guard(DuckDbConnection connection, string query, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        connection.Execute("BEGIN TRANSACTION READ ONLY");
        using var command = connection.CreateCommand(query);
        if (!command.IsQueryOnly())
        {
            throw new StoreException(
                "CTI-SERVICE-014 while a service runs on the store it answers queries only (SELECT, FROM, DESCRIBE, SUMMARIZE, EXPLAIN). Stop the service for anything else."
            );
        }
    }
}
