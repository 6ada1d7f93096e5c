// How a stream sink is doing, for whoever asks from another thread: health reports, `top`.

namespace Cti.Host.Delivery;

/// <summary>What a stream sink is at.</summary>
public enum DeliveryState
{
    /// <summary>Fresh changes come by the queue.</summary>
    InStep,

    /// <summary>It reads the log.</summary>
    CatchingUp,

    /// <summary>The endpoint failed or asked to wait; what is in hand is sent again.</summary>
    WaitingForEndpoint,

    /// <summary>It delivered all there is; the run is over for it.</summary>
    Finished,

    /// <summary>It takes nothing more in this run: the error says why. Its cursor stands.</summary>
    Stopped,
}

/// <summary>One moment of a stream sink.</summary>
/// <param name="Name">The sink's name.</param>
/// <param name="Endpoint">Where it sends to; no path of a URL, no secret.</param>
/// <param name="State">What it is at.</param>
/// <param name="Lag">Committed changes that are not acknowledged.</param>
/// <param name="Queued">Pages in its queue.</param>
/// <param name="Acknowledged">The last change acknowledged.</param>
/// <param name="AcknowledgedAt">When that was, by the clock; null before the first time in this run.</param>
/// <param name="LastError">What went wrong last, with its code; null where nothing did, or since it went well again.</param>
public sealed record DeliveryHealth(
    string Name,
    string Endpoint,
    DeliveryState State,
    long Lag,
    int Queued,
    long Acknowledged,
    DateTimeOffset? AcknowledgedAt,
    string? LastError
);
