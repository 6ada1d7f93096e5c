// A STIX 2.1 bundle of any size, made piece by piece, so that what is measured is the reader and not a file.

using System.Globalization;
using System.Text;

namespace Cti.Bench.Stix;

/// <summary>Indicators, most of them simple, with what real bundles hold beside them: relationships, malware, sightings.</summary>
internal sealed class BundleStream(int objects)
{
    private const string Stamps =
        "\"created\":\"2026-01-02T03:04:05.678Z\",\"modified\":\"2026-02-03T04:05:06.789Z\",\"created_by_ref\":\"identity--00000000-0000-4000-8000-000000000000\"";

    private const string Marked =
        "\"object_marking_refs\":[\"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487\"]";

    private int _next = -1;

    /// <summary>Appends the next objects to <paramref name="target"/>, about <paramref name="bytes"/> of them; false when there are no more.</summary>
    public bool Append(StringBuilder target, int bytes)
    {
        if (_next < 0)
        {
            target.Append(
                "{\"type\":\"bundle\",\"id\":\"bundle--00000000-0000-4000-8000-000000000000\",\"objects\":[\n"
            );
            _next = 0;
        }
        while (_next < objects && target.Length < bytes)
        {
            target.Append(_next == 0 ? "" : ",\n");
            AppendOne(target, _next);
            _next++;
        }
        if (_next < objects)
        {
            return true;
        }
        target.Append("\n]}\n");
        return false;
    }

    private static void AppendOne(StringBuilder target, int number)
    {
        var culture = CultureInfo.InvariantCulture;
        if (number == 0)
        {
            target.Append(
                culture,
                $"{{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"identity--00000000-0000-4000-8000-000000000000\",{Stamps},\"name\":\"Example CERT\",\"identity_class\":\"organization\"}}"
            );
            return;
        }
        switch (number % 10)
        {
            case 1:
                target.Append(
                    culture,
                    $"{{\"type\":\"malware\",\"spec_version\":\"2.1\",\"id\":\"malware--00000000-0000-4000-8000-{number:D12}\",{Stamps},\"name\":\"Family {number % 97}\",\"is_family\":true}}"
                );
                break;
            case 3 or 6 or 9:
                target.Append(
                    culture,
                    $"{{\"type\":\"relationship\",\"spec_version\":\"2.1\",\"id\":\"relationship--00000000-0000-4000-8000-{number:D12}\",{Stamps},\"relationship_type\":\"indicates\",\"source_ref\":\"indicator--00000000-0000-4000-8000-{number - 1:D12}\",\"target_ref\":\"malware--00000000-0000-4000-8000-{number / 10 * 10 + 1:D12}\"}}"
                );
                break;
            default:
                target.Append(
                    culture,
                    $"{{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--00000000-0000-4000-8000-{number:D12}\",{Stamps},\"name\":\"Host {number}\",\"description\":\"Reported by a sensor of the example network.\",\"indicator_types\":[\"malicious-activity\"],\"pattern\":\"{Pattern(number)}\",\"pattern_type\":\"stix\",\"pattern_version\":\"2.1\",\"valid_from\":\"2026-01-01T00:00:00Z\",\"labels\":[\"botnet\",\"c2\"],{Marked},\"external_references\":[{{\"source_name\":\"blog\",\"url\":\"https://blog.example/{number}\"}}]}}"
                );
                break;
        }
    }

    private static string Pattern(int number) =>
        (number % 100) switch
        {
            5 =>
                $"[domain-name:value = 'h{number}.example' AND domain-name:resolves_to_refs[*].value = '198.51.100.{number % 256}']",
            7 or 17 or 27 => $"[file:hashes.'SHA-256' = '{number:x64}']",
            4 or 14 or 24 => $"[url:value = 'http://h{number}.example/a/{number}']",
            8 or 18 => $"[ipv4-addr:value = '198.51.100.{number % 256}'] OR [domain-name:value = 'h{number}.example']",
            _ => $"[domain-name:value = 'h{number}.example']",
        };
}
