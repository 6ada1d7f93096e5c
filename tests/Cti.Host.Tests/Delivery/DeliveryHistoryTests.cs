// Random histories against a real store: values come and change, endpoints fail, lag and lose acknowledgements, runs are aborted between any two sends.
// Whatever happened, a run in which nothing fails leaves every endpoint with the last revision of everything.

using Cti.Host.Delivery;
using Cti.Host.Graph;
using Cti.Host.Store;
using Xunit;

namespace Cti.Host.Tests.Delivery;

public class DeliveryHistoryTests
{
    [Theory]
    [InlineData(0, 3)]
    [InlineData(8, 3)]
    [InlineData(16, 3)]
    [InlineData(24, 3)]
    public async Task Whatever_happened_before_the_last_revision_of_everything_arrives(int firstSeed, int histories)
    {
        for (var seed = firstSeed; seed < firstSeed + histories; seed++)
        {
            await ReplayAsync(seed);
        }
    }

    private static async Task ReplayAsync(int seed)
    {
        var random = new Random(seed);
        using var work = new DeliveryWork { EpochRecords = random.Next(3, 30) };
        var keys = $"timeout: 1h, batch: {{ records: {random.Next(1, 15)} }}, retry: {{ attempts: 3 }}";
        Endpoint[] endpoints =
        [
            work.Sink("lock_step", keys),
            work.Sink("lags", keys + $", max_lag: {random.Next(1, 60)}"),
            work.Sink("spills", keys + ", on_full: spill"),
        ];
        for (var run = 0; run < 4; run++)
        {
            work.Snapshot("list", DeliveryWork.Values(100 + random.Next(20), random.Next(1, 20)));
            foreach (var source in (string[])["a", "b", "c"])
            {
                work.Source(source, DeliveryWork.Values(random.Next(40), random.Next(40)));
            }

            using var killSwitch = new KillSwitch();
            var isLast = run == 3;
            foreach (var endpoint in endpoints)
            {
                var dice = new Random(random.Next());
                endpoint.AnswersInstead = _ => isLast || dice.Next(100) >= 8 ? null : Lost;
                endpoint.Answer = (_, _, _) =>
                {
                    lock (dice)
                    {
                        return Task.FromResult<SendOutcome?>(isLast ? null : Misbehave(dice.Next(100), killSwitch));
                    }
                };
            }

            var report = await work.RunAsync(killSwitch);
            Assert.True(
                !isLast || report.Status == RunStatus.Done,
                $"seed {seed}: {string.Join("; ", report.Messages)}"
            );
        }

        TheLogSaysWhatTheClaimsSay(work, seed);
        var last = work
            .Work.Query(
                "SELECT indicator::VARCHAR || ':' || max(revision) FROM changes GROUP BY indicator HAVING arg_max(op, sequence) <> 'withdrawn'"
            )
            .Select(row => row[0])
            .ToHashSet(StringComparer.Ordinal);
        var letters = work
            .Work.Query("SELECT stage || ' ' || indicator::VARCHAR || ':' || revision FROM dead_letters")
            .Select(row => row[0])
            .ToHashSet(StringComparer.Ordinal);
        foreach (var endpoint in endpoints)
        {
            var taken = endpoint.Taken.Select(record => record.Key).ToHashSet(StringComparer.Ordinal);
            var lost = last.Where(key => !taken.Contains(key) && !letters.Contains($"sink:{endpoint.Name} {key}"));
            Assert.True(!lost.Any(), $"seed {seed}: {endpoint.Name} lacks {string.Join(", ", lost)}");
            HoldsWhatStands(work, endpoint, seed);
        }
    }

    // What the log calls the newest is what the claims are, and no number of it is missing: else a sink could pass over something.
    private static void TheLogSaysWhatTheClaimsSay(DeliveryWork work, int seed)
    {
        var different = work.Work.Column(
            """
            SELECT subject::VARCHAR FROM (SELECT subject, max(revision) AS revision FROM store.claims GROUP BY subject) c
            JOIN (SELECT indicator, max(revision) AS revision FROM store.changes GROUP BY indicator) h ON h.indicator = c.subject
            WHERE c.revision <> h.revision
            """
        );
        Assert.True(different.Count == 0, $"seed {seed}: {string.Join(", ", different)}");
        Assert.Equal(
            ["True"],
            work.Work.Column("SELECT count(DISTINCT sequence) = max(sequence) AND min(sequence) = 1 FROM store.changes")
        );
    }

    // Also what it took and nobody noted before it was withdrawn; and the store knows what it holds.
    private static void HoldsWhatStands(DeliveryWork work, Endpoint endpoint, int seed)
    {
        var held = endpoint
            .Taken.GroupBy(record => record.Key.Split(':')[0])
            .Where(records => records.Last().Op != "withdrawn")
            .Select(records => records.Key)
            .Order(StringComparer.Ordinal);
        var letters = work.Work.Column(
            $"SELECT indicator::VARCHAR FROM dead_letters WHERE stage = 'sink:{endpoint.Name}' AND status = 'open'"
        );
        var noted = work.Work.Column(
            $"SELECT indicator::VARCHAR FROM sink_state WHERE sink = '{endpoint.Name}' ORDER BY indicator::VARCHAR"
        );
        Assert.Equal(noted.Except(letters), held.Except(letters));
        var stands = work.Work.Column(
            "SELECT indicator::VARCHAR FROM indicators WHERE withdrawn_at IS NULL ORDER BY indicator::VARCHAR"
        );
        Assert.True(
            stands.Except(letters).SequenceEqual(noted.Except(letters)),
            $"seed {seed}: {endpoint.Name} holds {noted.Count} of {stands.Count}"
        );
    }

    private static NotDelivered Lost =>
        new(FailureKind.Misconfigured, "CTI-SINK-999", "scripted: taken, and the answer is lost.");

    private static NotDelivered? Misbehave(int dice, KillSwitch killSwitch)
    {
        switch (dice)
        {
            case < 8:
                return new NotDelivered(FailureKind.Transient, "CTI-SINK-999", "scripted.");
            case < 11:
                return new NotDelivered(FailureKind.Throttled, "CTI-SINK-999", "scripted.", TimeSpan.FromSeconds(3));
            case < 13:
                return new NotDelivered(FailureKind.Terminal, "CTI-SINK-999", "scripted.");
            case 13:
                return new NotDelivered(FailureKind.Misconfigured, "CTI-SINK-999", "scripted.");
            case 14:
                killSwitch.AbortNow();
                return null;
            case 15:
                killSwitch.Shutdown();
                return null;
            default:
                return null;
        }
    }
}
