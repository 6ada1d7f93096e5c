// What happened to an indicator: the word of the store's ordered log, of the change stream and of plans.
namespace Cti.Core

/// One step in an indicator's life as a viewer sees it. The numeric codes (see `ChangeOp.code`) are stored: never renumber.
[<Struct; RequireQualifiedAccess>]
type ChangeOp =
    | Added
    | Changed
    | Withdrawn

[<RequireQualifiedAccess>]
module ChangeOp =
    /// All steps, in the order of their codes.
    let all = [| ChangeOp.Added; ChangeOp.Changed; ChangeOp.Withdrawn |]

    /// The stored code: 1 to 3.
    let code (op: ChangeOp) : byte =
        match op with
        | ChangeOp.Added -> 1uy
        | ChangeOp.Changed -> 2uy
        | ChangeOp.Withdrawn -> 3uy

    /// The inverse of `code`; a code that no version of the program wrote has no meaning.
    let tryOfCode (code: byte) : ChangeOp voption =
        if code >= 1uy && int code <= all.Length then
            ValueSome all[int code - 1]
        else
            ValueNone

    /// The name used in tables and in the change stream.
    let name (op: ChangeOp) =
        match op with
        | ChangeOp.Added -> "added"
        | ChangeOp.Changed -> "changed"
        | ChangeOp.Withdrawn -> "withdrawn"

    /// The inverse of `name`; ordinal, lower case only.
    let tryParse (text: string) : ChangeOp voption =
        match all |> Array.tryFind (fun op -> name op = text) with
        | Some op -> ValueSome op
        | None -> ValueNone
