// Lists and tables in the store, by content: written when a run is the first to use them, read when an old state is rendered.

using System.Security.Cryptography;
using Cti.DuckDb;
using Cti.Host.Run;
using ZstdSharp;

namespace Cti.Host.Store;

/// <summary>The lists of one run, as they were.</summary>
internal sealed class StoredLists(DuckDbConnection connection, Guid run) : IListContent
{
    // What is packed at a time: bounds what packing holds beside the content.
    private const int PartBytes = 4 << 20;

    /// <summary>Notes which lists a run uses; their content only where no run used the same ones before. One transaction.</summary>
    /// <param name="connection">The writer's.</param>
    /// <param name="run">The run.</param>
    /// <param name="fingerprint">The same for the same files in the same roles.</param>
    /// <param name="files">The files.</param>
    /// <param name="now">When.</param>
    public static void Save(
        DuckDbConnection connection,
        Guid run,
        string fingerprint,
        IReadOnlyList<ListFile> files,
        DateTime now
    )
    {
        if (files.Count == 0)
        {
            return;
        }

        using var transaction = connection.BeginTransaction();
        connection.Run("INSERT INTO store.run_lists VALUES ($1, $2)", run, fingerprint);
        if (connection.Value<long>("SELECT count(*) FROM store.list_sets WHERE fingerprint = $1", fingerprint) == 0)
        {
            var position = 0;
            foreach (var file in files)
            {
                var hash = Convert.ToHexStringLower(SHA256.HashData(file.Bytes.Span));
                connection.Run(
                    "INSERT INTO store.list_sets VALUES ($1, $2, $3, $4, $5)",
                    fingerprint,
                    file.Role,
                    position++,
                    file.Path,
                    hash
                );
                SaveContent(connection, hash, file.Bytes, now);
            }
        }

        transaction.Commit();
    }

    public IReadOnlyList<ListFile> Read(string role, IReadOnlyList<string> globs) =>
        [
            .. connection
                .Rows(
                    "SELECT l.path, l.hash FROM run_lists l WHERE l.run_id = $1 AND l.role = $2 ORDER BY l.position",
                    reader => (Path: reader.GetString(0), Hash: reader.GetString(1)),
                    run,
                    role
                )
                .Select(file => new ListFile(role, file.Path, Content(file.Hash))),
        ];

    private static void SaveContent(DuckDbConnection connection, string hash, ReadOnlyMemory<byte> bytes, DateTime now)
    {
        if (connection.Value<long>("SELECT count(*) FROM lists WHERE hash = $1", hash) > 0)
        {
            return;
        }

        connection.Run("INSERT INTO lists VALUES ($1, $2, $3)", hash, (long)bytes.Length, now);
        using var packer = new Compressor(1);
        for (var (part, start) = (0, 0); start < bytes.Length; part++, start += PartBytes)
        {
            var some = bytes.Span.Slice(start, Math.Min(PartBytes, bytes.Length - start));
            connection.Run("INSERT INTO store.list_parts VALUES ($1, $2, $3)", hash, part, packer.Wrap(some).ToArray());
        }
    }

    private byte[] Content(string hash)
    {
        var content = new byte[connection.Value<long>("SELECT bytes FROM lists WHERE hash = $1", hash)];
        using var unpacker = new Decompressor();
        var length = 0;
        using var command = connection.CreateCommand(
            "SELECT packed FROM store.list_parts WHERE hash = $1 ORDER BY part"
        );
        command.Parameters.Add(new DuckDbParameter { Value = hash });
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            length += unpacker.Unwrap(reader.GetFieldValue<byte[]>(0), content.AsSpan(length));
        }

        return content;
    }
}
