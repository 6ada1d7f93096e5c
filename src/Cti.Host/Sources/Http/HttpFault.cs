// What can go wrong with a download, in words that say what to do, and whether trying again may help.

using System.Globalization;
using System.Net;
using Cti.Host.Net;

namespace Cti.Host.Sources.Http;

/// <summary>One attempt failed. Never leaves the folder: <see cref="HttpDownload"/> turns it into the <see cref="SourceException"/> it carries.</summary>
internal sealed class HttpFault : Exception
{
    private HttpFault(string code, string message, bool isTransient, Exception? cause = null)
        : base(message, cause)
    {
        Code = code;
        IsTransient = isTransient;
    }

    public string Code { get; }

    /// <summary>Whether the next attempt may succeed.</summary>
    public bool IsTransient { get; }

    /// <summary>Whether the server does not know who asks: a key may have been renewed since it was read.</summary>
    public bool IsUnauthorized => Status == HttpStatusCode.Unauthorized;

    /// <summary>What the server answered, where that is the fault; null otherwise.</summary>
    public HttpStatusCode? Status { get; private init; }

    /// <summary>What the server adds to a refusal; empty for nothing.</summary>
    public string Said { get; private init; } = "";

    /// <summary>How long the server asks to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    public static HttpFault Of(ConnectionException error) =>
        Terminal(
            error.Problem switch
            {
                ConnectionProblem.Certificate => "CTI-SOURCE-019",
                ConnectionProblem.Redirect => "CTI-SOURCE-014",
                _ => "CTI-SOURCE-025",
            },
            error.Message,
            error
        );

    /// <summary>What a setting gives that may turn out to be of no use.</summary>
    /// <exception cref="HttpFault">It is.</exception>
    public static T OfConnection<T>(Func<T> setting)
    {
        try
        {
            return setting();
        }
        catch (ConnectionException error)
        {
            throw Of(error);
        }
    }

    public static HttpFault Unreachable(Exception cause) =>
        new("CTI-SOURCE-010", $"the server cannot be reached: {ConnectionException.Words(cause)}", true, cause);

    public static HttpFault TooSlow(string what, TimeSpan limit, string key) =>
        new("CTI-SOURCE-011", $"{what} within {Seconds(limit)}; raise `{key}` if the server needs longer", true);

    /// <param name="status">Of the answer.</param>
    /// <param name="references">What the request's secrets are written as.</param>
    /// <param name="said">What the server adds; empty for nothing.</param>
    public static HttpFault Refused(HttpStatusCode status, IReadOnlyList<string> references, string said) =>
        new(
            "CTI-SOURCE-012",
            $"the server answers {Named(status)}: "
                + (status, references) switch
                {
                    (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, []) =>
                        "it wants to know who asks; declare the key in `headers:`, or `basic:`",
                    (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) =>
                        $"check the value of {string.Join(" and ", references)}",
                    (HttpStatusCode.NotFound or HttpStatusCode.Gone, _) =>
                        "the feed is not there; look whether its URL has moved",
                    (HttpStatusCode.ProxyAuthenticationRequired, _) =>
                        "the proxy wants to know who asks; give `proxy:` a URL with user and password",
                    _ => "check `url`, `method`, `headers` and `body`",
                }
                + Quoted(said),
            false
        )
        {
            Status = status,
            Said = said,
        };

    /// <summary>A refusal with the advice of who knows more about what was asked.</summary>
    public HttpFault Advising(string advice) =>
        Status is { } status
            ? new(Code, $"the server answers {Named(status)}: {advice}{Quoted(Said)}", false, this)
            {
                Status = status,
                Said = Said,
            }
            : this;

    public static HttpFault Busy(HttpStatusCode status, TimeSpan? retryAfter) =>
        retryAfter > HttpRetry.LongestWait
            ? Terminal(
                "CTI-SOURCE-013",
                $"the server answers {Named(status)} and asks to wait {Seconds(retryAfter.Value)}; run again then"
            )
            : new("CTI-SOURCE-013", $"the server answers {Named(status)}; run again later", true)
            {
                RetryAfter = retryAfter,
            };

    public static HttpFault TooLarge(long limit, long? declared) =>
        Terminal(
            "CTI-SOURCE-015",
            string.Create(
                CultureInfo.InvariantCulture,
                $"the body is {(declared is { } size ? $"{size:N0} bytes long" : "longer")}{(declared is null ? " than" : ", more than")} the {limit:N0} bytes of `max_bytes`; raise it if the feed has grown"
            )
        );

    public static HttpFault WrongType(string type, IReadOnlyList<string> accepted) =>
        Terminal(
            "CTI-SOURCE-016",
            accepted.Count == 0
                ? $"the server sends {type}, most likely a message for people instead of the feed; look at the URL in a browser, or declare `content_types: [\"text/html\"]`"
                : $"the server sends {type}, accepted are {string.Join(", ", accepted)} (`content_types`)"
        );

    public static HttpFault WrongEncoding(string encoding) =>
        Terminal(
            "CTI-SOURCE-016",
            $"the server packs the body as {encoding}, which was not asked for and is not understood"
        );

    public static HttpFault CutShort(long bytes, Exception? cause) =>
        new(
            "CTI-SOURCE-017",
            string.Create(
                CultureInfo.InvariantCulture,
                $"the body was cut short after {bytes:N0} bytes; nothing of it is used"
            ),
            true,
            cause
        );

    public static HttpFault Untrusted(Exception cause) =>
        Terminal(
            "CTI-SOURCE-018",
            $"no secure connection: {ConnectionException.Words(cause)}. If the server's certificate is issued by an authority of your own, declare `ca:`",
            cause
        );

    private static string Quoted(string said) => said.Length > 0 ? $"; it says: {said}" : "";

    private static HttpFault Terminal(string code, string message, Exception? cause = null) =>
        new(code, message, false, cause);

    private static string Named(HttpStatusCode status) =>
        Enum.IsDefined(status)
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)status} {status}")
            : ((int)status).ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) =>
        time.TotalSeconds < 1
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms")
            : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
