// cti explain: why is or isn't a value in a sink. Everything the store knows of one subject, folded and judged by the same code as a run.

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cti.Core;
using Cti.Host.Config;
using Cti.Host.Letters;
using Cti.Host.Run;
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
        var type = new Option<string?>("--type")
        {
            Description = "Its type, where it could be several things.",
            HelpName = "TYPE",
        };
        var store = new Option<string>("--store")
        {
            Description = "The store to ask.",
            DefaultValueFactory = _ => "out/cti.duckdb",
            HelpName = "PATH",
        };
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
        command.SetAction(result =>
            Run(
                result.GetValue(value)!,
                result.GetValue(type),
                result.GetValue(store)!,
                result.GetValue(now) ?? TimeProvider.System.GetUtcNow(),
                result.GetValue(json)
            )
        );
        return command;
    }

    private static int Run(string value, string? typeName, string path, DateTimeOffset now, bool json)
    {
        var hint = TypeHint.Auto;
        if (typeName is not null)
        {
            if (ObservableTypeModule.tryParse(typeName) is not { IsSome: true } type)
            {
                Console.Error.WriteLine(
                    $"--type {typeName}: no such type; there are {string.Join(", ", ObservableTypeModule.all.Select(ObservableTypeModule.name))}"
                );
                return ExitCode.Usage;
            }

            hint = TypeHint.NewFixed(type.Value);
        }

        var parsed = Normalise.tryParse(hint, value);
        if (parsed.IsError)
        {
            Console.Error.WriteLine(
                $"{value}: {NormaliseErrorModule.code(parsed.ErrorValue)} {NormaliseErrorModule.message(parsed.ErrorValue)}"
            );
            return NoValue(value, path);
        }

        try
        {
            using var store = StoreFile.Open(path, new StoreOptions { ReadOnly = true });
            var explanation = Explanation.Of(store, parsed.ResultValue, value, TimestampModule.ofDateTimeOffset(now));
            if (json)
            {
                using var stdout = Console.OpenStandardOutput();
                using (var writer = new Utf8JsonWriter(stdout))
                {
                    explanation.WriteJson(writer);
                }

                stdout.WriteByte((byte)'\n');
            }
            else
            {
                Console.Out.Write(explanation.ToText());
            }

            return ExitCode.Done;
        }
        catch (Exception error) when (error is StoreException or DuckDb.DuckDbException)
        {
            Console.Error.WriteLine(error.Message);
            return ExitCode.Failed;
        }
    }

    // What is no value to us may be what a feed says all the same.
    private static int NoValue(string value, string path)
    {
        try
        {
            if (File.Exists(path))
            {
                using var store = StoreFile.Open(path, new StoreOptions { ReadOnly = true });
                Console.Error.Write(LetterText.About(LetterRow.About(store.Connection, [value], Guid.Empty)));
            }
        }
        catch (Exception error) when (error is StoreException or DuckDb.DuckDbException)
        {
            Console.Error.WriteLine(error.Message);
        }

        return ExitCode.Usage;
    }
}
