// The contract of stream sinks as a user meets it: `cti run` with every transport, from the feed to the counterpart, through the store, retries,
// dead letters and signals.

using System.Diagnostics;
using System.Text;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Delivery.Contract;

[Collection(WithRabbitMq.Name)]
public class RunContractTests(RabbitMqBroker broker)
{
    private const string Fast = "retry: { base: 1ms, max: 10ms }";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static TheoryData<string> All => [.. TransportRig.All];

    // A receiver of syslog takes what is written until its buffers are full: a run this small never waits for it.
    public static TheoryData<string> Acknowledging => ["http", "command", "rabbitmq", "taxii", "request_tracker"];

    [Theory]
    [MemberData(nameof(All))]
    public Task Every_change_arrives_in_order_and_none_again(string name) =>
        WithAsync(
            name,
            async rig =>
            {
                Declare(rig, Fast);
                Feed(rig, 0, rig.Many);
                Assert.Equal(0, Run(rig).Exit);
                Assert.Equal(Enumerable.Range(1, rig.Many), Sequences(rig, await rig.TakenAsync(rig.Many)));
                Assert.Equal(0, Run(rig).Exit);
                Feed(rig, 0, rig.Many + 10);
                Assert.Equal(0, Run(rig).Exit);
                Assert.Equal(Enumerable.Range(1, rig.Many + 10), Sequences(rig, await rig.TakenAsync(rig.Many + 10)));
                Assert.Empty(rig.Work.Query("FROM books WHERE missing <> 0"));
            }
        );

    [Theory]
    [MemberData(nameof(All))]
    public Task A_sink_that_was_away_for_a_whole_run_gets_everything_in_the_next(string name) =>
        WithAsync(
            name,
            async rig =>
            {
                Declare(rig, "retry: { attempts: 2, base: 1ms }");
                Feed(rig, 0, 300);
                rig.Fail(Trouble.Away);
                var failed = Run(rig);
                Assert.True(failed.Exit == 1, failed.ToString());
                // Its state is told, with the code and the endpoint; the other sink has what it wants.
                Assert.Matches("sink s: .*CTI-SEND-0[0-5][0-9]", failed.Out);
                Assert.Equal(300, rig.Work.Lines("out/list.txt").Length);
                rig.Mend();
                var result = Run(rig);
                Assert.True(result.Exit == 0, result.ToString());
                Assert.Equal(Enumerable.Range(1, 300), Sequences(rig, await rig.TakenAsync(300)));
            }
        );

    [Theory]
    [MemberData(nameof(Acknowledging))]
    public Task A_reset_in_the_middle_of_a_run_loses_nothing(string name) =>
        WithAsync(
            name,
            async rig =>
            {
                // A program that dies is mended by nobody here: what it has not taken is for the next run.
                Declare(rig, (rig is CommandRig ? "retry: { attempts: 1 }" : Fast) + ", timeout: 5s");
                Feed(rig, 0, rig.Many);
                rig.Fail(Trouble.Reset);
                var result = Run(rig);
                Assert.True(result.Exit == (rig is CommandRig ? 1 : 0), result.ToString());
                rig.Mend();
                result = Run(rig);
                Assert.True(result.Exit == 0, result.ToString());
                var taken = Sequences(rig, await rig.TakenAsync(rig.Many));
                Assert.Equal(Enumerable.Range(1, rig.Many), taken.Distinct().Order());
                Assert.InRange(taken.Count, rig.Many, rig.Many + 500);
            }
        );

    [Theory]
    [InlineData("http", "CTI-SEND-006")]
    [InlineData("command", "CTI-SEND-021")]
    [InlineData("taxii", "CTI-SEND-053")]
    [InlineData("request_tracker", "CTI-SEND-040")]
    public Task A_record_that_nobody_takes_becomes_a_dead_letter_and_blocks_nothing(string name, string code) =>
        WithAsync(
            name,
            async rig =>
            {
                if (rig is HttpRig http)
                {
                    http.Server.Judge = request =>
                        request.Text.Contains("poison", StringComparison.Ordinal)
                            ? new Fault.Answer(422, "no such thing")
                            : Fault.None;
                }

                if (rig is RequestTrackerRig tickets)
                {
                    tickets.Desk.Refused = "poison";
                }

                if (rig is TaxiiRig taxii)
                {
                    taxii.Receiver.Refuses = item =>
                        item.GetProperty("type").GetString() == "indicator"
                        && item.GetProperty("name").GetString() == "poison.example"
                            ? $"not here, {TransportRig.Secret}"
                            : null;
                }

                Declare(rig, Fast);
                Feed(rig, 0, 500, "poison.example");
                var result = Run(rig);
                Assert.True(result.Exit == 0, result.ToString());
                Assert.Equal(500, (await rig.TakenAsync(500)).Count);
                var letter = Assert.Single(
                    rig.Work.Query("SELECT code, message, original FROM dead_letters WHERE stage = 'sink:s'")
                );
                Assert.Equal(code, letter[0]);
                Assert.Empty(rig.Work.Query("FROM books WHERE missing <> 0"));
                Clean(letter[1]);
                // Settled: the next run does not try it again.
                Assert.Equal(0, Run(rig).Exit);
                Assert.Equal(500, (await rig.TakenAsync(500)).Count);
            }
        );

    [Fact]
    public async Task A_server_that_asks_to_wait_is_left_alone_and_then_gets_everything()
    {
        await using var rig = new HttpRig();
        rig.Server.Next(
            new Fault.Answer(429, "", "Retry-After: 1"),
            new Fault.Answer(503, "", "Retry-After: 1"),
            new Fault.Answer(500),
            new Fault.Answer(413)
        );
        Declare(rig, Fast);
        Feed(rig, 0, 200);
        var clock = Stopwatch.StartNew();
        var result = Run(rig);
        Assert.True(result.Exit == 0, result.ToString());
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(2), Patience);
        // 413: in halves then.
        Assert.True(rig.Server.Taken.Count >= 2);
        Assert.Equal(Enumerable.Range(1, 200), Sequences(rig, await rig.TakenAsync(200)));
    }

    [Fact]
    public async Task Batches_hold_no_more_than_is_declared()
    {
        await using var rig = new HttpRig();
        Declare(rig, "batch: { records: 70, bytes: 10KB }");
        Feed(rig, 0, 500);
        Assert.Equal(0, Run(rig).Exit);
        Assert.All(
            rig.Server.Taken,
            request =>
            {
                Assert.InRange(request.Body.Length, 1, 10_000);
                Assert.InRange(request.Text.Count(character => character == '\n'), 1, 70);
            }
        );
        Assert.Equal(Enumerable.Range(1, 500), Sequences(rig, await rig.TakenAsync(500)));
    }

    [Theory]
    [MemberData(nameof(Acknowledging))]
    public Task The_first_signal_drains_what_is_on_its_way(string name) =>
        WithAsync(
            name,
            async rig =>
            {
                Declare(rig, Fast + ", timeout: 2s");
                Feed(rig, 0, 100);
                rig.Fail(Trouble.Hang);
                using var process = Start(rig);
                Wait(() => rig.IsWaitedFor);
                process.Interrupt();
                rig.Mend();
                var result = process.Wait();
                Assert.True(result.Exit is 0 or 130, result.ToString());
                Assert.Equal(0, Run(rig).Exit);
                Assert.Equal(Enumerable.Range(1, 100), Sequences(rig, await rig.TakenAsync(100)).Distinct().Order());
            }
        );

    [Theory]
    [MemberData(nameof(Acknowledging))]
    public Task The_second_signal_aborts_whatever_it_waits_for(string name) =>
        WithAsync(
            name,
            async rig =>
            {
                Declare(rig, "timeout: 1h");
                Feed(rig, 0, 100);
                rig.Fail(Trouble.Hang);
                using (var process = Start(rig))
                {
                    Wait(() => rig.IsWaitedFor);
                    Assert.True(process.InterruptUntilItEnds(TimeSpan.FromSeconds(20)), "the run cannot be ended");
                    Assert.Equal(131, process.Wait().Exit);
                }

                rig.Mend();
                Assert.Equal(0, Run(rig).Exit);
                Assert.Equal(Enumerable.Range(1, 100), Sequences(rig, await rig.TakenAsync(100)).Distinct().Order());
            }
        );

    [Theory]
    [MemberData(nameof(All))]
    public Task No_output_and_no_table_holds_a_secret(string name) =>
        WithAsync(
            name,
            rig =>
            {
                if (rig is HttpRig http)
                {
                    http.Server.Next(new Fault.Answer(422, $"I know {TransportRig.Secret}"));
                    http.Server.Judge = request => new Fault.Answer(403, $"I know {request["x-key"]}");
                }

                if (rig is RequestTrackerRig tickets)
                {
                    tickets.Server.Judge = request => new Fault.Answer(403, $"I know {request["authorization"]}");
                }

                rig.Fail(Trouble.Reset);
                Declare(rig, "retry: { attempts: 2, base: 1ms }");
                Feed(rig, 0, 50, "poison.example");
                var result = Run(rig);
                Clean(result.Out);
                Clean(result.Error);
                foreach (var file in Directory.EnumerateFiles(rig.Work.PathOf("out"), "*", SearchOption.AllDirectories))
                {
                    Clean(Encoding.Latin1.GetString(File.ReadAllBytes(file)));
                }

                foreach (
                    var table in rig.Work.Column(
                        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal"
                    )
                )
                {
                    Assert.All(rig.Work.Query($"SELECT t::VARCHAR FROM {table} t"), row => Clean(row[0]));
                }

                return Task.CompletedTask;
            }
        );

    private static void Declare(TransportRig rig, string more) =>
        rig.Work.Write(
            "p.yaml",
            PipelineText.List(sink: "max_change: 1000000%")
                + $"\n  - {{ name: s, render: {{ type: {rig.Render} }}, to: {rig.To}, {more} }}\n"
        );

    private static void Feed(TransportRig rig, int first, int count, params IReadOnlyList<string> more) =>
        rig.Work.Write(
            "in/a.txt",
            string.Join('\n', Enumerable.Range(first, count).Select(number => $"host-{number:D5}.example").Concat(more))
                + "\n"
        );

    private static CtiProcess Start(TransportRig rig) =>
        CtiProcess.Launch(
            rig.Work.Root,
            "/usr/bin/env",
            [
                $"CTI_TEST_SECRET={TransportRig.Secret}",
                CtiProcess.Executable,
                "run",
                "p.yaml",
                "--json",
                "--now",
                Workspace.Now,
            ]
        );

    private static CtiResult Run(TransportRig rig)
    {
        using var process = Start(rig);
        return process.Wait();
    }

    private static void Wait(Func<bool> until) =>
        Assert.True(SpinWait.SpinUntil(until, Patience), "nobody ever waited for the counterpart");

    private static List<int> Sequences(TransportRig rig, IReadOnlyList<string> records) =>
        [.. records.Select(rig.PlaceOf)];

    private async Task WithAsync(string name, Func<TransportRig, Task> act)
    {
        var rig = await TransportRig.CreateAsync(name, broker);
        if (rig is not null)
        {
            await using (rig)
            {
                await act(rig);
            }
        }
    }

    private static void Clean(string text) =>
        Assert.DoesNotContain(TransportRig.Secret, text, StringComparison.Ordinal);
}
