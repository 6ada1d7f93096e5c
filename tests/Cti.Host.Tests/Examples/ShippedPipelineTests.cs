// Shipped pipelines keep the tests they carry. `cti test` will run these blocks; until then this is their runner.

using Cti.Core;
using Cti.Core.Declare;
using Cti.Host.Config;
using Cti.Host.Graph;
using Cti.Host.Run;
using Cti.Host.Store;
using Xunit;

namespace Cti.Host.Tests.Examples;

public sealed class ShippedPipelineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cti-shipped-").FullName;

    public static TheoryData<string, string> Tests()
    {
        var data = new TheoryData<string, string>();
        foreach (var path in Directory.GetFiles(Repository.PathOf("pipelines"), "*.yaml").Order(StringComparer.Ordinal))
        {
            foreach (var test in PipelineFile.Load(path).Pipeline!.Tests)
            {
                data.Add(Path.GetFileName(path), test.Name);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Tests))]
    public async Task A_shipped_pipeline_keeps_its_tests(string file, string name)
    {
        var path = Repository.PathOf("pipelines/" + file);
        var pipeline = PipelineFile.Load(path).Pipeline!;
        var test = pipeline.Tests.Single(test => test.Name == name);
        var plan = Feed(path, pipeline, test);

        using var killSwitch = new KillSwitch();
        var quiet = new RunEnvironment(TimeProvider.System, Guid.NewGuid, TextWriter.Null, false);
        var options = new RunOptions { Now = test.Now, Quiet = true };
        var report = await PipelineRun.RunAsync(plan, options, quiet, killSwitch);

        Assert.Equal(RunStatus.Done, report.Status);
        foreach (var sink in Entries(test.Expect, "sinks"))
        {
            var output = plan.Sinks.Single(one => one.Name == sink.Key.Text).Path;
            Assert.Equal(TextOf(sink.Value), await File.ReadAllTextAsync(output));
        }

        if (NodeModule.tryKey("indicators", test.Expect) is { } expected)
        {
            Assert.Equal(
                NodeModule.items(expected.Value).Select(Indicator).Order(),
                Indicators(plan.StorePath).Order()
            );
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // The tested source gets what the test gives, the others nothing; a few records are no reason to hold a plan back.
    private PipelinePlan Feed(string path, Pipeline pipeline, PipelineTest test)
    {
        var inputs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var source in pipeline.Sources)
        {
            var input = Path.Combine(_folder, source.Name.Value + ".txt");
            File.WriteAllText(input, source.Name.Equals(test.Source) ? test.Given : "");
            inputs[source.Name.Value] = input;
        }

        var options = new RunOptions { Inputs = inputs, OutDir = _folder };
        var plan = Host.Cli.Pipelines.Load([path], options, TextWriter.Null)!.Single();
        return plan with
        {
            Sources = [.. plan.Sources.Select(source => source with { ExpectedRecords = null, MaxRejected = null })],
            Sinks = [.. plan.Sinks.Select(sink => sink with { Limits = new PlanLimits(1, 0) })],
        };
    }

    private static string Indicator(Node node) => $"{TextUnder("type", node)} {TextUnder("value", node)}";

    private static List<string> Indicators(string path)
    {
        using var store = StoreFile.Open(path, new StoreOptions { ReadOnly = true });
        return store.Connection.Rows("SELECT type || ' ' || value FROM indicators", row => row.GetString(0));
    }

    private static List<Entry> Entries(Node node, string key) =>
        NodeModule.tryKey(key, node)?.Value is Node.Mapping { Item.Entries: var entries } ? [.. entries] : [];

    private static string TextUnder(string key, Node node)
    {
        var found = NodeModule.tryKey(key, node);
        Assert.NotNull(found);
        return TextOf(found.Value);
    }

    private static string TextOf(Node node) => Assert.IsType<Node.Scalar>(node).Item.Text;
}
