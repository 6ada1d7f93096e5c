// What enrichment said of a subject when a pipeline last ran, as the store keeps it: for people, for JSON, and as columns that predicates can ask.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Cli;

/// <summary>Facts of one subject by one pipeline's tables; null where not known.</summary>
internal sealed record FactsShown(
    string Pipeline,
    string? Country,
    long? Asn,
    string? AsName,
    string? RegisteredDomain,
    bool? Kev,
    bool? KevRansomware,
    DateTime? KevAdded,
    double? Epss,
    double? EpssPercentile,
    DateTime RecordedAt,
    decimal? Cvss,
    string? CvssSeverity,
    string? CvssVersion,
    string? CvssVector,
    IReadOnlyList<string> Cwe,
    string? AttackName,
    IReadOnlyList<string> AttackTactics,
    string? AttackStatus,
    string? AttackReplacement
)
{
    /// <summary>By pipeline, in the order of their names.</summary>
    public static List<FactsShown> Read(DuckDbConnection connection, UInt128 id) =>
        connection.Rows(
            "SELECT pipeline, country, asn, as_name, registered_domain, kev, kev_ransomware, kev_added, epss, epss_percentile, recorded_at, cvss, cvss_severity, cvss_version, cvss_vector, cwe, attack_name, attack_tactics, attack_status, attack_replacement FROM facts WHERE indicator = $1 ORDER BY pipeline",
            reader => new FactsShown(
                reader.GetString(0),
                reader.Text(1),
                reader.IsDBNull(2) ? null : reader.GetInt64(2),
                reader.Text(3),
                reader.Text(4),
                reader.IsDBNull(5) ? null : reader.GetBoolean(5),
                reader.IsDBNull(6) ? null : reader.GetBoolean(6),
                reader.IsDBNull(7) ? null : reader.GetDateTime(7),
                reader.IsDBNull(8) ? null : reader.GetDouble(8),
                reader.IsDBNull(9) ? null : reader.GetDouble(9),
                reader.GetDateTime(10),
                reader.IsDBNull(11) ? null : reader.GetDecimal(11),
                reader.Text(12),
                reader.Text(13),
                reader.Text(14),
                ListOf(reader, 15),
                reader.Text(16),
                ListOf(reader, 17),
                reader.Text(18),
                reader.Text(19)
            ),
            UuidModule.toGuid(id)
        );

    /// <summary>The facts as columns of a batch of one row, for predicates.</summary>
    public FactColumns ToColumns(string value)
    {
        var columns = new FactColumns(1);
        columns.Country[0] = Country is null ? CountryCode.none : CountryCode.ofText(Encoding.ASCII.GetBytes(Country));
        columns.Asn[0] = Asn ?? -1;
        columns.AsName[0] = Encoding.UTF8.GetBytes(AsName ?? "");
        if (RegisteredDomain is not null)
        {
            // Canonical values are ASCII up to the end of their host.
            columns.DomainStart[0] = value.IndexOf(RegisteredDomain, StringComparison.Ordinal);
            columns.DomainLength[0] = RegisteredDomain.Length;
        }

        columns.Kev[0] =
            Kev is null ? KevListing.Unknown
            : KevRansomware == true ? KevListing.Ransomware
            : Kev == true ? KevListing.Listed
            : KevListing.NotListed;
        columns.KevAdded[0] = KevAdded is { } added
            ? TimestampModule.ofDateTimeOffset(new DateTimeOffset(added, TimeSpan.Zero))
            : TimestampModule.none;
        columns.Epss[0] = Parts(Epss);
        columns.EpssPercentile[0] = Parts(EpssPercentile);
        columns.Severity[0] = new SeverityFacts(
            Cvss is { } score ? (int)(score * 10) : -1,
            CvssVersionModule.tryParse(CvssVersion ?? "") is { IsValueSome: true, Value: var version }
                ? version
                : Core.CvssVersion.V31,
            Encoding.UTF8.GetBytes(CvssVector ?? ""),
            NameSet.Of(Cwe),
            TimestampModule.none
        );
        columns.Attack[0] = new AttackFacts(
            Encoding.UTF8.GetBytes(AttackName ?? ""),
            NameSet.Of(AttackTactics),
            AttackStatusModule.all.FirstOrDefault(
                status => AttackStatusModule.name(status) == AttackStatus,
                Core.AttackStatus.Current
            ),
            Encoding.UTF8.GetBytes(AttackReplacement ?? ""),
            TimestampModule.none
        );
        return columns;
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("pipeline", Pipeline);
        foreach (var (name, value) in Known())
        {
            json.WritePropertyName(name);
            switch (value)
            {
                case long number:
                    json.WriteNumberValue(number);
                    break;
                case double share:
                    json.WriteNumberValue(share);
                    break;
                case decimal score:
                    json.WriteNumberValue(score);
                    break;
                case IReadOnlyList<string> names:
                    json.WriteStartArray();
                    foreach (var item in names)
                    {
                        json.WriteStringValue(item);
                    }

                    json.WriteEndArray();
                    break;
                case bool flag:
                    json.WriteBooleanValue(flag);
                    break;
                default:
                    json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                    break;
            }
        }

        json.WriteEndObject();
    }

    /// <summary>One line: `quickstart knows: country NL, asn 64496`.</summary>
    public string ToText() =>
        $"{Pipeline} knows: "
        + string.Join(
            ", ",
            Known()
                .Select(fact =>
                    fact.Value is bool flag
                        ? flag
                            ? fact.Name
                            : "not " + fact.Name
                        : string.Create(
                            CultureInfo.InvariantCulture,
                            $"{fact.Name} {(fact.Value is IReadOnlyList<string> names ? string.Join('+', names) : fact.Value)}"
                        )
                )
        );

    private static List<string> ListOf(DuckDbDataReader reader, int column) =>
        reader.IsDBNull(column) ? [] : reader.GetFieldValue<List<string>>(column);

    private static int Parts(double? share) => share is { } known ? (int)Math.Round(known * FactColumns.Whole) : -1;

    private IEnumerable<(string Name, object Value)> Known()
    {
        (Fact Fact, object? Value)[] all =
        [
            (Fact.Country, Country),
            (Fact.Asn, Asn),
            (Fact.AsName, AsName),
            (Fact.RegisteredDomain, RegisteredDomain),
            (Fact.Kev, Kev),
            (Fact.KevRansomware, KevRansomware),
            (Fact.KevAdded, KevAdded?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            (Fact.Epss, Epss),
            (Fact.EpssPercentile, EpssPercentile),
            (Fact.Cvss, Cvss),
            (Fact.CvssSeverity, CvssSeverity),
            (Fact.CvssVersion, CvssVersion),
            (Fact.CvssVector, CvssVector),
            (Fact.Cwe, Cwe.Count > 0 ? Cwe : null),
            (Fact.AttackName, AttackName),
            (Fact.AttackTactics, AttackTactics.Count > 0 ? AttackTactics : null),
            (Fact.AttackStatus, AttackStatus),
            (Fact.AttackReplacement, AttackReplacement),
        ];
        foreach (var (fact, value) in all)
        {
            if (value is not null)
            {
                yield return (FactModule.name(fact), value);
            }
        }
    }
}
