// Texts of TAXII resources: what is no text is empty.

using System.Text.Json;

namespace Cti.Host.Net.Taxii;

internal static class TaxiiText
{
    public static string Of(JsonElement item, string name) => item.TryGetProperty(name, out var text) ? Of(text) : "";

    public static string Of(JsonElement text)
    {
        try
        {
            return text.ValueKind == JsonValueKind.String ? text.GetString() ?? "" : "";
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: no text.
            return "";
        }
    }
}
