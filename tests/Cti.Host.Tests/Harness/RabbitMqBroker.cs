// A real RabbitMQ as a child process: on free ports of this machine, with a folder of its own, gone afterwards.

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using RabbitMQ.Client;
using Xunit;

namespace Cti.Host.Tests.Harness;

/// <summary>Shared by the classes that need one: it takes seconds to start.</summary>
[CollectionDefinition(Name)]
public sealed class WithRabbitMq : ICollectionFixture<RabbitMqBroker>
{
    public const string Name = "rabbitmq";
}

/// <summary>Started by the first test that asks for it.</summary>
public sealed class RabbitMqBroker : IAsyncDisposable
{
    // Debian puts its own script around it, which only root and the service's user may call.
    private const string Program = "/usr/lib/rabbitmq/bin/rabbitmq-server";
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(90);
    private readonly Lazy<Task<bool>> _start;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cti-rabbitmq-");
    private readonly Authority _authority = new();
    private readonly List<Process> _processes = [];
    private IConnection? _connection;

    public RabbitMqBroker() => _start = new Lazy<Task<bool>>(StartAsync);

    public int Port { get; private set; }
    public int TlsPort { get; private set; }

    /// <summary>PEM of the authority behind the broker's certificate.</summary>
    public string Root => _authority.Root;

    /// <summary>Starts it once. False, with a message, where it is not installed, which on a build machine is a failure.</summary>
    public Task<bool> IsThereAsync() => _start.Value;

    /// <summary>A new durable queue, its name.</summary>
    public async Task<string> QueueAsync(int? maxLength = null)
    {
        await using var channel = await _connection!.CreateChannelAsync();
        var arguments = maxLength is { } length
            ? new Dictionary<string, object?> { ["x-max-length"] = length, ["x-overflow"] = "reject-publish" }
            : null;
        var name = "cti." + Guid.NewGuid().ToString("N");
        await channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false, arguments);
        return name;
    }

    /// <summary>Takes everything out of a queue.</summary>
    public async Task<List<(string Body, IReadOnlyBasicProperties Properties)>> TakeAsync(string queue)
    {
        await using var channel = await _connection!.CreateChannelAsync();
        var taken = new List<(string, IReadOnlyBasicProperties)>();
        while (await channel.BasicGetAsync(queue, autoAck: true) is { } message)
        {
            taken.Add((Encoding.UTF8.GetString(message.Body.Span), message.BasicProperties));
        }

        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        foreach (var process in Enumerable.Reverse(_processes))
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<bool> StartAsync()
    {
        var found = Tools.Find("rabbitmq-server", "rabbitmq-server");
        if (found is null)
        {
            return false;
        }

        Port = FreePort();
        TlsPort = FreePort();
        var mapper = FreePort();
        Write("plugins", "[].");
        Write("server.pem", _authority.Server.ExportCertificatePem());
        Write("server.key", _authority.Server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Write(
            "rabbit.conf",
            $"""
            listeners.tcp.1 = 127.0.0.1:{Port}
            listeners.ssl.1 = 127.0.0.1:{TlsPort}
            ssl_options.certfile = {PathOf("server.pem")}
            ssl_options.keyfile = {PathOf("server.key")}
            """
        );
        // Erlang's port mapper: one of our own, in the foreground, so that it ends with us.
        Launch("epmd", mapper, "-port", Text(mapper), "-address", "127.0.0.1");
        var broker = Launch(Program, mapper);
        var said = new StringBuilder();
        using var time = new CancellationTokenSource(StartTime);
        while (await broker.StandardOutput.ReadLineAsync(time.Token) is { } line)
        {
            said.AppendLine(line);
            if (line.Contains("Starting broker... completed", StringComparison.Ordinal))
            {
                _ = broker.StandardOutput.ReadToEndAsync(CancellationToken.None);
                _connection = await new ConnectionFactory
                {
                    HostName = "127.0.0.1",
                    Port = Port,
                }.CreateConnectionAsync();
                return true;
            }
        }

        Assert.Fail($"RabbitMQ did not start:\n{said}");
        return false;
    }

    private Process Launch(string program, int mapper, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
        };
        var environment = start.Environment;
        environment["HOME"] = _folder.FullName;
        environment["ERL_EPMD_PORT"] = Text(mapper);
        environment["ERL_EPMD_ADDRESS"] = "127.0.0.1";
        environment["RABBITMQ_NODENAME"] = $"cti{Text(Port)}@localhost";
        environment["RABBITMQ_DIST_PORT"] = Text(FreePort());
        environment["RABBITMQ_MNESIA_BASE"] = PathOf("data");
        environment["RABBITMQ_LOG_BASE"] = PathOf("log");
        environment["RABBITMQ_PID_FILE"] = PathOf("pid");
        environment["RABBITMQ_CONFIG_FILE"] = PathOf("rabbit");
        environment["RABBITMQ_ENABLED_PLUGINS_FILE"] = PathOf("plugins");
        environment["RABBITMQ_CONF_ENV_FILE"] = "/dev/null";
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        _processes.Add(process);
        return process;
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private void Write(string name, string text) => File.WriteAllText(PathOf(name), text + "\n");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
