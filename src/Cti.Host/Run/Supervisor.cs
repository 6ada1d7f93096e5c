// Carries out what a pipeline decided about failures of its sources and their records. What is decided is the core's (Deliver/Supervision.fs).

using Cti.Core;
using Cti.Host.Graph;
using Cti.Host.Sources;

namespace Cti.Host.Run;

/// <summary>A source, or a record of it, ended the run because the pipeline said `stop`.</summary>
/// <param name="alarm">Whose failure, and what to do.</param>
public sealed class StageStoppedException(Alarm alarm) : Exception(alarm.ToString())
{
    public Alarm Alarm => alarm;
}

/// <summary>Of one source and run.</summary>
internal sealed class Supervisor(SourcePlan source, OriginServices services)
{
    private int _failures;
    private DateTimeOffset _since;

    /// <summary>How often it had to be asked again.</summary>
    public int Failures => _failures;

    /// <summary>Ends the run where a record that was rejected may not become a dead letter.</summary>
    /// <exception cref="StageStoppedException">It may not.</exception>
    public void Take(ObservationBatch batch)
    {
        var stop = SupervisionModule.firstStop(source.Supervision, batch.Rejections);
        if (stop.IsSome)
        {
            var (stage, position) = (StageModule.name(stop.Value.Stage), stop.Value.Position);
            throw new StageStoppedException(
                new Alarm(
                    "CTI-STOP-001",
                    source.Name,
                    $"{position.Uri}:{position.Line}: {stop.Value.Code} {stop.Value.Message} `on_failure: {{ {stage}: stop }}` ends the run at it; what its epoch held is not stored. Mend the record or the pipeline, or write `resume` to have it as a dead letter."
                )
            );
        }
    }

    /// <summary>A source that cannot be read: told as an alarm, unless that ends the run.</summary>
    /// <exception cref="StageStoppedException">The pipeline says so.</exception>
    public void Take(Alarm fault)
    {
        if (source.Supervision.Source.IsStop)
        {
            throw new StageStoppedException(
                fault with
                {
                    Message = $"{fault.Message} `on_failure: {{ source: stop }}` ends the run at it (CTI-STOP-002).",
                }
            );
        }
    }

    /// <summary>Waits before the source is asked again; false where it is not.</summary>
    public async Task<bool> RestartsAsync(KillSwitch killSwitch)
    {
        if (source.Supervision.Source is not SourceDirective.Restart { Item: var policy })
        {
            return false;
        }

        var now = services.Clock.GetUtcNow();
        _since = _failures++ == 0 ? now : _since;
        var delay = RetryPolicyModule.afterTransient(policy, _failures, now - _since, services.Random());
        if (delay.IsNone)
        {
            return false;
        }

        await Task.Delay(delay.Value, services.Clock, killSwitch.Drain);
        return true;
    }
}
