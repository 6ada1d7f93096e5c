// A real `cti run --watch` or `cti serve` of a test: what it says is waited for line by line, signals are real.

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Cti.Host.Tests.Harness;

namespace Cti.Host.Tests.Serve;

/// <summary>One service. Disposing kills what still runs.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly BlockingCollection<string> _said = [];
    private readonly StringBuilder _all = new();

    private ServiceProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start) ?? throw new InvalidOperationException("cti did not start");
        _process.StandardInput.Close();
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    /// <summary>Starts `cti run --watch` in the workspace and waits until it is ready.</summary>
    public static ServiceProcess Start(Workspace work, params IEnumerable<string> arguments)
    {
        var service = StartUnready(work, new Dictionary<string, string>(), arguments);
        service.WaitFor("ready:");
        return service;
    }

    /// <summary>Starts `cti serve` in the workspace and waits until it is ready.</summary>
    public static ServiceProcess Serve(Workspace work, params IEnumerable<string> arguments)
    {
        var service = Launch(work, new Dictionary<string, string>(), ["serve", .. arguments]);
        service.WaitFor("ready:");
        return service;
    }

    /// <summary>The same without waiting, with environment variables.</summary>
    public static ServiceProcess StartUnready(
        Workspace work,
        IReadOnlyDictionary<string, string> environment,
        params IEnumerable<string> arguments
    ) => Launch(work, environment, ["run", "--watch", .. arguments]);

    private static ServiceProcess Launch(
        Workspace work,
        IReadOnlyDictionary<string, string> environment,
        IEnumerable<string> arguments
    )
    {
        var start = new ProcessStartInfo(CtiProcess.Executable)
        {
            WorkingDirectory = work.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["DOTNET_gcServer"] = "0";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ServiceProcess(start);
    }

    public int Id => _process.Id;

    /// <summary>Everything it said on standard error.</summary>
    public string Said
    {
        get
        {
            lock (_all)
            {
                return _all.ToString();
            }
        }
    }

    /// <summary>The next line that holds a text; earlier lines are passed over.</summary>
    public string WaitFor(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            foreach (var line in _said.GetConsumingEnumerable(patience.Token))
            {
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }

        throw new TimeoutException($"it never said '{text}', but:\n{Said}");
    }

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Waits for its end.</summary>
    public int Exit()
    {
        if (!_process.WaitForExit(Patience))
        {
            throw new TimeoutException($"it does not end:\n{Said}");
        }

        // Once more without a time: then all lines are there, too.
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <summary>SIGTERM, and its end.</summary>
    public int Stop()
    {
        Signal("TERM");
        return Exit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
        _said.Dispose();
    }

    /// <summary>A port that nobody has just now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            _said.CompleteAdding();
            return;
        }

        lock (_all)
        {
            _all.AppendLine(line);
        }

        _said.Add(line);
    }
}
