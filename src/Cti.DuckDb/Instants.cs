// Between DuckDB's counts since 1970 and .NET's dates and times.
// Knows: units and limits. Must not know: where the counts come from.

namespace Cti.DuckDb;

internal static class Instants
{
    private const long EpochTicks = 621_355_968_000_000_000; // DateTime.UnixEpoch.Ticks
    private const int EpochDay = 719_162; // DateOnly(1970, 1, 1).DayNumber

    /// <summary>Microseconds since 1970. Local times become UTC first; others are taken as they stand.</summary>
    public static long Micros(DateTime time)
    {
        var ticks = time.Kind == DateTimeKind.Local ? time.ToUniversalTime().Ticks : time.Ticks;
        return Floor(ticks - EpochTicks, TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>Microseconds since 1970-01-01T00:00:00Z; finer parts are cut off, toward the past.</summary>
    public static long Micros(DateTimeOffset time) => Floor(time.UtcTicks - EpochTicks, TimeSpan.TicksPerMicrosecond);

    public static int Days(DateOnly date) => date.DayNumber - EpochDay;

    /// <exception cref="OverflowException">The date is infinite or outside the years 1 to 9999.</exception>
    public static DateOnly Date(int days)
    {
        var number = (long)days + EpochDay;
        return number is >= 0 and <= 3_652_058
            ? DateOnly.FromDayNumber((int)number)
            : throw new OverflowException($"Day {days} from 1970 is outside the years 1 to 9999.");
    }

    /// <exception cref="OverflowException">The count is infinite or outside the years 1 to 9999.</exception>
    public static DateTime FromMicros(long micros, DateTimeKind kind) =>
        Make(micros, TimeSpan.TicksPerMicrosecond, kind);

    public static DateTime FromMillis(long millis) =>
        Make(millis, TimeSpan.TicksPerMillisecond, DateTimeKind.Unspecified);

    public static DateTime FromSeconds(long seconds) =>
        Make(seconds, TimeSpan.TicksPerSecond, DateTimeKind.Unspecified);

    /// <summary>Nanoseconds are cut to .NET's 100.</summary>
    public static DateTime FromNanos(long nanos) => new(EpochTicks + Floor(nanos, 100), DateTimeKind.Unspecified);

    /// <exception cref="OverflowException">24:00:00, which DuckDB has and .NET has not.</exception>
    public static TimeOnly Time(long micros) =>
        micros is >= 0 and < 86_400_000_000
            ? new TimeOnly(micros * TimeSpan.TicksPerMicrosecond)
            : throw new OverflowException($"{micros} microseconds are no time of day in .NET.");

    private static DateTime Make(long count, long ticksEach, DateTimeKind kind)
    {
        var ticks = (Int128)count * ticksEach + EpochTicks;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
            ? new DateTime((long)ticks, kind)
            : throw new OverflowException($"The timestamp {count} is infinite or outside the years 1 to 9999.");
    }

    private static long Floor(long value, long unit) => value >= 0 ? value / unit : -((-value + unit - 1) / unit);
}
