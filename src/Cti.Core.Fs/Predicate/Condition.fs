// What a predicate asks, as typed expressions and conditions. Typed by construction: a condition that compares text with a number cannot be
// written down.
namespace Cti.Core.Predicates

open Cti.Core

[<RequireQualifiedAccess>]
type TextExpr =
    | Field of TextField
    | Literal of string
    /// Unicode simple lower case, character by character.
    | Lower of TextExpr

[<RequireQualifiedAccess>]
type NumberExpr =
    | Field of NumberField
    /// At most 18 digits.
    | Literal of decimal
    /// Unicode code points.
    | Length of TextExpr
    /// A text read as a decimal number; NULL where it is none.
    | OfText of TextExpr

[<RequireQualifiedAccess>]
type TimeExpr =
    | Field of TimeField
    | Literal of Timestamp

[<Struct; RequireQualifiedAccess>]
type Comparison =
    | Equal
    | NotEqual
    | Less
    | LessOrEqual
    | Greater
    | GreaterOrEqual

/// What a text is searched for.
[<Struct; RequireQualifiedAccess>]
type TextTest =
    | StartsWith
    | EndsWith
    | Contains
    /// A list in one text, its items parted by `RawBatch.ListSeparator`: whether one of them is the part.
    | HasItem

/// A typed condition. `positive = false` is the NOT form (NOT IN, NOT LIKE, NOT BETWEEN, IS NOT NULL).
[<RequireQualifiedAccess>]
type Condition =
    /// At least two.
    | And of Condition list
    /// At least two.
    | Or of Condition list
    | Not of Condition
    | CompareText of Comparison * TextExpr * TextExpr
    | CompareNumber of Comparison * NumberExpr * NumberExpr
    | CompareTime of Comparison * TimeExpr * TimeExpr
    /// At least one value in each list.
    | TextIn of TextExpr * positive: bool * values: string list
    | NumberIn of NumberExpr * positive: bool * values: decimal list
    | TimeIn of TimeExpr * positive: bool * values: Timestamp list
    | TextBetween of TextExpr * positive: bool * low: TextExpr * high: TextExpr
    | NumberBetween of NumberExpr * positive: bool * low: NumberExpr * high: NumberExpr
    | TimeBetween of TimeExpr * positive: bool * low: TimeExpr * high: TimeExpr
    /// The escape character is ASCII, neither `%` nor `_`; the pattern does not end in a lone one.
    | Like of TextExpr * positive: bool * pattern: string * escape: char voption
    | TextNull of TextExpr * positive: bool
    | NumberNull of NumberExpr * positive: bool
    | TimeNull of TimeExpr * positive: bool
    | ListNull of ListField * positive: bool
    | FlagNull of FlagField * positive: bool
    /// The flag is set.
    | Flag of FlagField
    | Test of TextTest * subject: TextExpr * part: TextExpr
    | Has of ListField * TextExpr
