// A program whose standard output is the feed, as declared.

using Cti.Host.Config;

namespace Cti.Host.Sources.Command;

/// <summary>`from: { type: command }`, references resolved.</summary>
public sealed record CommandPlan : OriginPlan
{
    /// <summary>The program and its arguments.</summary>
    public required IReadOnlyList<ConfiguredText> Run { get; init; }

    /// <summary>Where the program is started: the pipeline's folder, absolute.</summary>
    public required string Folder { get; init; }

    /// <summary>Declared variables.</summary>
    public required IReadOnlyList<(string Name, ConfiguredText Value)> Environment { get; init; }
    public required TimeSpan Timeout { get; init; }

    /// <summary>Most bytes of output.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>Takes secrets out of what the program says.</summary>
    public required Redactor Redactor { get; init; }

    internal override IOrigin Create(bool isSnapshot, OriginServices services) => new CommandOutput(this, services);
}
