// Outcomes of tests as text for a person and as JSON for a program.

using System.Globalization;
using System.Text.Json;
using Cti.Core.Declare;
using Cti.Core.Trials;
using Cti.Host.Run;

namespace Cti.Host.Trials;

internal static class TestReport
{
    /// <summary>One line a test, and below a failed one what differs and why.</summary>
    public static void Print(TextWriter writer, TestOutcome outcome)
    {
        var word = outcome.Status switch
        {
            TestStatus.Ok => "ok     ",
            TestStatus.Failed => "FAILED ",
            _ => "ERROR  ",
        };
        var losses = outcome.Losses.Count > 0 ? "; " + LossCount.ToText(outcome.Losses) : "";
        writer.WriteLine($"{word} {outcome.File}: {VisibleText.ofText(outcome.Test.Name.Value)}{losses}");
        foreach (var mismatch in outcome.Mismatches)
        {
            writer.WriteLine($"        {Place(outcome.File, mismatch.Span)} {Line(mismatch)}");
            foreach (var detail in mismatch.Details)
            {
                writer.WriteLine($"          {detail}");
            }
        }

        foreach (var problem in outcome.Problems)
        {
            var hint = problem.Hint.Length > 0 ? $" ({problem.Hint})" : "";
            writer.WriteLine(
                $"        {outcome.File}:{problem.Line}:{problem.Column} {problem.Code} {problem.Message}{hint}"
            );
        }
    }

    /// <summary>What was written, and the last line: how many held.</summary>
    public static void PrintSummary(TextWriter writer, TestOutcomes outcomes)
    {
        foreach (var path in outcomes.Updated)
        {
            writer.WriteLine($"updated {path}");
        }

        var errors = outcomes.Count(TestStatus.Error) is var count and > 0 ? $", {count} could not run" : "";
        writer.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{outcomes.Tests.Count} {(outcomes.Tests.Count == 1 ? "test" : "tests")}: {outcomes.Count(TestStatus.Ok)} ok, {outcomes.Count(TestStatus.Failed)} failed{errors}, in {outcomes.Elapsed.TotalSeconds:0.00} s"
            )
        );
    }

    /// <summary>One mismatch on one line, without its place: `CTI-TEST-001 no indicator is { … }`.</summary>
    public static string Line(Mismatch mismatch) =>
        $"{MismatchKindModule.code(mismatch.Kind)} {VisibleText.ofText(mismatch.Message)}";

    /// <summary>`p.yaml:12:5`</summary>
    public static string Place(string file, Span span) => $"{file}:{span.Start.Line}:{span.Start.Column}";

    /// <summary>The object of `cti test --json`.</summary>
    public static void WriteJson(Utf8JsonWriter json, TestOutcomes outcomes)
    {
        json.WriteStartObject();
        json.WriteNumber("ok", outcomes.Count(TestStatus.Ok));
        json.WriteNumber("failed", outcomes.Count(TestStatus.Failed));
        json.WriteNumber("errors", outcomes.Count(TestStatus.Error));
        json.WriteNumber("elapsed_secs", Math.Round(outcomes.Elapsed.TotalSeconds, 3));
        json.WriteStartArray("tests");
        foreach (var outcome in outcomes.Tests)
        {
            Write(json, outcome);
        }

        json.WriteEndArray();
        json.WriteStartArray("updated");
        foreach (var path in outcomes.Updated)
        {
            json.WriteStringValue(path);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TestOutcome outcome)
    {
        json.WriteStartObject();
        json.WriteString("file", outcome.File);
        json.WriteString("pipeline", outcome.Pipeline);
        json.WriteString("name", outcome.Test.Name.Value);
        json.WriteNumber("line", outcome.Test.Name.Span.Start.Line);
        json.WriteString(
            "status",
            outcome.Status switch
            {
                TestStatus.Ok => "ok",
                TestStatus.Failed => "failed",
                _ => "error",
            }
        );
        json.WriteNumber("elapsed_secs", Math.Round(outcome.Elapsed.TotalSeconds, 6));
        LossCount.WriteJson(json, outcome.Losses);
        json.WriteStartArray("problems");
        foreach (var mismatch in outcome.Mismatches)
        {
            Write(
                json,
                MismatchKindModule.code(mismatch.Kind),
                mismatch.Span.Start,
                mismatch.Message,
                mismatch.Details
            );
        }

        foreach (var problem in outcome.Problems)
        {
            Write(json, problem.Code, new Mark(problem.Line, problem.Column), problem.Message, [problem.Hint]);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string code, Mark place, string message, IEnumerable<string> details)
    {
        json.WriteStartObject();
        json.WriteString("code", code);
        json.WriteNumber("line", place.Line);
        json.WriteNumber("column", place.Column);
        json.WriteString("message", message);
        json.WriteStartArray("details");
        foreach (var detail in details)
        {
            json.WriteStringValue(detail);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
