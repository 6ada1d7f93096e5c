// The numbers behind the texts (sources, label sets, addresses of inputs), and the verdicts: what claims are folded by. Loaded when a run begins; what is new is written with the
// next epoch, in its transaction, so that no row ever names a number the store does not know.

using Cti.Core;
using Cti.DuckDb;
using Microsoft.FSharp.Core;

namespace Cti.Host.Store;

/// <summary>One per run, used by the thread that writes the store.</summary>
internal sealed class Dictionaries
{
    private readonly Dictionary<string, int> _uris = new(StringComparer.Ordinal);
    private int _storedSources;
    private int _storedLabels;
    private int _storedUris;

    /// <summary>Sources by number.</summary>
    public SourceTable Sources { get; } = new();

    /// <summary>Label sets by number.</summary>
    public NameSetTable Labels { get; } = new();

    /// <summary>What was said of subjects; those that are recorded later are not there.</summary>
    public VerdictTable Verdicts { get; init; } = VerdictTable.Empty;

    /// <summary>Reads what the store knows.</summary>
    /// <param name="connection">To the store.</param>
    /// <param name="ownPipeline">Whose sources are its own.</param>
    public static Dictionaries Load(DuckDbConnection connection, string ownPipeline) =>
        Load(connection, ownPipeline, VerdictLog.Read(connection, AsOf.Latest));

    /// <summary>Reads what the store knows, with other verdicts than those of today.</summary>
    /// <param name="connection">To the store.</param>
    /// <param name="ownPipeline">Whose sources are its own.</param>
    /// <param name="verdicts">The verdicts that count.</param>
    public static Dictionaries Load(DuckDbConnection connection, string ownPipeline, VerdictTable verdicts)
    {
        var result = new Dictionaries { Verdicts = verdicts };
        foreach (
            var (name, pipeline, trust) in connection.Rows(
                "SELECT name, pipeline, reliability, credibility, confidence, tlp, trust_group, license FROM store.sources ORDER BY id",
                reader => (reader.GetString(0), reader.GetString(1), ReadTrust(reader))
            )
        )
        {
            result.Sources.Set(new SourceInfo(name, pipeline, trust, pipeline == ownPipeline));
        }

        foreach (
            var labels in connection.Rows(
                "SELECT labels FROM store.label_sets ORDER BY id",
                reader => reader.GetFieldValue<List<string>>(0)
            )
        )
        {
            result.Labels.Add(NameSet.Of(labels));
        }

        foreach (var uri in connection.Rows("SELECT uri FROM store.uris ORDER BY id", reader => reader.GetString(0)))
        {
            result._uris.Add(uri, result._uris.Count);
        }

        result._storedSources = result.Sources.Count;
        result._storedLabels = result.Labels.Count;
        result._storedUris = result._uris.Count;
        return result;
    }

    /// <summary>How somebody sees the claims whose numbers are these.</summary>
    public Fold Fold(Viewer viewer) => new(viewer, Sources, Labels, Verdicts);

    /// <summary>The number of an input's address.</summary>
    public int Uri(string uri)
    {
        if (!_uris.TryGetValue(uri, out var number))
        {
            number = _uris.Count;
            _uris.Add(uri, number);
        }

        return number;
    }

    /// <summary>The numbers of a declared source and of the sub-sources its records name; empty where it has none yet.</summary>
    public IReadOnlyList<int> NumbersOf(string declared)
    {
        var numbers = new List<int>();
        for (var number = 0; number < Sources.Count; number++)
        {
            var name = Sources[number].Name;
            if (name == declared || name.StartsWith(declared + "/", StringComparison.Ordinal))
            {
                numbers.Add(number);
            }
        }

        return numbers;
    }

    /// <summary>Writes what is new; part of the caller's transaction.</summary>
    public void Save(DuckDbConnection connection)
    {
        for (; _storedSources < Sources.Count; _storedSources++)
        {
            SaveSource(connection, _storedSources);
        }

        for (; _storedLabels < Labels.Count; _storedLabels++)
        {
            connection.Run(
                "INSERT INTO store.label_sets VALUES ($1, $2)",
                _storedLabels,
                Labels[_storedLabels].Names.ToArray()
            );
        }

        if (_storedUris < _uris.Count)
        {
            foreach (var (uri, number) in _uris)
            {
                if (number >= _storedUris)
                {
                    connection.Run("INSERT INTO store.uris VALUES ($1, $2)", number, uri);
                }
            }

            _storedUris = _uris.Count;
        }
    }

    /// <summary>Writes one source; part of the caller's transaction.</summary>
    public void SaveSource(DuckDbConnection connection, int number)
    {
        var source = Sources[number];
        connection.Run(
            "INSERT INTO store.sources VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            number,
            source.Name,
            source.Pipeline,
            ReliabilityModule.name(source.Trust.Reliability),
            CredibilityModule.number(source.Trust.Credibility),
            source.Trust.Confidence,
            TlpModule.code(source.Trust.Tlp),
            source.Trust.Group.IsSome ? source.Trust.Group.Value : null,
            source.Trust.License.IsSome ? source.Trust.License.Value : null,
            Score.weight(source.Trust)
        );
    }

    private static Trust ReadTrust(DuckDbDataReader reader) =>
        new(
            ReliabilityModule.tryParse(reader.GetString(2)) is { IsSome: true } reliability
                ? reliability.Value
                : Reliability.F,
            CredibilityModule.tryOfNumber(reader.GetFieldValue<byte>(3)) is { IsSome: true } credibility
                ? credibility.Value
                : Credibility.Six,
            reader.GetFieldValue<byte>(4),
            TlpModule.ofCode(reader.GetFieldValue<byte>(5)),
            ToOption(reader.Text(6)),
            ToOption(reader.Text(7))
        );

    private static FSharpValueOption<string> ToOption(string? text) =>
        text is null ? FSharpValueOption<string>.None : FSharpValueOption<string>.Some(text);
}
