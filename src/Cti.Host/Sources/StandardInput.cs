// What is piped into cti as an origin: read once, as it comes.

using Cti.Host.Store;

namespace Cti.Host.Sources;

/// <summary>`from: { type: stdin }` and `--input NAME=-`.</summary>
public sealed record StandardInputPlan : OriginPlan
{
    internal override IOrigin Create(bool isSnapshot, OriginServices services) => new StandardInput(this);
}

internal sealed class StandardInput(StandardInputPlan plan) : IOrigin
{
    public Task<SourceInputs> FindAsync(IReadOnlyDictionary<string, SourceCursor> known, CancellationToken stop) =>
        Task.FromResult(
            SourceInputs.Of(
                new SourceInput(FileSource.StandardInput, "stdin", "stdin", plan.Compression) { KeepsCursor = false }
            )
        );
}
