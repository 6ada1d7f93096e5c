// What a reader or a writer could not carry over: where it stood, what it was, and why. A loss stops nothing: what it belongs to goes on without it.
namespace Cti.Core

open System.Collections.Generic

/// Why something was not carried over as it was.
[<Struct; RequireQualifiedAccess>]
type LossReason =
    /// The target has no field for it.
    | NoPlace
    /// A type, a term or a version that is not known.
    | UnknownKind
    /// It is not what its field promises: no time, no address, no number.
    | UnusableValue
    /// Carried in a less exact form.
    | Approximated
    /// Longer or more than is carried: cut, or left out.
    | TooLarge
    /// It refers to what is not there.
    | Unresolved
    /// Kept word for word among the objects, and not understood any further.
    | KeptVerbatim

[<RequireQualifiedAccess>]
module LossReason =
    /// In the order of their codes.
    let all =
        [|
            LossReason.NoPlace
            LossReason.UnknownKind
            LossReason.UnusableValue
            LossReason.Approximated
            LossReason.TooLarge
            LossReason.Unresolved
            LossReason.KeptVerbatim
        |]

    /// Place in `all`.
    let index (reason: LossReason) : int =
        match reason with
        | LossReason.NoPlace -> 0
        | LossReason.UnknownKind -> 1
        | LossReason.UnusableValue -> 2
        | LossReason.Approximated -> 3
        | LossReason.TooLarge -> 4
        | LossReason.Unresolved -> 5
        | LossReason.KeptVerbatim -> 6

    /// Stable code; docs/losses.md lists them. Codes are stored and searched for: never renumber, only append.
    let code (reason: LossReason) : string =
        match reason with
        | LossReason.NoPlace -> "CTI-LOSS-001"
        | LossReason.UnknownKind -> "CTI-LOSS-002"
        | LossReason.UnusableValue -> "CTI-LOSS-003"
        | LossReason.Approximated -> "CTI-LOSS-004"
        | LossReason.TooLarge -> "CTI-LOSS-005"
        | LossReason.Unresolved -> "CTI-LOSS-006"
        | LossReason.KeptVerbatim -> "CTI-LOSS-007"

    /// The word used in reports and `--json`.
    let name (reason: LossReason) : string =
        match reason with
        | LossReason.NoPlace -> "no_place"
        | LossReason.UnknownKind -> "unknown_kind"
        | LossReason.UnusableValue -> "unusable_value"
        | LossReason.Approximated -> "approximated"
        | LossReason.TooLarge -> "too_large"
        | LossReason.Unresolved -> "unresolved"
        | LossReason.KeptVerbatim -> "kept_verbatim"

/// One thing that was not carried over as it was.
type Loss =
    {
        /// Where it stood, in the words of its format and without numbers of items, so that losses alike have one path:
        /// `indicator.kill_chain_phases`, `Event.Attribute.sharing_group_id`.
        Path: string
        /// What stood there, cut at 256 bytes.
        Value: string
        Reason: LossReason
        Position: Position
    }

[<RequireQualifiedAccess>]
module Loss =
    /// Bytes of a value that are kept.
    [<Literal>]
    let MostValueBytes = 256

/// Losses in their order: the first thousand as they are, the rest by number only, so that a source of nothing but losses stays within memory.
[<Sealed; AllowNullLiteral(false)>]
type LossList() =
    let kept = List<Loss>()
    let counts: int64[] = Array.zeroCreate LossReason.all.Length
    let mutable total = 0L

    /// How many are kept as they are.
    static member MostKept = 1_000

    /// Those that are kept as they are.
    member _.Kept: IReadOnlyList<Loss> = kept :> IReadOnlyList<Loss>
    /// Whether another one would be kept as it is.
    member _.HasRoom = kept.Count < LossList.MostKept
    member _.Total = total
    /// How many there are of a reason, kept or not.
    member _.Count(reason: LossReason) : int64 = counts[LossReason.index reason]

    /// Counts losses without keeping them.
    member _.AddCount(reason: LossReason, number: int64) : unit =
        counts[LossReason.index reason] <- counts[LossReason.index reason] + number
        total <- total + number

    member this.Add(loss: Loss) : unit =
        this.AddCount(loss.Reason, 1L)

        if this.HasRoom then
            kept.Add loss

    /// Adds all of another list.
    member this.AddRange(other: LossList) : unit =
        for reason in LossReason.all do
            this.AddCount(reason, other.Count reason)

        for loss in other.Kept do
            if this.HasRoom then
                kept.Add loss

    member _.Clear() : unit =
        if total > 0L then
            kept.Clear()
            System.Array.Clear counts
            total <- 0L
