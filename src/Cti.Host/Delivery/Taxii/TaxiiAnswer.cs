// What an answer that is no success means, in TAXII's own meaning (TAXII 2.1, section 5.5). Pure.

using System.Net;
using Cti.Host.Delivery.Http;
using Cti.Host.Net.Taxii;

namespace Cti.Host.Delivery.Taxii;

/// <summary>A resource could not be had.</summary>
internal sealed class TaxiiRefusal(NotDelivered verdict) : Exception(verdict.Message)
{
    public NotDelivered Verdict { get; } = verdict;
}

internal static class TaxiiAnswer
{
    /// <summary>The verdict on a status; null for success.</summary>
    /// <param name="status">Of the answer.</param>
    /// <param name="retryAfter">What the server asks for; null where it does not say.</param>
    /// <param name="references">What the request's secrets are written as.</param>
    /// <param name="said">The server's words, to be added; may be empty.</param>
    public static NotDelivered? Judge(
        HttpStatusCode status,
        TimeSpan? retryAfter,
        IReadOnlyList<string> references,
        string said
    )
    {
        if (HttpAnswer.Judge(status, retryAfter, references) is not { } verdict)
        {
            return null;
        }

        var advice = (int)status switch
        {
            404 when references.Count > 0 =>
                "there is no such place, or these credentials may not see it: TAXII servers answer both alike; check `url`, `collection` and the credentials",
            404 =>
                "there is no such place, or it wants to know who asks: TAXII servers answer both alike; check `url` and `collection`, or declare `basic` or `headers`",
            406 or 415 =>
                "it does not speak TAXII 2.1; TAXII 1 and 2.0 are not written. Look for a newer address of the server",
            413 => "too much for one request, though not above the `max_content_length` it gives",
            400 or 422 => "it does not take these objects",
            _ => null,
        };
        return verdict with
        {
            Message = (advice is null ? verdict.Message : $"the server answers {(int)status}: {advice}") + said,
        };
    }

    /// <summary>The verdict on a place that cannot be used.</summary>
    public static NotDelivered Of(TaxiiPlaceException error) =>
        error.Problem switch
        {
            TaxiiProblem.NotTaxii => NotTaxii(error.Message),
            TaxiiProblem.NoCollection => new NotDelivered(FailureKind.Misconfigured, "CTI-SEND-051", error.Message),
            _ => new NotDelivered(FailureKind.Misconfigured, "CTI-SEND-052", error.Message),
        };

    /// <summary>Something else answers.</summary>
    public static NotDelivered NotTaxii(string problem) =>
        new(
            FailureKind.Misconfigured,
            "CTI-SEND-050",
            $"{problem}. Give `url` of a TAXII 2.1 discovery (…/taxii2/), an API root, or a collection (…/collections/ID/)"
        );

    /// <summary>The server has not finished.</summary>
    public static NotDelivered Pending(TaxiiStatus status, TimeSpan timeout) =>
        new(
            FailureKind.Transient,
            "CTI-SEND-054",
            $"the server has still {status.Pending} objects to do after {HttpLine.Seconds(timeout)} (`timeout`); the same are sent again, which it knows"
        );
}
