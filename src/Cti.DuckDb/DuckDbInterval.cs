// DuckDB's INTERVAL: three parts that do not convert into each other.
// Knows: its own layout (it crosses the border as it is). Must not know: calendars.

using System.Runtime.InteropServices;

namespace Cti.DuckDb;

/// <summary>A span of time in months, days and microseconds.</summary>
/// <param name="Months">Whole months; a year is twelve.</param>
/// <param name="Days">Whole days.</param>
/// <param name="Micros">Microseconds.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct DuckDbInterval(int Months, int Days, long Micros)
{
    /// <summary>The interval as a time span, with days of 24 hours.</summary>
    /// <exception cref="InvalidCastException">It has months, which have no fixed length.</exception>
    public TimeSpan ToTimeSpan() =>
        Months == 0
            ? TimeSpan.FromDays(Days) + TimeSpan.FromMicroseconds(Micros)
            : throw new InvalidCastException($"An interval of {Months} months is no fixed span of time.");

    /// <summary>A time span as an interval without months; whole days stand apart, as DuckDB prints them.</summary>
    public static DuckDbInterval FromTimeSpan(TimeSpan span) =>
        new(0, span.Days, (span - TimeSpan.FromDays(span.Days)).Ticks / TimeSpan.TicksPerMicrosecond);
}
