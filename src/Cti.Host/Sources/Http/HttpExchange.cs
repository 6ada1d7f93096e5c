// One attempt: request, redirects, judging the answer, and the body into the spool, all within the declared limits.

using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using Cti.Host.Net;
using Cti.Host.Run;

namespace Cti.Host.Sources.Http;

/// <summary>What is asked for.</summary>
/// <param name="Url">On the declared origin: credentials go along.</param>
/// <param name="Known">Sent along, so that an unchanged body is not sent again.</param>
/// <param name="Accept">The media types that are wanted, where `headers` do not say them; null for none.</param>
/// <param name="Body">Of a POST, in the place of the declared one; null for that.</param>
internal sealed record HttpAsk(Uri Url, Validators Known, string? Accept = null, string? Body = null);

/// <summary>What a server said.</summary>
/// <param name="Body">The whole body; null where nothing changed (304).</param>
/// <param name="Validators">What it says to recognise the body by.</param>
/// <param name="Compression">How the body is packed in the spool.</param>
/// <param name="Headers">What else it says.</param>
internal sealed record HttpAnswer(
    SpoolFile? Body,
    Validators Validators,
    Compression Compression,
    HttpResponseHeaders Headers
);

/// <summary>One per attempt.</summary>
internal sealed class HttpExchange(HttpPlan plan, HttpClients clients, Spool spool, TimeProvider clock)
{
    // Of the declared headers only these say nothing about who asks.
    private static readonly string[] Harmless = ["accept", "accept-language", "user-agent"];

    /// <param name="ask">What is asked for.</param>
    /// <param name="stop">Ends it at once.</param>
    /// <exception cref="HttpFault">It failed.</exception>
    public async Task<HttpAnswer> RunAsync(HttpAsk ask, CancellationToken stop)
    {
        using var total = new CancellationTokenSource(plan.Timeout, clock);
        using var stall = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, total.Token, stall.Token);
        try
        {
            using var response = await FollowAsync(ask, any.Token);
            return await TakeAsync(response, ask.Known, stall, any.Token);
        }
        catch (OperationCanceledException error)
        {
            stop.ThrowIfCancellationRequested();
            throw total.IsCancellationRequested
                ? HttpFault.TooSlow("the server did not send everything", plan.Timeout, "timeout")
            : stall.IsCancellationRequested
                ? HttpFault.TooSlow("the server sent nothing more", plan.StallTimeout, "stall_timeout")
            : error.InnerException is TimeoutException
                ? HttpFault.TooSlow("there was no connection", plan.Connection.ConnectTimeout, "connect_timeout")
            : HttpFault.Unreachable(error);
        }
        catch (HttpRequestException error)
        {
            throw Fault(error);
        }
        catch (ConnectionException error)
        {
            throw HttpFault.Of(error);
        }
    }

    // Gives the first answer that is no redirect.
    private async Task<HttpResponseMessage> FollowAsync(HttpAsk ask, CancellationToken stop)
    {
        var first = ask.Url;
        var url = first;
        var method = plan.Method;
        for (var redirects = 0; ; redirects++)
        {
            var isOwn = Redirects.IsSameOrigin(first, url);
            using var request = Request(url, method, isOwn, ask);
            var client = isOwn ? clients.Own : clients.Foreign;
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            if (!Redirects.IsRedirect(response.StatusCode))
            {
                return response;
            }

            using (response)
            {
                if (redirects == plan.MaxRedirects)
                {
                    throw ConnectionException.Redirect(
                        $"the server redirects more than {plan.MaxRedirects} times (`max_redirects`), last from {Redirects.Shown(url)}"
                    );
                }

                var target = Redirects.Target(url, response.Headers.Location);
                if (!Redirects.IsSameOrigin(url, target))
                {
                    Redirects.RefuseLocal(
                        await Redirects.AddressesAsync(first, stop),
                        target,
                        await Redirects.AddressesAsync(target, stop)
                    );
                }

                method = Redirects.KeepsMethod(response.StatusCode) ? method : HttpMethod.Get;
                url = target;
            }
        }
    }

    private HttpRequestMessage Request(Uri url, HttpMethod method, bool isOwn, HttpAsk ask)
    {
        var known = ask.Known;
        var request = new HttpRequestMessage(method, url);
        if (method == HttpMethod.Post)
        {
            // To another origin the body does not go along either: it may hold a key.
            request.Content = new StringContent(
                isOwn ? ask.Body ?? plan.Body?.Reveal() ?? "" : "",
                new UTF8Encoding(false),
                new MediaTypeHeaderValue("application/json")
            );
        }

        foreach (var (name, value) in plan.Connection.Headers)
        {
            if (isOwn || Harmless.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                Add(request, name, value.Reveal());
            }
        }

        if (isOwn && plan.Connection.Basic is { } basic)
        {
            var pair = Encoding.UTF8.GetBytes($"{basic.User.Reveal()}:{basic.Password.Reveal()}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(pair));
        }

        if (!request.Headers.Contains("User-Agent"))
        {
            Add(request, "User-Agent", "cti/" + ThisProgram.Version);
        }

        if (ask.Accept is { } accept && !request.Headers.Contains("Accept"))
        {
            Add(request, "Accept", accept);
        }

        // Unpacked by the reader, which notices a body that was cut before it was packed, and one that unpacks without end.
        Add(request, "Accept-Encoding", "gzip");
        if (method == HttpMethod.Get && known.ETag.Length > 0)
        {
            Add(request, "If-None-Match", known.ETag);
        }

        if (method == HttpMethod.Get && known.LastModified.Length > 0)
        {
            Add(request, "If-Modified-Since", known.LastModified);
        }

        return request;
    }

    // As they are declared: the library's own reading of them would change or refuse what servers want.
    private static void Add(HttpRequestMessage request, string name, string value)
    {
        if (!request.Headers.TryAddWithoutValidation(name, value) && request.Content is { } content)
        {
            content.Headers.Remove(name);
            content.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private async Task<HttpAnswer> TakeAsync(
        HttpResponseMessage response,
        Validators known,
        CancellationTokenSource stall,
        CancellationToken stop
    )
    {
        var wasConditional = known.ETag.Length > 0 || known.LastModified.Length > 0;
        switch ((int)response.StatusCode)
        {
            case 304 when wasConditional:
                return new HttpAnswer(null, known, plan.Text.Compression, response.Headers);
            // 203: a proxy on the way changed something; it still is the body.
            case 200 or 203:
                break;
            case 408 or 425 or 429 or >= 500:
                throw HttpFault.Busy(
                    response.StatusCode,
                    RetryAfter.Of(response.Headers.RetryAfter, clock.GetUtcNow())
                );
            default:
                throw HttpFault.Refused(
                    response.StatusCode,
                    [.. plan.Texts.SelectMany(text => text.References).Distinct(StringComparer.Ordinal)],
                    await ProblemWords.OfAsync(response, stop)
                );
        }

        BodyRules.CheckType(response.Content.Headers, plan.ContentTypes);
        var compression = BodyRules.CompressionOf(response.Content.Headers, plan.Text.Compression);
        if (response.Content.Headers.ContentLength is { } declared && declared > plan.MaxBytes)
        {
            throw HttpFault.TooLarge(plan.MaxBytes, declared);
        }

        var body = spool.Create();
        try
        {
            await CopyAsync(response, body, stall, stop);
            return new HttpAnswer(
                body,
                new Validators(
                    Header(response.Headers, "ETag"),
                    Header(response.Content.Headers, "Last-Modified"),
                    body.Hash
                ),
                compression,
                response.Headers
            );
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private async Task CopyAsync(
        HttpResponseMessage response,
        SpoolFile body,
        CancellationTokenSource stall,
        CancellationToken stop
    )
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(stop);
            var buffer = new byte[64 * 1024];
            while (true)
            {
                stall.CancelAfter(plan.StallTimeout);
                var count = await stream.ReadAsync(buffer, stop);
                if (count == 0)
                {
                    return;
                }

                if (body.Length == 0)
                {
                    BodyRules.CheckStart(buffer.AsSpan(0, count), plan.ContentTypes);
                }

                if (body.Length + count > plan.MaxBytes)
                {
                    throw HttpFault.TooLarge(plan.MaxBytes, null);
                }

                body.Write(buffer.AsSpan(0, count));
            }
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw HttpFault.CutShort(body.Length, error);
        }
    }

    // Kept as it stands: it is compared by the server, byte for byte. One that is absurdly long is none.
    private static string Header(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.ToString() is { Length: <= 1024 } value
            ? value
            : "";

    private static HttpFault Fault(HttpRequestException error) =>
        error.InnerException is AuthenticationException
            ? HttpFault.Untrusted(error)
            : error.HttpRequestError switch
            {
                HttpRequestError.ResponseEnded => HttpFault.CutShort(0, error),
                _ => HttpFault.Unreachable(error),
            };
}
