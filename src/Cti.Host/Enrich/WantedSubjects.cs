// Which indicators a pipeline's services are to be asked about: those that hold, of the declared types, of which `where` is true, and that no list holds
// back. In tables of the store's first connection, so that memory does not grow with the store. Says nothing about markings: AnswerTable judges them.

using Cti.Core;
using Cti.Core.Predicates;
using Cti.DuckDb;
using Cti.Host.Sinks;

namespace Cti.Host.Enrich;

/// <summary>Fed once per run.</summary>
internal sealed class WantedSubjects : IPassSink
{
    private readonly DuckDbConnection _connection;
    private readonly IndicatorRow _row = new();
    private readonly IReadOnlyList<Asked> _services;

    /// <param name="connection">The tables live as long as it.</param>
    /// <param name="services">In their order.</param>
    public WantedSubjects(DuckDbConnection connection, IReadOnlyList<AnswerPlan> services)
    {
        _connection = connection;
        _services = [.. services.Select(service => new Asked(service))];
        for (var service = 0; service < services.Count; service++)
        {
            connection.Execute($"CREATE OR REPLACE TEMP TABLE {Table(service)} (subject UUID)");
        }
    }

    // A marking that is not seen could not keep a value here.
    public Tlp MaxTlp => Tlp.Red;

    public int? Holder => null;

    public int? Numbered => null;

    /// <summary>The table of a service, by its place.</summary>
    public static string Table(int service) => $"wanted_{service}";

    public void Feed(IndicatorBatch batch, KnownRows known, ExitScreen screen)
    {
        for (var row = 0; row < batch.Count; row++)
        {
            if (!batch.Status[row].IsActive || screen.Ask(batch.Subject[row]) is not null)
            {
                continue;
            }

            _row.MoveTo(batch, row);
            foreach (var service in _services)
            {
                if (service.Types.Contains(batch.Type[row]) && service.Where?.Selects(_row) != false)
                {
                    service.Subjects.Add(batch.Subject[row]);
                }
            }
        }

        for (var service = 0; service < _services.Count; service++)
        {
            Append(Table(service), _services[service].Subjects);
        }
    }

    public void FeedHidden(ClaimBatch claims, int row, UInt128 indicator, int acknowledged) { }

    public void Finish() { }

    private void Append(string table, List<UInt128> subjects)
    {
        if (subjects.Count == 0)
        {
            return;
        }

        using var appender = _connection.CreateAppender("temp", null, table);
        foreach (var rows in subjects.Chunk(DuckDbAppender.ChunkSize))
        {
            using var chunk = appender.NewChunk(rows.Length);
            chunk.Column(0).WriteUuids(rows);
            chunk.Append();
        }

        appender.Close();
        subjects.Clear();
    }

    private sealed class Asked(AnswerPlan service)
    {
        public HashSet<ObservableType> Types { get; } = [.. service.Types];

        /// <summary>Null where every indicator is meant.</summary>
        public Evaluator? Where { get; } = service.Where is null ? null : new Evaluator(service.Where);

        /// <summary>Of the batch.</summary>
        public List<UInt128> Subjects { get; } = [];
    }
}
