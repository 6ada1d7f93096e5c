// Everything a run needs from outside that is not its pipeline: clock, randomness, the terminal.

using Cti.Host.Delivery;

namespace Cti.Host.Run;

/// <summary>Everything a run needs from outside.</summary>
/// <param name="Clock">For recording times and, without `--now`, for the run's `now`.</param>
/// <param name="NewId">Makes run and plan ids.</param>
/// <param name="Error">Progress and warnings.</param>
/// <param name="IsTerminal">Whether <paramref name="Error"/> is a terminal.</param>
public sealed record RunEnvironment(TimeProvider Clock, Func<Guid> NewId, TextWriter Error, bool IsTerminal)
{
    /// <summary>The machine's own.</summary>
    public static RunEnvironment System { get; } =
        new(TimeProvider.System, Guid.NewGuid, Console.Error, !Console.IsErrorRedirected);

    /// <summary>0 to 1, for the jitter of retries.</summary>
    public Func<double> Random { get; init; } = global::System.Random.Shared.NextDouble;

    /// <summary>Who runs it, for approvals.</summary>
    public string User { get; init; } = Environment.UserName;

    /// <summary>Makes what carries a stream sink's records.</summary>
    internal Func<SinkPlan, IDeliveryTransport> Transports { get; init; } =
        sink => Delivery.Transports.Create(sink, Clock);
}
