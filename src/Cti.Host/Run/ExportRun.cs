// Renders a state sink as of an event time, as known at a recording time: claims, configuration, lists and tables of then, by the same pass as a run.
// Reads the store only.

using Cti.Core;
using Cti.Host.Sinks;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>What came of an export.</summary>
/// <param name="Rows">Indicators in the set.</param>
/// <param name="Pipeline">The pipeline whose configuration and lists were taken.</param>
internal sealed record ExportOutcome(long Rows, PastPipeline Pipeline);

/// <param name="store">Opened for reading.</param>
/// <param name="path">The store's, as the user knows it.</param>
internal sealed class ExportRun(StoreFile store, string path)
{
    /// <summary>Renders one sink.</summary>
    /// <exception cref="ExportException">There is no such pipeline or sink, or it holds no set.</exception>
    /// <exception cref="ListException">A list that was used then cannot be read any more.</exception>
    public ExportOutcome Render(
        string pipeline,
        string sink,
        AsOf asOf,
        Action<ReadOnlyMemory<byte>> write,
        CancellationToken stop
    )
    {
        var past = PastState.Load(store, path, pipeline, sink, asOf, VerdictLog.Read(store.Connection, asOf.KnownAt));
        var declared = past.Pipeline.StateSink(sink);
        var number = Registration.SinkNumber(store.Connection, pipeline, sink);
        var export = new ExportSink(declared, asOf.At, write)
        {
            Numbers = GivenNumbers.Of(store.Connection, number, declared.Render),
            Objects = (store.Connection, pipeline, asOf),
        };
        while (export.Selection is { WantsPass: true } choice)
        {
            Pass(past, asOf, choice, stop);
        }

        Pass(past, asOf, export, stop);
        return new ExportOutcome(export.Rows, past.Pipeline);
    }

    private void Pass(PastState past, AsOf asOf, IPassSink sink, CancellationToken stop) =>
        new StatePass(
            store,
            past.Dictionaries,
            past.Lists.Tables?.Enricher,
            past.Screen,
            past.Pipeline.Plan.Score,
            asOf.At,
            past.Pipeline.Plan.Sources.Count > 0,
            [sink]
        )
        {
            Claims = AsOfClaims.Table,
        }.Run(stop);
}
