// Candidates: values as written, mapped out of raw records, with their context. Slices of the raw batch they came from.
namespace Cti.Core

open System

/// What a mapping says of a candidate's type.
[<Struct; RequireQualifiedAccess>]
type TypeHint =
    /// To be recognised from the value.
    | Auto
    | Fixed of ObservableType

/// Why a record that says something is for no template of its mapping.
[<RequireQualifiedAccess>]
type Refusal =
    /// The template's `when` does not hold.
    | Condition of text: string
    /// The template skips records whose type has this name.
    | SkippedType of name: string

    /// Stable code of the screening; docs/codes.md lists them.
    member this.code =
        match this with
        | Condition _ -> "CTI-SCREEN-006"
        | SkippedType _ -> "CTI-SCREEN-007"

/// A record that no template wants.
type RefusedRecord =
    {
        Record: int
        Refusal: Refusal
        /// Of the first template.
        Hint: TypeHint
        /// Slice of the raw batch: the value the first template would have taken.
        ValueStart: int
        ValueEnd: int
    }

/// Candidates of one raw batch, column by column.
[<Sealed; AllowNullLiteral(false)>]
type CandidateBatch(capacity: int) =
    let mutable size = capacity
    let mutable count = 0

    let grow () = size <- size * 2

    member val Record: int[] = Array.zeroCreate capacity with get, set
    member val Hint: TypeHint[] = Array.zeroCreate capacity with get, set
    member val ValueStart: int[] = Array.zeroCreate capacity with get, set
    member val ValueEnd: int[] = Array.zeroCreate capacity with get, set
    /// `Timestamp.none` where the record gives none.
    member val FirstSeen: Timestamp[] = Array.zeroCreate capacity with get, set
    member val LastSeen: Timestamp[] = Array.zeroCreate capacity with get, set
    /// When the record says that it ended or will end; `Timestamp.none` where it does not.
    member val Ended: Timestamp[] = Array.zeroCreate capacity with get, set
    /// 0 to 100.
    member val Confidence: byte[] = Array.zeroCreate capacity with get, set
    member val Tlp: Tlp[] = Array.zeroCreate capacity with get, set
    member val Labels: NameSet[] = Array.zeroCreate capacity with get, set
    /// The reporting source's name: the declared one, or `declared/column` where the mapping names a column.
    member val Source: string[] = Array.zeroCreate capacity with get, set
    /// Descriptions and references.
    member val Remarks = Remarks()
    /// Records that policy, and no mistake, keeps from being mapped.
    member val Refused = Collections.Generic.List<RefusedRecord>()

    member _.Count = count

    member this.Clear() =
        count <- 0
        this.Remarks.Clear()
        this.Refused.Clear()

    /// Makes room for one more candidate and gives its row; the caller fills every column of it.
    member this.Add() : int =
        if count = size then
            grow ()

            let resize (column: 'T[]) =
                let larger = Array.zeroCreate size
                Array.Copy(column, larger, count)
                larger

            this.Record <- resize this.Record
            this.Hint <- resize this.Hint
            this.ValueStart <- resize this.ValueStart
            this.ValueEnd <- resize this.ValueEnd
            this.FirstSeen <- resize this.FirstSeen
            this.LastSeen <- resize this.LastSeen
            this.Ended <- resize this.Ended
            this.Confidence <- resize this.Confidence
            this.Tlp <- resize this.Tlp
            this.Labels <- resize this.Labels
            this.Source <- resize this.Source

        count <- count + 1
        count - 1
