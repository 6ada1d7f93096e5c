using System.Text;
using Cti.Core;
using Cti.Host.Sources;
using Xunit;

namespace Cti.Host.Tests.Sources;

/// <summary>Good files and bad ones: nothing good is lost, nothing bad passes, nothing hangs.</summary>
public sealed class FileReadingTests : SourceFixture
{
    [Fact]
    public void Plain_and_gzip_files_give_the_same_records()
    {
        var text = "a\n# c\n\nb\r\nc";
        string[] expected = ["1@0: a", "4@7: b", "5@10: c"];
        Assert.Equal(expected, ReadAll(Write("a.txt", text), Lines));
        Assert.Equal(expected, ReadAll(WriteGzip("a.gz", text), Lines));
        Assert.Equal(expected, ReadAll(WriteGzip("a.txt", text), Lines, new() { Compression = Compression.Gzip }));
    }

    [Fact]
    public void Concatenated_gzip_members_are_one_file()
    {
        var path = Write("a.gz", [.. Gzip("a\nb"), .. Gzip("c\nd\n")]);
        Assert.Equal(["1@0: a", "2@2: bc", "3@5: d"], ReadAll(path, Lines));
    }

    [Fact]
    public void Nothing_has_no_records()
    {
        Assert.Empty(ReadAll(Write("a", ""), Lines));
        Assert.Empty(ReadAll(Write("a", ""), Csv));
        Assert.Empty(ReadAll(Write("a", ""), Lines, new() { Compression = Compression.Gzip }));
        Assert.Empty(ReadAll(WriteGzip("a", ""), Lines));
    }

    [Fact]
    public void Blocks_smaller_than_a_record_grow()
    {
        var options = new FileReadOptions { BlockBytes = 16 };
        var lines = Enumerable.Range(0, 300).Select(length => new string('x', length + 1)).ToArray();
        var read = ReadAll(Write("a", string.Join('\n', lines)), Lines, options);
        Assert.Equal(lines, read.Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
    }

    [Fact]
    public void A_file_that_is_no_gzip_is_refused_when_gzip_is_declared()
    {
        var path = Write("a", "text");
        var options = new FileReadOptions { Compression = Compression.Gzip };
        var error = Assert.Throws<SourceException>(() => FileSource.Open(path, options, Lines));
        Assert.Equal("CTI-SOURCE-004", error.Code);
    }

    [Fact]
    public void Gzip_read_as_it_is_rejects_and_does_not_crash()
    {
        var path = WriteGzip("a", string.Join('\n', Enumerable.Range(0, 5000)));
        using var reading = FileSource.Open(path, Compression.None, Lines);
        Assert.NotEmpty(ReadAll(reading));
    }

    [Fact]
    public void Missing_files_and_directories_are_clear_errors()
    {
        var missing = Assert.Throws<SourceException>(() => FileSource.Open(PathOf("x"), Compression.Auto, Lines));
        Assert.Equal("CTI-SOURCE-001", missing.Code);
        var directory = Assert.Throws<SourceException>(() => FileSource.Open(Root, Compression.Auto, Lines));
        Assert.Equal("CTI-SOURCE-002", directory.Code);
    }

    [Fact]
    public void Truncated_gzip_delivers_every_whole_record_before_the_cut_and_then_fails()
    {
        var random = new Random(1);
        var lines = Enumerable.Range(0, 20_000).Select(_ => $"{random.NextInt64():x16}").ToArray();
        var packed = Gzip(string.Join('\n', lines) + "\n");
        foreach (
            var length in (int[])
                [3, 12, packed.Length / 3, packed.Length / 2, packed.Length - 9, packed.Length - 8, packed.Length - 1]
        )
        {
            var path = Write("cut.gz", packed.AsSpan(0, length));
            using var reading = FileSource.Open(path, new FileReadOptions { BlockBytes = 1000 }, Lines);
            var (before, error) = ReadToFailure(reading);
            Assert.Equal("CTI-SOURCE-005", error.Code);
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            // No line is invented, cut or left out.
            var read = before.Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]).ToArray();
            Assert.Equal(lines.Take(read.Length), read);
            Assert.InRange(read.Length, (int)(20_000.0 * length / packed.Length * 0.8) - 5000, 20_000);
        }
    }

    [Fact]
    public void Corrupt_gzip_fails()
    {
        var packed = Gzip(string.Join('\n', Enumerable.Range(0, 20_000).Select(number => number * 7919L)));
        packed[packed.Length / 2] ^= 0xff;
        using var reading = FileSource.Open(Write("bad.gz", packed), Compression.Auto, Lines);
        Assert.Equal("CTI-SOURCE-005", ReadToFailure(reading).Error.Code);
    }

    [Fact]
    public void A_gzip_bomb_is_stopped()
    {
        var path = WriteGzip("bomb.gz", "good\n" + new string('0', 3_000_000));
        var options = new FileReadOptions { FreeExpansionBytes = 100_000 };
        using var reading = FileSource.Open(path, options, Lines);
        var (before, error) = ReadToFailure(reading);
        Assert.Equal("CTI-SOURCE-006", error.Code);
        Assert.Equal("1@0: good", before[0]);
        // The same file is fine when it is trusted.
        Assert.Equal(2, ReadAll(path, Lines, options with { MaxExpansion = 1100 }).Count);
    }

    [Fact]
    public void A_line_of_100_MB_is_passed_over_in_constant_memory()
    {
        var path = PathOf("long.txt");
        using (var file = File.Create(path))
        {
            file.Write("a\n"u8);
            var piece = new byte[1 << 20];
            Array.Fill(piece, (byte)'x');
            for (var count = 0; count < 100; count++)
            {
                file.Write(piece);
            }
            file.Write("\nb\n"u8);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = ReadAll(path, Lines);
        Assert.Equal(["1@0: a", "2@2: CTI-READ-001", "3@104857603: b"], read);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
        Assert.Equal(3, ReadAll(path, ReaderSpec.NewCsv(NoHeader)).Count);
    }

    [Fact]
    public void Binary_garbage_is_rejected_record_by_record()
    {
        var bytes = new byte[3_000_000];
        new Random(7).NextBytes(bytes);
        bytes[0] = 0;
        var lines = ReadAll(Write("garbage", bytes), Lines);
        Assert.NotEmpty(lines);
        Assert.True(lines.Count(line => line.Contains("CTI-READ", StringComparison.Ordinal)) > lines.Count * 9 / 10);
        var rows = ReadAll(Write("garbage", bytes), Csv);
        Assert.All(rows, row => Assert.Contains("CTI-READ", row, StringComparison.Ordinal));
    }

    [Fact]
    public void Bad_rows_do_not_cost_their_neighbours()
    {
        var text = new StringBuilder("value,n\n");
        string[] bad =
        [
            "x\0y,1",
            "\"open,1",
            string.Concat(Enumerable.Repeat("c,", 10_000)) + "d",
            "1,2,3",
            "\"a\"b,1",
        ];
        for (var number = 0; number < 200; number++)
        {
            text.Append(bad[number % bad.Length]).Append('\n').Append("good").Append(number).Append(",\"1\"\n");
        }
        var read = ReadAll(Write("a.csv", text.ToString()), Csv, new FileReadOptions { BlockBytes = 64 });
        Assert.Equal(400, read.Count);
        Assert.Equal(
            Enumerable.Range(0, 200).Select(number => $"good{number}|1"),
            read.Where(row => !row.Contains("CTI-READ", StringComparison.Ordinal))
                .Select(row => row[(row.IndexOf(' ', StringComparison.Ordinal) + 1)..])
        );
    }

    [Fact]
    public void Values_that_mean_something_elsewhere_are_just_text()
    {
        string[] values = ["$(reboot)", "../../etc/passwd", "=1+2", "a'b", "`x`", "0x7f.1", "010.1.1.1"];
        var path = Write("a.csv", "value\n" + string.Join('\n', values) + "\n\"a\nb\"\n");
        Assert.Equal(8, ReadAll(path, Csv).Count(row => !row.Contains("CTI-READ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_pipe_is_read_but_not_resumed()
    {
        // /dev/null stands for what has no size and cannot be sought in.
        var reading = FileSource.Open("/dev/null", Compression.Auto, Lines);
        using (reading)
        {
            Assert.Empty(ReadAll(reading));
        }
    }

    [Fact]
    public void Progress_is_counted_in_bytes_on_disk()
    {
        var path = WriteGzip("a.gz", string.Join('\n', Enumerable.Range(0, 100_000)));
        using var reading = FileSource.Open(path, Compression.Auto, Lines);
        ReadAll(reading);
        Assert.Equal(new FileInfo(path).Length, reading.Size);
        Assert.InRange(reading.BytesRead, reading.Size, reading.Size + 100);
    }

    private static readonly CsvDialect NoHeader = new(
        CsvSeparator.NewText(","),
        Microsoft.FSharp.Core.FSharpValueOption<byte>.NewValueSome((byte)'"'),
        CsvEscape.Doubled,
        Microsoft.FSharp.Collections.FSharpList<string>.Empty,
        0,
        CsvHeader.NoHeader,
        Microsoft.FSharp.Collections.FSharpList<string>.Empty,
        ReadLimitsModule.standard
    );
}
