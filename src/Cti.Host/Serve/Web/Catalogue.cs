// What a server has: collections and lists of the pipelines it runs, as they are declared just now, and the stores behind them.

using Cti.Core;
using Cti.Core.Declare;
using Cti.Host.Run;
using Cti.Host.Store;

namespace Cti.Host.Serve.Web;

/// <summary>A collection of the TAXII server.</summary>
/// <param name="Pipeline">Whose sink it is.</param>
/// <param name="Sink">The sink.</param>
/// <param name="Target">As declared.</param>
internal sealed record ServedCollection(PipelinePlan Pipeline, SinkPlan Sink, CollectionTarget Target)
{
    /// <summary>The same for as long as pipeline and sink have their names.</summary>
    public Guid Id { get; } = UuidModule.toGuid(Identity.collection(Pipeline.Name, Sink.Name));

    /// <summary>What rights speak of.</summary>
    public string Name => $"{Pipeline.Name}/{Sink.Name}";

    public string Title => Target.Title?.Value ?? Name;
}

/// <summary>One per server.</summary>
/// <param name="board">What the service runs.</param>
internal sealed class Catalogue(ServiceBoard board)
{
    public IEnumerable<PipelinePlan> Pipelines => board.Pipelines.Select(standing => standing.Plan);

    public IEnumerable<ServedCollection> Collections =>
        Pipelines.SelectMany(pipeline =>
            pipeline
                .Sinks.Where(sink => sink.Collection is not null)
                .Select(sink => new ServedCollection(pipeline, sink, sink.Collection!))
        );

    /// <summary>The collections of an API root.</summary>
    public IReadOnlyList<ServedCollection> Of(string apiRoot) =>
        [.. Collections.Where(collection => collection.Target.ApiRoot.Value == apiRoot)];

    /// <summary>A sink whose file is served.</summary>
    public (PipelinePlan Pipeline, SinkPlan Sink)? List(string pipeline, string sink) =>
        Pipelines.FirstOrDefault(plan => plan.Name == pipeline) is { } plan
        && plan.Sinks.FirstOrDefault(candidate => candidate.Name == sink && candidate.IsServed) is { } found
            ? (plan, found)
            : null;

    /// <summary>The open store of a pipeline, with a connection of its own.</summary>
    /// <exception cref="StoreException">It is just being closed or opened anew.</exception>
    public StoreFile Open(PipelinePlan pipeline)
    {
        var path = Path.GetFullPath(pipeline.StorePath);
        try
        {
            return (
                board.Stores.FirstOrDefault(owner => owner.Path == path)
                ?? throw new StoreException($"The store {path} is not open just now.")
            ).Read(path, new StoreOptions());
        }
        catch (ObjectDisposedException error)
        {
            throw new StoreException($"The store {path} is not open just now.", error);
        }
    }
}
