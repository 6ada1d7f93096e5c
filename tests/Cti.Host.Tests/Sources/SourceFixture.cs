using System.IO.Compression;
using System.Text;
using Cti.Core;
using Cti.Host.Sources;
using Xunit;

namespace Cti.Host.Tests.Sources;

/// <summary>A directory of its own for each test, and ways to fill and read files in it.</summary>
public abstract class SourceFixture : IDisposable
{
    protected static readonly ReaderSpec Lines = ReaderSpec.NewLines(LinesDialectModule.standard);
    protected static readonly ReaderSpec Csv = ReaderSpec.NewCsv(CsvDialectModule.standard);

    protected string Root { get; } = Directory.CreateTempSubdirectory("cti-sources-").FullName;

    public void Dispose()
    {
        Directory.Delete(Root, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected string PathOf(string name) => Path.Combine(Root, name);

    protected string Write(string name, ReadOnlySpan<byte> bytes)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    protected string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    protected string WriteGzip(string name, string text) => Write(name, Gzip(text));

    protected static byte[] Gzip(string text)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Optimal))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }
        return target.ToArray();
    }

    /// <summary>Records and rejections of a batch as text with their positions, in the source's order.</summary>
    protected static IEnumerable<string> Describe(RawBatch batch)
    {
        var found = new List<(long Offset, string Text)>();
        for (var record = 0; record < batch.Count; record++)
        {
            var cells = new List<string>();
            for (var field = 0; field < batch.FieldCount(record); field++)
            {
                cells.Add(Encoding.UTF8.GetString(batch.Field(record, field)));
            }
            var position = batch.Position(record);
            found.Add((position.Offset, $"{position.Line}@{position.Offset}: {string.Join('|', cells)}"));
        }
        foreach (var rejection in batch.Rejections)
        {
            var position = rejection.Position;
            found.Add((position.Offset, $"{position.Line}@{position.Offset}: {rejection.Code}"));
        }
        return found.OrderBy(item => item.Offset).Select(item => item.Text);
    }

    /// <summary>Everything in a reading, from where it began.</summary>
    protected static List<string> ReadAll(FileReading reading, int maxRecords = 1000)
    {
        var batch = new RawBatch(16);
        var found = new List<string>();
        while (reading.ReadBatch(batch, maxRecords))
        {
            found.AddRange(Describe(batch));
        }
        return found;
    }

    protected static List<string> ReadAll(string path, ReaderSpec format, FileReadOptions? options = null)
    {
        using var reading = FileSource.Open(path, options ?? new FileReadOptions(), format);
        return ReadAll(reading);
    }

    /// <summary>What was read before a reading failed, and how it failed.</summary>
    protected static (List<string> Before, SourceException Error) ReadToFailure(FileReading reading)
    {
        var batch = new RawBatch(16);
        var found = new List<string>();
        var error = Assert.Throws<SourceException>(() =>
        {
            while (reading.ReadBatch(batch, 1000))
            {
                found.AddRange(Describe(batch));
            }
        });
        return (found, error);
    }
}
