// cti top: what a running service does just now. Drawn anew every second on a terminal, told once where there is none.

using System.CommandLine;
using System.Text.Json;
using Cti.Host.Serve;

namespace Cti.Host.Cli;

internal static class TopCommand
{
    // Rates are over this long.
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var store = StoreOption.Create();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var once = new Option<bool>("--once") { Description = "Tell once, on a terminal too." };
        var command = new Command(
            "top",
            """
            Show what a running service does: rates of every stage, queues, how far sinks are behind, failures, and what runs next. On a terminal it is
            drawn anew every second until Ctrl-C.

            Examples:
              cti top
              cti top --store out/quickstart/cti.duckdb --json | jq '.pipelines[].next_run'
            """
        )
        {
            store,
            json,
            once,
        };
        command.SetAction(
            async (result, _) =>
            {
                using var io = Invocation.IoOf(result);
                return await RunAsync(
                    io,
                    result.GetValue(store)!,
                    result.GetValue(json),
                    result.GetValue(once) || io.Terminal is null
                );
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(CommandIo io, string store, bool json, bool once)
    {
        if (io.Service is { } service)
        {
            await ShowAsync(io, service, json, once);
            return ExitCode.Done;
        }

        string[] arguments =
        [
            "top",
            .. json ? ["--json"] : Array.Empty<string>(),
            .. once ? ["--once"] : Array.Empty<string>(),
        ];
        if (await StoreClient.RunAsync(store, arguments, io) is { } exit)
        {
            return exit;
        }

        io.Error.WriteLine(
            $"CTI-SERVICE-020 no service runs on {store}, and top watches one. Start it: cti run --watch PIPELINE…; a store elsewhere is named by --store."
        );
        return ExitCode.Failed;
    }

    private static async Task ShowAsync(CommandIo io, ServiceBoard service, bool json, bool once)
    {
        if (json)
        {
            WriteJson(io, service);
            return;
        }

        var before = TopCounts.Of(service);
        while (!io.Stop.IsCancellationRequested)
        {
            await Task.Delay(Tick, service.Clock, io.Stop);
            var now = TopCounts.Of(service);
            var screen = TopScreen.Draw(service, before, now, once ? null : io.Terminal);
            io.Out.Write(screen);
            io.Out.Flush();
            if (once)
            {
                return;
            }

            before = now;
        }
    }

    private static void WriteJson(CommandIo io, ServiceBoard service)
    {
        using (var writer = new Utf8JsonWriter(io.Bytes))
        {
            writer.WriteStartObject();
            writer.WriteString("status", ServiceHealth.Of(service).Status);
            writer.WriteString("version", Run.ThisProgram.Version);
            writer.WriteNumber("pid", Environment.ProcessId);
            ServiceJson.Write(writer, "started_at", service.StartedAt);
            writer.WriteStartArray("pipelines");
            foreach (var pipeline in service.Pipelines)
            {
                ServiceJson.Write(writer, pipeline);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("sinks");
            foreach (var lag in service.Lags())
            {
                writer.WriteStartObject();
                writer.WriteString("pipeline", lag.Pipeline);
                writer.WriteString("sink", lag.Sink);
                writer.WriteNumber("lag_changes", lag.Changes);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteStartArray("stores");
            foreach (var store in service.Stores)
            {
                writer.WriteStartObject();
                writer.WriteString("path", store.Path);
                writer.WriteNumber("bytes", store.Size);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        io.Bytes.Write("\n"u8);
    }
}
