// A set as a collection of the TAXII server: its objects, each version once, in the store. Clients hear of changes only, so only those are rendered; who
// leaves the set is told once more, with its end.

using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Sinks;

internal sealed class CollectionOutput : IStateOutput
{
    private const string Ending = "ending_indicators";

    private readonly StoreFile _store;
    private readonly DuckDbConnection _connection;
    private readonly CollectionTable _table;
    private readonly StagedObjects _staged;
    private readonly StixObjectsRenderer _renderer;
    private readonly Utf8Writer _writer = new(64 * 1024);
    private readonly int[] _row = new int[1];
    private readonly List<Guid> _ending = [];
    private readonly long _now;
    private bool _hasNew;

    /// <param name="store">Where it is kept.</param>
    /// <param name="spec">The sink.</param>
    /// <param name="render">What it holds.</param>
    /// <param name="now">When what leaves the set ceases to hold.</param>
    public CollectionOutput(StoreFile store, StateSinkSpec spec, RenderSpec.StixBundle render, long now)
    {
        _store = store;
        _now = now;
        _connection = store.Connect();
        _table = new CollectionTable(_connection, spec.Number);
        _staged = new StagedObjects(_connection);
        _connection.Execute($"CREATE OR REPLACE TEMP TABLE {Ending} (id UUID)");
        _renderer = new StixObjectsRenderer(render.Item.Observables, render.Item.Objects, _staged);
        // Relationships to others' objects are made where both ends are rendered; and what is declared otherwise is all rendered anew.
        WantsAll = render.Item.Objects || !spec.IsRenderedAsDeclared;
        Renderer.Header(new RenderContext(now, Microsoft.FSharp.Core.FSharpValueOption<uint>.None), _writer);
    }

    public IRenderer Renderer => _renderer;

    public bool PublishesEnds => true;

    public bool WantsAll { get; }

    public uint? Serial => null;

    public LossList Losses => Renderer.Losses;

    public void Add(IndicatorBatch batch, ReadOnlySpan<int> selected)
    {
        // Ends are few beside what is added, and told apart row by row.
        foreach (var row in selected)
        {
            _staged.IsEnd = !batch.Status[row].IsActive;
            _row[0] = row;
            Renderer.Rows(batch, _row, _writer);
            EndFormer(batch, row);
        }

        _staged.IsEnd = false;
    }

    public void End(UInt128 indicator)
    {
        _ending.Add(UuidModule.toGuid(indicator));
        if (_ending.Count == DuckDbAppender.ChunkSize)
        {
            FlushEnding();
        }
    }

    public void AddObjects(DuckDbConnection connection, string pipeline, Tlp maxTlp)
    {
        _staged.IsForeign = true;
        ForeignObjects.Feed(connection, pipeline, maxTlp, Renderer, _writer, static () => { });
        _staged.IsForeign = false;
    }

    public void Finish(long rows)
    {
        Renderer.Footer(new RenderSummary(rows), _writer);
        FlushEnding();
        _staged.Close();
        _hasNew = WantsAll && _table.WouldAdd();
    }

    // Nobody but us writes the pipeline's objects there.
    public bool IsInPlace(string? receipt) => receipt is not null && !_hasNew;

    public bool HasOtherObjects(string? receipt) => _hasNew;

    public string? Seal() => null;

    public string Replace(DateTime at)
    {
        lock (_store.Publishing)
        {
            using var transaction = _connection.BeginTransaction();
            _table.StageEnds(Ending, _now, _staged);
            var added = _table.Publish(at, _now, _staged);
            transaction.Commit();
            return FormattableString.Invariant($"objects:{added}");
        }
    }

    public void Dispose()
    {
        _staged.Dispose();
        _connection.Dispose();
    }

    // Under the ids it had before it was a false alarm nothing of it holds, though nobody may have been told so: both verdicts came since.
    private void EndFormer(IndicatorBatch batch, int row)
    {
        if (batch.Id[row] == batch.Subject[row])
        {
            return;
        }

        var subject = new Subject(batch.Type[row], batch.Value.Text(row));
        var former = batch.Subject[row];
        for (var episode = 1; former != batch.Id[row]; episode++)
        {
            End(former);
            former = Identity.indicator(subject, episode);
        }
    }

    private void FlushEnding()
    {
        if (_ending.Count == 0)
        {
            return;
        }

        using var appender = _connection.CreateAppender("temp", null, Ending);
        using (var chunk = appender.NewChunk(_ending.Count))
        {
            chunk.Column(0).WriteUuids(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ending));
            chunk.Append();
        }

        appender.Close();
        _ending.Clear();
    }
}
