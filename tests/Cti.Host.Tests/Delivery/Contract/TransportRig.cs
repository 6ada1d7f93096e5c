// A transport with its counterpart, which can be made to fail: what the contract suite drives each kind of sink through.

using System.Text.Json;
using Cti.Host.Delivery;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Delivery.Contract;

/// <summary>What becomes of the next send.</summary>
public enum Trouble
{
    /// <summary>The counterpart breaks off in the middle of it.</summary>
    Reset,

    /// <summary>The counterpart takes nothing and says nothing.</summary>
    Hang,

    /// <summary>There is no counterpart.</summary>
    Away,
}

internal abstract class TransportRig : IAsyncDisposable
{
    public const string Secret = "s3cr3t-of-the-contract";

    public static readonly string[] All = ["http", "syslog", "command", "rabbitmq", "taxii", "request_tracker"];

    public Workspace Work { get; } = new();

    /// <summary>How the sink is declared.</summary>
    public abstract string To { get; }

    /// <summary>What its records are rendered as.</summary>
    public virtual string Render => "ndjson";

    /// <summary>Bytes of padding with which a batch of 500 records does not fit into the buffers between the two sides.</summary>
    public virtual int Padding => 20;

    /// <summary>Null where what it needs is not installed, which on a build machine is a failure.</summary>
    public static async Task<TransportRig?> CreateAsync(string name, RabbitMqBroker broker) =>
        name switch
        {
            "http" => new HttpRig(),
            "syslog" => new SyslogRig(),
            "command" => new CommandRig(),
            "request_tracker" => new RequestTrackerRig(),
            "rabbitmq" => await broker.IsThereAsync() ? new RabbitMqRig(broker, await broker.QueueAsync()) : null,
            "taxii" => new TaxiiRig(),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
        };

    public IDeliveryTransport Create(TimeSpan? timeout = null) =>
        Declared.Transport(
            Work,
            To,
            timeout,
            new Dictionary<string, string> { ["CTI_TEST_SECRET"] = Secret },
            render: Render
        );

    /// <summary>A time in which it opens, and in which nothing that hangs goes on.</summary>
    public virtual TimeSpan Short => TimeSpan.FromSeconds(2);

    /// <summary>Records `first` to `first + count - 1`, as a renderer gives them to this kind of sink.</summary>
    public virtual DeliveryBatch Batch(int first, int count, int padding = 20, string mark = "x") =>
        Declared.Batch(first, count, padding, mark);

    /// <summary>Records of a run that is a long one for this kind of sink.</summary>
    public virtual int Many => 1200;

    /// <summary>Which change a record of a run tells, from 1.</summary>
    public virtual int PlaceOf(string record)
    {
        using var parsed = JsonDocument.Parse(record);
        return parsed.RootElement.GetProperty("sequence").GetInt32();
    }

    /// <summary>What the counterpart holds, in order, once it holds at least so many records.</summary>
    public abstract Task<IReadOnlyList<string>> TakenAsync(int count);

    /// <summary>From now on: of http and syslog the next request or connection, of the others every one until <see cref="Mend"/>.</summary>
    public abstract void Fail(Trouble trouble);

    /// <summary>Whether somebody waits for the counterpart that <see cref="Trouble.Hang"/> made silent.</summary>
    public abstract bool IsWaitedFor { get; }

    /// <summary>Everything works again.</summary>
    public abstract void Mend();

    public virtual ValueTask DisposeAsync()
    {
        Work.Dispose();
        return ValueTask.CompletedTask;
    }
}

internal sealed class HttpRig : TransportRig
{
    public FaultServer Server { get; } = new();

    public override string To =>
        $"{{ type: http, url: \"{Server.Url}/in\", headers: {{ X-Key: '${{env:CTI_TEST_SECRET}}' }} }}";

    public override Task<IReadOnlyList<string>> TakenAsync(int count) =>
        Task.FromResult<IReadOnlyList<string>>([
            .. Server.Taken.SelectMany(request => request.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
        ]);

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
}

internal sealed class SyslogRig : TransportRig
{
    private readonly SyslogReceiver _receiver = new();
    private readonly List<string> _taken = [];

    public override string To => $"{{ type: syslog, host: 127.0.0.1, port: {_receiver.Listener.Port}, protocol: tcp }}";

    // 20 MB: more than the kernel keeps on both sides together.
    public override int Padding => 40_000;

    public override async Task<IReadOnlyList<string>> TakenAsync(int count)
    {
        await _receiver.ReceiveAsync(count - _taken.Count);
        while (_receiver.Messages.TryDequeue(out var message))
        {
            _taken.Add(message[message.IndexOf('{', StringComparison.Ordinal)..]);
        }

        Assert.Empty(_receiver.Broken);
        return _taken;
    }

    public override void Fail(Trouble trouble)
    {
        // What is told is told of the next connection.
        _receiver.Listener.Leave();
        if (trouble != Trouble.Away)
        {
            _receiver.Next(trouble == Trouble.Reset ? ReceiverFault.Reset : ReceiverFault.Deaf);
            _receiver.Listener.Return();
        }
    }

    public override bool IsWaitedFor => _receiver.Connections > 0;

    public override void Mend() => _receiver.Listener.Return();

    public override ValueTask DisposeAsync()
    {
        _receiver.Dispose();
        return base.DisposeAsync();
    }
}

internal sealed class CommandRig : TransportRig
{
    // Takes records into a file; what it does with the next ones stands in another.
    private const string Program = """
        #!/bin/sh
        n=0
        while IFS= read -r line; do
          read -r mode count < mode
          n=$((n+1))
          case $mode in
            hang) sleep 600 & echo $! > child; echo "waiting, $KEY" >&2; wait ;;
            die) if [ $n -gt $count ]; then echo "out of paper, $KEY" >&2; exit 3; fi ;;
          esac
          case $line in
            *poison*) echo "reject it is poison, $KEY"; continue ;;
            *busy*) if [ $mode = busy ]; then echo "retry the printer is busy"; continue; fi ;;
          esac
          printf '%s\n' "$line" >> taken
          echo ok
        done
        echo drained > drained
        """;

    public CommandRig()
    {
        Work.Write("sink.sh", Program);
        Work.Write("mode", "fine 0\n");
        Work.Write("taken", "");
    }

    public override string To =>
        "{ type: command, run: [/bin/sh, sink.sh], environment: { KEY: '${env:CTI_TEST_SECRET}' } }";

    public bool WasDrained => Work.Exists("drained");

    /// <summary>Process id of the child that it left waiting.</summary>
    public string Child => Work.Read("child").Trim();

    public override Task<IReadOnlyList<string>> TakenAsync(int count) =>
        Task.FromResult<IReadOnlyList<string>>(Work.Lines("taken"));

    /// <summary>Dies once it has taken so many records in all.</summary>
    public void DieAfter(int records) => Work.Write("mode", $"die {records}\n");

    public void BeBusy() => Work.Write("mode", "busy 0\n");

    public override void Fail(Trouble trouble)
    {
        switch (trouble)
        {
            case Trouble.Hang:
                Work.Write("mode", "hang 0\n");
                break;
            case Trouble.Reset:
                DieAfter(Work.Lines("taken").Length + 7);
                break;
            default:
                DieAfter(0);
                break;
        }
    }

    public override bool IsWaitedFor => Work.Exists("child");

    public override void Mend() => Work.Write("mode", "fine 0\n");
}

internal sealed class RabbitMqRig : TransportRig
{
    private readonly RabbitMqBroker _broker;
    private readonly string _queue;
    private readonly FaultProxy _proxy;
    private readonly List<string> _taken = [];

    public RabbitMqRig(RabbitMqBroker broker, string queue)
    {
        _broker = broker;
        _queue = queue;
        _proxy = new FaultProxy(broker.Port);
    }

    public override string To =>
        $"{{ type: rabbitmq, url: \"amqp://127.0.0.1:{_proxy.Listener.Port}\", routing_key: {_queue} }}";

    public override async Task<IReadOnlyList<string>> TakenAsync(int count)
    {
        _taken.AddRange((await _broker.TakeAsync(_queue)).Select(message => message.Body));
        return _taken;
    }

    public override void Fail(Trouble trouble)
    {
        switch (trouble)
        {
            case Trouble.Hang:
                _proxy.FallSilent();
                break;
            case Trouble.Reset:
                _proxy.ResetAfter(8 * 1024);
                break;
            default:
                _proxy.Listener.Leave();
                break;
        }
    }

    public override bool IsWaitedFor => _proxy.Connections > 0;

    public override void Mend()
    {
        _proxy.Resume();
        _proxy.Listener.Return();
    }

    public override ValueTask DisposeAsync()
    {
        _proxy.Dispose();
        return base.DisposeAsync();
    }
}
