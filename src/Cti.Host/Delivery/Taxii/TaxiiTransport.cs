// Changes into a collection of a TAXII 2.1 server (sections 5.4 and 4.3): envelopes no larger than it takes, each acknowledged once its status is complete.

using System.Text.Json;
using Cti.Host.Delivery.Http;
using Cti.Host.Net.Taxii;

namespace Cti.Host.Delivery.Taxii;

internal sealed class TaxiiTransport(TaxiiPushPlan declared, TimeProvider clock) : IDeliveryTransport, IReadBack
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // Where objects go, and how many bytes at once.
    private sealed record Place(TaxiiCollection Collection, long MostBytes);

    private TaxiiPushPlan _plan = declared;
    private TaxiiClient? _client;
    private Place? _place;

    public string Endpoint { get; } = HttpLine.EndpointOf(declared.Url, declared.Redactor);

    public BatchLimits Limits { get; } = declared.Limits;

    public Task<SendOutcome> OpenAsync(string receipt, CancellationToken stop) =>
        RenewingAsync(
            async token =>
            {
                await PlaceAsync(token);
                return new Delivered(receipt);
            },
            stop
        );

    public Task<SendOutcome> SendAsync(DeliveryBatch batch, CancellationToken stop) =>
        RenewingAsync(token => PushAsync(batch, token), stop);

    /// <summary>The version is looked for among those the server gives (section 5.6): its newest where it knows no other.</summary>
    public async Task<bool?> HoldsAsync(ReadOnlyMemory<byte> record, CancellationToken stop)
    {
        if (await OpenAsync("", stop) is NotDelivered || !_place!.Collection.CanRead)
        {
            return null;
        }

        using var line = JsonDocument.Parse(record);
        var own = line.RootElement.GetProperty("objects").EnumerateArray().Last();
        bool? holds = null;
        await RenewingAsync(
            async token =>
            {
                var id = TaxiiText.Of(own, "id");
                using var found = await _client!.GetAsync(_place.Collection.Object(id), token);
                holds =
                    found.RootElement.TryGetProperty("objects", out var objects)
                    && objects.ValueKind == JsonValueKind.Array
                    && objects.EnumerateArray().Any(item => TaxiiStatus.IsVersionOf(own, item));
                return new Delivered("");
            },
            stop
        );
        return holds;
    }

    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<SendOutcome> RenewingAsync(
        Func<CancellationToken, Task<SendOutcome>> act,
        CancellationToken stop
    )
    {
        var outcome = await OnceAsync(act, stop);
        if (outcome is NotDelivered { Code: "CTI-SEND-007" })
        {
            // A token that was renewed since lies in its file by now.
            _plan = _plan.Renew();
            _client?.Dispose();
            _client = null;
            outcome = await OnceAsync(act, stop);
        }

        return outcome is NotDelivered failure ? HttpLine.Told(Endpoint, _plan.Redactor, failure) : outcome;
    }

    private Task<SendOutcome> OnceAsync(Func<CancellationToken, Task<SendOutcome>> act, CancellationToken stop)
    {
        _client ??= new TaxiiClient(_plan, clock);
        return _client.Line.WithinAsync(
            _plan.Timeout,
            async token =>
            {
                try
                {
                    return await act(token);
                }
                catch (TaxiiRefusal refusal)
                {
                    return refusal.Verdict;
                }
                catch (TaxiiPlaceException error)
                {
                    return TaxiiAnswer.Of(error);
                }
            },
            stop
        );
    }

    private async Task<Place> PlaceAsync(CancellationToken stop)
    {
        if (_place is null)
        {
            var client = _client!;
            var collection = await new TaxiiDirectory(client, _plan.Collection, TaxiiUse.Write).FindAsync(stop);
            using var root = await client.GetAsync(collection.Root, stop);
            var most =
                root.RootElement.TryGetProperty("max_content_length", out var length)
                && length.TryGetInt64(out var bytes)
                && bytes > 0
                    ? bytes
                    : long.MaxValue;
            _place = new Place(collection, most);
        }

        return _place;
    }

    private async Task<SendOutcome> PushAsync(DeliveryBatch batch, CancellationToken stop)
    {
        var begun = clock.GetTimestamp();
        var place = await PlaceAsync(stop);
        var parcels = TaxiiParcels.Pack(batch, place.MostBytes);
        var refused = parcels
            .TooLarge.Select(record => new RefusedRecord(
                record,
                "CTI-SEND-005",
                $"{Endpoint}: the object alone is larger than the {place.MostBytes} bytes the server takes (`max_content_length`)."
            ))
            .ToList();
        var receipt = "status:none";
        foreach (var parcel in parcels.Parcels)
        {
            var status = await AddAsync(place.Collection, parcel, begun, stop);
            if (status.Unnamed > 0)
            {
                return new NotDelivered(
                    FailureKind.Terminal,
                    "CTI-SEND-053",
                    $"the server refuses {status.Unnamed} objects and does not name them"
                );
            }

            refused.AddRange(
                status
                    .Refused(parcel)
                    .Select(one => new RefusedRecord(
                        one.Record,
                        "CTI-SEND-053",
                        $"{Endpoint}: the server refuses the object.{(one.Message.Length > 0 ? $" It says: {_plan.Redactor.Redact(one.Message)}" : "")}"
                    ))
            );
            var shared = status.Shared(parcel);
            receipt = $"status:{_plan.Redactor.Redact(status.Id)}{(shared > 0 ? $" shared_refused:{shared}" : "")}";
        }

        return new Delivered(receipt, [.. refused.OrderBy(one => one.Index)]);
    }

    // Until the server has done it.
    private async Task<TaxiiStatus> AddAsync(
        TaxiiCollection collection,
        TaxiiParcel parcel,
        long begun,
        CancellationToken stop
    )
    {
        var client = _client!;
        TaxiiStatus status;
        using (var answer = await client.PostAsync(collection.Objects, parcel.Body, stop))
        {
            status = Read(TaxiiStatus.Of(answer.RootElement));
        }

        var pause = FirstPause;
        while (!status.IsComplete)
        {
            if (status.Id.Length == 0)
            {
                throw new TaxiiRefusal(TaxiiAnswer.NotTaxii("the status of the request has no `id` to ask for"));
            }

            if (clock.GetElapsedTime(begun) + pause >= _plan.Timeout)
            {
                throw new TaxiiRefusal(TaxiiAnswer.Pending(status, _plan.Timeout));
            }

            await Task.Delay(pause, clock, stop);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            var place = new Uri(collection.Root, $"status/{Uri.EscapeDataString(status.Id)}/");
            using var answer = await client.GetAsync(place, stop);
            status = Read(TaxiiStatus.Of(answer.RootElement));
        }

        return status;
    }

    private static TaxiiStatus Read(TaxiiStatus? status) =>
        status
        ?? throw new TaxiiRefusal(
            TaxiiAnswer.NotTaxii(
                "the server takes the request, but does not say what became of it (no status resource)"
            )
        );
}
