// Deliveries that failed for good: written once, tried again as the indicator is now, closed when they are told after all.

using System.Text;
using Cti.Host.Cli;
using Cti.Host.Delivery;
using Cti.Host.Graph;
using Cti.Host.Letters;
using Cti.Host.Run;
using Cti.Host.Store;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Letters;

public sealed class SinkLetterTests : IDisposable
{
    private readonly Workspace _work = new();
    private readonly Picky _endpoint = new();

    public SinkLetterTests()
    {
        _work.Write(
            "p.yaml",
            PipelineText.List(sink: "max_change: 1000000%")
                + "\n  - { name: stream, render: { type: ndjson }, to: { type: file, path: out/x }, where: \"type = 'domain'\" }\n"
        );
        _work.Write("in/a.txt", "good.example\npoison.example\nbetter.example\n");
    }

    public void Dispose() => _work.Dispose();

    // An endpoint on the far side of the transport's contract: it takes what it likes.
    private sealed class Picky : IDeliveryTransport
    {
        public string Refuses { get; set; } = "poison";
        public List<string> Taken { get; } = [];
        public string Endpoint => "https://siem.example";
        public BatchLimits Limits => new(100, 1 << 20);

        public Task<SendOutcome> OpenAsync(string receipt, CancellationToken stop) =>
            Task.FromResult<SendOutcome>(new Delivered("open"));

        public Task<SendOutcome> SendAsync(DeliveryBatch batch, CancellationToken stop)
        {
            var texts = Enumerable
                .Range(0, batch.Count)
                .Select(index => Encoding.UTF8.GetString(batch.Record(index).Span))
                .ToList();
            if (texts.Exists(text => text.Contains(Refuses, StringComparison.Ordinal)))
            {
                return Task.FromResult<SendOutcome>(
                    new NotDelivered(FailureKind.Terminal, "CTI-SINK-099", "400 Bad Request")
                );
            }

            Taken.AddRange(texts);
            return Task.FromResult<SendOutcome>(new Delivered("200"));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private async Task<RunReport> RunAsync(LetterFilter? replay = null)
    {
        var options = new RunOptions
        {
            Replay = replay,
            Quiet = true,
            Now = DateTimeOffset.Parse(Workspace.Now, System.Globalization.CultureInfo.InvariantCulture),
        };
        var plan = Assert.Single(Pipelines.Load([_work.PathOf("p.yaml")], options, Console.Error)!);
        using var killSwitch = new KillSwitch();
        var environment = RunEnvironment.System with { Error = TextWriter.Null, Transports = _ => _endpoint };
        var report = await PipelineRun.RunAsync(plan, options, environment, killSwitch);
        Assert.Equal(RunStatus.Done, report.Status);
        Assert.Empty(_work.Query("FROM books WHERE missing <> 0"));
        return report;
    }

    private string Letters() =>
        string.Join(
            ", ",
            _work.Column("SELECT concat_ws(' ', stage, code, status, attempts, op, revision) FROM dead_letters")
        );

    [Fact]
    public async Task What_a_sink_could_not_take_is_delivered_again_when_it_can()
    {
        await RunAsync();
        Assert.Equal(2, _endpoint.Taken.Count);
        Assert.Equal("sink:stream CTI-SINK-099 open 1 added 1", Letters());

        await RunAsync(new LetterFilter());
        Assert.Equal("sink:stream CTI-SINK-099 open 2 added 1", Letters());

        _endpoint.Refuses = "nothing";
        var report = await RunAsync(new LetterFilter { Stage = "sink:stream" });
        Assert.Equal("sink:stream CTI-SINK-099 replayed 2 added 1", Letters());
        Assert.Contains("poison.example", _endpoint.Taken[^1], StringComparison.Ordinal);
        Assert.Equal(3, _endpoint.Taken.Count);
        Assert.Equal(1, report.Books["sink:stream"].Out);
        Assert.Equal(3, _work.Count("SELECT count(*) FROM deliveries WHERE sink = 'stream'"));

        await RunAsync(new LetterFilter());
        await RunAsync();
        Assert.Equal(3, _endpoint.Taken.Count);
    }

    [Fact]
    public async Task A_later_revision_that_is_taken_closes_the_letter_of_an_earlier_one()
    {
        await RunAsync();
        _endpoint.Refuses = "nothing";
        _work.Write(
            "p.yaml",
            _work.Read("p.yaml").Replace("confidence: 80", "confidence: 70", StringComparison.Ordinal)
        );
        await RunAsync();
        Assert.Equal("sink:stream CTI-SINK-099 replayed 1 added 1", Letters());
    }
}
