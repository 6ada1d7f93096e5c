// The way to one web server: its clients, redirects within it, and whatever can go wrong on the way as a value. What is asked, and what an answer means,
// is the caller's.

using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using Cti.Host.Config;
using Cti.Host.Net;

namespace Cti.Host.Delivery.Http;

/// <summary>One per sink, until its secrets are read again.</summary>
/// <param name="declared">Where the server is.</param>
/// <param name="connection">How it is reached, and who asks.</param>
/// <param name="maxRedirects">How many are followed.</param>
/// <param name="clock">For timeouts.</param>
internal sealed class HttpLine(
    ConfiguredText declared,
    HttpConnectionPlan connection,
    int maxRedirects,
    TimeProvider clock
) : IDisposable
{
    private HttpClients? _clients;
    private Uri? _url;

    /// <summary>The declared URL; once <see cref="Ready"/> found no problem.</summary>
    public Uri Url => _url!;

    /// <summary>How messages, the breaker and the rate limit call the server.</summary>
    public static string EndpointOf(ConfiguredText declared, Redactor redactor) =>
        Uri.TryCreate(declared.Reveal(), UriKind.Absolute, out var url)
            ? redactor.Redact(url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped))
            : declared.ToString();

    /// <summary>A failure with the place it happened at, and without secrets.</summary>
    public static NotDelivered Told(string endpoint, Redactor redactor, NotDelivered failure) =>
        failure with
        {
            Message = $"{endpoint}: {redactor.Redact(failure.Message)}.",
        };

    /// <summary>Null where requests can be sent. Connects to nobody.</summary>
    public NotDelivered? Ready()
    {
        if (_clients is not null)
        {
            return null;
        }

        try
        {
            _url =
                Uri.TryCreate(declared.Reveal(), UriKind.Absolute, out var url)
                && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
                && url.UserInfo.Length == 0
                    ? url
                    : throw ConnectionException.BadUrl();
            _clients = new HttpClients(connection);
            return null;
        }
        catch (ConnectionException error)
        {
            return Unusable(error);
        }
    }

    /// <summary>Speaks over the line for so long at most.</summary>
    /// <param name="timeout">Of all that is asked.</param>
    /// <param name="speak">Asks, and judges the answers.</param>
    /// <param name="stop">Ends it with <see cref="OperationCanceledException"/>.</param>
    public async Task<SendOutcome> WithinAsync(
        TimeSpan timeout,
        Func<CancellationToken, Task<SendOutcome>> speak,
        CancellationToken stop
    )
    {
        if (Ready() is { } problem)
        {
            return problem;
        }

        using var time = new CancellationTokenSource(timeout, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, time.Token);
        try
        {
            return await speak(any.Token);
        }
        catch (OperationCanceledException error)
        {
            stop.ThrowIfCancellationRequested();
            return time.IsCancellationRequested
                ? Transient("CTI-SEND-002", $"there was no answer within {Seconds(timeout)} (`timeout`)")
                : Transient("CTI-SEND-001", $"the server cannot be reached: {ConnectionException.Words(error)}");
        }
        catch (HttpRequestException error) when (error.InnerException is AuthenticationException)
        {
            return new NotDelivered(
                FailureKind.Misconfigured,
                "CTI-SEND-009",
                $"no secure connection: {ConnectionException.Words(error)}. If the server's certificate is issued by an authority of your own, declare `ca`"
            );
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return Transient(
                "CTI-SEND-001",
                $"the server cannot be reached, or did not answer to the end: {ConnectionException.Words(error)}"
            );
        }
        catch (ConnectionException error)
        {
            return Unusable(error);
        }
    }

    /// <summary>
    /// Asks, and gives the answer that is no redirect. Redirects are followed on the same server only, and only those that repeat the request: elsewhere
    /// nobody promised to take the records.
    /// </summary>
    /// <param name="start">Where it is asked first.</param>
    /// <param name="request">Makes the request to a URL; once for each redirect.</param>
    /// <param name="stop">Ends it.</param>
    public async Task<HttpResponseMessage> AskAsync(
        Uri start,
        Func<Uri, HttpRequestMessage> request,
        CancellationToken stop
    )
    {
        var url = start;
        for (var redirects = 0; ; redirects++)
        {
            using var asked = request(url);
            var response = await _clients!.Own.SendAsync(asked, HttpCompletionOption.ResponseHeadersRead, stop);
            if (!Redirects.IsRedirect(response.StatusCode))
            {
                return response;
            }

            using (response)
            {
                var target = Redirects.Target(url, response.Headers.Location);
                var repeats =
                    asked.Method == System.Net.Http.HttpMethod.Get || Redirects.KeepsMethod(response.StatusCode);
                if (!Redirects.IsSameOrigin(url, target) || !repeats)
                {
                    throw ConnectionException.Redirect(
                        $"the server redirects with {(int)response.StatusCode} to {Redirects.Shown(target)}; records are sent only where they are declared to go: correct `url`"
                    );
                }

                if (redirects == maxRedirects)
                {
                    throw ConnectionException.Redirect(
                        $"the server redirects more than {maxRedirects} times (`max_redirects`), last from {Redirects.Shown(url)}"
                    );
                }

                url = target;
            }
        }
    }

    /// <summary>A request with the declared headers, and the word on who asks.</summary>
    public HttpRequestMessage Request(System.Net.Http.HttpMethod method, Uri url, HttpContent? content)
    {
        var request = new HttpRequestMessage(method, url) { Content = content };
        foreach (var (header, value) in connection.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(header, value.Reveal()))
            {
                content?.Headers.TryAddWithoutValidation(header, value.Reveal());
            }
        }

        if (connection.Basic is { } basic)
        {
            var pair = Encoding.UTF8.GetBytes($"{basic.User.Reveal()}:{basic.Password.Reveal()}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(pair));
        }

        return request;
    }

    /// <summary>
    /// An answer's beginning. What lies behind the bound is not read: disposing the answer closes the connection on it.
    /// </summary>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        HttpResponseMessage response,
        int longest,
        CancellationToken stop
    )
    {
        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        var buffer = new byte[Math.Min(longest, 64 * 1024)];
        var length = 0;
        while (true)
        {
            length += await stream.ReadAtLeastAsync(
                buffer.AsMemory(length),
                buffer.Length - length,
                throwOnEndOfStream: false,
                stop
            );
            if (length < buffer.Length || length >= longest)
            {
                return buffer.AsMemory(0, length);
            }

            Array.Resize(ref buffer, Math.Min(longest, buffer.Length * 2));
        }
    }

    public void Dispose() => _clients?.Dispose();

    private static NotDelivered Unusable(ConnectionException error) =>
        new(
            FailureKind.Misconfigured,
            error.Problem switch
            {
                ConnectionProblem.Certificate => "CTI-SEND-012",
                ConnectionProblem.Redirect => "CTI-SEND-010",
                _ => "CTI-SEND-013",
            },
            error.Message
        );

    private static NotDelivered Transient(string code, string message) => new(FailureKind.Transient, code, message);

    /// <summary>`2.5 s`.</summary>
    public static string Seconds(TimeSpan time) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
