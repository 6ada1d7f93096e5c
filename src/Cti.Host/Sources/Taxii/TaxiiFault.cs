// What can be wrong with a TAXII server's answers, in words that say what to do.

using System.Globalization;
using Cti.Core;
using Cti.Host.Net.Taxii;
using Cti.Host.Sources.Http;

namespace Cti.Host.Sources.Taxii;

internal static class TaxiiFault
{
    public static SourceException NotTaxii(string name, string problem) =>
        new(
            "CTI-SOURCE-060",
            $"{name}: {problem}. Give `url` of a TAXII 2.1 discovery (…/taxii2/), an API root, or a collection (…/collections/ID/); a plain file of STIX is `type: http`."
        );

    /// <summary>The collection cannot be used.</summary>
    public static SourceException Of(string name, TaxiiPlaceException error) =>
        error.Problem switch
        {
            TaxiiProblem.NotTaxii => NotTaxii(name, error.Message),
            TaxiiProblem.NoCollection => new SourceException("CTI-SOURCE-061", $"{name}: {error.Message}."),
            _ => new SourceException("CTI-SOURCE-062", $"{name}: {error.Message}."),
        };

    public static SourceException NotJson(string name, string problem) =>
        new("CTI-SOURCE-063", $"{name}: {problem}; nothing of the page is used. Tell whoever runs the server.");

    public static SourceException Stopped(string name, TaxiiStop stop) =>
        stop switch
        {
            TaxiiStop.TooManyAtOnce { added: var added } => new SourceException(
                "CTI-SOURCE-065",
                $"{name}: more objects were added at {TaxiiMarkModule.writeTime(added)} than the server puts on a page, and it gives no `next` to go on by; raise `limit`, or step over them with `added_after: {TaxiiMarkModule.writeTime(added)}`."
            ),
            { IsNoWayOn: true } => new SourceException(
                "CTI-SOURCE-065",
                $"{name}: the server says that there is more, but neither `next` nor X-TAXII-Date-Added-Last to go on by; raise `limit` until all is on one page."
            ),
            { IsEmptyForEver: true } => new SourceException(
                "CTI-SOURCE-064",
                $"{name}: the server says that there is more and sends page after page without an object; what came before is used. Try without `match`."
            ),
            { IsTooManyPages: true } => new SourceException(
                "CTI-SOURCE-064",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}: {TaxiiPagingModule.mostPages:N0} pages and no end; the next reading goes on there. Raise `limit`."
                )
            ),
            _ => new SourceException(
                "CTI-SOURCE-064",
                $"{name}: the server sends a page again that it sent before and says that there is more; what came before is used. Try another `limit`, and tell whoever runs the server."
            ),
        };

    public static SourceException TooLarge(string name, long limit) =>
        new(
            "CTI-SOURCE-015",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: the collection is longer than the {limit:N0} bytes of `max_bytes`, and can only be read whole; raise it."
            )
        );

    /// <summary>A refusal in TAXII's own meaning (sections 3.6.2 and 5): many servers say 404 where they mean 401.</summary>
    public static HttpFault Reworded(HttpFault fault, bool showsCredentials) =>
        (int?)fault.Status switch
        {
            404 or 403 when showsCredentials => fault.Advising(
                "there is no such place, or these credentials may not see it: TAXII servers answer both alike; check `url`, `collection` and the credentials"
            ),
            404 => fault.Advising(
                "there is no such place, or it wants to know who asks: TAXII servers answer both alike; check `url` and `collection`, or declare `basic` or `headers`"
            ),
            406 or 415 => fault.Advising(
                "it does not speak TAXII 2.1; TAXII 1 and 2.0 are not read. Look for a newer address of the feed"
            ),
            400 => fault.Advising("it does not understand the question; check `match`, `added_after` and `limit`"),
            _ => fault,
        };
}
