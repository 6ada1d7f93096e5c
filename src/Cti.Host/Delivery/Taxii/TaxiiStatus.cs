// The status resource of a request (TAXII 2.1, section 4.3): whether the server is done, and which objects it would not have. Pure.

using System.Globalization;
using System.Text.Json;
using Cti.Host.Net;
using Cti.Host.Net.Taxii;

namespace Cti.Host.Delivery.Taxii;

/// <summary>An object the server refuses for good.</summary>
/// <param name="Id">The object's.</param>
/// <param name="Version">Empty where it does not say which.</param>
/// <param name="Message">The server's words, fit to be shown, not redacted; empty for none.</param>
internal sealed record TaxiiFailure(string Id, string Version, string Message);

/// <summary>Where a request stands.</summary>
/// <param name="Id">Of the status resource; empty where the server gives none.</param>
/// <param name="IsComplete">Whether nothing of it is pending any more.</param>
/// <param name="Pending">Objects that are still worked on, as the server counts.</param>
/// <param name="Unnamed">Objects that failed and are not named.</param>
/// <param name="Failures">Those that are.</param>
internal sealed record TaxiiStatus(
    string Id,
    bool IsComplete,
    long Pending,
    long Unnamed,
    IReadOnlyList<TaxiiFailure> Failures
)
{
    /// <summary>As it came; null where it is no status resource.</summary>
    public static TaxiiStatus? Of(JsonElement resource)
    {
        var status = TaxiiText.Of(resource, "status");
        if (status is not ("complete" or "pending"))
        {
            return null;
        }

        var failures =
            resource.TryGetProperty("failures", out var listed) && listed.ValueKind == JsonValueKind.Array
                ? listed.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object).Select(Failure).ToList()
                : [];
        return new TaxiiStatus(
            TaxiiText.Of(resource, "id"),
            status == "complete",
            Count(resource, "pending_count"),
            Math.Max(0, Count(resource, "failure_count") - failures.Count),
            failures
        );
    }

    /// <summary>Which records of a parcel failed, with the server's words.</summary>
    public IEnumerable<(int Record, string Message)> Refused(TaxiiParcel parcel) =>
        Failures
            .SelectMany(failure =>
                parcel.Own.TryGetValue(failure.Id, out var records)
                    ? Meant(records, failure.Version).Select(record => (record, failure.Message))
                    : []
            )
            .DistinctBy(refused => refused.record)
            .OrderBy(refused => refused.record);

    /// <summary>Whether an object is the very version of another: servers print times with more digits.</summary>
    public static bool IsVersionOf(JsonElement ours, JsonElement theirs) =>
        theirs.ValueKind == JsonValueKind.Object
        && TaxiiText.Of(ours, "id") == TaxiiText.Of(theirs, "id")
        && Time(TaxiiText.Of(ours, "modified")) == Time(TaxiiText.Of(theirs, "modified"));

    /// <summary>How many of the failures are of objects that records only refer to.</summary>
    public int Shared(TaxiiParcel parcel) => Failures.Count(failure => !parcel.Own.ContainsKey(failure.Id));

    // A version that is none of ours says nothing: then every one of that id is meant.
    private static IEnumerable<int> Meant(List<(int Record, string Version)> records, string version)
    {
        var same = records.Where(record => Time(record.Version) == Time(version)).ToList();
        return (same.Count > 0 ? same : records).Select(record => record.Record);
    }

    private static DateTimeOffset? Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;

    private static TaxiiFailure Failure(JsonElement item) =>
        new(TaxiiText.Of(item, "id"), TaxiiText.Of(item, "version"), ProblemWords.Shown(TaxiiText.Of(item, "message")));

    private static long Count(JsonElement resource, string name) =>
        resource.TryGetProperty(name, out var count)
        && count.ValueKind == JsonValueKind.Number
        && count.TryGetInt64(out var value)
            ? value
            : 0;
}
