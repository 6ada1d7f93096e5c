// One indicator as one visitor sees it: the fold of its claims up to a marking, and the sinks that hold it.

using System.Globalization;
using System.Text.Json;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Run;
using Cti.Host.Store;

namespace Cti.Host.Serve.Web;

/// <param name="Pipeline">By whose rules it is scored.</param>
/// <param name="Batch">One row.</param>
/// <param name="Sinks">That hold it, of those the visitor may read.</param>
internal sealed record IndicatorView(string Pipeline, IndicatorBatch Batch, IReadOnlyList<string> Sinks)
{
    /// <summary>Reads it; null where no claim is visible.</summary>
    public static IndicatorView? Read(
        DuckDbConnection connection,
        PipelinePlan pipeline,
        Subject subject,
        Tlp maxTlp,
        long now,
        IReadOnlySet<string> readable
    )
    {
        var id = Identity.subject(subject);
        var claims = ClaimReader.Of(connection, id);
        if (claims.Count == 0)
        {
            return null;
        }

        var dictionaries = Dictionaries.Load(connection, pipeline.Name);
        var batch = new IndicatorBatch(1);
        var fold = dictionaries.Fold(new Viewer(maxTlp, now, pipeline.Score, pipeline.Sources.Count > 0));
        if (!fold.Add(claims, 0, claims.Count - 1, batch))
        {
            return null;
        }

        var sinks = connection.Rows(
            "SELECT DISTINCT sink FROM sink_state WHERE pipeline = $1 AND indicator = $2 ORDER BY sink",
            reader => reader.GetString(0),
            pipeline.Name,
            UuidModule.toGuid(id)
        );
        return new IndicatorView(pipeline.Name, batch, [.. sinks.Where(readable.Contains)]);
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("pipeline", Pipeline);
        json.WriteString("id", "indicator--" + UuidModule.toText(Batch.Id[0]));
        json.WriteString("status", IndicatorStatusModule.name(Batch.Status[0]));
        json.WriteNumber("score", Batch.Score[0] / 100);
        json.WriteNumber("confidence", Batch.Confidence[0]);
        json.WriteString("tlp", TlpModule.name(Batch.Tlp[0]));
        WriteNames(json, "labels", Batch.Labels[0]);
        WriteNames(json, "sources", Batch.Sources[0]);
        json.WriteString("first_seen", Time(Batch.FirstSeen[0]));
        json.WriteString("last_seen", Time(Batch.LastSeen[0]));
        json.WriteString("modified", Time(Batch.Modified[0]));
        if (!TimestampModule.isNone(Batch.ValidUntil[0]))
        {
            json.WriteString("valid_until", Time(Batch.ValidUntil[0]));
        }

        json.WriteStartArray("sinks");
        foreach (var sink in Sinks)
        {
            json.WriteStringValue(sink);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, string name, NameSet names)
    {
        json.WriteStartArray(name);
        foreach (var text in names.Names)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static string Time(long time) =>
        TimestampModule.toDateTime(time).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
