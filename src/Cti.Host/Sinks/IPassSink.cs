// What the pass over the claims feeds: a sink that holds a set, or an export that renders one.

using Cti.Core;

namespace Cti.Host.Sinks;

/// <summary>What the store knows of a sink and the rows of a batch.</summary>
/// <param name="Revisions">The revision the sink acknowledged of each, 0 for none.</param>
/// <param name="Numbers">The number the sink gave to each, 0 for none.</param>
internal readonly record struct KnownRows(int[] Revisions, int[] Numbers);

/// <summary>Takes every indicator once, in canonical order. Used by one thread.</summary>
internal interface IPassSink
{
    /// <summary>What it may see.</summary>
    Tlp MaxTlp { get; }

    /// <summary>The number by which the store knows what it acknowledged; null where it acknowledged nothing.</summary>
    int? Holder { get; }

    /// <summary>The number by which the store knows the numbers it gave; null where its format has none.</summary>
    int? Numbered { get; }

    /// <summary>A batch of indicators, with what the store knows of them.</summary>
    void Feed(IndicatorBatch batch, KnownRows known, ExitScreen screen);

    /// <summary>An indicator of which it may see nothing.</summary>
    void FeedHidden(ClaimBatch claims, int row, UInt128 indicator, int acknowledged);

    /// <summary>No row comes any more.</summary>
    void Finish();
}
