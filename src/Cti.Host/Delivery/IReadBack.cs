// What a transport can do beside sending: ask the endpoint what it holds.

namespace Cti.Host.Delivery;

/// <summary>Of a transport whose endpoint can be asked.</summary>
internal interface IReadBack
{
    /// <summary>Whether the endpoint holds what a record says, in the very version that was sent; null where these credentials may not ask.</summary>
    /// <param name="record">As it was delivered.</param>
    /// <param name="stop">Ends it at once.</param>
    Task<bool?> HoldsAsync(ReadOnlyMemory<byte> record, CancellationToken stop);
}
