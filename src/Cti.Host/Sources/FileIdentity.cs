// Which of the files there are now was read before, and how far: looks at what they hold where the core wants to know.

using System.IO.Hashing;
using Cti.Core;
using Cti.Host.Store;

namespace Cti.Host.Sources;

internal static class FileIdentity
{
    private const int BlockBytes = 1 << 20;

    /// <summary>The cursors that go over to files of other names.</summary>
    /// <param name="inputs">The files found.</param>
    /// <param name="known">Stored cursors, by key.</param>
    public static IReadOnlyList<CursorMove> Moves(
        IReadOnlyList<SourceInput> inputs,
        IReadOnlyDictionary<string, SourceCursor> known
    )
    {
        if (known.Count == 0)
        {
            return [];
        }

        var files = Microsoft.FSharp.Collections.ListModule.OfSeq(inputs.Select(Found).OfType<FoundFile>());
        var cursors = Microsoft.FSharp.Collections.ListModule.OfSeq(
            known.Values.Select(cursor => new KnownCursor(
                cursor.Uri,
                cursor.Offset,
                cursor.Size,
                cursor.ModifiedUnixMicroseconds
            ))
        );
        var probes = FileCursors.probes(cursors, files);
        if (probes.IsEmpty)
        {
            return [];
        }

        var byKey = inputs.ToDictionary(input => input.Key, StringComparer.Ordinal);
        var held = new HashSet<(string File, string Cursor)>();
        foreach (var probe in probes)
        {
            held.UnionWith(
                Held(byKey[probe.File], [.. probe.Cursors.Select(key => known[key])])
                    .Select(cursor => (probe.File, cursor))
            );
        }

        return [.. FileCursors.moves(cursors, files, held)];
    }

    // Null where it is gone meanwhile, or is no file: opening it tells.
    private static FoundFile? Found(SourceInput input)
    {
        var file = new FileInfo(input.Path);
        return file.Exists
            ? new FoundFile(
                input.Key,
                file.Length,
                (file.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
            )
            : null;
    }

    // One pass up to the last of the offsets, which ascend. A file that cannot be read holds nothing; reading it tells why.
    private static List<string> Held(SourceInput input, IReadOnlyList<SourceCursor> cursors)
    {
        var held = new List<string>();
        try
        {
            using var text = new TextContent(input.Path, input.Text with { Name = input.Name });
            if (!text.File.CanSeek)
            {
                return held;
            }

            var hash = new XxHash128();
            var block = new byte[BlockBytes];
            var begin = 0;
            var end = 0;
            long passed = 0;
            foreach (var cursor in cursors)
            {
                while (passed < cursor.Offset)
                {
                    if (begin == end)
                    {
                        (begin, end) = (0, text.Read(block));
                        if (end == 0 && !text.NextEntry())
                        {
                            return held;
                        }
                    }

                    var count = (int)Math.Min(end - begin, cursor.Offset - passed);
                    hash.Append(block.AsSpan(begin, count));
                    begin += count;
                    passed += count;
                }

                if (FileCursor.Hex(hash) == cursor.ContentHash)
                {
                    held.Add(cursor.Uri);
                }
            }
        }
        catch (SourceException)
        {
            return held;
        }

        return held;
    }
}
