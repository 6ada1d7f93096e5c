// What an endpoint may have taken without the store knowing: a run ended between a send and its note. What of it is wanted is told again; what is no
// longer wanted is withdrawn whether it arrived or not, because an endpoint that never had it loses nothing, and one that has it would keep it for ever.

using Cti.Core;
using Cti.Host.Store;

namespace Cti.Host.Delivery;

/// <summary>One per sink; used by its task.</summary>
/// <param name="ledger">The sink's.</param>
/// <param name="takesBack">Whether the endpoint gives up what is not noted: then nothing is ever in doubt.</param>
/// <param name="cursor">Where the sink stands when the run begins.</param>
internal sealed class Doubts(SinkLedger ledger, bool takesBack, SinkCursor cursor)
{
    private readonly HashSet<UInt128> _indicators = [];

    // The last entry an earlier run may have sent.
    private long _through;
    private bool _isSending;

    /// <summary>Whether the store says that something may be in doubt.</summary>
    public bool IsNoted { get; private set; } = cursor.IsInDoubt;

    /// <summary>Asks the log what an earlier run may have sent.</summary>
    public void Open()
    {
        if (IsNoted)
        {
            _through = ledger.Behind(cursor.Sequence, _indicators);
        }
    }

    /// <summary>Something is sent now. Noted once a run, before the first time.</summary>
    public void Begin(long committed, string receipt)
    {
        _isSending = true;
        if (!IsNoted && !takesBack)
        {
            IsNoted = true;
            ledger.Doubt(new SinkCursor(committed, receipt, IsInDoubt: true));
        }
    }

    /// <summary>The endpoint has answered for all that was sent, or not.</summary>
    public void End(bool isSettled) => _isSending = !isSettled;

    /// <summary>What is neither held nor wanted, as far as the store knows, is withdrawn where the endpoint may have it; else the step stands.</summary>
    public PlanStep Unwanted(PlanStep step, UInt128 indicator) =>
        step.IsNone && _indicators.Contains(indicator) ? PlanStep.Withdraw : step;

    /// <summary>The endpoint's word on an indicator is known.</summary>
    public void Settle(UInt128 indicator) => _indicators.Remove(indicator);

    /// <summary>The run ends, and everything up to <paramref name="committed"/> is noted.</summary>
    public void Close(long committed, string receipt)
    {
        if (IsNoted && !_isSending && committed >= _through)
        {
            ledger.Doubt(new SinkCursor(committed, receipt));
        }
    }
}
