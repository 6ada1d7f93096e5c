// What services answered about a subject, as the store keeps it: for people, for JSON, and as facts that predicates can ask.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;
using Microsoft.FSharp.Collections;

namespace Cti.Host.Cli;

/// <summary>One answer.</summary>
/// <param name="Pipeline">Whose service it is.</param>
/// <param name="Enricher">The service's name.</param>
/// <param name="AskedAt">When it was asked.</param>
/// <param name="Found">Whether it knew the subject.</param>
/// <param name="Facts">What it said, a JSON object.</param>
internal sealed record AnswerShown(string Pipeline, string Enricher, DateTime AskedAt, bool Found, string Facts)
{
    /// <summary>By pipeline and service.</summary>
    public static List<AnswerShown> Read(DuckDbConnection connection, UInt128 id) =>
        connection.Rows(
            "SELECT pipeline, enricher, asked_at, found, facts::VARCHAR FROM answers WHERE indicator = $1 ORDER BY pipeline, enricher",
            reader => new AnswerShown(
                reader.GetString(0),
                reader.GetString(1),
                reader.GetDateTime(2),
                reader.GetBoolean(3),
                reader.GetString(4)
            ),
            UuidModule.toGuid(id)
        );

    /// <summary>The facts a pipeline names, out of its services' answers.</summary>
    public static AnswerFacts ToFacts(IEnumerable<AnswerShown> answers, NamedFact[] facts)
    {
        var values = Enumerable.Repeat(FactValue.Unknown, facts.Length).ToArray();
        var asked = ListModule.OfSeq(
            facts.Select(fact => new AskedFact(fact, ListModule.OfSeq([JsonStep.NewKey(fact.Name)])))
        );
        foreach (var answer in answers)
        {
            var said = AnswerReading.tryRead(asked, Encoding.UTF8.GetBytes(answer.Facts));
            for (var place = 0; said.IsSome && place < values.Length; place++)
            {
                values[place] = said.Value[place].IsUnknown ? values[place] : said.Value[place];
            }
        }

        return AnswerFacts.Of(facts, values);
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("pipeline", Pipeline);
        json.WriteString("enricher", Enricher);
        json.WriteString("asked_at", Time);
        json.WriteBoolean("found", Found);
        json.WritePropertyName("facts");
        json.WriteRawValue(Facts);
        json.WriteEndObject();
    }

    /// <summary>One line: `quickstart asked reputation 2026-01-01T00:00:00Z: {"score":7}`.</summary>
    public string ToText() =>
        $"{Pipeline} asked {Enricher} {Time}: {(Found ? TerminalText.Visible(Facts) : "it knew nothing")}";

    private string Time => AskedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
