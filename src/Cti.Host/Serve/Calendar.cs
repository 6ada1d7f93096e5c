// The instants of a timetable: beats by the core, cron lines by Quartz's parser, which knows calendars and the days on which clocks change.

using Cti.Core;
using Microsoft.FSharp.Core;
using Quartz;

namespace Cti.Host.Serve;

internal static class Calendar
{
    /// <summary>
    /// The first instant after another. A time that a clock skips in spring comes when it has skipped; one that it shows twice in autumn comes once.
    /// </summary>
    /// <param name="timetable">What is declared; its time zone is known to this machine.</param>
    /// <param name="seed">Where beats lie.</param>
    public static NextInstant Of(Timetable timetable, string seed)
    {
        if (timetable is Timetable.Cron { cron: var cron, zone: var name })
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(name);
            var lines = CronModule.toQuartz(cron).Select(line => new CronExpression(line, zone)).ToList();
            return after => First(lines.Select(line => line.GetNextValidTimeAfter(after)));
        }

        return SourceTimerModule.every(seed, ((Timetable.Every)timetable).Item);
    }

    private static FSharpValueOption<DateTimeOffset> First(IEnumerable<DateTimeOffset?> instants) =>
        instants.Min() is { } first
            ? FSharpValueOption<DateTimeOffset>.Some(first)
            : FSharpValueOption<DateTimeOffset>.None;
}
