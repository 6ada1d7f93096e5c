// Values that look like what feeds carry: addresses, names, URLs and hashes. Knows nothing of rows or files.

using System.Buffers.Text;

namespace Cti.Bench.Macro;

/// <summary>Writes one value to the start of a span (at least 256 bytes) and gives its length.</summary>
internal static class Values
{
    private static readonly byte[][] s_onsets = Bytes(
        "b c d f g h k l m n p r s t v w br cl dr fl gr pl pr sh sk st th tr"
    );
    private static readonly byte[][] s_vowels = Bytes("a e i o u a e i o ai ea io ou");

    // By how often they are seen in lists of malicious names: the first is the commonest.
    private static readonly byte[][] s_zones = Bytes(
        "com com com com com com com com net net org ru cn top xyz info online site shop io de fr nl pl br com.br co.uk in id icu"
    );
    private static readonly byte[][] s_hosts = Bytes("www mail cdn api login secure update static img portal m ftp");
    private static readonly byte[][] s_files = Bytes(
        "index.php login.php invoice.zip setup.exe payload.bin update.apk doc.pdf gate.php wp-login.php i mozi.m bin.sh x86"
    );
    private static readonly byte[][] s_folders = Bytes(
        "wp-content wp-includes plugins uploads themes assets images admin files download account verify secure js css"
    );
    private static readonly byte[][] s_keys = Bytes("id token ref session q user redirect");

    // First octets without private, reserved, test or shared blocks in them: those are another rule's business.
    private static readonly byte[] s_firstOctets =
    [
        .. Enumerable
            .Range(1, 223)
            .Where(octet => octet is not (10 or 100 or 127 or 169 or 172 or 192 or 198 or 203))
            .Select(octet => (byte)octet),
    ];

    /// <summary>A public IPv4 address.</summary>
    public static int Ipv4(ref Dice dice, Span<byte> target)
    {
        var bits = dice.Next();
        var length = Number(s_firstOctets[dice.Below(s_firstOctets.Length)], target);
        for (var shift = 0; shift < 24; shift += 8)
        {
            target[length++] = (byte)'.';
            length += Number((byte)(bits >> shift), target[length..]);
        }

        return length;
    }

    /// <summary>A domain name: a label of 6 to 20 letters under a public suffix, in a quarter of cases with a host in front.</summary>
    public static int Domain(ref Dice dice, Span<byte> target)
    {
        var length = 0;
        if (dice.Chance(2_500))
        {
            length += Copy(Pick(ref dice, s_hosts), target);
            target[length++] = (byte)'.';
        }

        length += Label(ref dice, dice.Between(6, 20), target[length..]);
        target[length++] = (byte)'.';
        return length + Copy(Pick(ref dice, s_zones), target[length..]);
    }

    /// <summary>A URL of a download or a phishing page; two fifths stand on bare addresses, as droppers do.</summary>
    public static int Url(ref Dice dice, Span<byte> target)
    {
        var onAddress = dice.Chance(4_000);
        var length = Copy(onAddress || dice.Chance(4_000) ? "http://"u8 : "https://"u8, target);
        length += onAddress ? Ipv4(ref dice, target[length..]) : Domain(ref dice, target[length..]);
        if (onAddress && dice.Chance(6_000))
        {
            target[length++] = (byte)':';
            length += Number(dice.Between(1_024, 65_535), target[length..]);
        }

        for (var depth = dice.Below(4); depth > 0; depth--)
        {
            target[length++] = (byte)'/';
            length += dice.Chance(5_000)
                ? Copy(Pick(ref dice, s_folders), target[length..])
                : Label(ref dice, dice.Between(3, 10), target[length..]);
        }

        target[length++] = (byte)'/';
        length += Copy(Pick(ref dice, s_files), target[length..]);
        if (dice.Chance(2_000))
        {
            target[length++] = (byte)'?';
            length += Copy(Pick(ref dice, s_keys), target[length..]);
            target[length++] = (byte)'=';
            length += Hash(ref dice, 16, target[length..]);
        }

        return length;
    }

    /// <summary>A hash of so many lower-case hexadecimal digits.</summary>
    public static int Hash(ref Dice dice, int digits, Span<byte> target)
    {
        for (var at = 0; at < digits; at += 16)
        {
            var bits = dice.Next();
            for (var digit = at; digit < Math.Min(at + 16, digits); digit++)
            {
                target[digit] = "0123456789abcdef"u8[(int)(bits & 15)];
                bits >>= 4;
            }
        }

        return digits;
    }

    /// <summary>A pronounceable label of so many letters.</summary>
    public static int Label(ref Dice dice, int letters, Span<byte> target)
    {
        var length = 0;
        while (length < letters)
        {
            length += Copy(Pick(ref dice, s_onsets), target[length..]);
            length += Copy(Pick(ref dice, s_vowels), target[length..]);
        }

        return letters;
    }

    /// <summary>A decimal number.</summary>
    public static int Number(int value, Span<byte> target)
    {
        _ = Utf8Formatter.TryFormat(value, target, out var written);
        return written;
    }

    /// <summary>Copies <paramref name="text"/>; gives its length.</summary>
    public static int Copy(ReadOnlySpan<byte> text, Span<byte> target)
    {
        text.CopyTo(target);
        return text.Length;
    }

    private static byte[] Pick(ref Dice dice, byte[][] choices) => choices[dice.Below(choices.Length)];

    private static byte[][] Bytes(string words) => [.. words.Split(' ').Select(System.Text.Encoding.UTF8.GetBytes)];
}
