// What a web server's answer means for the records that were sent to it. Pure: status and headers in, verdict out.

using System.Globalization;
using System.Net;

namespace Cti.Host.Delivery.Http;

internal static class HttpAnswer
{
    /// <summary>Longest a server may ask to be left alone; what it asks beyond that is cut to this.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>The verdict on a status that is no redirect; null where the records are delivered.</summary>
    /// <param name="status">Of the answer.</param>
    /// <param name="retryAfter">What the server asks for; null where it does not say.</param>
    /// <param name="references">What the request's secrets are written as.</param>
    public static NotDelivered? Judge(HttpStatusCode status, TimeSpan? retryAfter, IReadOnlyList<string> references)
    {
        var said = $"the server answers {Shown(status)}";
        var wait = retryAfter > LongestWait ? LongestWait : retryAfter;
        return (int)status switch
        {
            >= 200 and < 300 => null,
            429 => new NotDelivered(FailureKind.Throttled, "CTI-SEND-004", $"{said}: it is asked too often", wait),
            503 when wait is not null => new NotDelivered(
                FailureKind.Throttled,
                "CTI-SEND-004",
                $"{said}: it wants to be left alone",
                wait
            ),
            // 409: an earlier request with this Idempotency-Key is still being worked on.
            408 or 409 or 425 or >= 500 => new NotDelivered(FailureKind.Transient, "CTI-SEND-003", said),
            413 => new NotDelivered(
                FailureKind.TooLarge,
                "CTI-SEND-005",
                $"{said}: lower `batch_bytes`, or raise the server's limit"
            ),
            400 or 422 => new NotDelivered(
                FailureKind.Terminal,
                "CTI-SEND-006",
                $"{said}: it does not take these records; compare `body` and `content_type` with what it wants"
            ),
            _ => new NotDelivered(
                FailureKind.Misconfigured,
                (int)status is 401 or 403 or 407 ? "CTI-SEND-007" : "CTI-SEND-008",
                $"{said}: {Advice((int)status, references)}"
            ),
        };
    }

    private static string Advice(int status, IReadOnlyList<string> references) =>
        status switch
        {
            401 or 403 when references.Count == 0 =>
                "it wants to know who asks; declare the key in `headers`, or `basic`",
            401 or 403 => $"check the value of {string.Join(" and ", references)}",
            407 => "the proxy wants to know who asks; give `proxy` a URL with user and password",
            404 or 410 => "nothing takes records there; correct `url`",
            405 => "correct `method`, or `url`",
            406 or 415 => "correct `content_type`, `body` or `compression`",
            _ => "correct `url`, `method`, `headers` or `body`",
        };

    private static string Shown(HttpStatusCode status) =>
        Enum.IsDefined(status)
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)status} {status}")
            : ((int)status).ToString(CultureInfo.InvariantCulture);
}
