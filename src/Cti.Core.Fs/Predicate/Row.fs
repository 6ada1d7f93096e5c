// What a predicate looks at: a row that gives its fields without copying. And the three answers a condition has.
namespace Cti.Core.Predicates

open System
open System.Collections.Generic
open System.Text
open Cti.Core

/// The answer of a condition. Ordered: AND is the smaller, OR the larger; what a NULL is compared with is Unknown.
type Truth =
    | False = 0uy
    | Unknown = 1uy
    | True = 2uy

/// One indicator as predicates see it. Spans are UTF-8 and valid until the row moves on; a field that `IsNull` says is
/// NULL is not asked for.
[<Interface>]
type IRow =
    abstract IsNull: field: Field -> bool
    abstract Text: field: TextField -> ReadOnlySpan<byte>
    /// In units of ten to the minus `NumberField.scale`.
    abstract Number: field: NumberField -> int64
    /// Microseconds since 1970-01-01T00:00:00Z.
    abstract Time: field: TimeField -> Timestamp
    abstract Flag: field: FlagField -> bool
    abstract ListCount: field: ListField -> int
    /// `index` from 0.
    abstract ListItem: field: ListField * index: int -> ReadOnlySpan<byte>

/// A row made by hand: for tests, and for those who hold one indicator. A field that was not set is NULL.
[<Sealed; AllowNullLiteral(false)>]
type FieldRow() =
    let texts = Dictionary<TextField, byte[]>()
    let numbers = Dictionary<NumberField, int64>()
    let times = Dictionary<TimeField, Timestamp>()
    let lists = Dictionary<ListField, byte[][]>()
    let flags = Dictionary<FlagField, bool>()

    member this.With(field: TextField, value: string) : FieldRow =
        texts[field] <- Encoding.UTF8.GetBytes value
        this

    member this.With(field: NumberField, value: int64) : FieldRow =
        numbers[field] <- value
        this

    member this.With(field: TimeField, value: Timestamp) : FieldRow =
        times[field] <- value
        this

    member this.With(field: ListField, values: string seq) : FieldRow =
        lists[field] <- values |> Seq.map Encoding.UTF8.GetBytes |> Array.ofSeq
        this

    member this.With(field: FlagField, value: bool) : FieldRow =
        flags[field] <- value
        this

    interface IRow with
        member _.IsNull(field: Field) =
            match field with
            | Field.Text name -> not (texts.ContainsKey name)
            | Field.Number name -> not (numbers.ContainsKey name)
            | Field.Time name -> not (times.ContainsKey name)
            | Field.List name -> not (lists.ContainsKey name)
            | Field.Flag name -> not (flags.ContainsKey name)

        member _.Text(field: TextField) = ReadOnlySpan<byte> texts[field]
        member _.Number(field: NumberField) = numbers[field]
        member _.Time(field: TimeField) = times[field]
        member _.Flag(field: FlagField) = flags[field]
        member _.ListCount(field: ListField) = lists[field].Length
        member _.ListItem(field: ListField, index: int) = ReadOnlySpan<byte>(lists[field][index])
