// cti explain: why is or isn't a value in a sink. Everything the store knows of one subject, folded and judged by the same code as a run.

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cti.Core;
using Cti.Host.Config;
using Cti.Host.Letters;
using Cti.Host.Run;
using Cti.Host.Serve;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Cli;

internal static class ExplainCommand
{
    public static Command Create()
    {
        var value = new Argument<string>("value")
        {
            Description = "The value, as written anywhere: defanged forms are understood.",
        };
        var type = AskedSubject.CreateType();
        var store = StoreOption.Create();
        var now = new Option<DateTimeOffset?>("--now")
        {
            Description = "Score at this time. Default: the clock.",
            HelpName = "TIME",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command(
            "explain",
            """
            Tell everything about one value: who claims it and where it was read, what screened it, its score term by term, and for every sink
            whether it is in and why.

            Examples:
              cti explain 192.0.2.10 --store out/quickstart/cti.duckdb
              cti explain "hxxp://malware[.]example/x" --json
            """
        )
        {
            value,
            type,
            store,
            now,
            json,
        };
        command.SetAction(
            async (result, _) =>
            {
                using var io = Invocation.IoOf(result);
                return await RunAsync(
                    io,
                    result.GetValue(value)!,
                    result.GetValue(type),
                    result.GetValue(store)!,
                    result.GetValue(now) ?? TimeProvider.System.GetUtcNow(),
                    result.GetValue(json)
                );
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(
        CommandIo io,
        string value,
        string? typeName,
        string path,
        DateTimeOffset now,
        bool json
    )
    {
        if (AskedSubject.Hint(io, typeName) is not { } hint)
        {
            return ExitCode.Usage;
        }

        string[] arguments =
        [
            "explain",
            "--store",
            Path.GetFullPath(path),
            "--now",
            now.ToString("O", CultureInfo.InvariantCulture),
            .. typeName is null ? Array.Empty<string>() : ["--type", typeName],
            .. json ? ["--json"] : Array.Empty<string>(),
            "--",
            value,
        ];
        if (!io.IsServed && await StoreClient.RunAsync(path, arguments, io) is { } exit)
        {
            return exit;
        }

        if (AskedSubject.Parse(io, hint, value) is not { } subject)
        {
            return NoValue(io, value, path);
        }

        try
        {
            using var store = io.Stores.Read(path, new StoreOptions());
            var explanation = ExplanationReader.Read(store, subject, value, TimestampModule.ofDateTimeOffset(now));
            if (json)
            {
                using (var writer = new Utf8JsonWriter(io.Bytes))
                {
                    explanation.WriteJson(writer);
                }

                io.Bytes.WriteByte((byte)'\n');
            }
            else
            {
                io.Out.Write(explanation.ToText());
            }

            return ExitCode.Done;
        }
        catch (Exception error) when (error is StoreException or DuckDb.DuckDbException)
        {
            io.Error.WriteLine(error.Message);
            return ExitCode.Failed;
        }
    }

    // What is no value to us may be what a feed says all the same.
    private static int NoValue(CommandIo io, string value, string path)
    {
        try
        {
            if (File.Exists(path))
            {
                using var store = io.Stores.Read(path, new StoreOptions());
                io.Error.Write(LetterText.About(LetterRow.About(store.Connection, [value], Guid.Empty)));
            }
        }
        catch (Exception error) when (error is StoreException or DuckDb.DuckDbException)
        {
            io.Error.WriteLine(error.Message);
        }

        return ExitCode.Usage;
    }
}
