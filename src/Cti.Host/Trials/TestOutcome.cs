// What came of tests: of each, and of all.

using Cti.Core.Declare;
using Cti.Core.Trials;
using Cti.Host.Run;

namespace Cti.Host.Trials;

/// <summary>How a test ended.</summary>
internal enum TestStatus
{
    Ok,
    Failed,

    /// <summary>It could not be run: what it names is not there.</summary>
    Error,
}

/// <summary>One test's outcome.</summary>
/// <param name="File">The pipeline's file.</param>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Test">The test.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Mismatches">What was not met; none where it holds.</param>
/// <param name="Problems">What kept it from being run; none where it ran.</param>
/// <param name="Losses">What of its input was not carried over to its sinks.</param>
internal sealed record TestOutcome(
    string File,
    string Pipeline,
    PipelineTest Test,
    TimeSpan Elapsed,
    IReadOnlyList<Mismatch> Mismatches,
    IReadOnlyList<Diagnostic> Problems,
    IReadOnlyList<LossCount> Losses
)
{
    public TestStatus Status =>
        Problems.Count > 0 ? TestStatus.Error
        : Mismatches.Count > 0 ? TestStatus.Failed
        : TestStatus.Ok;
}

/// <summary>All outcomes of one call of `cti test`.</summary>
/// <param name="Tests">In the order of the files.</param>
/// <param name="Updated">Golden files that were written.</param>
/// <param name="Elapsed">Of all of it, lists loaded.</param>
internal sealed record TestOutcomes(IReadOnlyList<TestOutcome> Tests, IReadOnlyList<string> Updated, TimeSpan Elapsed)
{
    public int Count(TestStatus status) => Tests.Count(test => test.Status == status);
}
