// How a service is to behave, with every default.

using Cti.Host.Run;
using Cti.Host.Serve.Web;

namespace Cti.Host.Serve;

/// <summary>`cti run --watch` and `cti serve`.</summary>
internal sealed record ServiceOptions
{
    /// <summary>What every command waits that drains.</summary>
    public static readonly TimeSpan DefaultDrainTimeout = new RunOptions().DrainTimeout;

    /// <summary>Pipeline files, globs and folders.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    public required RunOptions Run { get; init; }

    /// <summary>The server beside it; null for none.</summary>
    public WebOptions? Web { get; init; }

    /// <summary>How long runs may take to end after a first signal. Default 30 s.</summary>
    public TimeSpan DrainTimeout { get; init; } = DefaultDrainTimeout;

    /// <summary>How long a stage may have work and get nothing done before it counts as stuck. Default 5 min.</summary>
    public TimeSpan StuckAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often files are looked at; a change holds after two looks that agree. Default 1 s.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(1);
}
