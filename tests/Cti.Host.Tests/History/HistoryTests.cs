// What a store says of a time: lists in order, out of order, suspect, and what was known when.

using Cti.Core;
using Cti.Host.Store;
using Xunit;

namespace Cti.Host.Tests.History;

public class HistoryTests
{
    private const string State =
        "c.value, s.name, c.first_seen, c.last_seen, c.recorded_at, coalesce(c.withdrawn_at::VARCHAR, '-'), c.confidence, c.tlp, c.labels, c.observations, coalesce(c.description, '-')";

    private static readonly string[] Values = ["a.example.com", "b.example.com", "c.example.com", "d.example.com"];

    [Fact]
    public async Task A_claim_has_an_interval_for_every_time_it_stood()
    {
        using var store = new HistoryStore();
        await store.ReadAsync(1, 1, Of("ab"));
        await store.ReadAsync(2, 2, Of("ab"));
        await store.ReadAsync(3, 3, Of("bc"));
        await store.ReadAsync(4, 4, Of("abc"));
        Assert.Equal(
            [
                "a.example.com 2026-01-02 2026-01-04",
                "a.example.com 2026-01-05 -",
                "b.example.com 2026-01-02 -",
                "c.example.com 2026-01-04 -",
            ],
            Intervals(store)
        );
        // Being on the list once more is not worth a row.
        Assert.Equal(4, store.Work.Count("SELECT count(*) FROM observations"));
        Assert.Equal(4, store.Work.Count("SELECT sum(observations)::BIGINT FROM claims"));
    }

    [Fact]
    public async Task What_was_on_a_block_list_on_a_day_can_be_told()
    {
        using var store = new HistoryStore();
        await store.ReadAsync(1, 1, Of("ab"));
        await store.ReadAsync(2, 2, Of("ab"));
        await store.ReadAsync(3, 3, Of("bc"));
        await store.ReadAsync(5, 5, Of("abc"));
        Assert.Equal("", On(store, 0));
        Assert.Equal("ab", On(store, 1));
        Assert.Equal("ab", On(store, 2));
        Assert.Equal("bc", On(store, 3));
        Assert.Equal("bc", On(store, 4));
        Assert.Equal("abc", On(store, 9));
    }

    [Fact]
    public async Task A_late_snapshot_changes_what_is_known_and_not_what_was_known()
    {
        using var store = new HistoryStore();
        await store.ReadAsync(1, 11, Of("ab"));
        await store.ReadAsync(4, 14, Of("ab"));
        await store.ReadAsync(5, 15, Of("bc"));
        var before = store.Export("bundle", HistoryStore.Time(3), HistoryStore.Time(15));
        // Of day 3: a was gone, d was there, c not yet.
        await store.ReadAsync(3, 20, Of("bd"));
        Assert.Equal("ab", On(store, 3, 15));
        Assert.Equal("bd", On(store, 3, 20));
        Assert.Equal("ab", On(store, 4, 20));
        Assert.Equal("bc", On(store, 6, 20));
        Assert.Equal(before, store.Export("bundle", HistoryStore.Time(3), HistoryStore.Time(15)));
        Assert.Equal(["bc"], [Standing(store)]);
        Assert.Equal(
            [
                "a.example.com 2026-01-02 2026-01-04",
                "a.example.com 2026-01-05 2026-01-06",
                "b.example.com 2026-01-02 -",
                "c.example.com 2026-01-06 -",
                "d.example.com 2026-01-04 2026-01-05",
            ],
            Intervals(store)
        );
    }

    [Fact]
    public async Task A_late_snapshot_can_tell_that_an_absence_began_earlier()
    {
        using var store = new HistoryStore();
        await store.ReadAsync(1, 11, Of("abc"));
        await store.ReadAsync(5, 15, Of("bc"));
        await store.ReadAsync(3, 20, Of("bc"));
        Assert.Equal("abc", On(store, 3, 15));
        Assert.Equal("bc", On(store, 3, 20));
        Assert.Equal("abc", On(store, 2, 20));
        Assert.Equal(
            ["2026-01-04 00:00:00"],
            store.Work.Column("SELECT withdrawn_at::VARCHAR FROM claims WHERE value = 'a.example.com'")
        );
        Assert.Equal(
            ["2026-01-02 2026-01-06 2026-01-16 2026-01-21"],
            store.Work.Column(
                "SELECT concat_ws(' ', \"from\"::DATE, until::DATE, recorded_at::DATE, superseded_at::DATE) FROM claim_history WHERE superseded_at IS NOT NULL"
            )
        );
    }

    [Fact]
    public async Task A_snapshot_that_is_not_believed_ends_nothing_and_shows_what_it_lists()
    {
        using var store = new HistoryStore();
        await store.ReadAsync(1, 1, Of("ab"));
        await store.ReadAsync(2, 2, Of("bc"));
        // One record where at least two are expected, and then none.
        await store.ReadAsync(3, 3, Of("a"));
        await store.ReadAsync(4, 4, Of(""));
        Assert.Equal("abc", On(store, 3));
        Assert.Equal("abc", On(store, 4));
        await store.ReadAsync(5, 5, Of("bc"));
        Assert.Equal("bc", On(store, 5));
        Assert.Equal(
            ["believed", "believed", "suspect", "suspect", "believed"],
            store.Work.Column("SELECT verdict FROM snapshots ORDER BY taken_at")
        );
    }

    [Fact]
    public async Task An_older_word_on_a_list_is_not_todays()
    {
        using var store = new HistoryStore();
        await store.ReadAsync(1, 11, [new("a.example.com", 50, "x", "first"), new("b.example.com", 50, "x", "")]);
        await store.ReadAsync(5, 15, [new("a.example.com", 50, "x", "first"), new("b.example.com", 50, "x", "")]);
        await store.ReadAsync(3, 20, [new("a.example.com", 30, "x", "between"), new("b.example.com", 50, "x", "")]);
        Assert.Equal(
            ["50 first"],
            store.Work.Column("SELECT confidence || ' ' || description FROM claims WHERE value = 'a.example.com'")
        );
        Assert.Equal(
            ["30|between"],
            store.AsOfRows(HistoryStore.Time(4), AsOf.Latest, "c.confidence, c.description").Take(1)
        );
        Same(store);
    }

    [Fact]
    public async Task An_export_takes_the_configuration_of_then()
    {
        using var store = new HistoryStore("confidence >= 50");
        await store.ReadAsync(1, 1, [new("a.example.com", 90, "x", ""), new("b.example.com", 40, "x", "")]);
        store.Configure("confidence < 50");
        await store.ReadAsync(2, 2, [new("a.example.com", 90, "x", ""), new("b.example.com", 40, "x", "")]);
        Assert.Equal("a", On(store, 1, 1));
        Assert.Equal("b", On(store, 1, 2));
    }

    /// <summary>
    /// Random snapshots in a random order: the claims of today are those as of now, every day shows what its snapshots say, and what was rendered
    /// once is rendered again. Another order gives the same intervals and the same claims.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task History_does_not_depend_on_the_order_it_is_told_in(int seed)
    {
        var random = new Random(seed);
        var days = Enumerable.Range(1, 7).Select(day => (Day: day, Entries: Snapshot(random))).ToArray();
        var feed = days.Select(_ => Feed(random)).ToArray();
        using var one = new HistoryStore();
        using var other = new HistoryStore();
        var rendered = new List<(int Day, int Known, string Bytes)>();
        var order = Enumerable.Range(0, days.Length).ToArray();
        random.Shuffle(order);
        for (var index = 0; index < order.Length; index++)
        {
            var (day, entries) = days[order[index]];
            await one.ReadAsync(day, 100 + index, entries, feed[order[index]]);
            Same(one);
            var asked = random.Next(1, 8);
            rendered.Add(
                (asked, 100 + index, one.Export("bundle", HistoryStore.Time(asked), HistoryStore.Time(100 + index)))
            );
        }

        foreach (var (day, known, bytes) in rendered)
        {
            Assert.Equal(bytes, one.Export("bundle", HistoryStore.Time(day), HistoryStore.Time(known)));
        }

        SameAsMerged(one, random.Next(1, 8), 100 + random.Next(0, 7));
        random.Shuffle(order);
        for (var index = 0; index < order.Length; index++)
        {
            await other.ReadAsync(days[order[index]].Day, 100 + index, days[order[index]].Entries, feed[order[index]]);
        }

        Assert.Equal(Intervals(one), Intervals(other));
        const string words =
            "c.value, s.name, c.first_seen, c.last_seen, coalesce(c.withdrawn_at::VARCHAR, '-'), c.confidence, c.tlp, coalesce(c.description, '-')";
        Assert.Equal(one.Rows(words), other.Rows(words));
        for (var day = 0; day <= 8; day++)
        {
            Assert.Equal(Expected(days, day), ListedOn(one, day));
            Assert.Equal(Expected(days, day), ListedOn(other, day));
        }
    }

    // Today's claims are the claims as of now.
    private static void Same(HistoryStore store) =>
        Assert.Equal(store.Rows(State), store.AsOfRows(HistoryStore.Time(5000), AsOf.Latest, State));

    // The SQL says what the core's merge says of the same rows.
    private static void SameAsMerged(HistoryStore store, int day, int known)
    {
        var at = HistoryStore.Time(day);
        var rows = store.Work.Query(
            $"SELECT o.value, epoch_us(o.first_seen), epoch_us(o.event_time), o.confidence, o.tlp, o.labels[1], coalesce(o.description, '') FROM observations o WHERE o.source = 'feed' AND o.event_time <= make_timestamp({at}) AND o.recorded_at <= make_timestamp({HistoryStore.Time(known)}) ORDER BY o.value"
        );
        var expected = rows.GroupBy(row => row[0])
            .Select(group =>
            {
                var merged = group
                    .Select(row => new Assertion(
                        long.Parse(row[1]),
                        long.Parse(row[2]),
                        TimestampModule.none,
                        byte.Parse(row[3]),
                        Tlp.Clear,
                        NameSet.Of([row[5]]),
                        row[6].Length == 0 ? TimestampModule.none : long.Parse(row[2]),
                        System.Text.Encoding.UTF8.GetBytes(row[6]),
                        []
                    ))
                    .Aggregate(Cti.Core.Merge.assertion);
                return $"{group.Key}|feed|{merged.FirstSeen}|{merged.LastSeen}|{merged.Confidence}|{System.Text.Encoding.UTF8.GetString(merged.Description)}|{group.Count()}";
            })
            .Order(StringComparer.Ordinal);
        Assert.Equal(
            expected,
            store
                .AsOfRows(
                    at,
                    HistoryStore.Time(known),
                    "c.value, s.name, epoch_us(c.first_seen), epoch_us(c.last_seen), c.confidence, coalesce(c.description, ''), c.observations"
                )
                .Where(row => row.Contains("|feed|", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        );
    }

    // What the snapshots themselves say of a day: the last that is believed, and what was on later ones that are not.
    private static string Expected((int Day, Entry[] Entries)[] days, int day)
    {
        var standing = new SortedSet<char>();
        foreach (var (_, entries) in days.Where(one => one.Day <= day).OrderBy(one => one.Day))
        {
            if (entries.Length >= 2)
            {
                standing.Clear();
            }

            standing.UnionWith(entries.Select(entry => entry.Value[0]));
        }

        return string.Concat(standing);
    }

    private static string ListedOn(HistoryStore store, int day) =>
        string.Concat(
            store
                .AsOfRows(
                    HistoryStore.Time(day),
                    AsOf.Latest,
                    "c.value, s.name, coalesce(c.withdrawn_at::VARCHAR, '-')"
                )
                .Where(row => row.EndsWith("|list|-", StringComparison.Ordinal))
                .Select(row => row[0])
                .Order()
        );

    private static Entry[] Snapshot(Random random) =>
        [
            .. Values
                .Where(_ => random.Next(10) < 6)
                .Select(value => new Entry(
                    value,
                    random.Next(3) == 0 ? 40 : 80,
                    random.Next(4) == 0 ? "y" : "x",
                    random.Next(4) == 0 ? "other" : "note"
                )),
        ];

    private static FeedEntry[] Feed(Random random) =>
        [
            .. Enumerable
                .Range(0, random.Next(4))
                .Select(_ =>
                {
                    var day = random.Next(1, 8);
                    return new FeedEntry(
                        Values[random.Next(Values.Length)],
                        random.Next(1, day + 1),
                        day,
                        random.Next(1, 100),
                        random.Next(2) == 0 ? "u" : "v",
                        random.Next(3) == 0 ? "" : $"said {random.Next(3)}"
                    );
                }),
        ];

    private static Entry[] Of(string letters) =>
        [.. letters.Select(letter => new Entry($"{letter}.example.com", 80, "x", "note"))];

    private static string On(HistoryStore store, int day, int known = 5000) =>
        string.Concat(
            store
                .Export("list", HistoryStore.Time(day), HistoryStore.Time(known))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line[0])
        );

    private static string Standing(HistoryStore store) =>
        string.Concat(store.Work.Lines("out/list.txt").Select(line => line[0]));

    private static List<string> Intervals(HistoryStore store) =>
        store.Work.Column(
            "SELECT concat_ws(' ', value, \"from\"::DATE, coalesce(until::DATE::VARCHAR, '-')) FROM claim_history WHERE source = 'list' AND superseded_at IS NULL ORDER BY value, \"from\""
        );
}
