// DuckDB's values as text and as JSON.

using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace Cti.Host.Cli;

internal static class SqlValues
{
    public static string Text(object? value) =>
        value switch
        {
            null => "NULL",
            string text => text,
            bool flag => flag ? "true" : "false",
            byte[] bytes => Convert.ToHexStringLower(bytes),
            DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
            IDictionary map => "{"
                + string.Join(", ", map.Keys.Cast<object>().Select(key => $"{Text(key)}: {Text(map[key])}"))
                + "}",
            IEnumerable list => "[" + string.Join(", ", list.Cast<object?>().Select(Text)) + "]",
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };

    public static void WriteJson(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case DateTime time:
                json.WriteStringValue(time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));
                break;
            case byte or sbyte or short or ushort or int or uint or long:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case ulong number:
                json.WriteNumberValue(number);
                break;
            case decimal number:
                json.WriteNumberValue(number);
                break;
            case float or double when double.IsFinite(Convert.ToDouble(value, CultureInfo.InvariantCulture)):
                json.WriteNumberValue(Convert.ToDouble(value, CultureInfo.InvariantCulture));
                break;
            // Wider than a JSON number is safe for: exact as raw digits.
            case Int128 or UInt128 or System.Numerics.BigInteger:
                json.WriteRawValue(Text(value));
                break;
            case IDictionary map:
                json.WriteStartObject();
                foreach (var key in map.Keys)
                {
                    json.WritePropertyName(Text(key));
                    WriteJson(json, map[key]);
                }

                json.WriteEndObject();
                break;
            case byte[] bytes:
                json.WriteStringValue(Convert.ToHexStringLower(bytes));
                break;
            case IEnumerable list:
                json.WriteStartArray();
                foreach (var item in list)
                {
                    WriteJson(json, item);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(Text(value));
                break;
        }
    }
}
