// Damages bytes the way feeds come damaged, and the way somebody would who means harm.

using System.Text;

namespace Cti.Fuzz;

internal static class Mutation
{
    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "\"",
            "\"\"",
            ",",
            ";",
            "\t",
            "\r",
            "\n",
            "\r\n",
            "#",
            "//",
            "\\",
            "\\\"",
            "\0",
            "\u001f",
            "\ufeff",
            "\u00a0",
            "\u200b",
            "é",
            "。",
            "[",
            "]",
            "{",
            "}",
            ":",
            "*",
            "&a",
            "*a",
            "!!str",
            "|",
            ">",
            "'",
            "${env:X}",
            "0x7f.1",
            "1.2.3.4",
            "::",
            "xn--",
            "%",
            "hxxp://",
            "[.]",
            "||",
            "^",
            "$all",
            "CNAME .",
            "SOA",
            "(",
            ")",
            "null",
            "true",
            "1e999",
            "9223372036854775808",
            "-1",
            "\\u0000",
            "\\ud800",
            "[[[[[[[[",
            "{\"a\":",
            "/*",
            "!",
            "@@",
            "zone \"",
            "content:\"",
            "|41 0a|",
            "\u2028",
            "2026-02-30",
            "99999999999999",
        }.Select(Encoding.UTF8.GetBytes),
        [0xff],
        [0xfe, 0xff],
        [0xff, 0xfe],
        [0xc3],
        [0xed, 0xa0, 0x80],
        [0xf4, 0x90, 0x80, 0x80],
        [0x80],
        [0x1f, 0x8b],
        [0x50, 0x4b, 3, 4],
    ];

    public static byte[] Apply(byte[] input, Corpus corpus, Random random)
    {
        var bytes = new List<byte>(input);
        for (var left = random.Next(6); left > 0; left--)
        {
            One(bytes, corpus, random);
        }

        return [.. bytes];
    }

    private static void One(List<byte> bytes, Corpus corpus, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        var length = Math.Min(random.Next(1, 1 << random.Next(1, 12)), bytes.Count - at);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 4:
                bytes.InsertRange(at, Tokens[random.Next(Tokens.Length)]);
                break;
            case 5:
                var token = Tokens[random.Next(Tokens.Length)];
                bytes.InsertRange(at, Enumerable.Repeat(token, random.Next(1, 3000)).SelectMany(part => part));
                break;
            case 6:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 7:
                var other = corpus.Pick(random).Bytes;
                bytes.InsertRange(at, other.AsSpan(0, Math.Min(other.Length, 4096)).ToArray());
                break;
            default:
                var widened = Encoding.Unicode.GetBytes(Encoding.Latin1.GetString([.. bytes.GetRange(at, length)]));
                bytes.RemoveRange(at, length);
                bytes.InsertRange(at, widened);
                break;
        }
    }
}
