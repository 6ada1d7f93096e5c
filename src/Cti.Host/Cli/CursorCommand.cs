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
        command.SetAction(
            (result, _) =>
                Ask(
                    place,
                    result,
                    (io, plan) =>
                    {
                        using var store = io.Stores.Read(plan.StorePath, new StoreOptions());
                        var rows = PositionList.Of(store.Connection, plan);
                        if (result.GetValue(json))
                        {
                            JsonOutput.Write(io, writer => PositionList.WriteJson(writer, plan.Name, rows));
                        }
                        else
                        {
                            io.Out.Write(PositionList.ToText(plan.Name, rows));
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
        var command = new Command("set", "Put a cursor somewhere: at the start of a record, or behind a change.")
        {
            name,
            position,
        };
        var uri = place.AddUriTo(command);
        place.AddTo(command);
        command.SetAction(
            (result, _) =>
                Ask(
                    place,
                    result,
                    (io, plan) =>
                    {
                        using var store = io.Stores.Write(plan.StorePath, io);
                        var edit = Edit(io, plan, store);
                        io.Out.WriteLine(
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
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var command = new Command("reset", "Forget a cursor: everything is read or delivered again by the next run.")
        {
            name,
            yes,
        };
        var uri = place.AddUriTo(command);
        place.AddTo(command);
        command.SetAction(
            (result, _) =>
                Ask(
                    place,
                    result,
                    (io, plan) =>
                    {
                        // Whoever thinks about it holds up no run.
                        if (
                            !result.GetValue(yes)
                            && !io.Ask(Question(io, plan, result.GetValue(name)!, result.GetValue(uri)))
                        )
                        {
                            return ExitCode.Usage;
                        }

                        using var store = io.Stores.Write(plan.StorePath, io);
                        var reset = Edit(io, plan, store).Reset(result.GetValue(name)!, result.GetValue(uri));
                        reset.Do();
                        io.Out.WriteLine($"{plan.Name}: done. {reset.Question[(reset.Question.IndexOf('?') + 2)..]}");
                        return ExitCode.Done;
                    }
                )
        );
        return command;
    }

    private static string Question(CommandIo io, PipelinePlan plan, string name, string? uri)
    {
        using var store = io.Stores.Read(plan.StorePath, new StoreOptions());
        return Edit(io, plan, store).Reset(name, uri).Question;
    }

    private static PositionEdit Edit(CommandIo io, PipelinePlan plan, StoreFile store) =>
        new(store.Connection, plan, io.Shown, TimeProvider.System.GetUtcNow().UtcDateTime);

    private static Argument<string> Name() =>
        new("name") { Description = "A source or a stream sink of the pipeline.", HelpName = "SOURCE|SINK" };

    private static Task<int> Ask(PipelinePlace place, ParseResult result, Func<CommandIo, PipelinePlan, int> answer) =>
        place.RunAsync(
            result,
            PipelineUse.Store,
            new RunOptions(),
            (io, plan) =>
            {
                try
                {
                    return File.Exists(plan.StorePath)
                        ? Task.FromResult(answer(io, plan))
                        : throw new StoreException(
                            $"There is no store at {plan.StorePath}. Run the pipeline first: cti run {plan.File}."
                        );
                }
                catch (PositionException error)
                {
                    io.Error.WriteLine($"{plan.Name}: {error.Message}");
                    return Task.FromResult(ExitCode.Usage);
                }
                catch (Exception error) when (error is StoreException or SourceException or DuckDb.DuckDbException)
                {
                    io.Error.WriteLine($"{plan.Name}: {error.Message}");
                    return Task.FromResult(ExitCode.Failed);
                }
            }
        );
}
