// Tickets of Request Tracker 5: looks what RT holds of an indicator, takes the step the core decides, and looks again, until the ticket says what the change
// says. What is acknowledged was seen in RT.

using System.Globalization;
using System.Net.Http.Headers;
using Cti.Core;
using Cti.Host.Delivery.Http;
using Cti.Host.Net;

namespace Cti.Host.Delivery.RequestTracker;

internal sealed class RequestTrackerTransport(RequestTrackerPlan declared, TimeProvider clock) : IDeliveryTransport
{
    // A queue lists its custom fields, a search tickets with theirs: a few kilobytes, unless a field shows a whole rule. A server that says more is not RT.
    private const int LongestAnswer = 4 * 1024 * 1024;

    // A new ticket takes two steps, a change three. Whoever needs more is not alone with the ticket.
    private const int MostSteps = 12;

    private RequestTrackerPlan _plan = declared;
    private HttpLine _line = LineOf(declared, clock);

    // The queue's number; null until it was asked for.
    private long? _queue;

    public string Endpoint { get; } = HttpLine.EndpointOf(declared.Url, declared.Redactor);

    public BatchLimits Limits { get; } = declared.Limits;

    public async Task<SendOutcome> OpenAsync(string receipt, CancellationToken stop)
    {
        var outcome = await RenewingAsync(() => _line.WithinAsync(_plan.Timeout, AskQueueAsync, stop));
        return outcome is Delivered ? new Delivered(receipt) : outcome;
    }

    public async Task<SendOutcome> SendAsync(DeliveryBatch batch, CancellationToken stop)
    {
        var receipt = "";
        var refused = new List<RefusedRecord>();
        for (var index = 0; index < batch.Count; index++)
        {
            var record = batch.Record(index);
            var outcome = await RenewingAsync(() =>
                _line.WithinAsync(_plan.Timeout, inTime => KeepAsync(record, inTime), stop)
            );
            switch (outcome)
            {
                case Delivered delivered:
                    receipt = delivered.Receipt;
                    break;
                case NotDelivered { Kind: FailureKind.Terminal or FailureKind.TooLarge } failure:
                    receipt = receipt.Length == 0 ? "ticket:none" : receipt;
                    refused.Add(new RefusedRecord(index, failure.Code, failure.Message));
                    break;
                default:
                    // What was written before is found as it should be when the batch comes again.
                    return outcome;
            }
        }

        return new Delivered(receipt, refused);
    }

    public ValueTask DisposeAsync()
    {
        _line.Dispose();
        return ValueTask.CompletedTask;
    }

    private static HttpLine LineOf(RequestTrackerPlan plan, TimeProvider clock) =>
        new(plan.Url, plan.Connection, plan.MaxRedirects, clock);

    // A token that was renewed since lies in its file by now.
    private async Task<SendOutcome> RenewingAsync(Func<Task<SendOutcome>> ask)
    {
        var outcome = await ask();
        if (outcome is NotDelivered { Code: "CTI-SEND-007" })
        {
            _plan = _plan.Renew();
            _line.Dispose();
            _line = LineOf(_plan, clock);
            outcome = await ask();
        }

        return outcome is NotDelivered failure ? HttpLine.Told(Endpoint, _plan.Redactor, failure) : outcome;
    }

    private async Task<SendOutcome> AskQueueAsync(CancellationToken stop)
    {
        var answer = await AskAsync(
            Question.Queue,
            System.Net.Http.HttpMethod.Get,
            $"queue/{Uri.EscapeDataString(_plan.Queue)}",
            null,
            stop
        );
        if (answer.Failure is { } failure)
        {
            return failure;
        }

        if (TicketRest.tryQueue(answer.Said) is not { IsSome: true, Value: var queue })
        {
            return RequestTrackerAnswer.Unreadable();
        }

        // RT's names of custom fields differ by more than case.
        var missing = _plan.CustomFields.Except(queue.Fields, StringComparer.OrdinalIgnoreCase).ToList();
        if (missing.Count > 0)
        {
            return RequestTrackerAnswer.MissingFields(missing, _plan.Queue);
        }

        _queue = queue.Id;
        return new Delivered("");
    }

    private async Task<SendOutcome> KeepAsync(ReadOnlyMemory<byte> record, CancellationToken stop)
    {
        if (TicketChangeModule.tryParse(record) is not { IsSome: true, Value: var change })
        {
            return new NotDelivered(
                FailureKind.Terminal,
                "CTI-SEND-040",
                "this is no line of the `ndjson` output, of which tickets are made"
            );
        }

        if (_queue is null && await AskQueueAsync(stop) is NotDelivered closed)
        {
            return closed;
        }

        (TicketStep Step, ReadOnlyMemory<byte> Said)? last = null;
        for (var steps = 0; steps < MostSteps; steps++)
        {
            var found = await SearchAsync(change.Indicator, stop);
            if (found.Failure is { } failure)
            {
                return failure;
            }

            if (TicketRest.tryTickets(found.Said) is not { IsSome: true, Value: var held })
            {
                return RequestTrackerAnswer.Unreadable();
            }

            var step = TicketPlan.next(_plan.Rules, change, held);
            if (step is TicketStep.Done done)
            {
                return new Delivered(
                    done.ticket.IsSome
                        ? string.Create(CultureInfo.InvariantCulture, $"ticket:{done.ticket.Value}")
                        : "ticket:none"
                );
            }

            if (last is { } taken && step.Equals(taken.Step))
            {
                var missed = RequestTrackerAnswer.NotTaken(step, _plan.Queue);
                return missed with { Message = missed.Message + Heard.Quote(taken.Said.Span, _plan.Redactor) };
            }

            var answer = await TakeAsync(step, stop);
            if (answer.Failure is { } refused)
            {
                return refused;
            }

            last = (step, answer.Said);
        }

        return new NotDelivered(
            FailureKind.Transient,
            "CTI-SEND-044",
            $"the ticket of {change.Indicator} is changed by somebody else as fast as by cti"
        );
    }

    private Task<Answer> SearchAsync(string indicator, CancellationToken stop)
    {
        var query = TicketSql.find(_queue!.Value, _plan.Rules.IndicatorField, indicator).Value;
        return AskAsync(
            Question.Search,
            System.Net.Http.HttpMethod.Get,
            $"tickets?query={Uri.EscapeDataString(query)}&fields={TicketRest.Asked}&orderby=id&per_page=20",
            null,
            stop
        );
    }

    // RT answers an edit with success and what became of it in words: only a look tells whether it was taken.
    private Task<Answer> TakeAsync(TicketStep step, CancellationToken stop)
    {
        var (method, path, body) = step switch
        {
            TicketStep.Create create => (
                System.Net.Http.HttpMethod.Post,
                "ticket",
                TicketRest.create(_queue!.Value, create.Item)
            ),
            TicketStep.Merge merge => (
                System.Net.Http.HttpMethod.Put,
                PathOf(merge.ticket),
                TicketRest.merge(merge.into)
            ),
            TicketStep.Edit edit => (System.Net.Http.HttpMethod.Put, PathOf(edit.ticket), TicketRest.edit(edit.Item2)),
            TicketStep.Comment comment => (
                System.Net.Http.HttpMethod.Post,
                PathOf(comment.ticket) + "/comment",
                TicketRest.comment(_plan.Rules.StateField, comment.text, comment.state)
            ),
            _ => throw new InvalidOperationException("a new kind of step"),
        };
        return AskAsync(Question.Ticket, method, path, body, stop);
    }

    private static string PathOf(long ticket) => string.Create(CultureInfo.InvariantCulture, $"ticket/{ticket}");

    private async Task<Answer> AskAsync(
        Question question,
        System.Net.Http.HttpMethod method,
        string path,
        ReadOnlyMemory<byte>? body,
        CancellationToken stop
    )
    {
        var start = new Uri($"{_line.Url.GetLeftPart(UriPartial.Path).TrimEnd('/')}/REST/2.0/{path}");
        using var response = await _line.AskAsync(start, url => Request(method, url, body), stop);
        var verdict = RequestTrackerAnswer.Judge(
            response.StatusCode,
            RetryAfter.Of(response.Headers.RetryAfter, clock.GetUtcNow()),
            question,
            _plan
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

        return verdict is not null
            ? new Answer(said, verdict with { Message = verdict.Message + Heard.Quote(said.Span, _plan.Redactor) })
            : new Answer(said, HtmlPage.Begins(said.Span) ? RequestTrackerAnswer.Unreadable() : null);
    }

    private HttpRequestMessage Request(System.Net.Http.HttpMethod method, Uri url, ReadOnlyMemory<byte>? body)
    {
        HttpContent? content = null;
        if (body is { } bytes)
        {
            content = new ReadOnlyMemoryContent(bytes);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        var request = _line.Request(method, url, content);
        if (_plan.Token is { } token)
        {
            request.Headers.TryAddWithoutValidation("Authorization", "token " + token.Reveal());
        }

        return request;
    }

    /// <summary>What RT said, and what it means where it is not what was asked for.</summary>
    private readonly record struct Answer(ReadOnlyMemory<byte> Said, NotDelivered? Failure);
}
