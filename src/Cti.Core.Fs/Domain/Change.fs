// The change log's words: what happened to an indicator.
namespace Cti.Core

/// What a change did. Codes are stored: never renumber.
[<Struct; RequireQualifiedAccess>]
type ChangeOp =
    /// Published for the first time, or again after it had ceased to hold.
    | Added
    | Changed
    | Withdrawn

[<RequireQualifiedAccess>]
module ChangeOp =
    /// 1 added, 2 changed, 3 withdrawn.
    let code (op: ChangeOp) : byte =
        match op with
        | ChangeOp.Added -> 1uy
        | ChangeOp.Changed -> 2uy
        | ChangeOp.Withdrawn -> 3uy

    let tryOfCode (code: byte) : ChangeOp voption =
        match code with
        | 1uy -> ValueSome ChangeOp.Added
        | 2uy -> ValueSome ChangeOp.Changed
        | 3uy -> ValueSome ChangeOp.Withdrawn
        | _ -> ValueNone

    let name (op: ChangeOp) =
        match op with
        | ChangeOp.Added -> "added"
        | ChangeOp.Changed -> "changed"
        | ChangeOp.Withdrawn -> "withdrawn"
