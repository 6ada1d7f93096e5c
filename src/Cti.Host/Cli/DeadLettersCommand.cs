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
        command.SetAction(result =>
            Ask(
                place.Load(result),
                (store, plan) =>
                {
                    var chosen = filter.Read(result, []);
                    var total = chosen.Count(store.Connection, plan.Name);
                    var groups = LetterRow.Groups(store.Connection, plan.Name, chosen);
                    var rows = LetterRow.List(store.Connection, plan.Name, chosen, result.GetValue(limit));
                    if (result.GetValue(json))
                    {
                        JsonOutput.Write(writer => LetterText.WriteList(writer, plan.Name, total, groups, rows));
                    }
                    else
                    {
                        Console.Out.Write(LetterText.List(plan.Name, total, groups, rows));
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
        command.SetAction(result =>
            Ask(
                place.Load(result),
                (store, plan) =>
                {
                    var given = result.GetValue(id)!;
                    var found = LetterRow.Find(store.Connection, plan.Name, given);
                    if (found.Count != 1)
                    {
                        Console.Error.WriteLine(
                            found.Count == 0
                                ? NoSuch(plan, given)
                                : $"more than one dead letter of {plan.Name} begins with {given}: write more of it"
                        );
                        return ExitCode.Usage;
                    }

                    if (result.GetValue(json))
                    {
                        JsonOutput.Write(writer => LetterText.WriteShow(writer, found[0]));
                    }
                    else
                    {
                        Console.Out.Write(LetterText.Show(found[0]));
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
            async (result, _) =>
            {
                var options = new RunOptions
                {
                    Replay = filter.Read(result, result.GetValue(ids) ?? []) with { Status = "open" },
                    Now = result.GetValue(now),
                    Json = result.GetValue(json),
                    Quiet = result.GetValue(quiet),
                    Strict = result.GetValue(strict),
                };
                return place.Load(result, options) is { } plan ? await ReplayAsync(plan, options) : ExitCode.Usage;
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
        command.SetAction(result =>
            Ask(
                place.Load(result),
                (store, plan) =>
                {
                    var chosen = filter.Read(result, result.GetValue(ids) ?? []);
                    var counts = LetterRow.Statuses(store.Connection, plan.Name, chosen);
                    var open = counts.GetValueOrDefault("open");
                    var replayed = counts.GetValueOrDefault("replayed");
                    if (open + replayed == 0)
                    {
                        Console.Out.WriteLine($"{plan.Name}: no dead letter to purge");
                        return ExitCode.Done;
                    }

                    var question = string.Create(
                        CultureInfo.InvariantCulture,
                        $"Purge {open + replayed:N0} dead letters of {plan.Name} ({open:N0} open, {replayed:N0} replayed)? Their records cannot be had back."
                    );
                    if (!Confirmation.Given(question, result.GetValue(yes)))
                    {
                        return ExitCode.Usage;
                    }

                    var purged = LetterPurge.Run(
                        store.Connection,
                        plan.Name,
                        chosen,
                        TimeProvider.System.GetUtcNow().UtcDateTime
                    );
                    Console.Out.WriteLine(
                        string.Create(CultureInfo.InvariantCulture, $"{plan.Name}: {purged:N0} dead letters purged")
                    );
                    return ExitCode.Done;
                },
                readOnly: false
            )
        );
        return command;
    }

    private static Argument<string[]> Ids() =>
        new("ids")
        {
            Description = "Ids, or how they begin.",
            Arity = ArgumentArity.ZeroOrMore,
            HelpName = "ID",
        };

    private static async Task<int> ReplayAsync(PipelinePlan plan, RunOptions options)
    {
        try
        {
            using (var store = StoreFile.Open(plan.StorePath, new StoreOptions { ReadOnly = true }))
            {
                foreach (var id in options.Replay!.Ids)
                {
                    if (new LetterFilter { Ids = [id] }.Count(store.Connection, plan.Name) == 0)
                    {
                        await Console.Error.WriteLineAsync(NoSuch(plan, id));
                        return ExitCode.Usage;
                    }
                }

                if (options.Replay.Count(store.Connection, plan.Name) == 0)
                {
                    await Console.Error.WriteLineAsync($"{plan.Name}: no open dead letter to replay");
                    return ExitCode.Done;
                }
            }

            using var killSwitch = new KillSwitch();
            using var signals = new Signals(
                killSwitch,
                Console.Error,
                Serve.ServiceOptions.DefaultDrainTimeout,
                () => ""
            );
            var report = await PipelineRun.RunAsync(plan, options, RunEnvironment.System, killSwitch);
            RunCommand.Print(report, options);
            return ExitCode.Of(report.Status, options.Strict && report.Rejected > 0);
        }
        catch (Exception error) when (error is StoreException or ListException or DuckDb.DuckDbException)
        {
            await Console.Error.WriteLineAsync($"{plan.Name}: {error.Message}");
            return ExitCode.Failed;
        }
    }

    private static string NoSuch(PipelinePlan plan, string id) =>
        $"no dead letter of {plan.Name} begins with {id}: cti dead-letters list {plan.File} --status all";

    private static int Ask(PipelinePlan? plan, Func<StoreFile, PipelinePlan, int> answer, bool readOnly = true)
    {
        if (plan is null)
        {
            return ExitCode.Usage;
        }

        try
        {
            using var store = StoreFile.Open(plan.StorePath, new StoreOptions { ReadOnly = readOnly });
            return answer(store, plan);
        }
        catch (Exception error) when (error is StoreException or DuckDb.DuckDbException)
        {
            Console.Error.WriteLine($"{plan.Name}: {error.Message}");
            return ExitCode.Failed;
        }
    }
}
