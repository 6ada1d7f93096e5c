// The one definition of the score: what a claim is worth, how sources corroborate each other, how time wears it off.
// Integers 0 to 10,000 everywhere but in the decay curve. `now` is an argument.
namespace Cti.Core

open System

/// One term of a score, for `explain`.
type ScoreTerm =
    {
        /// Source, or the group whose strongest source speaks for it.
        Source: string
        /// The claim's confidence, 0 to 100.
        Confidence: int
        /// Mean of the reliability and credibility percentages, 0 to 100.
        Trust: float
        /// What the claim is worth alone, 0 to 10,000.
        Value: int
        /// False where a stronger source of the same group already speaks.
        Counted: bool
    }

[<RequireQualifiedAccess>]
module Score =
    /// The best score.
    let full = 10_000

    /// Percent that an Admiralty reliability is worth. F (cannot be judged) stands in the middle, as a source not yet known.
    let reliabilityPercent (reliability: Reliability) =
        match reliability with
        | Reliability.A -> 100
        | Reliability.B -> 85
        | Reliability.C -> 70
        | Reliability.D -> 50
        | Reliability.E -> 20
        | Reliability.F -> 50

    /// Percent that an Admiralty credibility is worth.
    let credibilityPercent (credibility: Credibility) =
        match credibility with
        | Credibility.One -> 100
        | Credibility.Two -> 85
        | Credibility.Three -> 70
        | Credibility.Four -> 50
        | Credibility.Five -> 20
        | Credibility.Six -> 50

    /// Reliability and credibility together, 0 to 200.
    let weight (trust: Trust) =
        reliabilityPercent trust.Reliability + credibilityPercent trust.Credibility

    /// What one claim is worth, 0 to 10,000: confidence (0 to 100) times the mean of the two percentages.
    let claim (confidence: byte) (weight: int) : int = int confidence * weight / 2

    /// Corroboration by one more independent source (noisy-or, rounded down): never less than either, never above 10,000.
    let corroborate (sofar: int) (next: int) : int = sofar + (full - sofar) * next / full

    /// The share of a base that is left after `age` (MISP's polynomial decay): 1 - (age/lifetime)^(1/speed), 0 to 1.
    let remaining (age: int64<us>) (lifetime: int64<us>) (speed: float) : float =
        if age <= 0L<us> then
            1.0
        elif age >= lifetime then
            0.0
        else
            let share = float age / float lifetime
            // The straight line is the common case, and Pow is the most expensive thing here.
            if speed = 1.0 then
                1.0 - share
            else
                1.0 - Math.Pow(share, 1.0 / speed)

    /// The score now: the base worn off since it was last seen, rounded down.
    let decayed (now: Timestamp) (lastSeen: Timestamp) (lifetime: int64<us>) (speed: float) (value: int) : int =
        int (Math.Floor(float value * remaining (now - lastSeen) lifetime speed))
