// cti test: runs the tests that pipelines carry, in memory. Writes nothing but golden files when asked to, and the JUnit report.

using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Cti.Core;
using Cti.Core.Declare;
using Cti.Host.Run;
using Cti.Host.Sinks;
using Cti.Host.Trials;

namespace Cti.Host.Cli;

internal static class TestCommand
{
    private sealed record Options(string? Filter, bool Update, string? JUnit, bool Json);

    public static Command Create()
    {
        var pipelines = Pipelines.Argument();
        var filter = new Option<string?>("--filter")
        {
            Description =
                "Only tests whose name, or whose pipeline's, contains this text; letter case does not matter.",
            HelpName = "TEXT",
        };
        var update = new Option<bool>("--update")
        {
            Description = "Write what sinks hold now into the golden files (`files:`) of the tests that run.",
        };
        var junit = new Option<string?>("--junit")
        {
            Description = "Also write the outcomes as JUnit XML.",
            HelpName = "FILE",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object on stdout." };
        var command = new Command(
            "test",
            """
            Run the tests that pipelines carry (`tests:`), in memory: no store, no sinks, no network. Exit code 5 where one fails.

            Examples:
              cti test pipelines/*.yaml
              cti test pipelines/urlhaus.yaml --filter "comment"
              cti test pipelines/*.yaml --junit out/tests.xml
            """
        )
        {
            pipelines,
            filter,
            update,
            junit,
            json,
        };
        command.SetAction(result =>
            Run(
                result.GetValue(pipelines)!,
                new Options(
                    result.GetValue(filter),
                    result.GetValue(update),
                    result.GetValue(junit),
                    result.GetValue(json)
                )
            )
        );
        return command;
    }

    private static int Run(string[] paths, Options options)
    {
        var clock = Stopwatch.StartNew();
        if (Pipelines.Load(paths, new RunOptions(), Console.Error) is not { } plans)
        {
            return ExitCode.Usage;
        }

        var tests = new List<TestOutcome>();
        var updated = new List<string>();
        var listsMissing = false;
        try
        {
            foreach (var plan in plans)
            {
                var selected = Select(plan, options.Filter);
                if (selected.Count == 0)
                {
                    continue;
                }

                if (LoadLists(plan, selected.Count) is not { } screen)
                {
                    listsMissing = true;
                    continue;
                }

                var run = new TestRun(plan, screen, options.Update);
                foreach (var test in selected)
                {
                    var outcome = run.Run(test);
                    tests.Add(outcome);
                    if (!options.Json)
                    {
                        TestReport.Print(Console.Out, outcome);
                    }
                }

                updated.AddRange(run.Updated);
            }

            return Report(new TestOutcomes(tests, updated, clock.Elapsed), options, listsMissing);
        }
        catch (SinkException error)
        {
            Console.Error.WriteLine(error.Message);
            return ExitCode.Failed;
        }
    }

    private static List<PipelineTest> Select(PipelinePlan plan, string? filter) =>
        [
            .. plan.Declared.Tests.Where(test =>
                filter is null
                || test.Name.Value.Contains(filter, StringComparison.OrdinalIgnoreCase)
                || plan.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)
            ),
        ];

    // A test that passes without its lists says nothing of the run that has them.
    private static LoadedLists? LoadLists(PipelinePlan plan, int tests)
    {
        try
        {
            return LoadedLists.Load(plan);
        }
        catch (ListException error)
        {
            Console.Error.WriteLine($"{plan.File}: {tests} tests cannot run: {error.Message}");
            return null;
        }
    }

    private static int Report(TestOutcomes outcomes, Options options, bool listsMissing)
    {
        if (options.Json)
        {
            using var stdout = Console.OpenStandardOutput();
            using (var json = new Utf8JsonWriter(stdout))
            {
                TestReport.WriteJson(json, outcomes);
            }

            stdout.WriteByte((byte)'\n');
        }
        else
        {
            TestReport.PrintSummary(Console.Out, outcomes);
        }

        if (options.JUnit is { } path)
        {
            JUnitReport.Write(path, outcomes);
        }

        if (outcomes.Tests.Count == 0 && !listsMissing)
        {
            Console.Error.WriteLine(
                options.Filter is { } filter
                    ? $"--filter {filter}: no test has that in its name"
                    : "there is no test: add `tests:` to the pipeline (docs/testing-pipelines.md)"
            );
            return ExitCode.Usage;
        }

        return listsMissing || outcomes.Count(TestStatus.Error) > 0 ? ExitCode.Usage
            : outcomes.Count(TestStatus.Failed) > 0 ? ExitCode.TestFailed
            : ExitCode.Done;
    }
}
