// A set in one file, rendered row by row.

using Cti.Core;
using Cti.DuckDb;
using Microsoft.FSharp.Core;

namespace Cti.Host.Sinks;

internal sealed class FileOutput : IStateOutput
{
    private const int WriteAbove = 256 * 1024;

    private readonly string _path;
    private readonly bool _carriesObjects;
    private readonly Utf8Writer _writer = new(WriteAbove + 64 * 1024);
    private readonly AtomicFile _file;

    /// <param name="path">The file.</param>
    /// <param name="render">What it looks like.</param>
    /// <param name="now">For renderers that print the time.</param>
    /// <param name="lastReceipt">Of what was applied last; null for the first time.</param>
    /// <exception cref="SinkException">The place cannot be written.</exception>
    public FileOutput(string path, RenderSpec render, long now, string? lastReceipt)
    {
        _path = path;
        _carriesObjects = render is RenderSpec.StixBundle { Item.Objects: true };
        Renderer = RenderSpecModule.create(render);
        // A bundle tells its readers once more of what ceased to hold, with the time it did; lists just leave it out.
        PublishesEnds = render.IsStixBundle;
        var previous = Receipts.Serial(lastReceipt) is { } serial
            ? FSharpValueOption<uint>.Some(serial)
            : FSharpValueOption<uint>.None;
        Serial = render.IsRpz ? Rpz.serial(now, previous) : null;
        _file = new AtomicFile(path);
        Renderer.Header(new RenderContext(now, previous), _writer);
    }

    public IRenderer Renderer { get; }

    public bool PublishesEnds { get; }

    public bool WantsAll => true;

    public uint? Serial { get; }

    public LossList Losses => Renderer.Losses;

    public void Add(IndicatorBatch batch, ReadOnlySpan<int> selected)
    {
        Renderer.Rows(batch, selected, _writer);
        Drain(WriteAbove);
    }

    public void End(UInt128 indicator) { }

    public void AddObjects(DuckDbConnection connection, string pipeline, Tlp maxTlp) =>
        ForeignObjects.Feed(connection, pipeline, maxTlp, Renderer, _writer, () => Drain(WriteAbove));

    public void Finish(long rows)
    {
        Renderer.Footer(new RenderSummary(rows), _writer);
        Drain(0);
    }

    public bool IsInPlace(string? receipt) => Receipts.Matches(_path, receipt) && !HasOtherObjects(receipt);

    public bool HasOtherObjects(string? receipt) => _carriesObjects && !Receipts.Names(receipt, _file.Receipt);

    public string Seal() => _file.Seal();

    public string Replace(DateTime at)
    {
        var receipt = _file.Receipt + (Serial is { } serial ? $" serial:{serial}" : "");
        _file.Replace();
        return receipt;
    }

    public void Dispose() => _file.Dispose();

    private void Drain(int above)
    {
        if (_writer.Length > above)
        {
            _file.Write(_writer.Written);
            _writer.Clear();
        }
    }
}
