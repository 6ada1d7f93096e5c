// The content of a plan that is only shown: nothing is rendered and nothing written. It knows what the format can hold.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Sinks;

internal sealed class PreviewOutput(RenderSpec render) : IStateOutput
{
    public IRenderer Renderer { get; } = RenderSpecModule.create(render);

    public bool PublishesEnds => false;

    public bool WantsAll => true;

    public uint? Serial => null;

    public LossList Losses => Renderer.Losses;

    public void Add(IndicatorBatch batch, ReadOnlySpan<int> selected) { }

    public void End(UInt128 indicator) { }

    public void AddObjects(DuckDbConnection connection, string pipeline, Tlp maxTlp) { }

    public void Finish(long rows) { }

    public bool IsInPlace(string? receipt) => true;

    public bool HasOtherObjects(string? receipt) => false;

    public string? Seal() => null;

    public string Replace(DateTime at) =>
        throw new InvalidOperationException("A plan that is only shown is not applied.");

    public void Dispose() { }
}
