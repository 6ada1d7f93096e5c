// What becomes of an input that is not passed on: a rejection (it could not be used) or a screening (policy says no).
namespace Cti.Core

/// The stages of the data's way, in its order (the sinks stand behind the store, by name).
[<Struct; RequireQualifiedAccess>]
type Stage =
    | Read
    | Map
    | Normalise
    | Screen
    | Store

[<RequireQualifiedAccess>]
module Stage =
    let all = [| Stage.Read; Stage.Map; Stage.Normalise; Stage.Screen; Stage.Store |]

    /// Place of a stage in `all`.
    let index (stage: Stage) =
        match stage with
        | Stage.Read -> 0
        | Stage.Map -> 1
        | Stage.Normalise -> 2
        | Stage.Screen -> 3
        | Stage.Store -> 4

    let name (stage: Stage) =
        match stage with
        | Stage.Read -> "read"
        | Stage.Map -> "map"
        | Stage.Normalise -> "normalise"
        | Stage.Screen -> "screen"
        | Stage.Store -> "store"

/// Where in a source a record stands.
type Position =
    {
        /// The file or address that was read.
        Uri: string
        /// Line on which the record begins, from 1.
        Line: int64
        /// Byte at which the record begins, from 0, after decompression.
        Offset: int64
    }

/// An input that could not be used: a dead letter.
type Rejection =
    {
        Stage: Stage
        /// Stable code, `CTI-STAGE-NNN`; docs/codes.md lists them.
        Code: string
        /// What is wrong and what to do, for a person.
        Message: string
        /// The field at fault, empty where the whole record is.
        Field: string
        /// The offending value, cut at 1,024 bytes.
        Value: string
        Position: Position
        /// The record as it stood in the source, cut at 65,536 bytes.
        Original: byte[]
    }

/// An input that could be used, but policy says no.
type Screening =
    {
        /// Stable code, `CTI-SCREEN-NNN`.
        Code: string
        /// None where the value was refused before its type was known.
        Type: ObservableType voption
        Value: string
        /// The list that says no, or the rule's name.
        List: string
        /// The entry of that list which matched, as the list writes it.
        Entry: string
        Source: string
        Position: Position
    }

[<RequireQualifiedAccess>]
module Screening =
    /// Name of the value's type; "" where it was refused before that was known.
    let typeName (screening: Screening) =
        match screening.Type with
        | ValueSome observable -> ObservableType.name observable
        | ValueNone -> ""
