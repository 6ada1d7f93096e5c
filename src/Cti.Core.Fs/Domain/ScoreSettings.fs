// How fast intelligence wears off: declared per pipeline, used by merge (has it expired?) and by the score.
namespace Cti.Core

/// How fast indicators of each type wear off.
type ScoreSettings =
    {
        /// By type code: time after which an indicator that was not seen again is worth nothing. Positive.
        Lifetime: int64<us>[]
        /// By type code: 1 falls in a straight line, above 1 falls early, below 1 falls late. 0.1 to 10.
        DecaySpeed: float[]
    }
