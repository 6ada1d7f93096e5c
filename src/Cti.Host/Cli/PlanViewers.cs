// What `cti plan` and `cti apply` show of the steps: the first of each sink for a person, all of them for a program.

using System.Text.Json;
using Cti.Host.Sinks;

namespace Cti.Host.Cli;

/// <summary>The first steps of each sink.</summary>
internal sealed class FirstSteps : IPlanViewer
{
    private const int Most = 20;

    private readonly Dictionary<string, List<PlannedStep>> _steps = new(StringComparer.Ordinal);

    public bool Looks(string sink) => Of(sink).Count < Most;

    public void Show(string sink, PlannedStep step) => Of(sink).Add(step);

    public List<PlannedStep> Of(string sink) => _steps.TryGetValue(sink, out var known) ? known : _steps[sink] = [];
}

/// <summary>Every step as it is found, so that a plan of millions is not held in memory.</summary>
internal sealed class StepsAsJson(Utf8JsonWriter json) : IPlanViewer
{
    private const int Enough = 64 * 1024;

    public bool Looks(string sink) => true;

    public void Show(string sink, PlannedStep step)
    {
        json.WriteStartObject();
        json.WriteString("sink", sink);
        json.WriteString("op", step.Op);
        json.WriteString("type", step.Type);
        json.WriteString("value", step.Value);
        json.WriteString("reason", step.Reason);
        json.WriteEndObject();
        if (json.BytesPending > Enough)
        {
            json.Flush();
        }
    }
}
