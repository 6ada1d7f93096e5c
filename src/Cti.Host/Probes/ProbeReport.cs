// What a probe found, in one line for people or one object for programs.

using System.Globalization;
using System.Text.Json;
using Cti.Core;

namespace Cti.Host.Probes;

/// <summary>Whether the road is open, and how far the value came on it.</summary>
internal sealed record ProbeReport
{
    public required string Sink { get; init; }
    public required Subject Subject { get; init; }

    /// <summary>What was done, in order, each as the rest of "VALUE was".</summary>
    public required IReadOnlyList<string> Steps { get; init; }

    /// <summary>Whether the tool itself was seen to have the value; null where nobody could ask it.</summary>
    public required bool? IsReadBack { get; init; }

    /// <summary>What went wrong; null where the road is open.</summary>
    public required ProbeProblem? Problem { get; init; }

    public TimeSpan Took { get; init; }

    public bool IsOpen => Problem is null;

    /// <summary>`blocklist: open: 192.0.2.77 was written, accepted by named-checkzone, seen by the tool, and withdrawn (0.8 s)`.</summary>
    public string Line() =>
        Problem is { } problem
            ? $"{Sink}: closed: {problem.Code} {problem.Message}"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Sink}: open: {Subject.Value} was {string.Join(", ", Steps.Take(Steps.Count - 1))}, and {Steps[^1]} ({Took.TotalSeconds:0.0} s)"
            );

    public void WriteJson(Stream target)
    {
        using var json = new Utf8JsonWriter(target);
        json.WriteStartObject();
        json.WriteString("sink", Sink);
        json.WriteBoolean("open", IsOpen);
        json.WriteString("type", ObservableTypeModule.name(Subject.Type));
        json.WriteString("value", Subject.Value);
        json.WriteStartArray("steps");
        foreach (var step in Steps)
        {
            json.WriteStringValue(step);
        }

        json.WriteEndArray();
        if (IsReadBack is { } seen)
        {
            json.WriteBoolean("read_back", seen);
        }
        else
        {
            json.WriteNull("read_back");
        }

        if (Problem is { } problem)
        {
            json.WriteString("code", problem.Code);
            json.WriteString("problem", problem.Message);
        }

        json.WriteNumber("seconds", Math.Round(Took.TotalSeconds, 3));
        json.WriteEndObject();
        json.Flush();
        target.WriteByte((byte)'\n');
    }
}

/// <summary>Why a road is closed.</summary>
/// <param name="Code">Stable: docs/codes.md.</param>
/// <param name="Message">What, where, what to do.</param>
internal sealed record ProbeProblem(string Code, string Message);
