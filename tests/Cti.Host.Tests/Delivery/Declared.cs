// Transports as a pipeline declares them: read from YAML, references resolved, ready to send.

using System.Text;
using Cti.Core.Declare;
using Cti.Host.Config;
using Cti.Host.Delivery;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Delivery;

internal static class Declared
{
    /// <summary>Long enough for any machine, where a test is not about time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The transport of a sink with this `to:`, its paths in a workspace.</summary>
    public static IDeliveryTransport Transport(
        Workspace work,
        string to,
        TimeSpan? timeout = null,
        IReadOnlyDictionary<string, string>? environment = null,
        TimeProvider? clock = null,
        string render = "ndjson"
    )
    {
        work.Write(
            "t.yaml",
            PipelineText.List().Replace("name: list", "name: unused", StringComparison.Ordinal)
                + $"\n  - name: s\n    render: {{ type: {render} }}\n    to: {to}\n"
        );
        var file = PipelineFile.Load(work.PathOf("t.yaml"));
        Assert.True(
            file.Pipeline is not null,
            string.Join('\n', file.Diagnostics.Select(found => $"{found.Message} {found.Hint}"))
        );
        var missing = new List<Diagnostic>();
        var secrets = Secrets.Load(file, file.References, name => environment?.GetValueOrDefault(name), missing);
        Assert.Empty(missing);
        var target = file.Pipeline!.Sinks.Single(sink => sink.Name.Value == "s").To;
        var resolver = new Resolver(secrets, path => Path.Combine(work.Root, path), work.Root);
        var plan = Transports.Plan(target, timeout ?? Patience, resolver);
        return plan!.Create(clock ?? TimeProvider.System);
    }

    /// <summary>Records `first` to `first + count - 1`, each a line of JSON with some padding.</summary>
    public static DeliveryBatch Batch(int first, int count, int padding = 20, string mark = "x") =>
        Batch(first, count, number => Record(number, padding, mark));

    /// <summary>The same, each written as it is told.</summary>
    public static DeliveryBatch Batch(int first, int count, Func<int, string> record)
    {
        var body = new MemoryStream();
        var ends = new List<int>();
        for (var number = first; number < first + count; number++)
        {
            body.Write(Encoding.UTF8.GetBytes(record(number) + "\n"));
            ends.Add((int)body.Length);
        }

        return new DeliveryBatch(
            body.ToArray(),
            ends,
            [.. Enumerable.Range(first, count).Select(number => $"indicator--{number}:1")]
        );
    }

    /// <summary>One of them, without its line end.</summary>
    public static string Record(int number, int padding = 20, string mark = "x") =>
        $"{{\"n\":{number},\"mark\":\"{mark}\",\"pad\":\"{new string('p', padding)}\"}}";

    /// <summary>Must be delivered, all of it.</summary>
    public static Delivered AssertDelivered(SendOutcome outcome)
    {
        Assert.True(outcome is Delivered, outcome.ToString());
        return (Delivered)outcome;
    }

    /// <summary>Must have failed in this way, and say where, with a stable code.</summary>
    public static NotDelivered AssertFailed(IDeliveryTransport transport, SendOutcome outcome, FailureKind kind)
    {
        Assert.True(outcome is NotDelivered failure && failure.Kind == kind, outcome.ToString());
        var failed = (NotDelivered)outcome;
        Assert.Matches("^CTI-SEND-0[0-5][0-9]$", failed.Code);
        Assert.StartsWith(transport.Endpoint, failed.Message, StringComparison.Ordinal);
        return failed;
    }
}
