// What was wrong with a source as a whole: it could not be read to its end, or what it said is not believed.

namespace Cti.Host.Run;

/// <summary>An alarm of a run; stored, printed, and part of `--json`.</summary>
/// <param name="Code">Stable; docs/codes.md lists them.</param>
/// <param name="Source">The source's name.</param>
/// <param name="Message">What happened and what to do; holds no secret.</param>
public sealed record Alarm(string Code, string Source, string Message)
{
    public override string ToString() => $"source {Source}: {Code} {Message}";
}
