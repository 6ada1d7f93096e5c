// Whether a service is well, in words for a person and a load balancer: what fails, and which stage is stuck, by name.

using System.Text;
using System.Text.Json;

namespace Cti.Host.Serve;

/// <summary>The health of a service at an instant.</summary>
internal sealed class ServiceHealth
{
    private readonly ServiceBoard _board;
    private readonly IReadOnlyList<StuckStage> _stuck;

    private ServiceHealth(ServiceBoard board)
    {
        _board = board;
        _stuck = board.Stuck();
    }

    public static ServiceHealth Of(ServiceBoard board) => new(board);

    /// <summary>A feed that is down makes nobody restart us; a stage that is stuck may well.</summary>
    public bool IsHealthy => _stuck.Count == 0;

    /// <summary>`ok`, `degraded` (a run or source failed, or changed files do not hold), `draining`, `stuck`.</summary>
    public string Status =>
        _stuck.Count > 0 ? "stuck"
        : _board.IsDraining ? "draining"
        : _board.Problem.Length > 0 || _board.Pipelines.Any(pipeline => pipeline.IsFailing) ? "degraded"
        : "ok";

    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("status", Status);
            json.WriteStartArray("stuck");
            foreach (var stage in _stuck)
            {
                json.WriteStartObject();
                json.WriteString("pipeline", stage.Pipeline);
                json.WriteString("stage", stage.Stage);
                json.WriteString("doing", stage.Doing);
                json.WriteNumber("seconds", Math.Round(stage.For.TotalSeconds));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteString("configuration", _board.Problem.Length == 0 ? "ok" : "changed files do not hold");
            json.WriteStartArray("pipelines");
            foreach (var pipeline in _board.Pipelines)
            {
                ServiceJson.Write(json, pipeline);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }
}
