// What the pass over the claims feeds: a sink that holds a set, or an export that renders one.

using Cti.Core;

namespace Cti.Host.Sinks;

/// <summary>Takes every indicator once, in canonical order. Used by one thread.</summary>
internal interface IPassSink
{
    /// <summary>What it may see.</summary>
    Tlp MaxTlp { get; }

    /// <summary>The number by which the store knows what it acknowledged; null where it acknowledged nothing.</summary>
    int? Holder { get; }

    /// <summary>A batch of indicators, with the revision acknowledged of each (0 for none).</summary>
    void Feed(IndicatorBatch batch, int[] acknowledged, ExitScreen screen);

    /// <summary>An indicator of which it may see nothing.</summary>
    void FeedHidden(ClaimBatch claims, int row, int acknowledged);

    /// <summary>No row comes any more.</summary>
    void Finish();
}
