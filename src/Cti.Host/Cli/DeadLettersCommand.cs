// cti dead-letters: what could not be used or delivered; to look at, to try again, to give up.

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cti.Host.Graph;
using Cti.Host.Letters;
using Cti.Host.Run;
using Cti.Host.Store;

namespace Cti.Host.Cli;

internal static class DeadLettersCommand
{
    private const int DefaultLimit = 50;
    private const int MostRows = 100_000;

    public static Command Create() =>
        new(
            "dead-letters",
            """
            Inputs that could not be used and deliveries that failed for good: look at them, try them again after mending the pipeline, give them up.

            Examples:
              cti dead-letters list pipelines/urlhaus.yaml
              cti dead-letters show pipelines/urlhaus.yaml 3f2a9c41
              cti dead-letters replay pipelines/urlhaus.yaml --code CTI-NORM-008
              cti dead-letters purge pipelines/urlhaus.yaml --older-than 30d
            """
        )
        {
            CreateList(),
            CreateShow(),
            CreateReplay(),
            CreatePurge(),
        };

    private static Command CreateList()
    {
        var place = new PipelinePlace();
        var filter = new LetterOptions("open");
        var limit = new Option<int>("--limit")
        {
            Description = $"Letters to show, 0 to {MostRows}; groups are always of all.",
            DefaultValueFactory = _ => DefaultLimit,
            HelpName = "N",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("list", "Show how many there are of each kind, and the newest.") { limit, json };
        place.AddTo(command);
        filter.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(limit) is { Implicit: false } && result.GetValue(limit) is < 0 or > MostRows)
            {
                result.AddError($"--limit: a number from 0 to {MostRows}");
            }
        });
        command.SetAction(
            (result, _) =>
                Ask(
                    place,
                    result,
                    (io, plan) =>
                    {
                        using var store = io.Stores.Read(plan.StorePath, new StoreOptions());
                        var chosen = filter.Read(result, []);
                        var total = chosen.Count(store.Connection, plan.Name);
                        var groups = LetterRow.Groups(store.Connection, plan.Name, chosen);
                        var rows = LetterRow.List(store.Connection, plan.Name, chosen, result.GetValue(limit));
                        if (result.GetValue(json))
                        {
                            JsonOutput.Write(
                                io,
                                writer => LetterText.WriteList(writer, plan.Name, total, groups, rows)
                            );
                        }
                        else
                        {
                            io.Out.Write(LetterText.List(plan.Name, total, groups, rows));
                        }

                        return ExitCode.Done;
                    }
                )
        );
        return command;
    }

    private static Command CreateShow()
    {
        var place = new PipelinePlace();
        var id = new Argument<string>("id") { Description = "Its id, or how it begins.", HelpName = "ID" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("show", "Show everything about one.") { id, json };
        place.AddTo(command);
        command.SetAction(
            (result, _) =>
                Ask(
                    place,
                    result,
                    (io, plan) =>
                    {
                        using var store = io.Stores.Read(plan.StorePath, new StoreOptions());
                        var given = result.GetValue(id)!;
                        var found = LetterRow.Find(store.Connection, plan.Name, given);
                        if (found.Count != 1)
                        {
                            io.Error.WriteLine(
                                found.Count == 0
                                    ? NoSuch(plan, given)
                                    : $"more than one dead letter of {plan.Name} begins with {given}: write more of it"
                            );
                            return ExitCode.Usage;
                        }

                        if (result.GetValue(json))
                        {
                            JsonOutput.Write(io, writer => LetterText.WriteShow(writer, found[0]));
                        }
                        else
                        {
                            io.Out.Write(LetterText.Show(found[0]));
                        }

                        return ExitCode.Done;
                    }
                )
        );
        return command;
    }

    private static Command CreateReplay()
    {
        var place = new PipelinePlace();
        var ids = Ids();
        var filter = new LetterOptions(null);
        var now = new Option<DateTimeOffset?>("--now")
        {
            Description = "The time scores and publication times are computed at. Default: the clock.",
            HelpName = "TIME",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object on stdout at the end." };
        var quiet = new Option<bool>("--quiet") { Description = "Print errors only." };
        var strict = new Option<bool>("--strict") { Description = "Exit with 3 where some cannot be used again." };
        var command = new Command(
            "replay",
            """
            Try open ones again with the pipeline as it is now: records are read again from the bytes that were kept, deliveries are sent as the
            indicator is now. What goes well is closed; what does not stays open with its new code. Without ids and filters: all.
            """
        )
        {
            ids,
            now,
            json,
            quiet,
            strict,
        };
        place.AddTo(command);
        filter.AddTo(command);
        command.SetAction(
            (result, _) =>
            {
                var options = new RunOptions
                {
                    Replay = filter.Read(result, result.GetValue(ids) ?? []) with { Status = "open" },
                    Now = result.GetValue(now),
                    Json = result.GetValue(json),
                    Quiet = result.GetValue(quiet),
                    Strict = result.GetValue(strict),
                };
                return place.RunAsync(
                    result,
                    PipelineUse.Deliver,
                    options,
                    (io, plan) => ReplayAsync(io, plan, options)
                );
            }
        );
        return command;
    }

    private static Command CreatePurge()
    {
        var place = new PipelinePlace();
        var ids = Ids();
        var filter = new LetterOptions("all");
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var command = new Command(
            "purge",
            "Give dead letters up, open and replayed ones: what they held is deleted, their number stays. Without ids and filters: all."
        )
        {
            ids,
            yes,
        };
        place.AddTo(command);
        filter.AddTo(command);
        command.SetAction(
            (result, _) =>
                Ask(
                    place,
                    result,
                    (io, plan) => Purge(io, plan, filter.Read(result, result.GetValue(ids) ?? []), result.GetValue(yes))
                )
        );
        return command;
    }

    private static int Purge(CommandIo io, PipelinePlan plan, LetterFilter filter, bool yes)
    {
        (long Open, long Replayed) asked;
        using (var store = io.Stores.Read(plan.StorePath, new StoreOptions()))
        {
            asked = Count(store, plan, filter);
        }

        if (asked == (0, 0))
        {
            io.Out.WriteLine($"{plan.Name}: no dead letter to purge");
            return ExitCode.Done;
        }

        var question = string.Create(
            CultureInfo.InvariantCulture,
            $"Purge {asked.Open + asked.Replayed:N0} dead letters of {plan.Name} ({asked.Open:N0} open, {asked.Replayed:N0} replayed)? Their records cannot be had back."
        );
        // Whoever thinks about it holds up no run.
        if (!yes && !io.Ask(question))
        {
            return ExitCode.Usage;
        }

        using (var store = io.Stores.Write(plan.StorePath, io))
        {
            if (!yes && Count(store, plan, filter) != asked)
            {
                io.Error.WriteLine(
                    $"{plan.Name}: CTI-DEAD-009 a run changed what is there since you were asked. Nothing was done: give the command again."
                );
                return ExitCode.Usage;
            }

            var purged = LetterPurge.Run(
                store.Connection,
                plan.Name,
                filter,
                TimeProvider.System.GetUtcNow().UtcDateTime
            );
            io.Out.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{plan.Name}: {purged:N0} dead letters purged")
            );
        }

        return ExitCode.Done;
    }

    private static (long Open, long Replayed) Count(StoreFile store, PipelinePlan plan, LetterFilter filter)
    {
        var counts = LetterRow.Statuses(store.Connection, plan.Name, filter);
        return (counts.GetValueOrDefault("open"), counts.GetValueOrDefault("replayed"));
    }

    private static Argument<string[]> Ids() =>
        new("ids")
        {
            Description = "Ids, or how they begin.",
            Arity = ArgumentArity.ZeroOrMore,
            HelpName = "ID",
        };

    private static async Task<int> ReplayAsync(CommandIo io, PipelinePlan plan, RunOptions options)
    {
        try
        {
            using (var store = io.Stores.Read(plan.StorePath, new StoreOptions()))
            {
                foreach (var id in options.Replay!.Ids)
                {
                    if (new LetterFilter { Ids = [id] }.Count(store.Connection, plan.Name) == 0)
                    {
                        await io.Error.WriteLineAsync(NoSuch(plan, id));
                        return ExitCode.Usage;
                    }
                }

                if (options.Replay.Count(store.Connection, plan.Name) == 0)
                {
                    await io.Error.WriteLineAsync($"{plan.Name}: no open dead letter to replay");
                    return ExitCode.Done;
                }
            }

            using var killSwitch = new KillSwitch();
            // A service has signals of its own, and its client ends by hanging up.
            using var signals = io.IsServed
                ? null
                : new Signals(killSwitch, io.Error, Serve.ServiceOptions.DefaultDrainTimeout, () => "");
            using var ending = io.Drain.Register(killSwitch.Shutdown);
            using var gone = io.Stop.Register(killSwitch.Shutdown);
            var report = await PipelineRun.RunAsync(
                plan,
                options,
                io.Environment,
                RunScope.Everything,
                () => Task.Run(() => io.Stores.Write(plan.StorePath, io)),
                killSwitch
            );
            RunCommand.Print(io, Shown(io, plan, report), options);
            return ExitCode.Of(report.Status, options.Strict && report.Rejected > 0);
        }
        catch (Exception error) when (error is StoreException or ListException or DuckDb.DuckDbException)
        {
            await io.Error.WriteLineAsync($"{plan.Name}: {error.Message}");
            return ExitCode.Failed;
        }
    }

    // Files as the user knows them; what else a sink writes to is no path.
    private static RunReport Shown(CommandIo io, PipelinePlan plan, RunReport report)
    {
        var files = plan.Sinks.Select(sink => sink.Path).Where(path => path.Length > 0).ToHashSet();
        string? Of(string? path) => path is not null && files.Contains(path) ? io.Shown(path) : path;
        return report with
        {
            Sinks = [.. report.Sinks.Select(sink => sink with { Path = Of(sink.Path) })],
            Outputs = [.. report.Outputs.Select(output => Of(output)!)],
        };
    }

    private static string NoSuch(PipelinePlan plan, string id) =>
        $"no dead letter of {plan.Name} begins with {id}: cti dead-letters list {plan.File} --status all";

    private static Task<int> Ask(PipelinePlace place, ParseResult result, Func<CommandIo, PipelinePlan, int> answer) =>
        place.RunAsync(
            result,
            PipelineUse.Store,
            new RunOptions(),
            (io, plan) =>
            {
                try
                {
                    return Task.FromResult(answer(io, plan));
                }
                catch (Exception error) when (error is StoreException or DuckDb.DuckDbException)
                {
                    io.Error.WriteLine($"{plan.Name}: {error.Message}");
                    return Task.FromResult(ExitCode.Failed);
                }
            }
        );
}
