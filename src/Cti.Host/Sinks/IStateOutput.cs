// What a state sink writes to: the content grows while the plan is made, and takes the place of what is there when the plan is applied.

using Cti.Core;
using Cti.DuckDb;

namespace Cti.Host.Sinks;

/// <summary>
/// The content of one set. Dispose without <see cref="Replace"/> leaves what is there untouched. Used by one thread.
/// </summary>
internal interface IStateOutput : IDisposable
{
    /// <summary>Says what the format can hold.</summary>
    IRenderer Renderer { get; }

    /// <summary>Whether it wants to be shown what ceased to hold, to tell its readers once more.</summary>
    bool PublishesEnds { get; }

    /// <summary>Whether it is made anew each time, of everything it is to hold; else it is shown what changes only.</summary>
    bool WantsAll { get; }

    /// <summary>The serial of the new content, for formats that have one.</summary>
    uint? Serial { get; }

    /// <summary>What the format could not say of what was added.</summary>
    LossList Losses { get; }

    /// <summary>Takes rows of a batch, in canonical order.</summary>
    /// <exception cref="SinkException">They cannot be kept.</exception>
    void Add(IndicatorBatch batch, ReadOnlySpan<int> selected);

    /// <summary>An indicator leaves the set, and is not among the rows of those that ceased to hold: it is held back, has no room, or may not be seen any more.</summary>
    void End(UInt128 indicator);

    /// <summary>Takes the foreign objects of the pipeline's sources that may be seen, where the format carries them. After the rows.</summary>
    /// <exception cref="SinkException">They cannot be kept.</exception>
    void AddObjects(DuckDbConnection connection, string pipeline, Tlp maxTlp);

    /// <summary>No row comes any more.</summary>
    /// <exception cref="SinkException">The content cannot be completed.</exception>
    void Finish(long rows);

    /// <summary>Whether what is there is what the receipt says, and the new content says the same.</summary>
    bool IsInPlace(string? receipt);

    /// <summary>Whether the new content may be another one although no indicator changed: foreign objects are in no plan.</summary>
    bool HasOtherObjects(string? receipt);

    /// <summary>Makes the new content durable where it waits; gives the file's path, null where it is more than one file.</summary>
    /// <exception cref="SinkException">It could not be; what is there is untouched.</exception>
    string? Seal();

    /// <summary>Makes the new content durable and puts it in the place of the old; gives its receipt.</summary>
    /// <param name="at">When that is.</param>
    /// <exception cref="SinkException">It could not be; the message says what is there now.</exception>
    string Replace(DateTime at);
}
