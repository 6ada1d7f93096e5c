// What an answer of RT's REST API means for the ticket it is about. Pure: status and headers in, verdict out.

using System.Globalization;
using System.Net;
using Cti.Core;
using Cti.Host.Delivery.Http;

namespace Cti.Host.Delivery.RequestTracker;

/// <summary>What was asked.</summary>
internal enum Question
{
    /// <summary>The queue, by its name.</summary>
    Queue,

    /// <summary>Which tickets there are.</summary>
    Search,

    /// <summary>A new ticket, or a change of one.</summary>
    Ticket,
}

internal static class RequestTrackerAnswer
{
    private const string Rights =
        "SeeQueue, ShowTicket, CreateTicket, ModifyTicket, CommentOnTicket, SeeCustomField and ModifyCustomField";

    /// <summary>The verdict on a status that is no redirect; null where RT did what it was asked, as far as it says.</summary>
    /// <param name="status">Of the answer.</param>
    /// <param name="retryAfter">What the server asks for; null where it does not say.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="plan">The sink's.</param>
    public static NotDelivered? Judge(
        HttpStatusCode status,
        TimeSpan? retryAfter,
        Question question,
        RequestTrackerPlan plan
    ) =>
        ((int)status, question) switch
        {
            (400 or 422, Question.Ticket) => new NotDelivered(
                FailureKind.Terminal,
                "CTI-SEND-040",
                $"RT answers {(int)status}: it does not take this ticket"
            ),
            // RT does not tell who may not see a queue from who names one that is not there.
            (403 or 404, Question.Queue) => new NotDelivered(
                FailureKind.Misconfigured,
                "CTI-SEND-041",
                $"RT answers {(int)status}: there is no queue `{plan.Queue}`, or whoever asks may not see it; correct `queue`, or give the user the right SeeQueue there (names are compared letter by letter)"
            ),
            (403, _) => new NotDelivered(
                FailureKind.Misconfigured,
                "CTI-SEND-041",
                $"RT answers 403: the user may not do this in the queue `{plan.Queue}`; it needs {Rights}"
            ),
            // Somebody shredded it between two requests; the next attempt looks again.
            (404, Question.Ticket) => new NotDelivered(
                FailureKind.Transient,
                "CTI-SEND-003",
                "RT answers 404: the ticket is gone"
            ),
            (401, _) => new NotDelivered(
                FailureKind.Misconfigured,
                "CTI-SEND-007",
                plan.References.Count == 0
                    ? "RT answers 401: it wants to know who asks; declare `token`, or `basic`"
                    : $"RT answers 401: check the value of {string.Join(" and ", plan.References)}, and whether the token has expired in RT"
            ),
            (400 or 404 or 422, _) => new NotDelivered(
                FailureKind.Misconfigured,
                "CTI-SEND-008",
                $"RT answers {(int)status}: the API of RT 5 is not there; correct `url`"
            ),
            _ => HttpAnswer.Judge(status, retryAfter, plan.References),
        };

    /// <summary>The answer is not one of the API.</summary>
    public static NotDelivered Unreadable() =>
        new(
            FailureKind.Misconfigured,
            "CTI-SEND-042",
            "the answer is not one of RT's REST API 2.0; look at the URL in a browser, and correct `url` if it is not RT 5"
        );

    /// <summary>The queue has no such custom fields.</summary>
    public static NotDelivered MissingFields(IReadOnlyList<string> names, string queue) =>
        new(
            FailureKind.Misconfigured,
            "CTI-SEND-041",
            $"tickets of the queue `{queue}` have no custom field {string.Join(", ", names.Select(name => $"`{name}`"))}, or whoever asks may not see it; create it (for tickets, one value), apply it to the queue, and give the right SeeCustomField"
        );

    /// <summary>RT took a step and holds what it held before.</summary>
    /// <param name="step">What it was asked.</param>
    /// <param name="queue">The queue's name.</param>
    public static NotDelivered NotTaken(TicketStep step, string queue) =>
        step switch
        {
            // Another attempt would make another ticket.
            TicketStep.Create => new NotDelivered(
                FailureKind.Misconfigured,
                "CTI-SEND-041",
                $"RT made a ticket in the queue `{queue}`, but does not find it by its custom field; give the user the rights {Rights}, and then delete that ticket"
            ),
            TicketStep.Comment comment => new NotDelivered(
                FailureKind.Misconfigured,
                "CTI-SEND-041",
                $"RT does not note in ticket {Text(comment.ticket)} what it was told; give the user the right ModifyCustomField"
            ),
            TicketStep.Edit edit => new NotDelivered(
                FailureKind.Terminal,
                "CTI-SEND-043",
                $"RT does not set {Asked(edit.Item2)} of ticket {Text(edit.ticket)}: look at its history, the lifecycle of the queue, and the right ModifyTicket"
            ),
            TicketStep.Merge merge => new NotDelivered(
                FailureKind.Terminal,
                "CTI-SEND-043",
                $"RT does not merge ticket {Text(merge.ticket)} into {Text(merge.into)}, which was made for the same indicator: give the user the right ModifyTicket, or merge them by hand"
            ),
            _ => throw new InvalidOperationException("nothing is asked for where nothing is to be done"),
        };

    private static string Asked(TicketEdit edit)
    {
        var names = new List<string>();
        if (edit.Subject.IsSome)
        {
            names.Add("the subject");
        }

        if (edit.Priority.IsSome)
        {
            names.Add($"priority {Text(edit.Priority.Value)}");
        }

        if (edit.Status.IsSome)
        {
            names.Add($"status `{edit.Status.Value}`");
        }

        names.AddRange(edit.Fields.Select(field => $"custom field `{field.Item1}`"));
        return string.Join(", ", names);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
