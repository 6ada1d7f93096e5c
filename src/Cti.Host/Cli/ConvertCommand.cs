// cti convert: files of one format become a file of another, and what that costs is told.

using System.CommandLine;
using Cti.Host.Conversions;
using Cti.Host.Graph;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Cli;

internal static class ConvertCommand
{
    public static Command Create()
    {
        var inputs = new Argument<string[]>("input")
        {
            Description = "Files to read, or globs; packed ones are unpacked.",
            Arity = ArgumentArity.OneOrMore,
            HelpName = "IN",
        };
        var from = new Option<string>("--from")
        {
            Description =
                "What the files are: the name of a reader; of a table or JSON the fields are recognised. Default: auto, from the first bytes of each.",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => "auto",
        };
        var to = new Option<string>("--to")
        {
            Description = "What to write: stix_bundle, csv, ndjson, plain_list, rpz or another renderer.",
            HelpName = "FORMAT",
            Required = true,
        };
        var output = new Option<string>("--out")
        {
            Description = "The file to write, whole or not at all.",
            HelpName = "PATH",
            Required = true,
        };
        var losses = new Option<string?>("--losses")
        {
            Description = "Write what was dropped or bent to this file, one JSON object a line.",
            HelpName = "FILE",
        };
        var maxLoss = new Option<long?>("--max-loss")
        {
            Description = "Write nothing and end with exit code 5 where more than N things are lost.",
            HelpName = "N",
        };
        var now = new Option<DateTimeOffset?>("--now")
        {
            Description = "The time of the conversion. Default: the clock.",
            HelpName = "TIME",
            CustomParser = result =>
            {
                if (CommonOptions.ParseTime(result.Tokens[0].Value) is { } time)
                {
                    return time;
                }

                result.AddError($"--now {result.Tokens[0].Value}: write a time such as 2026-01-01T00:00:00Z");
                return null;
            },
        };
        var command = new Command(
            "convert",
            """
            Convert files from one format to another. Nothing is screened but what is malformed, and nothing is kept: it works in a store of its own.

            Examples:
              cti convert report.json --to csv --out report.csv
              cti convert "events/*.json" --to stix_bundle --out bundle.json --losses losses.ndjson --max-loss 0
            """
        )
        {
            inputs,
            from,
            to,
            output,
            losses,
            maxLoss,
            now,
        };
        command.SetAction(result =>
            RunAsync(
                new ConversionRequest(
                    result.GetValue(inputs)!,
                    result.GetValue(from)!,
                    result.GetValue(to)!,
                    result.GetValue(output)!,
                    result.GetValue(losses),
                    result.GetValue(maxLoss),
                    result.GetValue(now) ?? TimeProvider.System.GetUtcNow()
                )
            )
        );
        return command;
    }

    private static async Task<int> RunAsync(ConversionRequest request)
    {
        using var killSwitch = new KillSwitch();
        using var signals = new Signals(killSwitch, Console.Error, TimeSpan.FromSeconds(30), () => "");
        try
        {
            return await new Conversion(request, Console.Error).RunAsync(killSwitch);
        }
        catch (OperationCanceledException) when (killSwitch.IsAborted)
        {
            return ExitCode.Aborted;
        }
        catch (Exception problem)
            when (problem is StoreException or SinkException or DuckDb.DuckDbException or IOException)
        {
            await Console.Error.WriteLineAsync(problem.Message);
            return ExitCode.Failed;
        }
    }
}
