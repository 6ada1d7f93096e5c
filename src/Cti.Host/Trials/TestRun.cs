// Runs the tests of one pipeline: reads what they name, lets the core run and judge them, and rewrites golden files when asked to.

using System.Diagnostics;
using Cti.Core;
using Cti.Core.Declare;
using Cti.Core.Trials;
using Cti.Host.Run;
using Cti.Host.Sinks;
using Microsoft.FSharp.Collections;

namespace Cti.Host.Trials;

/// <summary>One per pipeline.</summary>
/// <param name="plan">The pipeline.</param>
/// <param name="lists">Its lists and tables.</param>
/// <param name="update">Whether golden files are rewritten.</param>
internal sealed class TestRun(PipelinePlan plan, LoadedLists lists, bool update)
{
    private readonly string _folder =
        Path.GetDirectoryName(Path.GetFullPath(plan.File)) ?? Environment.CurrentDirectory;

    /// <summary>Golden files that were written.</summary>
    public List<string> Updated { get; } = [];

    /// <exception cref="SinkException">A golden file cannot be written.</exception>
    public TestOutcome Run(PipelineTest test)
    {
        var clock = Stopwatch.StartNew();
        var problems = new List<Diagnostic>();
        var documents = Documents(test, problems);
        var golden = Golden(test, problems);
        IReadOnlyList<Mismatch> mismatches = [];
        IReadOnlyList<LossCount> losses = [];
        if (problems.Count == 0)
        {
            var now = TimestampModule.ofDateTimeOffset(test.Now);
            var result = Trial.run(plan.Declared, lists.Screen.Set, lists.Enricher, now, ListModule.OfSeq(documents));
            if (update && result.Faults.Count == 0)
            {
                Update(test, result, golden);
            }

            mismatches = [.. Judge.mismatches(golden, test, result)];
            losses = LossCount.Of(result.Losses.Count);
        }

        return new TestOutcome(plan.File, plan.Name, test, clock.Elapsed, mismatches, problems, losses);
    }

    private List<Document> Documents(PipelineTest test, List<Diagnostic> problems)
    {
        var documents = new List<Document>();
        foreach (var input in test.Inputs)
        {
            if (input.Given is Given.Text { Item: var text })
            {
                documents.Add(new Document(input.Source, "given", System.Text.Encoding.UTF8.GetBytes(text.Value)));
            }
            else if (input.Given is Given.File { path: var path })
            {
                if (GivenFile.Read(_folder, path, TextOf(input.Source), out var problem) is { } bytes)
                {
                    documents.Add(new Document(input.Source, path.Value, bytes));
                }
                else
                {
                    problems.Add(problem!);
                }
            }
        }

        return documents;
    }

    private Sources.FileReadOptions TextOf(Name source) =>
        plan.Sources.Single(one => one.Name == source.Value).Origin.Text;

    private Dictionary<string, byte[]> Golden(PipelineTest test, List<Diagnostic> problems)
    {
        var golden = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (_, path) in test.Expect.Files)
        {
            if (GivenFile.Golden(_folder, path, out var problem) is { } bytes)
            {
                golden[path.Value] = bytes;
            }
            else if (problem is not null)
            {
                problems.Add(problem);
            }
        }

        return golden;
    }

    private void Update(PipelineTest test, TrialResult result, Dictionary<string, byte[]> golden)
    {
        foreach (var (sink, path) in test.Expect.Files)
        {
            var bytes = result.Sinks.First(trial => trial.Name.Equals(sink)).Bytes;
            if (golden.TryGetValue(path.Value, out var before) && before.AsSpan().SequenceEqual(bytes))
            {
                continue;
            }

            var target = Path.Combine(_folder, path.Value);
            using var file = new AtomicFile(target);
            file.Write(bytes);
            file.Replace();
            golden[path.Value] = bytes;
            Updated.Add(Path.GetRelativePath(Environment.CurrentDirectory, target));
        }
    }
}
