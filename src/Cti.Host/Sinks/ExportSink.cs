// Renders what a state sink should have held: the same rule and renderer as the sink, and nothing acknowledged, planned or withdrawn.

using Cti.Core;
using Cti.Host.Run;
using Cti.Host.Store;
using Microsoft.FSharp.Core;

namespace Cti.Host.Sinks;

/// <summary>One export; its bytes go where they are told as they come.</summary>
internal sealed class ExportSink : IPassSink
{
    private const int WriteAbove = 256 * 1024;

    private readonly Utf8Writer _writer = new(WriteAbove + 64 * 1024);
    private readonly IRenderer _renderer;
    private readonly SinkRule _rule;
    private readonly EntryWriter _entries;
    private readonly Action<ReadOnlyMemory<byte>> _write;
    private int _newNumbers;

    /// <param name="sink">The sink as it was configured.</param>
    /// <param name="now">The time the set is of.</param>
    /// <param name="write">Takes the bytes.</param>
    public ExportSink(SinkPlan sink, long now, Action<ReadOnlyMemory<byte>> write)
    {
        MaxTlp = sink.MaxTlp;
        _write = write;
        _renderer = RenderSpecModule.create(sink.Render);
        _rule = new SinkRule(sink.Where, _renderer);
        Selection = Selection.Of(sink);
        _entries = new EntryWriter(Selection, (batch, selected) => _renderer.Rows(batch, selected, _writer));
        _renderer.Header(new RenderContext(now, FSharpValueOption<uint>.None), _writer);
    }

    public Tlp MaxTlp { get; }

    /// <summary>Which of what it wants it has room for; null for all. Is to have seen everything before the export does.</summary>
    public Selection? Selection { get; }

    public int? Holder => null;

    public int? Numbered => Numbers?.Sink;

    /// <summary>The numbers the sink gave; what has none yet is shown with those after the last. Null counts from one.</summary>
    public GivenNumbers? Numbers { get; init; }

    /// <summary>Where the foreign objects are, whose, and as of when, null for now.</summary>
    public required (DuckDb.DuckDbConnection Store, string Pipeline, AsOf? AsOf) Objects { get; init; }

    /// <summary>Indicators in the set.</summary>
    public long Rows { get; private set; }

    /// <summary>What the format could not say of them.</summary>
    public LossList Losses => _renderer.Losses;

    public void Feed(IndicatorBatch batch, KnownRows known, ExitScreen screen)
    {
        Span<int> selected = stackalloc int[batch.Capacity];
        var count = 0;
        for (var row = 0; row < batch.Count; row++)
        {
            if (
                _rule.Wants(batch, row)
                && screen.Ask(batch.Subject[row]) is null
                && (Selection?.Judge(batch, row) ?? LeftOut.No) == LeftOut.No
            )
            {
                selected[count++] = row;
                batch.Number[row] = NumberOf(known.Numbers[row]);
            }
        }

        Rows += count;
        _entries.Add(batch, selected[..count]);
        Drain(WriteAbove);
    }

    private int NumberOf(int known) => known > 0 ? known : (Numbers?.Last ?? 0) + ++_newNumbers;

    public void FeedHidden(ClaimBatch claims, int row, UInt128 indicator, int acknowledged) { }

    public void Finish()
    {
        var (store, pipeline, asOf) = Objects;
        ForeignObjects.Feed(store, pipeline, MaxTlp, _renderer, _writer, () => Drain(WriteAbove), asOf);
        _renderer.Footer(new RenderSummary(Rows - _entries.Saved), _writer);
        Drain(0);
    }

    private void Drain(int above)
    {
        if (_writer.Length > above)
        {
            _write(_writer.WrittenMemory);
            _writer.Clear();
        }
    }
}
