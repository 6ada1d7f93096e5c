// cti cursor: how far sources were read and stream sinks delivered, and moving that by hand.

using System.CommandLine;
using Cti.Host.Positions;
using Cti.Host.Run;
using Cti.Host.Sources;
using Cti.Host.Store;

namespace Cti.Host.Cli;

internal static class CursorCommand
{
    public static Command Create() =>
        new(
            "cursor",
            """
            How far the sources of a pipeline were read and its stream sinks delivered; moved by hand to pass over something or to have it again.

            Examples:
              cti cursor list pipelines/urlhaus.yaml
              cti cursor set pipelines/logs.yaml app line:1200 --uri logs/app.log
              cti cursor reset pipelines/urlhaus.yaml urlhaus
            """
        )
        {
            CreateList(),
            CreateSet(),
            CreateReset(),
        };

    private static Command CreateList()
    {
        var place = new PipelinePlace();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("list", "Show every cursor: where it is, how far, since when.") { json };
        place.AddTo(command);
        command.SetAction(result =>
            Ask(
                place.Load(result),
                readOnly: true,
                (store, plan) =>
                {
                    var rows = PositionList.Of(store.Connection, plan);
                    if (result.GetValue(json))
                    {
                        JsonOutput.Write(writer => PositionList.WriteJson(writer, plan.Name, rows));
                    }
                    else
                    {
                        Console.Out.Write(PositionList.ToText(plan.Name, rows));
                    }

                    return ExitCode.Done;
                }
            )
        );
        return command;
    }

    private static Command CreateSet()
    {
        var place = new PipelinePlace();
        var name = Name();
        var position = new Argument<string>("position")
        {
            Description =
                "Of a file: bytes (unpacked, in UTF-8), line:NUMBER, or end. Of a sink: the last change it has, by sequence.",
            HelpName = "POSITION",
        };
        var uri = Uri();
        var command = new Command("set", "Put a cursor somewhere: at the start of a record, or behind a change.")
        {
            name,
            position,
            uri,
        };
        place.AddTo(command);
        command.SetAction(result =>
            Ask(
                place.Load(result),
                readOnly: false,
                (store, plan) =>
                {
                    var edit = new PositionEdit(store.Connection, plan, TimeProvider.System.GetUtcNow().UtcDateTime);
                    Console.Out.WriteLine(
                        edit.Set(result.GetValue(name)!, result.GetValue(position)!, result.GetValue(uri))
                    );
                    return ExitCode.Done;
                }
            )
        );
        return command;
    }

    private static Command CreateReset()
    {
        var place = new PipelinePlace();
        var name = Name();
        var uri = Uri();
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var command = new Command("reset", "Forget a cursor: everything is read or delivered again by the next run.")
        {
            name,
            uri,
            yes,
        };
        place.AddTo(command);
        command.SetAction(result =>
            Ask(
                place.Load(result),
                readOnly: false,
                (store, plan) =>
                {
                    var edit = new PositionEdit(store.Connection, plan, TimeProvider.System.GetUtcNow().UtcDateTime);
                    var reset = edit.Reset(result.GetValue(name)!, result.GetValue(uri));
                    if (!Confirmation.Given(reset.Question, result.GetValue(yes)))
                    {
                        return ExitCode.Usage;
                    }

                    reset.Do();
                    Console.Out.WriteLine($"{plan.Name}: done. {reset.Question[(reset.Question.IndexOf('?') + 2)..]}");
                    return ExitCode.Done;
                }
            )
        );
        return command;
    }

    private static Argument<string> Name() =>
        new("name") { Description = "A source or a stream sink of the pipeline.", HelpName = "SOURCE|SINK" };

    private static Option<string?> Uri() =>
        new("--uri") { Description = "Which file, where the source has several.", HelpName = "PATH" };

    private static int Ask(PipelinePlan? plan, bool readOnly, Func<StoreFile, PipelinePlan, int> answer)
    {
        if (plan is null)
        {
            return ExitCode.Usage;
        }

        try
        {
            if (!File.Exists(plan.StorePath))
            {
                throw new StoreException(
                    $"There is no store at {plan.StorePath}. Run the pipeline first: cti run {plan.File}."
                );
            }

            using var store = StoreFile.Open(plan.StorePath, new StoreOptions { ReadOnly = readOnly });
            return answer(store, plan);
        }
        catch (PositionException error)
        {
            Console.Error.WriteLine($"{plan.Name}: {error.Message}");
            return ExitCode.Usage;
        }
        catch (Exception error) when (error is StoreException or SourceException or DuckDb.DuckDbException)
        {
            Console.Error.WriteLine($"{plan.Name}: {error.Message}");
            return ExitCode.Failed;
        }
    }
}
