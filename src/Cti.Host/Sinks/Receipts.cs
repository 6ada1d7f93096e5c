// Receipts: what identifies a file a sink put in place, as text: `xxh128:HEX bytes:N`, for zones ` serial:N`, and ` render:HEX` for how `render` was declared.

using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Cti.Host.Sinks;

internal static class Receipts
{
    private const string SerialMark = " serial:";
    private const string RenderMark = " render:";

    /// <summary>The serial a receipt names; null where it names none.</summary>
    public static uint? Serial(string? receipt) =>
        Part(receipt, SerialMark) is { } digits
        && uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var serial)
            ? serial
            : null;

    /// <summary>Whether a file still is what the receipt says.</summary>
    public static bool Matches(string path, string? receipt) =>
        AtomicFile.ReceiptOf(path) is { } actual && Names(receipt, actual);

    /// <summary>Whether a receipt is of this content.</summary>
    /// <param name="receipt">Of what was applied; null for nothing.</param>
    /// <param name="content">A receipt as <see cref="AtomicFile.Receipt"/> gives it.</param>
    public static bool Names(string? receipt, string content) =>
        receipt is not null && (receipt + " ").StartsWith(content + " ", StringComparison.Ordinal);

    /// <summary>The receipt of content that was rendered so.</summary>
    public static string Rendered(string receipt, string declared) => receipt + RenderMark + HashOf(declared);

    /// <summary>Whether the content of a receipt was rendered so.</summary>
    public static bool IsRendered(string receipt, string declared) => Part(receipt, RenderMark) == HashOf(declared);

    private static string? Part(string? receipt, string mark) =>
        receipt is not null && receipt.IndexOf(mark, StringComparison.Ordinal) is var at and >= 0
            ? receipt[(at + mark.Length)..].Split(' ')[0]
            : null;

    private static string HashOf(string declared) =>
        Convert.ToHexStringLower(XxHash64.Hash(Encoding.UTF8.GetBytes(declared)));
}
