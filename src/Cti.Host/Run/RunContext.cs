// What the stages of one run share, and how the run begins in the store.

using System.Security.Cryptography;
using System.Text;
using Cti.Core;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>One run of one pipeline, begun. `Now` is the run's `now`, in microseconds since 1970.</summary>
internal sealed record RunContext(
    PipelinePlan Plan,
    RunOptions Options,
    RunEnvironment Environment,
    RunScope Scope,
    StoreFile Store,
    StoreRest Rest,
    Dictionaries Dictionaries,
    RunLog Log,
    RunProgress Progress,
    long Now
)
{
    /// <summary>What has become of it so far.</summary>
    public RunOutcome Outcome { get; } = new();

    /// <summary>Writes that the run began, and registers what its pipeline declares.</summary>
    /// <exception cref="StoreException">The store cannot be written.</exception>
    public static RunContext Begin(
        PipelinePlan plan,
        RunOptions options,
        RunEnvironment environment,
        RunScope scope,
        StoreFile store,
        StoreRest rest,
        RunProgress progress
    )
    {
        var started = environment.Clock.GetUtcNow();
        var now = TimestampModule.ofDateTimeOffset(options.Now ?? started);
        var log = RunLog.Begin(
            store.Connection,
            environment.NewId(),
            plan.Name,
            plan.Text,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(plan.Text))),
            ThisProgram.Version,
            TimestampModule.toDateTime(now),
            started.UtcDateTime
        );
        try
        {
            var dictionaries = Registration.Apply(store.Connection, plan, now);
            return new RunContext(plan, options, environment, scope, store, rest, dictionaries, log, progress, now);
        }
        catch (StoreException error)
        {
            // Told by the caller; the diary must not say that it still runs.
            log.End(store.Connection, RunStatus.Failed, error.Message, started.UtcDateTime);
            throw;
        }
    }
}
