// How much that could not be used a pipeline keeps before it stops: a feed of garbage must neither fill the disk nor be lost in silence.
namespace Cti.Core

open System.Globalization

/// Bounds on the open dead letters of one pipeline.
type LetterBound =
    {
        /// At least 1.
        MaxCount: int64
        /// Of original records.
        MaxBytes: int64
    }

/// The open dead letters of one pipeline, what most of them have in common, and where they come from.
type LetterLoad =
    {
        Count: int64
        /// Of original records.
        Bytes: int64
        /// The stage most of them come from, and how many of them do.
        Stage: string
        OfStage: int64
        /// Their commonest code, how many have it, and one of its messages.
        Code: string
        OfCode: int64
        Message: string
    }

[<RequireQualifiedAccess>]
module LetterBound =
    /// 100,000 letters, 256 MB.
    let standard =
        {
            MaxCount = 100_000L
            MaxBytes = 256_000_000L
        }

    /// Whether one more is too many already.
    let isExceeded (bound: LetterBound) (count: int64) (bytes: int64) : bool =
        count > bound.MaxCount || bytes > bound.MaxBytes

    /// Stable code.
    [<Literal>]
    let FullCode = "CTI-DEAD-001"

    /// What a run that stops says; `file` is the pipeline's.
    let full (bound: LetterBound) (load: LetterLoad) (file: string) : string =
        let shown (value: int64) =
            value.ToString("N0", CultureInfo.InvariantCulture)

        let what, setting =
            if load.Count > bound.MaxCount then
                $"%s{shown load.Count} would be open, %s{shown bound.MaxCount} may be", "max_count"
            else
                $"%s{shown load.Bytes} bytes of original records would be kept, %s{shown bound.MaxBytes} may be",
                "max_bytes"

        $"%s{FullCode} the dead letters are full: %s{what}. %s{shown load.OfStage} come from stage %s{load.Stage}, most often %s{load.Code} (%s{shown load.OfCode} times): %s{load.Message}. "
        + $"Look: cti dead-letters list %s{file}. Mend the source or the pipeline, then replay or purge them; or raise dead_letters.%s{setting}. "
        + "What was committed before stands; the rest is read again by the next run"
