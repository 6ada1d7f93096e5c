// How many losses there were of each reason: for people and for `--json`, the same of runs, dry runs and tests.

using System.Globalization;
using System.Text.Json;
using Cti.Core;

namespace Cti.Host.Run;

/// <summary>Losses of one reason.</summary>
/// <param name="Code">Stable; docs/losses.md lists them.</param>
/// <param name="Reason">The word for it.</param>
/// <param name="Count">At least one.</param>
public sealed record LossCount(string Code, string Reason, long Count)
{
    /// <summary>Of the reasons there are, in the order of their codes.</summary>
    public static IReadOnlyList<LossCount> Of(Func<LossReason, long> count) =>
        [
            .. LossReasonModule
                .all.Select(reason => new LossCount(
                    LossReasonModule.code(reason),
                    LossReasonModule.name(reason),
                    count(reason)
                ))
                .Where(loss => loss.Count > 0),
        ];

    /// <summary>`3 losses (no_place 2, approximated 1)`</summary>
    public static string ToText(IReadOnlyList<LossCount> losses)
    {
        var all = losses.Sum(loss => loss.Count);
        var each = losses.Select(loss => string.Create(CultureInfo.InvariantCulture, $"{loss.Reason} {loss.Count:N0}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{all:N0} {(all == 1 ? "loss" : "losses")} ({string.Join(", ", each)})"
        );
    }

    /// <summary>The member `losses`: a list of objects.</summary>
    public static void WriteJson(Utf8JsonWriter json, IReadOnlyList<LossCount> losses)
    {
        json.WriteStartArray("losses");
        foreach (var loss in losses)
        {
            json.WriteStartObject();
            json.WriteString("code", loss.Code);
            json.WriteString("reason", loss.Reason);
            json.WriteNumber("count", loss.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
