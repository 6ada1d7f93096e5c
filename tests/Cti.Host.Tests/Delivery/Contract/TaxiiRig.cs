// A TAXII collection as a counterpart: records are envelopes there, and are read back from what the collection holds.

using System.Globalization;
using System.Text.Json;
using Cti.Host.Delivery;
using Cti.Host.Tests.Harness;

namespace Cti.Host.Tests.Delivery.Contract;

internal sealed class TaxiiRig : TransportRig
{
    private Trouble? _trouble;

    public TaxiiRig() =>
        Receiver.Override = request =>
        {
            if (!TaxiiReceiver.IsPost(request) || _trouble is not { } trouble)
            {
                return null;
            }

            _trouble = null;
            // What it read before the connection broke it holds or not: both must go well.
            return trouble == Trouble.Hang ? new Fault.Hang() : new Fault.ResetAfter();
        };

    public TaxiiReceiver Receiver { get; } = new();

    public override string Render => "stix_changes";

    public override string To =>
        $"{{ type: taxii, url: \"{Receiver.Discovery}\", collection: blocked, headers: {{ X-Key: '${{env:CTI_TEST_SECRET}}' }} }}";

    public override DeliveryBatch Batch(int first, int count, int padding = 20, string mark = "x") =>
        Envelopes(first, count, padding, mark);

    /// <summary>Records `first` to `first + count - 1`, each an envelope with an identity and an indicator.</summary>
    public static DeliveryBatch Envelopes(int first, int count, int padding = 20, string mark = "x")
    {
        const string identity =
            """{"type":"identity","spec_version":"2.1","id":"identity--00000000-0000-4000-8000-000000000001","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"us"}""";
        return Declared.Batch(
            first,
            count,
            number =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $$"""{"objects":[{{identity}},{"type":"indicator","spec_version":"2.1","id":"indicator--{{number:00000000}}-0000-4000-8000-000000000000","created_by_ref":"identity--00000000-0000-4000-8000-000000000001","created":"2026-01-02T00:00:00.000Z","modified":"2026-01-02T00:00:00.000Z","n":{{number}},"mark":"{{mark}}","pad":"{{new string('p', padding)}}"}]}"""
                )
        );
    }

    public override Task<IReadOnlyList<string>> TakenAsync(int count)
    {
        Xunit.Assert.Empty(Receiver.Wrong);
        return Task.FromResult<IReadOnlyList<string>>([
            .. Receiver
                .Held.Where(item => item.GetProperty("type").GetString() == "indicator")
                .Select(Record)
                .OfType<string>(),
        ]);
    }

    public override void Fail(Trouble trouble)
    {
        if (trouble == Trouble.Away)
        {
            Receiver.Server.Listener.Leave();
        }
        else
        {
            _trouble = trouble;
        }
    }

    public override bool IsWaitedFor => Receiver.Posts > 0;

    public override void Mend() => Receiver.Server.Listener.Return();

    public override ValueTask DisposeAsync()
    {
        Receiver.Dispose();
        return base.DisposeAsync();
    }

    // As the other rigs have it: of a run by what the feed's line says of its place.
    private static string? Record(JsonElement item)
    {
        if (item.TryGetProperty("n", out var number))
        {
            return Declared.Record(
                number.GetInt32(),
                item.GetProperty("pad").GetString()!.Length,
                item.GetProperty("mark").GetString()!
            );
        }

        var name = item.GetProperty("name").GetString()!;
        return name.StartsWith("host-", StringComparison.Ordinal)
            ? $$"""{"sequence":{{int.Parse(name.AsSpan(5, 5), CultureInfo.InvariantCulture) + 1}}}"""
            : null;
    }
}
