using System.Text;
using Cti.Core;
using Cti.Host.Sources;
using Xunit;

namespace Cti.Host.Tests.Sources;

/// <summary>Files in other encodings: the same records, at places counted in UTF-8; resumed like any other file.</summary>
public sealed class EncodingTests : SourceFixture
{
    private static readonly Encoding Utf16 = new UnicodeEncoding(bigEndian: false, byteOrderMark: false);
    private static readonly Encoding Utf16Big = new UnicodeEncoding(bigEndian: true, byteOrderMark: false);

    [Fact]
    public void Utf16_is_known_by_its_mark_or_by_its_NUL_bytes()
    {
        foreach (var encoding in (Encoding[])[Utf16, Utf16Big])
        {
            foreach (var mark in (string[])["", "\uFEFF"])
            {
                var path = Write("a.csv", encoding.GetBytes(mark + "x,y\r\né,漢\n😀,b"));
                var at = mark.Length > 0 ? 3 : 0;
                var expected = new[] { $"2@{at + 5}: é|漢", $"3@{at + 12}: 😀|b" };
                Assert.Equal(expected, ReadAll(path, Csv));
                Assert.Equal(expected, ReadAll(path, Csv, new() { BlockBytes = 16 }));
            }
        }
    }

    [Fact]
    public void Declared_encodings_are_decoded_and_nothing_is_guessed()
    {
        var path = Write("a.txt", Encoding.Latin1.GetBytes("a\ncaf\u00E9\nb\u00A0\n"));
        Assert.Equal(
            ["1@0: a", "2@2: café", "3@8: b\u00A0"],
            ReadAll(path, Lines, new() { Encoding = TextEncoding.Latin1 })
        );
        Assert.Equal("2@2: café", ReadAll(path, Lines, new() { Encoding = TextEncoding.Windows1252 })[1]);
        // Without a declaration the broken record is told, and a no-break space at the end is a blank.
        Assert.Equal(["1@0: a", "2@2: CTI-READ-006", "3@7: b"], ReadAll(path, Lines));
        Assert.Equal(["1@0: a"], ReadAll(Write("b.txt", "a\n"), Lines, new() { Encoding = TextEncoding.Macintosh }));
        Assert.Empty(ReadAll(Write("c.txt", ""), Lines, new() { Encoding = TextEncoding.Utf16Le }));
    }

    [Fact]
    public void Broken_utf16_rejects_its_record_with_text_a_person_knows()
    {
        byte[] bytes = [.. Utf16.GetBytes("a\nb"), 0x00, 0xd8, .. Utf16.GetBytes("c\nd\n")];
        using var reading = FileSource.Open(Write("a", bytes), Compression.Auto, Lines);
        var batch = new RawBatch(4);
        Assert.True(reading.ReadBatch(batch, 10));
        Assert.Equal(["1@0: a", "2@2: CTI-READ-006", "3@6: d"], Describe(batch));
        Assert.Equal("b\uFFFDc", Encoding.UTF8.GetString(batch.Rejections[0].Original));
    }

    [Fact]
    public void A_UTF16_file_that_grew_is_read_from_where_it_was_left()
    {
        var random = new Random(1);
        var text =
            "\uFEFFvalue,note\n" + string.Concat(Enumerable.Range(0, 300).Select(number => $"v{number},é\"漢\n"));
        var path = Write("a.csv", Utf16.GetBytes(text));
        var whole = ReadAll(path, Csv);
        Assert.Equal(300, whole.Count);
        var pieces = new List<string>();
        FileCursor? cursor = null;
        var batch = new RawBatch(4);
        for (var going = true; going; )
        {
            using var reading = FileSource.Open(path, new FileReadOptions { BlockBytes = 100 }, Csv, cursor);
            for (var lives = random.Next(1, 8); lives > 0 && going; lives--)
            {
                going = reading.ReadBatch(batch, random.Next(1, 30));
                pieces.AddRange(Describe(batch));
                cursor = reading.CursorAfterLastBatch;
            }
        }
        Assert.Equal(whole, pieces);

        Write("a.csv", Utf16.GetBytes(text + "new,1\n"));
        using var grown = FileSource.Open(path, Compression.Auto, Csv, cursor);
        Assert.Equal(FileStart.Resumed, grown.Start);
        Assert.EndsWith("new|1", Assert.Single(ReadAll(grown)), StringComparison.Ordinal);

        Write("a.csv", Utf16.GetBytes(text.Replace("v7,", "w7,", StringComparison.Ordinal)));
        using var rewritten = FileSource.Open(path, Compression.Auto, Csv, cursor);
        Assert.Equal(FileStart.Rewritten, rewritten.Start);
        Assert.Equal(300, ReadAll(rewritten).Count);
    }

    [Fact]
    public void The_same_file_under_another_encoding_is_read_anew()
    {
        var path = Write("a.txt", Encoding.Latin1.GetBytes("caf\u00E9\n"));
        using var first = FileSource.Open(path, new FileReadOptions { Encoding = TextEncoding.Latin1 }, Lines);
        ReadAll(first);
        var options = new FileReadOptions { Encoding = TextEncoding.Macintosh };
        using var second = FileSource.Open(path, options, Lines, first.CursorAfterLastBatch);
        Assert.Equal(FileStart.Rewritten, second.Start);
        Assert.Equal(["1@0: cafÈ"], ReadAll(second));
    }
}
