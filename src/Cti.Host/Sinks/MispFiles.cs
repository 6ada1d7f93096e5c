// Small things that the MISP outputs share: reading back what is there, days, and files that appear whole.

using System.Globalization;
using Cti.Core;

namespace Cti.Host.Sinks;

internal static class MispDays
{
    /// <summary>The day of a time, yyyy-MM-dd, UTC.</summary>
    public static string Of(long microseconds) =>
        TimestampModule.toDateTime(microseconds).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

internal static class MispFiles
{
    // Twice what an event may come to: what was deleted stays in it.
    private const long MostBytes = 128 << 20;

    /// <summary>A file's content; empty where there is none.</summary>
    /// <exception cref="SinkException">It cannot be read, or is none of ours.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                return [];
            }

            return file.Length <= MostBytes
                ? File.ReadAllBytes(path)
                : throw new SinkException(
                    $"{path} is larger than {MostBytes >> 20} MiB. Move it away, or divide the days of the feed into more events (`parts`), then run again."
                );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SinkException(
                $"{path} cannot be read: {error.Message} Check its permissions, then run again.",
                error
            );
        }
    }

    /// <summary>Writes a file and makes it durable.</summary>
    /// <exception cref="IOException">The disk is full, or went away.</exception>
    /// <exception cref="UnauthorizedAccessException">The place cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        file.Write(content);
        file.Flush(flushToDisk: true);
    }
}
