// GET /api/indicators/VALUE: what is known of a value just now, as far as the visitor may see it, pipeline by pipeline, and which sinks hold it.

using System.Text.Json;
using Cti.Core;
using Cti.Host.Cli;
using Cti.Host.Run;
using Cti.Host.Store;
using Microsoft.AspNetCore.Http;

namespace Cti.Host.Serve.Web;

/// <summary>One per server.</summary>
/// <param name="catalogue">What there is.</param>
/// <param name="environment">For the time.</param>
internal sealed class IndicatorPage(Catalogue catalogue, RunEnvironment environment)
{
    private const string Path = "/api/indicators/";

    /// <summary>Answers.</summary>
    /// <param name="context">The request.</param>
    /// <param name="visitor">Who asks.</param>
    /// <param name="target">The request's target as it was sent: the value may hold slashes, encoded or not.</param>
    /// <exception cref="RefusedException">It is no value, or not known to the visitor.</exception>
    public async Task AnswerAsync(HttpContext context, Visitor visitor, string target)
    {
        var written = Written(target);
        var subject = Parse(written, context.Request.Query["type"].ToString());
        var found = Read(subject, visitor);
        if (found.Count == 0)
        {
            throw RefusedException.NotFound($"Nothing that you may see says anything of {subject.Value}.");
        }

        await Answer.JsonAsync(
            context,
            200,
            Answer.Json,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("type", ObservableTypeModule.name(subject.Type));
                json.WriteString("value", subject.Value);
                json.WriteStartArray("indicators");
                found.ForEach(view => view.Write(json));
                json.WriteEndArray();
                json.WriteEndObject();
            }
        );
    }

    private static string Written(string target)
    {
        var at = target.IndexOf(Path, StringComparison.Ordinal);
        var value = at < 0 ? "" : target[(at + Path.Length)..];
        var query = value.IndexOf('?', StringComparison.Ordinal);
        return Uri.UnescapeDataString(query < 0 ? value : value[..query]);
    }

    private static Subject Parse(string written, string typeName)
    {
        var hint = TypeHint.Auto;
        if (typeName.Length > 0)
        {
            hint = ObservableTypeModule.tryParse(typeName) is { IsSome: true, Value: var type }
                ? TypeHint.NewFixed(type)
                : throw RefusedException.Malformed(
                    $"type {typeName}: there are {string.Join(", ", ObservableTypeModule.all.Select(ObservableTypeModule.name))}"
                );
        }

        var parsed = Normalise.tryParse(hint, written);
        return parsed.IsOk
            ? parsed.ResultValue
            : throw RefusedException.Malformed(
                $"{NormaliseErrorModule.code(parsed.ErrorValue)} {NormaliseErrorModule.message(parsed.ErrorValue)}"
            );
    }

    private List<IndicatorView> Read(Subject subject, Visitor visitor)
    {
        var now = TimestampModule.ofDateTimeOffset(environment.Clock.GetUtcNow());
        var views = new List<IndicatorView>();
        foreach (var pipeline in catalogue.Pipelines)
        {
            var readable = pipeline
                .Sinks.Where(sink =>
                    AccessRightsModule.mayRead(visitor.Rights, $"{pipeline.Name}/{sink.Name}")
                    && AccessRightsModule.maySee(visitor.Rights, sink.MaxTlp)
                )
                .Select(sink => sink.Name)
                .ToHashSet(StringComparer.Ordinal);
            if (!pipeline.Sinks.Any(sink => AccessRightsModule.mayRead(visitor.Rights, $"{pipeline.Name}/{sink.Name}")))
            {
                continue;
            }

            using var store = catalogue.Open(pipeline);
            using var state = store.Connection.BeginTransaction();
            if (
                IndicatorView.Read(store.Connection, pipeline, subject, visitor.Rights.MaxTlp, now, readable) is
                { } view
            )
            {
                views.Add(view);
            }
        }

        return views;
    }
}
