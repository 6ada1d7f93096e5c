// Facts into their table, a batch at a time. Rows of which nothing is known are left out.

using System.Text;
using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Store;

internal sealed class FactAppender(DuckDbConnection connection, string pipeline, long now) : IDisposable
{
    private readonly DuckDbAppender _appender = connection.CreateAppender(null, "store", "facts");
    private readonly byte[] _pipeline = Encoding.UTF8.GetBytes(pipeline);

    /// <summary>Adds the rows of a batch that holds no more than one chunk.</summary>
    public void Add(IndicatorBatch batch)
    {
        if (batch.Facts is not { } facts)
        {
            return;
        }

        var rows = Enumerable.Range(0, batch.Count).Where(facts.HasAny).ToArray();
        if (rows.Length == 0)
        {
            return;
        }

        using var chunk = _appender.NewChunk(rows.Length);
        chunk.Column(0).FillString(_pipeline);
        chunk.Column(1).WriteUuids(Of(rows, row => batch.Subject[row]));
        chunk.Column(2).WriteStrings(Of(rows, row => CountryOf(facts.Country[row])));
        chunk.Column(3).Write(Of(rows, row => facts.Asn[row]), -1L);
        chunk.Column(4).WriteStrings(Of(rows, row => NameOf(facts.AsName[row])));
        chunk
            .Column(5)
            .WriteStrings(
                batch.Value.Buffer,
                Of(rows, row => batch.Value.Start(row) + Math.Max(0, facts.DomainStart[row])),
                Of(rows, row => facts.DomainStart[row] < 0 ? DuckDbColumnWriter.NullLength : facts.DomainLength[row])
            );
        Flags(chunk.Column(6), rows, facts, listing => listing.IsListed || listing.IsRansomware);
        Flags(chunk.Column(7), rows, facts, listing => listing.IsRansomware);
        chunk.Column(8).Write(Of(rows, row => facts.KevAdded[row]), TimestampModule.none);
        chunk.Column(9).Write(Of(rows, row => facts.Epss[row]), -1);
        chunk.Column(10).Write(Of(rows, row => facts.EpssPercentile[row]), -1);
        chunk.Column(11).Fill(now);
        chunk.Column(12).Write(Of(rows, row => facts.Severity[row].Score), -1);
        chunk
            .Column(13)
            .WriteStrings(
                Of(rows, row => Scored(facts.Severity[row], severity => CvssSeverityModule.name(severity.Severity)))
            );
        chunk
            .Column(14)
            .WriteStrings(
                Of(rows, row => Scored(facts.Severity[row], severity => CvssVersionModule.name(severity.Version)))
            );
        chunk.Column(15).WriteStrings(Of(rows, row => NameOf(facts.Severity[row].Vector)));
        chunk.Column(16).WriteStrings(Of(rows, row => ListOf(facts.Severity[row].Weaknesses)));
        chunk.Column(17).WriteStrings(Of(rows, row => NameOf(facts.Attack[row].Name)));
        chunk.Column(18).WriteStrings(Of(rows, row => ListOf(facts.Attack[row].Tactics)));
        chunk
            .Column(19)
            .WriteStrings(
                Of(rows, row => facts.Attack[row].IsKnown ? AttackStatusModule.name(facts.Attack[row].Status) : null)
            );
        chunk.Column(20).WriteStrings(Of(rows, row => NameOf(facts.Attack[row].Replacement)));
        chunk.Append();
    }

    public void Close() => _appender.Close();

    public void Dispose() => _appender.Dispose();

    private static void Flags(DuckDbColumnWriter column, int[] rows, FactColumns facts, Func<KevListing, bool> isSet)
    {
        column.Write<byte>(Of(rows, row => isSet(facts.Kev[row]) ? (byte)1 : (byte)0));
        column.SetNulls(Of(rows, row => facts.Kev[row].IsUnknown));
    }

    private static string? CountryOf(ushort code) =>
        code == 0 ? null : Encoding.ASCII.GetString(CountryCode.text(code));

    private static string? NameOf(byte[] name) => name.Length == 0 ? null : Encoding.UTF8.GetString(name);

    private static string? Scored(SeverityFacts severity, Func<SeverityFacts, string> text) =>
        severity.HasScore ? text(severity) : null;

    // A JSON array, as the store keeps labels.
    private static string? ListOf(NameSet names) => names.Count == 0 ? null : names.JsonText;

    private static T[] Of<T>(int[] rows, Func<int, T> value) => Array.ConvertAll(rows, row => value(row));
}
