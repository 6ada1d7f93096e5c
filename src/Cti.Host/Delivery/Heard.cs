// Words of others for our messages: short, on one line, without control characters and without secrets.

using System.Text;
using Cti.Host.Config;

namespace Cti.Host.Delivery;

internal static class Heard
{
    private const int Longest = 300;

    /// <summary>` It said: …`, or nothing.</summary>
    public static string Quote(ReadOnlySpan<byte> bytes, Redactor redactor)
    {
        // Redacted before it is cut: half a secret would not be recognised.
        var text = redactor.Redact(Encoding.UTF8.GetString(bytes)).Trim();
        var visible = new StringBuilder(Math.Min(text.Length, Longest));
        foreach (var character in text.AsSpan(0, Math.Min(text.Length, Longest)))
        {
            visible.Append(char.IsControl(character) ? '·' : character);
        }

        return visible.Length == 0 ? "" : $" It said: {visible}{(text.Length > Longest ? " …" : "")}";
    }
}
