// Seeded feeds: rows with every kind of value, overlaps between sources, repeats, and rows that must be refused.

using System.Globalization;
using System.Text;

namespace Cti.Host.Tests.Harness;

internal static class Feeds
{
    public const string Header = "value,first_seen,last_seen,labels,confidence\n";

    private static readonly string[] Labels = ["", "botnet", "botnet|c2", "phishing", "c2|dropper|phishing"];

    /// <summary>A CSV for <see cref="PipelineText.Everything"/>.</summary>
    /// <param name="seed">The same seed gives the same bytes.</param>
    /// <param name="rows">Rows below the header.</param>
    /// <param name="universe">How many different values there are: the fewer, the more repeats within and between feeds.</param>
    public static string Csv(int seed, int rows, int universe)
    {
        var random = new Random(seed);
        var text = new StringBuilder(Header);
        for (var row = 0; row < rows; row++)
        {
            var first = new DateTime(2025, 12, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(random.Next(30 * 24 * 60));
            var last = first.AddMinutes(random.Next(24 * 60));
            var value = random.Next(40) == 0 ? Bad(random) : Value(random.Next(universe));
            var confidence = random.Next(3) == 0 ? "" : random.Next(101).ToString(CultureInfo.InvariantCulture);
            text.Append(
                CultureInfo.InvariantCulture,
                $"{value},{first:yyyy-MM-ddTHH:mm:ssZ},{last:yyyy-MM-ddTHH:mm:ssZ},{Labels[random.Next(Labels.Length)]},{confidence}\n"
            );
        }

        return text.ToString();
    }

    /// <summary>The value with a number, as a feed may write it.</summary>
    public static string Value(int number) =>
        (number % 8) switch
        {
            0 or 1 => $"{11 + (number % 80)}.{number / 80 % 256}.{number / 20480 % 256}.{1 + (number % 250)}",
            2 => $"host{number}[.]malware-{number % 97}.example.com",
            3 => $"bad{number}.example.net",
            4 => $"hxxp://site{number}.example.org/path/{number}?q={number}",
            5 => string.Create(CultureInfo.InvariantCulture, $"{number:x32}"),
            6 => string.Create(CultureInfo.InvariantCulture, $"{number:x64}"),
            _ => $"2001:4860:{number % 65536:x}:{number / 65536:x}::1",
        };

    private static string Bad(Random random) =>
        random.Next(6) switch
        {
            0 => "010.1.1.1",
            1 => "not an indicator",
            2 => "192.168.0.1",
            3 => "",
            4 => "999.1.2.3",
            _ => "a,b,c,d,e,f,too,many,cells",
        };
}
