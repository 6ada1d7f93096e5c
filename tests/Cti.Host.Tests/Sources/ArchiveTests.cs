using System.IO.Compression;
using System.Text;
using Cti.Core;
using Cti.Host.Sources;
using Xunit;
using ZstdSharp;

namespace Cti.Host.Tests.Sources;

/// <summary>Zip and Zstandard: the records of the texts inside, wherever a reading is cut; hostile archives are coded errors.</summary>
public sealed class ArchiveTests : SourceFixture
{
    [Fact]
    public void Entries_are_read_in_the_order_of_their_names_each_as_a_text_of_its_own()
    {
        var path = Write("a.zip", Zip(("b.csv", "\uFEFFx,y\n1,2"), ("a/c.csv", "y,x\n3,4\n"), ("empty", "")));
        using var reading = FileSource.Open(path, Compression.Auto, Csv);
        var batch = new RawBatch(4);
        Assert.True(reading.ReadBatch(batch, 10));
        Assert.Equal(["2@4: 3|4"], Describe(batch));
        Assert.Equal($"{path}!a/c.csv", batch.Position(0).Uri);
        Assert.Equal(["y", "x"], reading.Columns);
        Assert.True(reading.ReadBatch(batch, 10));
        Assert.Equal(["2@7: 1|2"], Describe(batch));
        Assert.Equal($"{path}!b.csv", batch.Position(0).Uri);
        Assert.Equal(["x", "y"], reading.Columns);
        Assert.False(reading.ReadBatch(batch, 10));
        Assert.Equal(reading.Name, reading.CursorAfterLastBatch.Uri);
    }

    [Fact]
    public void Members_are_chosen_by_a_pattern()
    {
        var path = Write(
            "a.zip",
            Zip(("a.csv", "a\n"), ("b/c.csv", "c\n"), ("readme.txt", "r\n"), ("__MACOSX/a.csv", "m\n"))
        );
        Assert.Equal(["1@0: a", "1@0: c"], ReadAll(path, Lines, new() { Member = "*.csv" }));
        Assert.Equal(["1@0: c"], ReadAll(path, Lines, new() { Member = "b/*" }));
        Assert.Equal(3, ReadAll(path, Lines).Count);
        Assert.Equal("CTI-SOURCE-040", Refused(path, new() { Member = "*.json" }));
        // Files that are no archives are not asked.
        Assert.Single(ReadAll(Write("a.txt", "x"), Lines, new() { Member = "*.json" }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Killed_anywhere_and_started_again_an_archive_is_read_as_if_nothing_had_happened(bool csv)
    {
        var format = csv ? Csv : ReaderSpec.NewBlockList(BlockListDialect.Rpz, ReadLimitsModule.standard);
        for (var seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            var path = Write(
                "a.zip",
                Zip([.. Enumerable.Range(0, 5).Select(number => ($"{number}", Text(random, csv)))])
            );
            var whole = ReadAll(path, format);
            var pieces = new List<string>();
            FileCursor? cursor = null;
            var batch = new RawBatch(4);
            for (var going = true; going; )
            {
                using var reading = FileSource.Open(path, new FileReadOptions { BlockBytes = 64 }, format, cursor);
                Assert.NotEqual(FileStart.Rewritten, reading.Start);
                for (var lives = random.Next(1, 8); lives > 0 && going; lives--)
                {
                    going = reading.ReadBatch(batch, random.Next(1, 9));
                    pieces.AddRange(Describe(batch));
                    cursor = reading.CursorAfterLastBatch;
                }
            }
            Assert.Equal(whole, pieces);
        }
    }

    [Fact]
    public void A_zone_that_grew_goes_on_under_its_origin_and_owner()
    {
        var format = ReaderSpec.NewBlockList(BlockListDialect.Rpz, ReadLimitsModule.standard);
        var text = "$ORIGIN rpz.test.\n@ SOA a. b. (1 2\n3 4 5)\n$ORIGIN com.rpz.test.\na CNAME .\n";
        var path = Write("zone", text);
        FileCursor cursor;
        using (var first = FileSource.Open(path, Compression.Auto, format))
        {
            ReadAll(first);
            cursor = first.CursorAfterLastBatch;
        }
        Write("zone", text + " TXT x\nb CNAME .\n");
        using var second = FileSource.Open(path, Compression.Auto, format, cursor);
        Assert.Equal(FileStart.Resumed, second.Start);
        Assert.Equal(["6@74: a.com|a.com||qname|data|TXT x", "7@81: b.com|b.com||qname|nxdomain|"], ReadAll(second));
    }

    [Fact]
    public void Names_of_entries_are_shown_and_never_used()
    {
        var path = Write("a.zip", Zip(("../../evil\n\u202Etxt", "a\n")));
        using var reading = FileSource.Open(path, Compression.Zip, Lines);
        var batch = new RawBatch(4);
        Assert.True(reading.ReadBatch(batch, 10));
        Assert.Equal($"{path}!../../evil\\u{{a}}\\u{{202e}}txt", batch.Position(0).Uri);
        Assert.Equal([path], Directory.GetFiles(Root));
    }

    [Fact]
    public void Zst_files_give_their_records_all_frames_as_one_text()
    {
        var path = Write("a.zst", [.. Zst("a\nb"), .. Zst("c\nd\n")]);
        Assert.Equal(["1@0: a", "2@2: bc", "3@5: d"], ReadAll(path, Lines));
        Assert.Equal(3, ReadAll(path, Lines, new() { Compression = Compression.Zst, BlockBytes = 16 }).Count);
    }

    [Fact]
    public void What_is_not_as_declared_is_refused()
    {
        foreach (var compression in (Compression[])[Compression.Gzip, Compression.Zip, Compression.Zst])
        {
            Assert.Equal("CTI-SOURCE-004", Refused(Write("a", "some text"), new() { Compression = compression }));
            Assert.Empty(ReadAll(Write("a", ""), Lines, new() { Compression = compression }));
        }
        Assert.Empty(ReadAll(Write("a", Zip()), Lines));
        var read = ReadAll(Write("a", Zip(("x", "y\n"))), Lines, new() { Compression = Compression.None });
        Assert.NotEmpty(read);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Damaged_and_truncated_files_fail_and_invent_no_record(bool zip)
    {
        var random = new Random(1);
        var lines = Enumerable.Range(0, 5_000).Select(_ => $"{random.NextInt64():x16}").ToArray();
        var text = string.Join('\n', lines) + "\n";
        var packed = zip ? Zip(("a", text), ("b", text)) : Zst(text);
        for (var damage = 0; damage < 60; damage++)
        {
            var bytes = packed.ToArray();
            if (damage % 2 == 0)
            {
                bytes = bytes[..random.Next(4, bytes.Length)];
            }
            else
            {
                // Not in the names, sizes and times of directories, of which nothing depends.
                bytes[random.Next(100, bytes.Length / 2 - 100)] ^= (byte)random.Next(1, 256);
            }
            var path = Write("bad", bytes);
            var read = new List<string>();
            var error = Assert.Throws<SourceException>(() =>
            {
                using var reading = FileSource.Open(path, new FileReadOptions { BlockBytes = 1000 }, Lines);
                var batch = new RawBatch(16);
                while (reading.ReadBatch(batch, 1000))
                {
                    read.AddRange(Describe(batch));
                }
            });
            Assert.Equal("CTI-SOURCE-005", error.Code);
            if (damage % 2 == 0)
            {
                var values = read.Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]).ToArray();
                Assert.Equal(lines.Concat(lines).Take(values.Length), values);
            }
        }
    }

    [Fact]
    public void Bombs_are_stopped()
    {
        var text = "good\n" + new string('0', 3_000_000);
        var options = new FileReadOptions { FreeExpansionBytes = 100_000 };
        foreach (var bytes in (byte[][])[Zip(("a", text)), Zst(text)])
        {
            using var reading = FileSource.Open(Write("bomb", bytes), options, Lines);
            var (before, error) = ReadToFailure(reading);
            Assert.Equal("CTI-SOURCE-006", error.Code);
            Assert.Equal("1@0: good", before[0]);
        }
    }

    [Fact]
    public void A_window_larger_than_128_MiB_is_refused_before_it_is_allocated()
    {
        // A frame's header that asks for a window of 2 GiB: descriptor 0, window exponent 21, then an empty last block.
        byte[] frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00];
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var reading = FileSource.Open(Write("a.zst", frame), Compression.Auto, Lines);
        Assert.Equal("CTI-SOURCE-005", ReadToFailure(reading).Error.Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void Encrypted_entries_unknown_methods_and_too_many_entries_are_refused()
    {
        var encrypted = Zip(("secret", "a\n"));
        Patch(encrypted, 6, 8, 1);
        Assert.Equal("CTI-SOURCE-007", Refused(Write("a.zip", encrypted), new()));
        var unknown = Zip(("packed", "a\n"));
        Patch(unknown, 8, 10, 93);
        Assert.Equal("CTI-SOURCE-008", Refused(Write("b.zip", unknown), new()));
        var many = Zip([.. Enumerable.Range(0, 10_001).Select(number => ($"{number}", ""))]);
        Assert.Equal("CTI-SOURCE-009", Refused(Write("c.zip", many), new()));
    }

    private static string Refused(string path, FileReadOptions options) =>
        Assert.Throws<SourceException>(() => FileSource.Open(path, options, Lines)).Code;

    private static string Text(Random random, bool csv)
    {
        var text = new StringBuilder(csv ? "value,note\n" : "; zone\n$ORIGIN rpz.test.\n@ SOA a. b. (1 2\n3 4 5)\n");
        for (var number = random.Next(0, 60); number > 0; number--)
        {
            text.Append(
                csv
                    ? $"v{number},\"a\nb\"\n"
                    : random.Next(4) switch
                    {
                        0 => " TXT x\n",
                        1 => $"$ORIGIN {number}.rpz.test.\n",
                        2 => "x.example. CNAME .\n",
                        _ => $"v{number}.example CNAME .\n",
                    }
            );
        }
        return text.ToString();
    }

    // A field of two bytes of the first entry, in its local header and in the directory.
    private static void Patch(byte[] archive, int local, int central, byte value)
    {
        var directory = archive.AsSpan().IndexOf("PK\x01\x02"u8);
        archive[local] = archive[directory + central] = value;
    }

    private static byte[] Zst(string text)
    {
        using var compressor = new Compressor(3);
        // As the zstd program does it; without a checksum damage inside a frame is not seen.
        compressor.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        return compressor.Wrap(Encoding.UTF8.GetBytes(text)).ToArray();
    }

    private static byte[] Zip(params (string Name, string Text)[] entries)
    {
        using var target = new MemoryStream();
        using (var archive = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in entries)
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.Optimal).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }
        return target.ToArray();
    }
}
