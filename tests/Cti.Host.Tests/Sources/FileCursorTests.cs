using System.Text;
using Cti.Core;
using Cti.Host.Sources;
using Xunit;

namespace Cti.Host.Tests.Sources;

/// <summary>Killed anywhere and started again, a file is read as if nothing had happened.</summary>
public sealed class FileCursorTests : SourceFixture
{
    private static readonly FileReadOptions Small = new() { BlockBytes = 200 };

    private static readonly DateTime Noon = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    public static TheoryData<bool, bool> Kinds =>
        new()
        {
            { false, false },
            { false, true },
            { true, false },
            { true, true },
        };

    /// <summary>A few hundred lines with what makes borders hard: comments, blanks, quoted line ends, bad and over-long rows.</summary>
    private static string Text(Random random, bool csv)
    {
        var text = new StringBuilder(csv ? "\uFEFF# note\nvalue, note\r\n" : "\uFEFF# note\n");
        for (var number = 0; number < 300; number++)
        {
            text.Append(
                random.Next(9) switch
                {
                    0 => "\n",
                    1 => "# comment\r\n",
                    2 when csv => $"v{number},\"a\nb \"\"c\"\"\"\r\n",
                    3 => "x\0y\n",
                    4 when csv => $"open,\"quote{number}\n",
                    5 => new string('z', random.Next(100, 900)) + "\n",
                    _ => $"v{number},n\n",
                }
            );
        }
        return text + "last,row";
    }

    private static ReaderSpec Format(bool csv)
    {
        var limits = new ReadLimits(400, 8, 4096);
        var comments = Microsoft.FSharp.Collections.ListModule.OfSeq<string>(["#"]);
        return csv
            ? ReaderSpec.NewCsv(
                new CsvDialect(
                    CsvSeparator.NewText(","),
                    Microsoft.FSharp.Core.FSharpValueOption<byte>.NewValueSome((byte)'"'),
                    CsvEscape.Doubled,
                    comments,
                    0,
                    CsvHeader.FirstRow,
                    Microsoft.FSharp.Collections.FSharpList<string>.Empty,
                    limits
                )
            )
            : ReaderSpec.NewLines(new LinesDialect(comments, false, limits));
    }

    private string Put(string text, bool gzip, DateTime? modified = null)
    {
        var path = gzip ? WriteGzip("file", text) : Write("file", text);
        File.SetLastWriteTimeUtc(path, modified ?? Noon);
        return path;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Resumed_at_any_border_the_records_are_those_of_one_pass(bool csv, bool gzip)
    {
        var format = Format(csv);
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var path = Put(Text(random, csv), gzip);
            var whole = ReadAll(path, format);
            Assert.True(whole.Count > 150);

            var pieces = new List<string>();
            FileCursor? cursor = null;
            var batch = new RawBatch(4);
            for (var going = true; going; )
            {
                // A process that lives for a few batches; the last one it read is lost with it.
                using var reading = FileSource.Open(path, Small, format, cursor);
                Assert.Equal(cursor is null ? FileStart.Fresh : reading.Start, reading.Start);
                Assert.NotEqual(FileStart.Rewritten, reading.Start);
                var lives = random.Next(1, 8);
                for (var count = 0; count < lives && going; count++)
                {
                    going = reading.ReadBatch(batch, random.Next(1, 30));
                    pieces.AddRange(Describe(batch));
                    cursor = reading.CursorAfterLastBatch;
                }
                reading.ReadBatch(batch, 5);
            }
            Assert.Equal(whole, pieces);

            // Read to the end and not written since: nothing is left.
            using var again = FileSource.Open(path, Small, format, cursor);
            Assert.Equal(gzip ? FileStart.Resumed : FileStart.Unchanged, again.Start);
            Assert.False(again.ReadBatch(batch, 10));
            Assert.Equal(cursor, again.CursorAfterLastBatch);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Appended_records_are_read_from_the_cursor_on(bool csv, bool gzip)
    {
        var format = Format(csv);
        var text = Text(new Random(3), csv) + "\n";
        var path = Put(text, gzip);
        var cursor = CursorAtEnd(path, format);
        Put(text + "new1,x\nnew2,y\n", gzip, Noon.AddHours(1));
        using var reading = FileSource.Open(path, Small, format, cursor);
        Assert.Equal(FileStart.Resumed, reading.Start);
        Assert.Equal(["new1", "new2"], ReadAll(reading).Select(row => row.Split(' ', '|', ',')[1]));
    }

    [Fact]
    public void A_last_line_that_goes_on_is_read_again_as_a_whole()
    {
        var path = Put("a.example\nb.exa", gzip: false);
        var cursor = CursorAtEnd(path, Lines);
        Put("a.example\nb.example\nc.example\n", gzip: false, Noon.AddHours(1));
        using var reading = FileSource.Open(path, Small, Lines, cursor);
        Assert.Equal(["2@10: b.example", "3@20: c.example"], ReadAll(reading));

        // A line end that comes later does not repeat the line.
        Put("a.example\nb.exa\nc.example\n", gzip: false, Noon.AddHours(1));
        using var other = FileSource.Open(path, Small, Lines, cursor);
        Assert.Equal(["3@16: c.example"], ReadAll(other));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_rewritten_or_shorter_file_is_read_anew(bool gzip)
    {
        var path = Put("a\nb\nc\n", gzip);
        var cursor = CursorAtEnd(path, Lines);

        Put("x\nb\nc\nd\n", gzip, Noon.AddHours(1));
        using (var rewritten = FileSource.Open(path, Small, Lines, cursor))
        {
            Assert.Equal(FileStart.Rewritten, rewritten.Start);
            Assert.Equal(4, ReadAll(rewritten).Count);
        }

        Put("a\n", gzip, Noon.AddHours(1));
        using var shorter = FileSource.Open(path, Small, Lines, cursor);
        Assert.Equal(FileStart.Rewritten, shorter.Start);
        Assert.Equal(["1@0: a"], ReadAll(shorter));
    }

    [Fact]
    public void The_header_travels_with_the_cursor()
    {
        var path = Put("x, \"y z\"\na,b\nc,d\n", gzip: false);
        using var first = FileSource.Open(path, Small, Csv);
        Assert.Equal(0, first.CursorAfterLastBatch.Offset);
        var batch = new RawBatch(4);
        Assert.True(first.ReadBatch(batch, 1));
        Assert.Equal("""["x","y z"]""", first.CursorAfterLastBatch.Header);

        using var second = FileSource.Open(path, Small, Csv, first.CursorAfterLastBatch);
        Assert.Equal(["x", "y z"], second.Columns);
        Assert.Equal(["3@13: c|d"], ReadAll(second));
    }

    [Fact]
    public void A_cursor_of_another_format_starts_anew()
    {
        var path = Put("x,y\na,b\n", gzip: false);
        var lines = CursorAtEnd(path, Lines);
        using var reading = FileSource.Open(path, Small, Csv, lines with { Offset = 4, Header = "" });
        Assert.Equal(FileStart.Rewritten, reading.Start);
        Assert.Equal(["2@4: a|b"], ReadAll(reading));

        using var broken = FileSource.Open(path, Small, Csv, lines with { Offset = 4, Header = "{" });
        Assert.Equal(FileStart.Rewritten, broken.Start);
    }

    private static FileCursor CursorAtEnd(string path, ReaderSpec format)
    {
        using var reading = FileSource.Open(path, Small, format);
        ReadAll(reading);
        return reading.CursorAfterLastBatch;
    }
}
