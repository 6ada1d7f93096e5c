// The stream graph as a pure value, in Akka.Streams' words: Source, Flow, Sink, RunnableGraph, Async boundaries, KillSwitch.
// Building a graph starts nothing; RunnableGraph.RunAsync materialises it, any number of times. Knows nothing of threat intelligence.
// What stands in for Akka.Streams and where the seam is: docs/decisions/0001.

namespace Cti.Host.Graph;

/// <summary>
/// A source of elements. Contract: elements come in order, one consumer at a time; the end of the enumeration is the end of input; an
/// exception is a fault that ends the run; the source looks at the kill switch between elements and ends early when asked to drain.
/// </summary>
/// <param name="Name">Shown in messages and health reports.</param>
/// <param name="Open">Starts producing; called once per materialisation.</param>
public sealed record Source<T>(string Name, Func<KillSwitch, IAsyncEnumerable<T>> Open)
{
    /// <summary>Appends a flow; fused with what stands before it unless an Async boundary stands between.</summary>
    public Source<TOut> Via<TOut>(Flow<T, TOut> flow) =>
        new($"{Name} ─ {flow.Name}", killSwitch => flow.Transform(Open(killSwitch), killSwitch));

    /// <summary>
    /// Lets what stands before run on its own task, decoupled by a queue of at most <paramref name="capacity"/> elements. A full queue makes
    /// the producer wait: that is the backpressure. With a capacity of 0 nothing is decoupled and everything runs fused on one task.
    /// </summary>
    public Source<T> Async(int capacity) =>
        capacity <= 0
            ? this
            : new($"{Name} ═", killSwitch => Boundary.Decouple(Open(killSwitch), capacity, killSwitch));

    /// <summary>Runs this source to its end, then the next.</summary>
    public Source<T> Concat(Source<T> next) =>
        new($"{Name} + {next.Name}", killSwitch => Both(Open(killSwitch), killSwitch, next));

    /// <summary>Closes the graph.</summary>
    public RunnableGraph To(Sink<T> sink) =>
        new($"{Name} ─ {sink.Name}", killSwitch => sink.Consume(Open(killSwitch), killSwitch));

    private static async IAsyncEnumerable<T> Both(IAsyncEnumerable<T> first, KillSwitch killSwitch, Source<T> next)
    {
        await foreach (var element in first)
        {
            yield return element;
        }

        if (!killSwitch.IsDraining)
        {
            await foreach (var element in next.Open(killSwitch))
            {
                yield return element;
            }
        }
    }
}

/// <summary>A step from one stream of elements to another; keeps order.</summary>
public sealed record Flow<TIn, TOut>(
    string Name,
    Func<IAsyncEnumerable<TIn>, KillSwitch, IAsyncEnumerable<TOut>> Transform
);

/// <summary>The end of a stream: consumes every element; completes when the stream does; its exception ends the run.</summary>
public sealed record Sink<T>(string Name, Func<IAsyncEnumerable<T>, KillSwitch, Task> Consume);

/// <summary>A closed graph, ready to run.</summary>
public sealed record RunnableGraph(string Name, Func<KillSwitch, Task> Materialise)
{
    /// <summary>
    /// Runs the graph until its source ends, the kill switch drains it, or the first fault. Throws that fault; throws
    /// OperationCanceledException after an abort.
    /// </summary>
    public Task RunAsync(KillSwitch killSwitch) => Task.Run(() => Materialise(killSwitch));
}

/// <summary>Small flows and sinks that need no state of their own.</summary>
public static class Flows
{
    /// <summary>One element in, one out.</summary>
    public static Flow<TIn, TOut> Map<TIn, TOut>(string name, Func<TIn, TOut> function)
    {
        return new Flow<TIn, TOut>(name, Run);

        async IAsyncEnumerable<TOut> Run(IAsyncEnumerable<TIn> elements, KillSwitch killSwitch)
        {
            await foreach (var element in elements)
            {
                killSwitch.Abort.ThrowIfCancellationRequested();
                yield return function(element);
            }
        }
    }

    /// <summary>Calls an action for every element, one after the other.</summary>
    public static Sink<T> ForEach<T>(string name, Func<T, KillSwitch, Task> action) =>
        new(
            name,
            async (elements, killSwitch) =>
            {
                await foreach (var element in elements)
                {
                    killSwitch.Abort.ThrowIfCancellationRequested();
                    await action(element, killSwitch);
                }
            }
        );
}
