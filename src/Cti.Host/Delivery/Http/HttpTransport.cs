// Records over HTTP: one request per batch, its answer judged, its body read to a bound and no further.

using System.Net.Http.Headers;
using Cti.Host.Net;

namespace Cti.Host.Delivery.Http;

internal sealed class HttpTransport(HttpSinkPlan declared, TimeProvider clock) : IDeliveryTransport
{
    // Enough to say what is wrong; a server that says more is not listened to.
    private const int LongestAnswer = 64 * 1024;

    private HttpSinkPlan _plan = declared;
    private HttpLine _line = LineOf(declared, clock);

    public string Endpoint { get; } = HttpLine.EndpointOf(declared.Url, declared.Redactor);

    public BatchLimits Limits { get; } = declared.Limits;

    public Task<SendOutcome> OpenAsync(string receipt, CancellationToken stop) =>
        Task.FromResult<SendOutcome>(_line.Ready() is { } problem ? Told(problem) : new Delivered(receipt));

    public async Task<SendOutcome> SendAsync(DeliveryBatch batch, CancellationToken stop)
    {
        var outcome = await TryAsync(batch, stop);
        if (outcome is NotDelivered { Code: "CTI-SEND-007" })
        {
            // A token that was renewed since lies in its file by now.
            Renew();
            outcome = await TryAsync(batch, stop);
        }

        return outcome is NotDelivered failure ? Told(failure) : outcome;
    }

    public ValueTask DisposeAsync()
    {
        _line.Dispose();
        return ValueTask.CompletedTask;
    }

    private static HttpLine LineOf(HttpSinkPlan plan, TimeProvider clock) =>
        new(plan.Url, plan.Connection, plan.MaxRedirects, clock);

    private void Renew()
    {
        _plan = _plan.Renew();
        _line.Dispose();
        _line = LineOf(_plan, clock);
    }

    private NotDelivered Told(NotDelivered failure) => HttpLine.Told(Endpoint, _plan.Redactor, failure);

    private async Task<SendOutcome> TryAsync(DeliveryBatch batch, CancellationToken stop)
    {
        var name = HttpBody.Name(batch);
        var body = HttpBody.Form(batch, _plan.Body);
        var packed = _plan.IsPacked ? HttpBody.Pack(body) : body;
        return await _line.WithinAsync(
            _plan.Timeout,
            async inTime =>
            {
                using var response = await _line.AskAsync(_line.Url, url => Request(url, name, packed), inTime);
                return await JudgeAsync(response, name, inTime);
            },
            stop
        );
    }

    private HttpRequestMessage Request(Uri url, string name, ReadOnlyMemory<byte> body)
    {
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(
            _plan.ContentType ?? (_plan.Body.IsNdjson ? "application/x-ndjson" : "application/json")
        );
        if (_plan.IsPacked)
        {
            content.Headers.ContentEncoding.Add("gzip");
        }

        var request = _line.Request(_plan.Method, url, content);
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
            said = await HttpLine.ReadAsync(response, LongestAnswer, stop);
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
