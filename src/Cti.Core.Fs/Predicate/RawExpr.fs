// A predicate as it is written, before it is known to make sense.
namespace Cti.Core.Predicates

open Cti.Core

/// What was written where, before it is known to make sense.
[<RequireQualifiedAccess>]
type RawKind =
    | And of RawExpr list
    | Or of RawExpr list
    | Not of RawExpr
    | Compare of Comparison * RawExpr * RawExpr
    | In of RawExpr * positive: bool * RawExpr list
    | Between of RawExpr * positive: bool * RawExpr * RawExpr
    | Like of RawExpr * positive: bool * pattern: RawExpr * escape: RawExpr voption
    | IsNull of RawExpr * positive: bool
    | Call of name: string * RawExpr list
    | Name of string
    | Text of string
    | Number of decimal
    | Time of Timestamp

and RawExpr = { Kind: RawKind; Range: TextRange }

[<RequireQualifiedAccess>]
module RawExpr =
    /// Every name in an expression, with its place, in the order of the text.
    let rec names (raw: RawExpr) : (string * TextRange) list =
        match raw.Kind with
        | RawKind.Name name -> [ name, raw.Range ]
        | RawKind.And parts
        | RawKind.Or parts
        | RawKind.Call(_, parts) -> parts |> List.collect names
        | RawKind.Not inner
        | RawKind.IsNull(inner, _)
        | RawKind.Like(inner, _, _, _) -> names inner
        | RawKind.Compare(_, left, right) -> names left @ names right
        | RawKind.In(left, _, values) -> names left @ List.collect names values
        | RawKind.Between(value, _, low, high) -> List.collect names [ value; low; high ]
        | RawKind.Text _
        | RawKind.Number _
        | RawKind.Time _ -> []
