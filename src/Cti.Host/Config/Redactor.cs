// Takes secrets out of texts that others wrote: messages of libraries, of servers, of programs.

using System.Text;

namespace Cti.Host.Config;

/// <summary>Knows every value a pipeline's references resolved to. Immutable, safe from any thread.</summary>
public sealed class Redactor
{
    // A value this short is no secret, and replacing it would garble every message.
    private const int Shortest = 4;
    private readonly List<(string Value, string Shown)> _known;

    private Redactor(List<(string Value, string Shown)> known) => _known = known;

    /// <summary>Redacts nothing.</summary>
    public static Redactor None { get; } = new([]);

    /// <summary>Redacts values, also percent-encoded and in Base64, by what is shown instead.</summary>
    public static Redactor Of(IEnumerable<(string Value, string Shown)> secrets) =>
        new([
            .. secrets
                .Where(secret => secret.Value.Length >= Shortest)
                .SelectMany(secret =>
                    Forms(secret.Value).Distinct(StringComparer.Ordinal).Select(form => (form, secret.Shown))
                )
                // Of two values of which one holds the other, the longer goes first.
                .OrderByDescending(secret => secret.form.Length),
        ]);

    /// <summary>The text without any secret.</summary>
    public string Redact(string text)
    {
        foreach (var (value, shown) in _known)
        {
            text = text.Replace(value, shown, StringComparison.Ordinal);
        }

        return text;
    }

    private static IEnumerable<string> Forms(string value) =>
        [value, Uri.EscapeDataString(value), Convert.ToBase64String(Encoding.UTF8.GetBytes(value))];
}
