// cti validate and cti run on a file with mistakes: all of them at once, exit 2, nothing touched.

using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Cli;

public class ValidateCommandTests
{
    private const string TenMistakes = """
        pipeline: Ten Mistakes
        sources:
          - name: feed
            from: { type: fiel, path: a.txt }
            read: { type: lines }
            map:
              - { value: { field: lin }, type: ulr }
            trust: { reliability: G, confidence: 130 }
        score: { lifetime: { url: 30 } }
        screen: { privat: keep }
        sinks:
          - name: list
            render: { type: plain_list }
            to: { type: file, path: out.txt }
            where: "scor >= 60"
            max_tlp: grean
        """;

    [Fact]
    public void A_type_given_twice_is_an_error_where_the_second_stands()
    {
        using var work = new Workspace();
        work.Write(
            "p.yaml",
            PipelineText
                .List()
                .Replace("type: auto }", "type: ipv4, type_from: { field: line } }", StringComparison.Ordinal)
        );
        var result = work.Cti("validate", "p.yaml");
        Assert.Equal(2, result.Exit);
        Assert.Contains("CTI-CFG-014", result.Error, StringComparison.Ordinal);
        Assert.Contains("type_from", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_mistakes_are_ten_errors_in_one_run_with_exit_2()
    {
        using var work = new Workspace();
        work.Write("p.yaml", TenMistakes);
        foreach (var command in new[] { "validate", "run", "plan", "apply" })
        {
            var result = work.Cti(command, "p.yaml");
            Assert.True(result.Exit == 2, $"{command}: {result}");
            var places = result
                .Error.Split('\n')
                .Where(line => System.Text.RegularExpressions.Regex.IsMatch(line, @"p\.yaml:\d+:\d+"))
                .ToList();
            Assert.Equal(10, places.Count);
        }

        Assert.Equal(["p.yaml"], Directory.EnumerateFileSystemEntries(work.Root).Select(Path.GetFileName));
    }

    [Fact]
    public void Validate_json_is_a_list_of_file_line_column_code_message_hint()
    {
        using var work = new Workspace();
        work.Write("p.yaml", TenMistakes);
        var result = work.Cti("validate", "p.yaml", "--json");
        Assert.Equal(2, result.Exit);
        var errors = result.Json.EnumerateArray().ToList();
        Assert.Equal(10, errors.Count);
        Assert.All(
            errors,
            error =>
            {
                Assert.Equal(
                    ["file", "line", "column", "code", "message", "hint"],
                    error.EnumerateObject().Select(field => field.Name)
                );
                Assert.Equal("p.yaml", error.GetProperty("file").GetString());
                Assert.InRange(error.GetProperty("line").GetInt32(), 1, 16);
                Assert.InRange(error.GetProperty("column").GetInt32(), 1, 80);
                Assert.Matches(@"^CTI-[A-Z]+-\d{3}$", error.GetProperty("code").GetString());
                Assert.NotEmpty(error.GetProperty("message").GetString()!);
            }
        );
        Assert.Contains(
            errors,
            error => error.GetProperty("hint").GetString()!.Contains("green", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_file_that_holds_validates_to_an_empty_list()
    {
        using var work = new Workspace();
        work.Write("p.yaml", PipelineText.Everything());
        var result = work.Cti("validate", "p.yaml", "--json");
        Assert.Equal(0, result.Exit);
        Assert.Equal(JsonValueKind.Array, result.Json.ValueKind);
        Assert.Equal(0, result.Json.GetArrayLength());
    }

    [Fact]
    public void A_pipeline_file_that_is_missing_is_one_sentence_and_exit_2()
    {
        using var work = new Workspace();
        foreach (var command in new[] { "validate", "run", "plan" })
        {
            var result = work.Cti(command, "nowhere.yaml");
            Assert.Equal(2, result.Exit);
            Assert.StartsWith(
                "nowhere.yaml cannot be read: ",
                Assert.Single(result.Error.TrimEnd().Split('\n')),
                StringComparison.Ordinal
            );
        }
    }
}
