// What a partition's files are recognised by: a hash of their bytes as they lie on disk.

using System.Security.Cryptography;
using System.Text;
using Cti.Host.Sources;

namespace Cti.Host.Run;

internal static class PartitionContent
{
    /// <summary>
    /// SHA-256 of a file, so that `sha256sum` says the same; of several files the SHA-256 of their hashes, one a line, in the order given. And how
    /// many bytes they are.
    /// </summary>
    /// <exception cref="SourceException">A file cannot be read.</exception>
    public static (string Hash, long Bytes) Hash(IEnumerable<string> paths, CancellationToken abort)
    {
        var hashes = new List<string>();
        long bytes = 0;
        foreach (var path in paths)
        {
            try
            {
                using var file = File.OpenRead(path);
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                var buffer = new byte[128 << 10];
                for (var count = file.Read(buffer); count > 0; count = file.Read(buffer))
                {
                    abort.ThrowIfCancellationRequested();
                    hash.AppendData(buffer.AsSpan(0, count));
                    bytes += count;
                }

                hashes.Add(Convert.ToHexStringLower(hash.GetHashAndReset()));
            }
            catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
            {
                throw SourceException.Missing(path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw SourceException.Unreadable(path, error);
            }
        }

        return (hashes.Count == 1 ? hashes[0] : OfAll(hashes), bytes);
    }

    /// <summary>One hash over several lines.</summary>
    public static string OfAll(IEnumerable<string> lines) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))))
        );
}
