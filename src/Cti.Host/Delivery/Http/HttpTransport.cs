// Records over HTTP: one request per batch, its answer judged, its body read to a bound and no further.

using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using Cti.Core.Declare;
using Cti.Host.Net;

namespace Cti.Host.Delivery.Http;

internal sealed class HttpTransport(HttpSinkPlan declared, TimeProvider clock) : IDeliveryTransport
{
    // Enough to say what is wrong; a server that says more is not listened to.
    private const int LongestAnswer = 64 * 1024;

    private HttpSinkPlan _plan = declared;
    private HttpClients? _clients;
    private Uri? _url;

    public string Endpoint { get; } =
        Uri.TryCreate(declared.Url.Reveal(), UriKind.Absolute, out var url)
            ? declared.Redactor.Redact(url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped))
            : declared.Url.ToString();

    public BatchLimits Limits { get; } = declared.Limits;

    public Task<SendOutcome> OpenAsync(string receipt, CancellationToken stop) =>
        Task.FromResult<SendOutcome>(Ready() is { } problem ? Told(problem) : new Delivered(receipt));

    public async Task<SendOutcome> SendAsync(DeliveryBatch batch, CancellationToken stop)
    {
        var outcome = await ReadyAndTryAsync(batch, stop);
        if (outcome is NotDelivered { Code: "CTI-SEND-007" })
        {
            // A token that was renewed since lies in its file by now.
            Renew();
            outcome = await ReadyAndTryAsync(batch, stop);
        }

        return outcome is NotDelivered failure ? Told(failure) : outcome;
    }

    public ValueTask DisposeAsync()
    {
        _clients?.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Renew()
    {
        _plan = _plan.Renew();
        _clients?.Dispose();
        _clients = null;
    }

    // Null where requests can be sent.
    private NotDelivered? Ready()
    {
        if (_clients is not null)
        {
            return null;
        }

        try
        {
            _url =
                Uri.TryCreate(_plan.Url.Reveal(), UriKind.Absolute, out var url)
                && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
                && url.UserInfo.Length == 0
                    ? url
                    : throw ConnectionException.BadUrl();
            _clients = new HttpClients(_plan.Connection);
            return null;
        }
        catch (ConnectionException error)
        {
            return Unusable(error);
        }
    }

    private NotDelivered Told(NotDelivered failure) =>
        failure with
        {
            Message = $"{Endpoint}: {_plan.Redactor.Redact(failure.Message)}.",
        };

    private async Task<SendOutcome> ReadyAndTryAsync(DeliveryBatch batch, CancellationToken stop) =>
        Ready() is { } problem ? problem : await TryAsync(batch, stop);

    private async Task<SendOutcome> TryAsync(DeliveryBatch batch, CancellationToken stop)
    {
        var name = HttpBody.Name(batch);
        var body = HttpBody.Form(batch, _plan.Body);
        var packed = _plan.IsPacked ? HttpBody.Pack(body) : body;
        using var time = new CancellationTokenSource(_plan.Timeout, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, time.Token);
        try
        {
            return await FollowAsync(name, packed, any.Token);
        }
        catch (OperationCanceledException error)
        {
            stop.ThrowIfCancellationRequested();
            return time.IsCancellationRequested
                ? Transient("CTI-SEND-002", $"there was no answer within {Seconds(_plan.Timeout)} (`timeout`)")
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

    // Redirects are followed on the same server only, and only those that repeat the request: elsewhere nobody promised to take the records.
    private async Task<SendOutcome> FollowAsync(string name, ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        var url = _url!;
        for (var redirects = 0; ; redirects++)
        {
            using var request = Request(url, name, body);
            using var response = await _clients!.Own.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            if (!Redirects.IsRedirect(response.StatusCode))
            {
                return await JudgeAsync(response, name, stop);
            }

            var target = Redirects.Target(url, response.Headers.Location);
            if (!Redirects.IsSameOrigin(url, target) || !Redirects.KeepsMethod(response.StatusCode))
            {
                throw ConnectionException.Redirect(
                    $"the server redirects with {(int)response.StatusCode} to {Redirects.Shown(target)}; records are sent only where they are declared to go: correct `url`"
                );
            }

            if (redirects == _plan.MaxRedirects)
            {
                throw ConnectionException.Redirect(
                    $"the server redirects more than {_plan.MaxRedirects} times (`max_redirects`), last from {Redirects.Shown(url)}"
                );
            }

            url = target;
        }
    }

    private HttpRequestMessage Request(Uri url, string name, ReadOnlyMemory<byte> body)
    {
        var request = new HttpRequestMessage(_plan.Method, url) { Content = new ReadOnlyMemoryContent(body) };
        var content = request.Content.Headers;
        content.ContentType = MediaTypeHeaderValue.Parse(
            _plan.ContentType ?? (_plan.Body.IsNdjson ? "application/x-ndjson" : "application/json")
        );
        if (_plan.IsPacked)
        {
            content.ContentEncoding.Add("gzip");
        }

        foreach (var (header, value) in _plan.Connection.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(header, value.Reveal()))
            {
                content.TryAddWithoutValidation(header, value.Reveal());
            }
        }

        if (_plan.Connection.Basic is { } basic)
        {
            var pair = Encoding.UTF8.GetBytes($"{basic.User.Reveal()}:{basic.Password.Reveal()}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(pair));
        }

        request.Headers.TryAddWithoutValidation("Idempotency-Key", name);
        if (_plan.SigningSecret is { } secret)
        {
            HttpBody.Sign(request.Headers, name, clock.GetUtcNow(), body, secret.Reveal());
        }

        return request;
    }

    private async Task<SendOutcome> JudgeAsync(HttpResponseMessage response, string name, CancellationToken stop)
    {
        var verdict = HttpAnswer.Judge(
            response.StatusCode,
            RetryAfter.Of(response.Headers.RetryAfter, clock.GetUtcNow()),
            [.. _plan.Texts.SelectMany(text => text.References).Distinct(StringComparer.Ordinal)]
        );
        ReadOnlyMemory<byte> said;
        try
        {
            said = await ReadAsync(response, stop);
        }
        catch (Exception error) when (verdict is not null && error is HttpRequestException or IOException)
        {
            // The status says enough.
            said = default;
        }

        if (verdict is not null)
        {
            return verdict with { Message = verdict.Message + Heard.Quote(said.Span, _plan.Redactor) };
        }

        return HtmlPage.Begins(said.Span)
            ? new NotDelivered(
                FailureKind.Misconfigured,
                "CTI-SEND-011",
                "the server answers with a page for people, most likely a login or an error: nothing says that it took the records; look at the URL in a browser"
            )
            : new Delivered($"status:{(int)response.StatusCode} id:{name}");
    }

    // The answer's beginning. What lies behind the bound is not read: disposing the answer closes the connection on it.
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, CancellationToken stop)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        var buffer = new byte[LongestAnswer];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, stop);
        return buffer.AsMemory(0, length);
    }

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

    private static string Seconds(TimeSpan time) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
