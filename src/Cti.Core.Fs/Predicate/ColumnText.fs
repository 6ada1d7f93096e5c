// What the text of a record's column can mean to a predicate beside itself: a number, a list.
namespace Cti.Core.Predicates

open System
open System.Buffers.Text
open Cti.Core

[<RequireQualifiedAccess>]
module internal ColumnText =
    /// Digits with an optional sign and point, nothing else: `1e5` and `1,5` are texts.
    let tryNumber (text: ReadOnlySpan<byte>) (value: byref<decimal>) : bool =
        let mutable read = 0
        Utf8Parser.TryParse(text, &value, &read, 'F') && read = text.Length

    /// Whether one of the items of a list field is `wanted`.
    let hasItem (list: ReadOnlySpan<byte>) (wanted: ReadOnlySpan<byte>) : bool =
        let mutable rest = list
        let mutable found = false
        let mutable more = true

        while more && not found do
            let at = rest.IndexOf RawBatch.ListSeparator
            let item = if at < 0 then rest else rest.Slice(0, at)
            found <- item.SequenceEqual wanted
            more <- at >= 0
            rest <- if more then rest.Slice(at + 1) else rest

        found
