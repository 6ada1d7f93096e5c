// Receipts: what identifies a file a sink put in place, as text: `xxh128:HEX bytes:N` and, for zones, ` serial:N`.

using System.Globalization;

namespace Cti.Host.Sinks;

internal static class Receipts
{
    private const string SerialMark = " serial:";

    /// <summary>The serial a receipt names; null where it names none.</summary>
    public static uint? Serial(string? receipt) =>
        receipt is not null
        && receipt.IndexOf(SerialMark, StringComparison.Ordinal) is var at and >= 0
        && uint.TryParse(
            receipt.AsSpan(at + SerialMark.Length),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var serial
        )
            ? serial
            : null;

    /// <summary>Whether a file still is what the receipt says.</summary>
    public static bool Matches(string path, string? receipt) =>
        receipt is not null
        && AtomicFile.ReceiptOf(path) is { } actual
        && receipt.StartsWith(actual, StringComparison.Ordinal);
}
