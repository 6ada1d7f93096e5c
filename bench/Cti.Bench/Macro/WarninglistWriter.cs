// Warninglists for the macro benchmark, as MISP publishes them: one JSON file per list. Gives back values that they hold, for the feed to carry.

using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Cti.Bench.Macro;

/// <summary>Writes the lists of <see cref="WarninglistPlan.All"/>.</summary>
internal static class WarninglistWriter
{
    // Their own dice: no feed has this seed plus one, so that random values of both differ.
    private const ulong Seed = 0x11575;

    /// <summary>
    /// Writes every list into <paramref name="folder"/> (where it is null, only makes them) and gives `value,type` lines that they hold: the first
    /// twenty of every list with entries of a type that feeds carry.
    /// </summary>
    public static IReadOnlyList<byte[]> Write(string? folder)
    {
        var planted = new List<byte[]>();
        for (var number = 0; number < WarninglistPlan.All.Count; number++)
        {
            var plan = WarninglistPlan.All[number];
            var dice = new Dice(Seed, (ulong)number);
            var entries = new List<string>(plan.Entries);
            for (var entry = 0; entry < plan.Entries; entry++)
            {
                entries.Add(Entry(plan, entry, ref dice));
            }

            planted.AddRange(entries.Take(20).Select(entry => Planted(plan.Kind, entry)).OfType<byte[]>());
            if (folder is not null)
            {
                using var file = File.Create(Path.Combine(folder, plan.Name + ".json"));
                WriteList(plan, entries, file);
            }
        }

        return planted;
    }

    private static void WriteList(WarninglistPlan plan, List<string> entries, Stream file)
    {
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("description", $"Made up for measuring: {plan.Name}");
        json.WriteStartArray("list");
        foreach (var entry in entries)
        {
            json.WriteStringValue(entry);
        }

        json.WriteEndArray();
        json.WriteStartArray("matching_attributes");
        foreach (var attribute in plan.Attributes)
        {
            json.WriteStringValue(attribute);
        }

        json.WriteEndArray();
        json.WriteString("name", plan.Name);
        json.WriteString("type", plan.Type);
        json.WriteNumber("version", 20260101);
        json.WriteEndObject();
    }

    private static string Entry(WarninglistPlan plan, int number, ref Dice dice)
    {
        Span<byte> text = stackalloc byte[256];
        switch (plan.Kind)
        {
            case EntryKind.Domain:
                return Encoding.UTF8.GetString(text[..Values.Domain(ref dice, text)]);
            case EntryKind.DottedDomain:
                return "." + Encoding.UTF8.GetString(text[..Values.Domain(ref dice, text)]);
            case EntryKind.Address:
                return Encoding.UTF8.GetString(text[..Values.Ipv4(ref dice, text)]);
            case EntryKind.Block:
                return Block(plan.Prefix, ref dice);
            case EntryKind.BlockV6:
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"2{dice.Below(4):x}{dice.Below(256):x2}:{dice.Below(0xFFFF) + 1:x}:{dice.Below(0xFFFF) + 1:x}::/48"
                );
            case EntryKind.Hash:
                var digits = (number % 3) switch
                {
                    0 => 32,
                    1 => 40,
                    _ => 64,
                };
                return Encoding.UTF8.GetString(text[..Values.Hash(ref dice, digits, text)]);
            case EntryKind.Email:
                return @"/^(security|noc|soc|abuse)\@.*\..*$/i";
            case EntryKind.Phone:
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $@"/((?:\+|00)1)?([0-9]{{3}})555{number:00}([0-9]{{2}})/g"
                );
            default:
                throw new InvalidOperationException($"no such kind of entry: {plan.Kind}");
        }
    }

    private static string Block(int prefix, ref Dice dice)
    {
        Span<byte> text = stackalloc byte[64];
        var address = System.Net.IPAddress.Parse(Encoding.UTF8.GetString(text[..Values.Ipv4(ref dice, text)]));
        var length = dice.Between(prefix, 24);
        var bits = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());
        bits &= uint.MaxValue << (32 - length);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{bits >> 24}.{(bits >> 16) & 255}.{(bits >> 8) & 255}.{bits & 255}/{length}"
        );
    }

    private static byte[]? Planted(EntryKind kind, string entry)
    {
        var line = kind switch
        {
            EntryKind.Domain => entry + ",domain",
            EntryKind.DottedDomain => "www" + entry + ",domain",
            EntryKind.Address => entry + ",ipv4",
            EntryKind.Block => entry[..entry.LastIndexOf('.')] + ".77,ipv4",
            EntryKind.Hash => entry
                + entry.Length switch
                {
                    32 => ",md5",
                    40 => ",sha1",
                    _ => ",sha256",
                },
            _ => null,
        };
        return line is null ? null : Encoding.UTF8.GetBytes(line);
    }
}
