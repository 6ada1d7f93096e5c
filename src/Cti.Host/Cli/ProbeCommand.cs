// cti probe: is the road to a sink open? One value that is nobody's goes there and comes back.

using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Cti.Core;
using Cti.Host.Probes;
using Cti.Host.Run;
using Cti.Host.Serve;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Cli;

internal static class ProbeCommand
{
    public static Command Create()
    {
        var pipeline = new Argument<string>("pipeline")
        {
            Description = "Pipeline file (YAML).",
            HelpName = "PIPELINE",
        };
        var sink = new Argument<string>("sink") { Description = "Name of the sink.", HelpName = "SINK" };
        var value = new Option<string?>("--value")
        {
            Description = "Send this value instead of one reserved for documentation.",
            HelpName = "VALUE",
        };
        var options = new CommonOptions();
        var command = new Command(
            "probe",
            """
            Send a value that is nobody's (192.0.2.77, probe.example, …) through a sink's own renderer, checker, reload or transport, read it back where the tool
            can be asked, withdraw it, and say in one line whether the road is open. Nothing of it stays. Exit code 0: open, 1: closed.

            Examples:
              cti probe pipelines/quickstart.yaml blocklist
              cti probe pipelines/quickstart.yaml changes --json
            """
        )
        {
            pipeline,
            sink,
            value,
        };
        options.AddTo(command);
        command.SetAction(
            async (result, _) =>
            {
                using var io = Invocation.IoOf(result);
                return await RunAsync(
                    io,
                    result.GetValue(pipeline)!,
                    result.GetValue(sink)!,
                    result.GetValue(value),
                    options.Read(result)
                );
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(CommandIo io, string path, string name, string? value, RunOptions options)
    {
        if (Pipelines.Load([path], options, io.Error, PipelineUse.Deliver) is not [var plan])
        {
            return ExitCode.Usage;
        }

        if (plan.Sinks.FirstOrDefault(sink => sink.Name == name) is not { } sink)
        {
            io.Error.WriteLine(
                $"{plan.Name} has no sink {name}; it has: {string.Join(", ", plan.Sinks.Select(one => one.Name))}"
            );
            return ExitCode.Usage;
        }

        if (sink.Render is RenderSpec.MispFeed)
        {
            io.Error.WriteLine(
                $"{name}: a MISP feed is a folder of files, which cannot be put back as it was; it is not probed"
            );
            return ExitCode.Usage;
        }

        if (sink.Collection is not null)
        {
            io.Error.WriteLine(
                $"{name}: a collection is in the store, and clients come and ask; it is not probed. Ask as they do: curl -u USER:TOKEN http://…/taxii2/"
            );
            return ExitCode.Usage;
        }

        var now = TimestampModule.ofDateTimeOffset(options.Now ?? TimeProvider.System.GetUtcNow());
        if (Choose(io, sink, value, now) is not { } subject)
        {
            return ExitCode.Usage;
        }

        if (
            !io.IsServed
            && await StoreClient.RunAsync(plan.StorePath, Arguments(plan, name, value, options), io) is { } served
        )
        {
            return served;
        }

        var report = await ProbeAsync(io, plan, sink, subject, now);
        if (options.Json)
        {
            report.WriteJson(io.Bytes);
        }
        else
        {
            io.Out.WriteLine(report.Line());
        }

        return report.IsOpen ? ExitCode.Done : ExitCode.Failed;
    }

    // Null, and why on standard error, where there is nothing to send.
    private static Subject? Choose(CommandIo io, SinkPlan sink, string? value, long now)
    {
        var renderer = RenderSpecModule.create(sink.Render);
        if (value is null)
        {
            if (Probe.choose(sink.Where, renderer, now) is { IsSome: true, Value: var chosen })
            {
                return chosen;
            }

            io.Error.WriteLine(
                $"{sink.Name}: this output holds nothing that is reserved for documentation; give something of your own with --value"
            );
            return null;
        }

        var found = Core.Api.Observables.Normalise(value);
        if (found.Subject is not { } subject)
        {
            io.Error.WriteLine($"--value {value}: {found.Code} {found.Message}");
            return null;
        }

        if (
            renderer.CanHold(subject.Type, System.Text.Encoding.UTF8.GetBytes(subject.Value)) is
            { IsSome: true, Value: var refusal }
        )
        {
            io.Error.WriteLine(
                $"--value {value}: {RenderReasonModule.code(refusal)} {RenderReasonModule.message(refusal)}"
            );
            return null;
        }

        return subject;
    }

    private static async Task<ProbeReport> ProbeAsync(
        CommandIo io,
        PipelinePlan plan,
        SinkPlan sink,
        Subject subject,
        long now
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(io.Stop, io.Drain);
        // What was put in place is taken out again before the process ends; a signal only ends the waiting.
        using var interrupted = Stopping(PosixSignal.SIGINT, io, stop);
        using var terminated = Stopping(PosixSignal.SIGTERM, io, stop);
        var clock = TimeProvider.System;
        var begun = clock.GetTimestamp();
        ProbeReport report;
        try
        {
            // Held to the end: no run shall write to the sink meanwhile.
            using var store = File.Exists(plan.StorePath) ? io.Stores.Write(plan.StorePath, io) : null;
            report = sink is { HoldsState: false, Render: RenderSpec.Lines { Item: var format } }
                ? await new StreamProbe(sink, format, subject, clock, now).RunAsync(stop.Token)
                : new StateProbe(plan, sink, subject, store, clock, now).Run(stop.Token);
        }
        catch (Exception error)
            when (error is StoreException or SinkException or ListException or DuckDb.DuckDbException)
        {
            report = Closed(sink, subject, (error as SinkException)?.Code ?? "CTI-PROBE-005", error.Message);
        }
        catch (OperationCanceledException)
        {
            report = Closed(sink, subject, "CTI-PROBE-004", "interrupted before anything was sent.");
        }

        return report with
        {
            Took = clock.GetElapsedTime(begun),
        };
    }

    private static PosixSignalRegistration? Stopping(PosixSignal signal, CommandIo io, CancellationTokenSource stop) =>
        io.IsServed
            ? null
            : PosixSignalRegistration.Create(
                signal,
                context =>
                {
                    context.Cancel = true;
                    stop.Cancel();
                }
            );

    private static ProbeReport Closed(SinkPlan sink, Subject subject, string code, string message) =>
        new()
        {
            Sink = sink.Name,
            Subject = subject,
            Steps = [],
            IsReadBack = null,
            Problem = new ProbeProblem(code, message),
        };

    // The command line for the service that owns the store, which stands in another folder.
    private static string[] Arguments(PipelinePlan plan, string sink, string? value, RunOptions options) =>
        [
            "probe",
            Path.GetFullPath(plan.File),
            sink,
            "--store",
            Path.GetFullPath(plan.StorePath),
            .. options.OutDir is { } outDir ? ["--out-dir", Path.GetFullPath(outDir)] : Array.Empty<string>(),
            .. options.Now is { } now
                ? ["--now", now.ToString("O", CultureInfo.InvariantCulture)]
                : Array.Empty<string>(),
            .. options.Json ? ["--json"] : Array.Empty<string>(),
            .. value is null ? Array.Empty<string>() : [$"--value={value}"],
        ];
}
