// Records over HTTP: one request per batch, its answer judged, its body read to a bound and no further.

using System.Net.Http.Headers;
using Cti.Host.Net;

namespace Cti.Host.Delivery.Http;

internal sealed class HttpTransport(HttpSinkPlan declared, TimeProvider clock) : IDeliveryTransport
{
    // Enough to say what is wrong; a server that says more is not listened to.
    private const int LongestAnswer = 64 * 1024;

    private HttpSinkPlan _plan = declared;
    private HttpCaller? _caller;

    public string Endpoint { get; } = HttpCaller.Endpoint(declared.Url, declared.Redactor);

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
        _caller?.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Renew()
    {
        _plan = _plan.Renew();
        _caller?.Dispose();
        _caller = null;
    }

    // Null where requests can be sent.
    private NotDelivered? Ready()
    {
        try
        {
            _caller ??= new HttpCaller(_plan.Url, _plan.Connection, _plan.MaxRedirects);
            return null;
        }
        catch (ConnectionException error)
        {
            return HttpCaller.Unusable(error);
        }
    }

    private NotDelivered Told(NotDelivered failure) =>
        failure with
        {
            Message = $"{Endpoint}: {_plan.Redactor.Redact(failure.Message)}.",
        };

    private async Task<SendOutcome> ReadyAndTryAsync(DeliveryBatch batch, CancellationToken stop) =>
        Ready() is { } problem ? problem : await TryAsync(_caller!, batch, stop);

    private Task<SendOutcome> TryAsync(HttpCaller caller, DeliveryBatch batch, CancellationToken stop)
    {
        var name = HttpBody.Name(batch);
        var body = HttpBody.Form(batch, _plan.Body);
        var packed = _plan.IsPacked ? HttpBody.Pack(body) : body;
        return HttpCaller.WithinAsync(
            _plan.Timeout,
            clock,
            async token =>
            {
                using var response = await caller.SendAsync(caller.Address, url => Request(url, name, packed), token);
                return await JudgeAsync(response, name, token);
            },
            stop
        );
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
            said = await HttpCaller.ReadAsync(response, LongestAnswer, stop);
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
}
