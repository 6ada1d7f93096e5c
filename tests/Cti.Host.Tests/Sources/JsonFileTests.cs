using System.Text;
using Cti.Core;
using Cti.Host.Sources;
using Microsoft.FSharp.Collections;
using Xunit;

namespace Cti.Host.Tests.Sources;

/// <summary>JSON documents as files: resumed in the middle, noticed when they changed, told where they are broken.</summary>
public sealed class JsonFileTests : SourceFixture
{
    private static readonly FileReadOptions Small = new() { BlockBytes = 64 };

    private static JsonDialect Dialect(int maxRecordBytes = 400) =>
        new(
            ListModule.OfSeq([JsonStep.NewKey("data"), JsonStep.Every]),
            ListModule.OfSeq(["@key", "v"]),
            new ReadLimits(maxRecordBytes, 8, 4096)
        );

    private static readonly ReaderSpec Json = ReaderSpec.NewJson(Dialect());

    private static string Text(int records)
    {
        var text = new StringBuilder("{ \"count\": 3, \"data\": {\n");
        for (var number = 0; number < records; number++)
        {
            var value = number % 17 == 3 ? new string('x', 600) : $"v{number}";
            text.Append(number == 0 ? "" : ",\n")
                .Append(System.Globalization.CultureInfo.InvariantCulture, $"\"k{number}\": {{ \"v\": \"{value}\" }}");
        }

        return text + "\n} }\n";
    }

    [Fact]
    public void A_document_is_resumed_behind_any_batch()
    {
        var path = Write("a.json", Text(60));
        var all = ReadAll(path, Json, Small);
        Assert.Equal(60, all.Count);
        for (var batches = 1; batches < 25; batches++)
        {
            var found = new List<string>();
            FileCursor cursor;
            using (var first = FileSource.Open(path, Small, Json))
            {
                var batch = new RawBatch(4);
                for (var number = 0; number < batches && first.ReadBatch(batch, 3); number++)
                {
                    found.AddRange(Describe(batch));
                }

                cursor = first.CursorAfterLastBatch;
            }

            using var second = FileSource.Open(path, new FileReadOptions { BlockBytes = 100 }, Json, cursor);
            Assert.Equal(FileStart.Resumed, second.Start);
            found.AddRange(ReadAll(second));
            Assert.Equal(all, found);
        }
    }

    [Fact]
    public void A_document_read_to_its_end_is_not_read_again_until_it_changes()
    {
        var path = Write("a.json", Text(5));
        FileCursor cursor;
        using (var first = FileSource.Open(path, Small, Json))
        {
            ReadAll(first);
            cursor = first.CursorAfterLastBatch;
        }

        using (var same = FileSource.Open(path, Small, Json, cursor))
        {
            Assert.Equal(FileStart.Unchanged, same.Start);
        }

        Write("a.json", Text(6));
        using var changed = FileSource.Open(path, Small, Json, cursor);
        Assert.Equal(FileStart.Rewritten, changed.Start);
        Assert.Equal(6, ReadAll(changed).Count);
    }

    [Fact]
    public void A_broken_document_gives_what_stands_before_the_fault_and_says_where_it_is()
    {
        var path = Write("a.json", "{\"data\":{\n\"a\":{\"v\":1},\n\"b\":{\"v\" 2},\n\"c\":{\"v\":3}}}");
        using var reading = FileSource.Open(path, Small, Json);
        var (before, error) = ReadToFailure(reading);
        Assert.Equal(["2@14: a|1", "3@27: CTI-READ-040"], before);
        Assert.Equal("CTI-READ-040", error.Code);
        Assert.Contains($"{path}:3, byte 32: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"data\":{\"a\":{\"v\":1},", "CTI-READ-044")]
    [InlineData("{\"data\":{\"a\":{\"v\":1}}}\n{\"data\":{}}", "CTI-READ-047")]
    public void A_document_without_its_end_and_one_with_another_behind_it_are_incomplete(string text, string code)
    {
        var path = Write("a.json", text);
        using var reading = FileSource.Open(path, Small, Json);
        var (before, error) = ReadToFailure(reading);
        Assert.Equal("1@13: a|1", before[0]);
        Assert.Equal(code, error.Code);
    }
}
