// One line of a program's answer: `ok`, `retry REASON`, `reject REASON`. Pure.

using System.Text;

namespace Cti.Host.Delivery.Command;

/// <summary>What a program says about one record.</summary>
/// <param name="Verdict">What it did.</param>
/// <param name="Reason">Why; empty for `ok`.</param>
internal readonly record struct Acknowledgement(Verdict Verdict, string Reason)
{
    /// <summary>Reads a line without its line end; a line that is none of the three is <see cref="Verdict.Unreadable"/>, with the line as reason.</summary>
    public static Acknowledgement Parse(ReadOnlySpan<byte> line)
    {
        var text = Encoding.UTF8.GetString(line).TrimEnd('\r');
        var (word, reason) = text.IndexOf(' ', StringComparison.Ordinal) is var at and >= 0
            ? (text[..at], text[(at + 1)..].Trim())
            : (text, "");
        return word switch
        {
            "ok" when reason.Length == 0 => new(Verdict.Taken, ""),
            "retry" => new(Verdict.NotNow, reason),
            "reject" => new(Verdict.Never, reason),
            _ => new(Verdict.Unreadable, text),
        };
    }
}

internal enum Verdict
{
    /// <summary>It has the record for good.</summary>
    Taken,

    /// <summary>Not now; later perhaps.</summary>
    NotNow,

    /// <summary>It will never take this record.</summary>
    Never,

    /// <summary>It does not keep to the protocol.</summary>
    Unreadable,
}
