// A program whose standard output is the feed, as declared.

using Cti.Host.Config;
using Cti.Host.Programs;

namespace Cti.Host.Sources.Command;

/// <summary>`from: { type: command }`, references resolved.</summary>
public sealed record CommandPlan : OriginPlan
{
    public required ProgramPlan Program { get; init; }
    public required TimeSpan Timeout { get; init; }

    /// <summary>Most bytes of output.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>Takes secrets out of what the program says.</summary>
    public required Redactor Redactor { get; init; }

    internal override IOrigin Create(bool isSnapshot, OriginServices services) => new CommandOutput(this, services);
}
