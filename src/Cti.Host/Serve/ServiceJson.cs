// A pipeline of a service as JSON: what /health and `cti top --json` have in common.

using System.Text.Json;

namespace Cti.Host.Serve;

internal static class ServiceJson
{
    /// <summary>One object.</summary>
    public static void Write(Utf8JsonWriter json, PipelineStanding pipeline)
    {
        json.WriteStartObject();
        json.WriteString("pipeline", pipeline.Name);
        json.WriteString(
            "state",
            pipeline.RunningSince is not null ? "running"
                : pipeline.IsFailing ? "failing"
                : "waiting"
        );
        Write(json, "running_since", pipeline.RunningSince);
        Write(json, "last_success", pipeline.LastSuccess);
        Write(json, "next_run", pipeline.Next);
        json.WriteNumber("queued_batches", pipeline.Gauges.Queued);
        json.WriteStartArray("stages");
        foreach (var stage in pipeline.Gauges.Stages)
        {
            json.WriteStartObject();
            json.WriteString("stage", stage.Name);
            json.WriteString("doing", stage.Doing);
            json.WriteNumber("in", stage.In);
            json.WriteNumber("out", stage.Out);
            json.WriteNumber("screened", stage.Screened);
            json.WriteNumber("rejected", stage.Rejected);
            json.WriteNumber("merged", stage.Merged);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("sources");
        foreach (var source in pipeline.Readings)
        {
            json.WriteStartObject();
            json.WriteString("source", source.Source);
            Write(json, "next", source.Due);
            json.WriteNumber("failures", source.Failures);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (pipeline.Last is { } last)
        {
            json.WriteStartObject("last_run");
            json.WriteString("status", last.Status);
            Write(json, "ended_at", last.EndedAt);
            json.WriteNumber("elapsed_secs", Math.Round(last.Seconds, 3));
            json.WriteNumber("records", last.Records);
            json.WriteNumber("observations", last.Observations);
            json.WriteStartArray("alarms");
            foreach (var alarm in last.Alarms)
            {
                json.WriteStringValue(alarm.ToString());
            }

            json.WriteEndArray();
            json.WriteStartArray("messages");
            foreach (var message in last.Messages)
            {
                json.WriteStringValue(message);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>A time, or null where there is none.</summary>
    public static void Write(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } known)
        {
            json.WriteString(name, known.UtcDateTime);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
