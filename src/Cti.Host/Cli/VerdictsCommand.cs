// cti verdicts: what people and tools found values to be, said and listed.

using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Store;

namespace Cti.Host.Cli;

internal static class VerdictsCommand
{
    public static Command Create() =>
        new(
            "verdicts",
            """
            What people and tools found a value to be. A false positive leaves every sink with the next run or `cti apply`, whoever goes on listing it, until
            somebody says that it is a true positive after all.

            Examples:
              cti verdicts add false_positive cdn.example.com --comment "our own mirror, ticket 4711"
              cti verdicts add true_positive cdn.example.com
              cti verdicts list
            """
        )
        {
            CreateAdd(),
            CreateList(),
        };

    private static Command CreateAdd()
    {
        var kind = new Argument<string>("verdict")
        {
            Description =
                "false_positive: it is harmless. true_positive: it is what it was listed as. seen: a tool met it; changes nothing.",
            HelpName = "VERDICT",
        };
        kind.AcceptOnlyFromAmong([.. VerdictKindModule.all.Select(VerdictKindModule.name)]);
        var values = new Argument<string[]>("value")
        {
            Description = "The values, as written anywhere: defanged forms are understood.",
            HelpName = "VALUE",
            Arity = ArgumentArity.OneOrMore,
        };
        var type = AskedSubject.CreateType();
        var comment = new Option<string?>("--comment") { Description = "Why, in words.", HelpName = "TEXT" };
        var by = new Option<string>("--by")
        {
            Description = "Who says so. Default: the user of this machine.",
            DefaultValueFactory = _ => RunEnvironment.System.User,
            HelpName = "NAME",
        };
        var at = new Option<string?>("--at") { Description = "When it was found. Default: now.", HelpName = "TIME" };
        at.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } text && CommonOptions.ParseTime(text) is null)
            {
                result.AddError($"--at {text}: no time; write it as 2026-01-31T12:00:00Z");
            }
        });
        var store = StoreOption.Create();
        var command = new Command("add", "Say what values are. All of them, or, where one is not known, none.")
        {
            kind,
            values,
            type,
            comment,
            by,
            at,
            store,
        };
        command.SetAction(
            (result, _) =>
                StoreOption.AskAsync(
                    result,
                    store,
                    // Of this machine, not of the service's.
                    new Dictionary<Symbol, string?> { [by] = result.GetValue(by) },
                    (io, path) =>
                    {
                        var now = RunEnvironment.System.Clock.GetUtcNow();
                        var reportedAt = result.GetValue(at) is { } text ? CommonOptions.ParseTime(text)!.Value : now;
                        if (reportedAt > now)
                        {
                            io.Error.WriteLine("CTI-VERDICT-002 --at is in the future: say it when it is so.");
                            return ExitCode.Usage;
                        }

                        if (AskedSubject.Hint(io, result.GetValue(type)) is not { } hint)
                        {
                            return ExitCode.Usage;
                        }

                        var subjects = result
                            .GetValue(values)!
                            .Select(value => AskedSubject.Parse(io, hint, value))
                            .ToList();
                        var verdict = new NewVerdict(
                            VerdictKindModule.tryParse(result.GetValue(kind)!).Value,
                            result.GetValue(by)!,
                            result.GetValue(comment),
                            reportedAt.UtcDateTime
                        );
                        return subjects.Contains(null)
                            ? ExitCode.Usage
                            : Add(io, path, [.. subjects.OfType<Subject>().Distinct()], verdict, now.UtcDateTime);
                    }
                )
        );
        return command;
    }

    private static Command CreateList()
    {
        var value = new Argument<string?>("value")
        {
            Description = "Only those on this value.",
            HelpName = "VALUE",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var type = AskedSubject.CreateType();
        var store = StoreOption.Create();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("list", "Show what was said, the newest first.") { value, type, store, json };
        command.SetAction(
            (result, _) =>
                StoreOption.AskAsync(
                    result,
                    store,
                    new Dictionary<Symbol, string?>(),
                    (io, path) =>
                    {
                        Subject? subject = null;
                        if (
                            result.GetValue(value) is { } written
                            && (
                                AskedSubject.Hint(io, result.GetValue(type)) is not { } hint
                                || (subject = AskedSubject.Parse(io, hint, written)) is null
                            )
                        )
                        {
                            return ExitCode.Usage;
                        }

                        using var open = io.Stores.Read(path, new StoreOptions());
                        var verdicts = VerdictLog.List(
                            open.Connection,
                            subject is null ? null : Identity.subject(subject)
                        );
                        Show(io, verdicts, result.GetValue(json));
                        return ExitCode.Done;
                    }
                )
        );
        return command;
    }

    private static int Add(CommandIo io, string path, IReadOnlyList<Subject> subjects, NewVerdict verdict, DateTime now)
    {
        using var store = io.Stores.Write(path, io);
        using var transaction = store.Connection.BeginTransaction();
        var told = new StringBuilder();
        foreach (var subject in subjects)
        {
            var id = Identity.subject(subject);
            if (!VerdictLog.IsKnown(store.Connection, id))
            {
                io.Error.WriteLine(
                    $"CTI-VERDICT-001 no source ever reported {NameOf(subject)}, so there is nothing to judge; nothing was recorded. What shall never be listed belongs on an allow list: `allow` under `screen`."
                );
                return ExitCode.Usage;
            }

            var (before, after) = VerdictLog.Add(store.Connection, id, verdict, now);
            told.AppendLine($"{NameOf(subject)}: {Outcome(subject, before, after)}");
        }

        transaction.Commit();
        io.Out.Write(told);
        return ExitCode.Done;
    }

    private static string Outcome(Subject subject, Standing before, Standing after) =>
        (before.IsFalse, after.IsFalse) switch
        {
            (false, true) => "a false positive. The next run takes it out of every sink, or `cti apply` now.",
            (true, false) =>
                $"believed again, as indicator--{UuidModule.toText(Identity.indicator(subject, after.Episode))}. The next run tells the sinks, or `cti apply` now.",
            (true, true) => $"noted; it is a false positive since {Time(TimestampModule.toDateTime(after.TurnedAt))}.",
            _ => "noted; nothing changes.",
        };

    private static void Show(CommandIo io, IReadOnlyList<StoredVerdict> verdicts, bool asJson)
    {
        if (asJson)
        {
            JsonOutput.Write(io, json => WriteJson(json, verdicts));
            return;
        }

        if (verdicts.Count == 0)
        {
            io.Out.WriteLine("Nothing was said.");
        }

        foreach (var verdict in verdicts)
        {
            io.Out.WriteLine(
                $"{Time(verdict.ReportedAt)}  {verdict.Verdict, -14}  {verdict.Type} {verdict.Value}, by {TerminalText.Visible(verdict.Reporter)}{(verdict.Comment is { } comment ? ": " + TerminalText.Visible(comment) : "")}"
            );
        }
    }

    private static void WriteJson(Utf8JsonWriter json, IReadOnlyList<StoredVerdict> verdicts)
    {
        json.WriteStartObject();
        json.WriteStartArray("verdicts");
        foreach (var verdict in verdicts)
        {
            json.WriteStartObject();
            json.WriteString("indicator", verdict.Subject);
            json.WriteString("type", verdict.Type);
            json.WriteString("value", verdict.Value);
            json.WriteString("verdict", verdict.Verdict);
            json.WriteString("reporter", verdict.Reporter);
            json.WriteString("comment", verdict.Comment);
            json.WriteString("reported_at", verdict.ReportedAt);
            json.WriteString("recorded_at", verdict.RecordedAt);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string NameOf(Subject subject) => $"{ObservableTypeModule.name(subject.Type)} {subject.Value}";

    private static string Time(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
