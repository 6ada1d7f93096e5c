// The conservation law: what enters a stage leaves it, or is accounted for by name. Counts only; the host keeps and stores them.
namespace Cti.Core

/// The account of one stage: in + expanded = out + screened + rejected + merged + dropped + in_flight.
type StageCounts =
    {
        In: int64
        /// Items a stage made out of one (a row that yields three candidates expands by two).
        Expanded: int64
        Out: int64
        Screened: int64
        Rejected: int64
        /// Items that were the same as one already held.
        Merged: int64
        /// Items let go on purpose, by a declared overflow rule.
        Dropped: int64
        InFlight: int64
    }

[<RequireQualifiedAccess>]
module StageCounts =
    let zero =
        {
            In = 0L
            Expanded = 0L
            Out = 0L
            Screened = 0L
            Rejected = 0L
            Merged = 0L
            Dropped = 0L
            InFlight = 0L
        }

    let add (left: StageCounts) (right: StageCounts) =
        {
            In = left.In + right.In
            Expanded = left.Expanded + right.Expanded
            Out = left.Out + right.Out
            Screened = left.Screened + right.Screened
            Rejected = left.Rejected + right.Rejected
            Merged = left.Merged + right.Merged
            Dropped = left.Dropped + right.Dropped
            InFlight = left.InFlight + right.InFlight
        }

    /// What came to an account since it stood at `before`.
    let subtract (after: StageCounts) (before: StageCounts) =
        {
            In = after.In - before.In
            Expanded = after.Expanded - before.Expanded
            Out = after.Out - before.Out
            Screened = after.Screened - before.Screened
            Rejected = after.Rejected - before.Rejected
            Merged = after.Merged - before.Merged
            Dropped = after.Dropped - before.Dropped
            InFlight = after.InFlight - before.InFlight
        }

    /// What is missing: 0 when the account balances, positive when items vanished, negative when they came from nowhere.
    let missing (counts: StageCounts) =
        counts.In + counts.Expanded
        - counts.Out
        - counts.Screened
        - counts.Rejected
        - counts.Merged
        - counts.Dropped
        - counts.InFlight
