// What the README shows is what a newcomer sees: its first command is run as a process, and its questions are asked of that run's store.

using System.Diagnostics;
using System.Text.RegularExpressions;
using Cti.Host.Config;
using Xunit;

namespace Cti.Host.Tests.Examples;

public sealed partial class ReadmeTests : IDisposable
{
    private static readonly string Readme = File.ReadAllText(Repository.PathOf("README.md"));
    private readonly string _folder = Directory.CreateTempSubdirectory("cti-readme-").FullName;

    [Fact]
    public async Task The_readme_shows_what_its_commands_print()
    {
        var run = await CtiAsync("run", "pipelines/quickstart.yaml", "--out-dir", _folder);
        var shown = Blocks().Single(block => block.StartsWith("quickstart: done", StringComparison.Ordinal));
        Assert.Equal(Timeless(shown), Timeless(run));

        var store = Path.Combine(_folder, "quickstart", "cti.duckdb");
        var questions = Blocks().SelectMany(block => Question().Matches(block)).ToList();
        Assert.Equal(2, questions.Count);
        foreach (var question in questions)
        {
            var answer = await CtiAsync(
                question.Groups["command"].Value,
                question.Groups["ask"].Value.Trim('"'),
                "--store",
                store
            );
            var lines = question.Groups["answer"].Value.Split("…\n")[0];
            Assert.StartsWith(lines, answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_pipeline_in_the_readme_holds()
    {
        var text = Yaml().Match(Readme).Groups[1].Value;
        var file = PipelineFile.Parse("README.md", text);
        Assert.Empty(file.Diagnostics);
        Assert.NotNull(file.Pipeline);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IEnumerable<string> Blocks() => Block().Matches(Readme).Select(match => match.Groups[1].Value);

    private string Timeless(string text) =>
        Seconds().Replace(text.Replace(_folder, "out", StringComparison.Ordinal), "in … s.");

    private static async Task<string> CtiAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = Repository.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["exec", Path.Combine(AppContext.BaseDirectory, "cti.dll"), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(
            process.ExitCode == 0,
            $"cti {string.Join(' ', arguments)}: exit {process.ExitCode}: {await error}"
        );
        return output;
    }

    [GeneratedRegex("```text\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();

    // A question to the quickstart's store, and what it answers: all of it, or the lines before an ellipsis.
    [GeneratedRegex(
        @"^\$ cti (?<command>explain|sql) (?<ask>""[^""]+""|\S+) --store \S+\n(?<answer>.*?)(?=^\$|\z)",
        RegexOptions.Singleline | RegexOptions.Multiline
    )]
    private static partial Regex Question();

    [GeneratedRegex(@"in [0-9.]+ s\.")]
    private static partial Regex Seconds();
}
