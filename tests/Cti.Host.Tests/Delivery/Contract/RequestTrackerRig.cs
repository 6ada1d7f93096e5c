// A ticket sink before a desk in memory: what the contract suite calls a record is what the ticket shows in a custom field.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Host.Delivery;
using Cti.Host.Tests.Harness;

namespace Cti.Host.Tests.Delivery.Contract;

internal sealed class RequestTrackerRig : TransportRig
{
    public RequestTrackerRig() => Server = new FaultServer(judge: Desk.Judge);

    public TicketDesk Desk { get; } = new();

    public FaultServer Server { get; }

    public override string To =>
        $"{{ type: request_tracker, url: \"{Server.Url}/rt/\", queue: Threats, token: '${{env:CTI_TEST_SECRET}}', fields: {{ Record: value }} }}";

    // It asks for its queue before it sends.
    public override TimeSpan Short => TimeSpan.FromSeconds(3);

    /// <summary>The withdrawal of one of them.</summary>
    public static DeliveryBatch Withdrawal(int number)
    {
        var line = Encoding.UTF8.GetBytes(
            $"{{\"sequence\":{number + 1000},\"op\":\"withdrawn\",\"indicator\":\"{Indicator(number)}\"}}\n"
        );
        return new DeliveryBatch(line, [line.Length], [$"{Indicator(number)}:2"]);
    }

    // Each takes three requests: with as many as the others a busy machine needs minutes.
    public override int Many => 100;

    public override DeliveryBatch Batch(int first, int count, int padding = 20, string mark = "x")
    {
        var body = new MemoryStream();
        var ends = new List<int>();
        for (var number = first; number < first + count; number++)
        {
            body.Write(Encoding.UTF8.GetBytes(Line(number, Declared.Record(number, padding, mark)) + "\n"));
            ends.Add((int)body.Length);
        }

        return new DeliveryBatch(
            body.ToArray(),
            ends,
            [.. Enumerable.Range(first, count).Select(number => $"{Indicator(number)}:1")]
        );
    }

    public override Task<IReadOnlyList<string>> TakenAsync(int count) =>
        Task.FromResult<IReadOnlyList<string>>([.. Desk.Tickets.Select(ticket => ticket.Fields["Record"])]);

    // Tickets hold no sequence: a feed lists its hosts in the order of their numbers.
    public override int PlaceOf(string record) => int.Parse(record[5..10], CultureInfo.InvariantCulture) + 1;

    public override void Fail(Trouble trouble)
    {
        switch (trouble)
        {
            case Trouble.Reset:
                Server.Next(new Fault.ResetAmid());
                break;
            case Trouble.Hang:
                Server.Next(new Fault.Hang());
                break;
            default:
                Server.Listener.Leave();
                break;
        }
    }

    public override bool IsWaitedFor => !Server.Requests.IsEmpty;

    public override void Mend() => Server.Listener.Return();

    public override ValueTask DisposeAsync()
    {
        Server.Dispose();
        return base.DisposeAsync();
    }

    private static string Indicator(int number) => $"indicator--{new Guid(number, 0, 0, new byte[8])}";

    private static string Line(int number, string record) =>
        JsonSerializer.Serialize(
            new
            {
                sequence = number + 1,
                op = "added",
                indicator = Indicator(number),
                type = "file_name",
                value = record,
                score = 75,
            }
        );
}
