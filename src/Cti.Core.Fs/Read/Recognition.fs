// What was recognised in a source of which nothing was declared: what its fields seem to hold, and a sentence that says why.
namespace Cti.Core

/// What a field seems to hold.
[<RequireQualifiedAccess>]
type FieldRole =
    /// Observables; several in one cell, parted by a text.
    | Value of hint: TypeHint * split: string voption
    /// Points in time, in a format as `TimePattern` reads it: when something was first seen, or when it happened.
    | FirstSeen of format: string
    | LastSeen of format: string
    /// Words such as names of malware; several in one cell, parted by a text.
    | Label of split: string voption
    /// Names of the types of observables.
    | TypeName
    | Other
    /// One of the fields of every rich format (`StandardFields`): nothing had to be guessed.
    | Standard

/// One field of the sampled records.
type FieldGuess =
    {
        /// Its name; empty where columns have only numbers.
        Name: string
        /// From 1.
        Number: int
        Role: FieldRole
        /// What its values were taken for: `120 of 120 are ipv4`; empty where nothing is to be said.
        Evidence: string
    }

/// What was decided from the first bytes of a source.
type Recognition =
    {
        /// At least one, in the source's order.
        Fields: FieldGuess list
        /// What it was taken for and why, as one sentence without a full stop.
        Sentence: string
    }
