// What a state sink must do to go from what it acknowledged to what it should hold. A decision per indicator, and one for the whole.
namespace Cti.Core

/// What a plan does with one indicator.
[<Struct; RequireQualifiedAccess>]
type PlanStep =
    /// Neither held nor wanted.
    | None
    /// Held and wanted as it is.
    | Keep
    | Add
    | Change
    | Withdraw

/// The size of a plan.
[<Struct>]
type PlanCounts =
    {
        /// Entries the sink acknowledged before.
        Held: int64
        Add: int64
        Change: int64
        Withdraw: int64
    }

    /// Entries the sink holds once the plan is applied.
    member counts.After = counts.Held + counts.Add - counts.Withdraw
    /// Entries the plan touches.
    member counts.Delta = counts.Add + counts.Change + counts.Withdraw

/// Limits a state sink sets on a plan that nobody looked at.
type PlanLimits =
    {
        /// Largest delta, as a share (0 to 1) of what is held; not asked of a sink that holds nothing yet.
        MaxChange: float
        /// Largest delta in entries; none for no bound. Not asked of a sink that holds nothing yet.
        MaxChanged: int64 voption
        /// Fewest entries the sink may hold afterwards.
        MinEntries: int64
    }

/// Whether a plan may be applied without approval.
[<RequireQualifiedAccess>]
type PlanVerdict =
    /// Nothing to do.
    | Empty
    | Allowed
    /// The delta is beyond `max_change`: share asked for, share allowed.
    | TooMuch of share: float * limit: float
    /// The delta is beyond `max_change`, in entries.
    | TooMany of changed: int64 * limit: int64
    /// Fewer than `min_entries` would be left.
    | TooFew of after: int64 * limit: int64

[<RequireQualifiedAccess>]
module Plan =
    /// The step for one indicator: `wanted` by the sink now, at `revision`; `acknowledged` is the revision it holds, 0 for none.
    let step (wanted: bool) (revision: int) (acknowledged: int) : PlanStep =
        if wanted then
            if acknowledged = 0 then PlanStep.Add
            elif acknowledged = revision then PlanStep.Keep
            else PlanStep.Change
        elif acknowledged = 0 then
            PlanStep.None
        else
            PlanStep.Withdraw

    /// What a step is told as to whoever follows the changes; none where nothing changes.
    let change (step: PlanStep) : ChangeOp voption =
        match step with
        | PlanStep.Add -> ValueSome ChangeOp.Added
        | PlanStep.Change -> ValueSome ChangeOp.Changed
        | PlanStep.Withdraw -> ValueSome ChangeOp.Withdrawn
        | PlanStep.None
        | PlanStep.Keep -> ValueNone

    let judge (limits: PlanLimits) (counts: PlanCounts) : PlanVerdict =
        if counts.Delta = 0L then
            PlanVerdict.Empty
        elif counts.After < limits.MinEntries then
            PlanVerdict.TooFew(counts.After, limits.MinEntries)
        elif counts.Held = 0L then
            PlanVerdict.Allowed
        elif float counts.Delta > limits.MaxChange * float counts.Held then
            PlanVerdict.TooMuch(float counts.Delta / float counts.Held, limits.MaxChange)
        else
            match limits.MaxChanged with
            | ValueSome most when counts.Delta > most -> PlanVerdict.TooMany(counts.Delta, most)
            | _ -> PlanVerdict.Allowed

    /// Whether an approval of a plan of one size lets a later plan of the same sink pass: feeds go on while somebody thinks, so what comes on top of
    /// the approved plan must be within the limits by itself, and no fewer entries may be left than were approved.
    let isCovered (limits: PlanLimits) (approved: PlanCounts) (counts: PlanCounts) : bool =
        let onTop =
            {
                Held = counts.Held
                Add = max 0L (counts.Add - approved.Add)
                Change = max 0L (counts.Change - approved.Change)
                Withdraw = max 0L (counts.Withdraw - approved.Withdraw)
            }

        counts.After >= min limits.MinEntries approved.After
        && match judge { limits with MinEntries = 0L } onTop with
           | PlanVerdict.Empty
           | PlanVerdict.Allowed -> true
           | PlanVerdict.TooMuch _
           | PlanVerdict.TooMany _
           | PlanVerdict.TooFew _ -> false
