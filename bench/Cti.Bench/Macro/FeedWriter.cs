// The feed of the macro benchmark: a CSV of so many records, made the same way every time. Every row is a function of seed and row number,
// so that a row can repeat any earlier one without anything being remembered.

using System.Globalization;

namespace Cti.Bench.Macro;

/// <summary>What a generated feed holds.</summary>
/// <param name="Records">Data rows.</param>
/// <param name="Malformed">Rows that must be rejected.</param>
/// <param name="Listed">Rows planted from warninglists, which must be screened (random values may hit lists too).</param>
internal sealed record FeedFacts(long Records, long Malformed, long Listed);

/// <summary>Writes feeds with the columns value, type, source, first_seen.</summary>
/// <param name="seed">Chooses the feed.</param>
/// <param name="listed">Values that warninglists hold, as `value,type`.</param>
internal sealed class FeedWriter(ulong seed, IReadOnlyList<byte[]> listed)
{
    private const int Sources = 10;

    /// <summary>Room that the longest row needs.</summary>
    private const int LongestRow = 512;

    /// <summary>The end of the 20 days the feed reports of, and the `--now` of the run.</summary>
    public static readonly DateTimeOffset Now = new(2026, 1, 20, 0, 0, 0, TimeSpan.Zero);

    // 0.5 % of rows cannot be used; among them are those that careless parsers rewrite or crash on.
    private static readonly byte[][] s_malformed =
    [
        .. new[]
        {
            "010.020.030.040,ipv4",
            "256.1.2.3,ipv4",
            "1.2.3,ipv4",
            "bad..example.com,domain",
            "-.example.com,domain",
            "d41d8cd98f00b204e9800998ecf8427,md5",
            "da39a3ee5e6b4b0d3255bfef95601890afd8070,sha1",
            "http://,url",
            ",domain",
        }.Select(System.Text.Encoding.UTF8.GetBytes),
    ];

    private enum Kind
    {
        New,
        FromAnotherSource,
        Again,
        Malformed,
        Listed,
    }

    /// <summary>Writes the feed and gives what is in it.</summary>
    public FeedFacts Write(long records, Stream output)
    {
        var buffer = new byte[1 << 20];
        var length = Values.Copy("value,type,source,first_seen\n"u8, buffer);
        long malformed = 0,
            planted = 0;
        for (long row = 0; row < records; row++)
        {
            if (buffer.Length - length < LongestRow)
            {
                output.Write(buffer, 0, length);
                length = 0;
            }

            var dice = new Dice(seed, (ulong)row);
            var kind = KindOf(ref dice);
            malformed += kind is Kind.Malformed ? 1 : 0;
            planted += kind is Kind.Listed ? 1 : 0;
            length += Row(row, kind, ref dice, buffer.AsSpan(length));
        }

        output.Write(buffer, 0, length);
        return new FeedFacts(records, malformed, planted);
    }

    // 89 % new values, 10 % earlier ones from another source, 0.25 % earlier rows word for word, 0.5 % malformed, 0.25 % listed.
    private static Kind KindOf(ref Dice dice) =>
        dice.Below(10_000) switch
        {
            < 1_000 => Kind.FromAnotherSource,
            < 1_025 => Kind.Again,
            < 1_075 => Kind.Malformed,
            < 1_100 => Kind.Listed,
            _ => Kind.New,
        };

    private int Row(long row, Kind kind, ref Dice dice, Span<byte> target)
    {
        var origin = kind is Kind.FromAnotherSource or Kind.Again ? EarlierNew(row, ref dice) : -1;
        switch (kind)
        {
            case Kind.FromAnotherSource when origin >= 0:
                var length = NewValue(origin, target, out var first);
                return length + Tail((first + dice.Between(1, Sources - 1)) % Sources, ref dice, target, length);
            case Kind.Again when origin >= 0:
                var earlier = new Dice(seed, (ulong)origin);
                return Row(origin, KindOf(ref earlier), ref earlier, target);
            case Kind.Malformed:
                var bad = dice.Below(s_malformed.Length + 1);
                return bad < s_malformed.Length
                    ? Whole(s_malformed[bad], ref dice, target)
                    : Values.Copy("192.0.43.10,ipv4,feed-3,2026-02-30 12:00:00\n"u8, target);
            case Kind.Listed when listed.Count > 0:
                return Whole(listed[dice.Below(listed.Count)], ref dice, target);
            default:
                var fresh = NewValue(row, target, out var source);
                return fresh + Tail(source, ref dice, target, fresh);
        }
    }

    // An earlier row that brought a new value: any distance back, so that it may lie in another epoch.
    private long EarlierNew(long row, ref Dice dice)
    {
        for (var at = row == 0 ? -1 : (long)(dice.Next() % (ulong)row); at >= 0; at--)
        {
            var other = new Dice(seed, (ulong)at);
            if (KindOf(ref other) is Kind.New)
            {
                return at;
            }
        }

        return -1;
    }

    // The value and type that a row brings: from dice of their own, because other rows ask for them too.
    private int NewValue(long row, Span<byte> target, out int source)
    {
        var dice = new Dice(seed + 1, (ulong)row);
        source = dice.Below(Sources);
        int length;
        switch (dice.Below(100))
        {
            case < 36:
                length = Values.Ipv4(ref dice, target);
                return length + Values.Copy(",ipv4"u8, target[length..]);
            case < 68:
                length = Values.Domain(ref dice, target);
                return length + Values.Copy(",domain"u8, target[length..]);
            case < 81:
                length = Values.Url(ref dice, target);
                return length + Values.Copy(",url"u8, target[length..]);
            case < 87:
                length = Values.Hash(ref dice, 32, target);
                return length + Values.Copy(",md5"u8, target[length..]);
            case < 91:
                length = Values.Hash(ref dice, 40, target);
                return length + Values.Copy(",sha1"u8, target[length..]);
            default:
                length = Values.Hash(ref dice, 64, target);
                return length + Values.Copy(",sha256"u8, target[length..]);
        }
    }

    private static int Whole(ReadOnlySpan<byte> valueAndType, ref Dice dice, Span<byte> target)
    {
        var length = Values.Copy(valueAndType, target);
        return length + Tail(dice.Below(Sources), ref dice, target, length);
    }

    // `,feed-3,2026-01-07 12:34:56` and the line's end.
    private static int Tail(int source, ref Dice dice, Span<byte> target, int at)
    {
        var start = at;
        at += Values.Copy(",feed-"u8, target[at..]);
        at += Values.Number(source, target[at..]);
        target[at++] = (byte)',';
        var time = Now.UtcDateTime.AddSeconds(-1 - dice.Below(20 * 86_400));
        _ = time.TryFormat(target[at..], out var written, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        at += written;
        target[at++] = (byte)'\n';
        return at - start;
    }
}
