// The view of false positives is the rule of F# written in SQL: held equal over random verdicts, many of them at one time.

using Cti.Core;
using Cti.Host.Store;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Verdicts;

public class FalsePositiveViewTests
{
    [Fact]
    public void The_view_equals_the_core_over_random_verdicts()
    {
        using var work = new Workspace();
        using var store = StoreFile.Open(work.StorePath, new StoreOptions());
        var random = new Random(11);
        var kinds = VerdictKindModule.all.Select(VerdictKindModule.name).ToArray();
        var subjects = Enumerable.Range(1, 300).Select(number => UuidModule.toGuid((UInt128)number)).ToList();
        var begin = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        for (var number = 0; number < 1500; number++)
        {
            store.Connection.Run(
                "INSERT INTO verdicts VALUES ($1, $2, 'ann', NULL, $3, $4)",
                subjects[random.Next(subjects.Count)],
                kinds[random.Next(kinds.Length)],
                begin.AddHours(random.Next(6)),
                begin.AddDays(number / 10)
            );
        }

        var table = VerdictLog.Read(store.Connection, AsOf.Latest);
        var now = TimestampModule.ofDateTimeOffset(DateTimeOffset.UtcNow);
        var core = subjects
            .Select(subject => (Subject: subject, Standing: table.At(UuidModule.ofGuid(subject), now)))
            .Where(row => row.Standing.IsFalse)
            .Select(row => $"{row.Subject} {TimestampModule.toDateTime(row.Standing.TurnedAt):s}")
            .Order(StringComparer.Ordinal)
            .ToList();
        var view = store
            .Connection.Rows(
                "SELECT indicator, since FROM false_positives",
                reader => $"{reader.GetGuid(0)} {reader.GetDateTime(1):s}"
            )
            .Order(StringComparer.Ordinal);
        Assert.Equal(core, view);
        // The sample decides something.
        Assert.InRange(core.Count, 60, 240);
    }
}
