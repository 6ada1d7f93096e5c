// STIX patterns (STIX 2.1 §9; those of 2.0 are a part) as values. Types only.
namespace Cti.Core

/// A constant in a pattern.
[<RequireQualifiedAccess>]
type PatternLiteral =
    | Text of string
    | Integer of int64
    /// At most 28 digits.
    | Float of decimal
    | Boolean of bool
    | Hex of byte[]
    | Binary of byte[]
    /// Digits behind the microseconds are cut.
    | Time of Timestamp

/// A step of an object path.
[<RequireQualifiedAccess>]
type PatternStep =
    | Property of string
    /// An item of a list, from 0; below 0 from its end.
    | Index of int
    /// `[*]`: any item.
    | Any

/// `file:hashes.'SHA-256'`
type PatternPath =
    {
        /// The type of objects that are looked at.
        Object: string
        /// At least one, a property first.
        Steps: PatternStep list
    }

/// What is asked of the value at a path.
[<RequireQualifiedAccess>]
type PatternTest =
    | Equal of PatternLiteral
    | NotEqual of PatternLiteral
    | Less of PatternLiteral
    | LessOrEqual of PatternLiteral
    | Greater of PatternLiteral
    | GreaterOrEqual of PatternLiteral
    | In of PatternLiteral list
    /// `%` and `_` as in SQL.
    | Like of string
    /// A regular expression (PCRE).
    | Matches of string
    /// An address lies in a network.
    | IsSubset of string
    | IsSuperset of string
    | Exists

/// What one object must be: the inside of `[…]`. Lists have at least two items.
[<RequireQualifiedAccess>]
type PatternComparison =
    | Test of path: PatternPath * isNegated: bool * test: PatternTest
    | And of PatternComparison list
    | Or of PatternComparison list

/// What is asked of observations as a whole.
[<RequireQualifiedAccess>]
type PatternQualifier =
    /// At least 1 times.
    | Repeats of times: int64
    /// Seconds, above 0.
    | Within of seconds: decimal
    | StartStop of start: Timestamp * stop: Timestamp

/// What must have been observed. Lists have at least two items.
[<RequireQualifiedAccess>]
type PatternObservation =
    | One of PatternComparison
    | And of PatternObservation list
    | Or of PatternObservation list
    | FollowedBy of PatternObservation list
    /// At least one qualifier, none of a kind twice.
    | Qualified of PatternObservation * PatternQualifier list

/// Where a text is no pattern.
type PatternError =
    {
        /// The character at which it breaks, from 1.
        Column: int
        /// What is wrong there or should stand there, as a sentence without a full stop.
        Problem: string
    }
