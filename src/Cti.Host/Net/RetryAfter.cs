// How long a server asks to be left alone.

using System.Net.Http.Headers;

namespace Cti.Host.Net;

internal static class RetryAfter
{
    /// <summary>RFC 9110, section 10.2.3: seconds, or a date; never negative. Null where it does not say.</summary>
    public static TimeSpan? Of(RetryConditionHeaderValue? header, DateTimeOffset now) =>
        header switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date > now ? date - now : TimeSpan.Zero,
            _ => null,
        };
}
