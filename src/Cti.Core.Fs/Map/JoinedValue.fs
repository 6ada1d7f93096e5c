// Puts a value together that a record spreads over several fields. No allocation but for what is wrong.
namespace Cti.Core

open System

/// Which field keeps a value from being put together, and why.
[<Struct>]
type internal JoinFault =
    {
        Fault: MapFault
        Reference: FieldRef
        Field: int
    }

[<RequireQualifiedAccess>]
module internal JoinedValue =
    // No longer value is taken by the normaliser; so a batch grows by no more per record, however often a long cell is named.
    let private maxLength = 4096

    let private faultOf (text: ReadOnlySpan<byte>) room : MapFault voption =
        if text.Length = 0 then
            ValueSome MapFault.EmptyPart
        elif text.IndexOf RawBatch.ListSeparator >= 0 then
            ValueSome MapFault.ListPart
        elif text.Length > room then
            ValueSome MapFault.JoinedTooLong
        else
            ValueNone

    /// Writes a record's value to the end of the batch's `Scratch`; what is wrong leaves nothing there.
    let write (raw: RawBatch) (record: int) (template: BoundTemplate) : JoinFault voption =
        let from = raw.Scratch.Length
        let mutable fault: MapFault voption = ValueNone
        let mutable reference = template.Template.Value.Field
        let mutable field = template.Value
        let mutable index = 0

        while fault.IsNone && index < template.Parts.Length do
            let room = maxLength - (raw.Scratch.Length - from)

            match template.Parts[index] with
            | BoundPart.Text text when text.Length > room -> fault <- ValueSome MapFault.JoinedTooLong
            | BoundPart.Text text -> raw.Scratch.Bytes(ReadOnlySpan<byte> text)
            | BoundPart.Field(named, number) ->
                reference <- named
                field <- number
                let text = CellText.trim (raw.Field(record, number))
                fault <- faultOf text room

                if fault.IsNone then
                    raw.Scratch.Bytes text

            index <- index + 1

        match fault with
        | ValueSome found ->
            raw.Scratch.Truncate from

            ValueSome
                {
                    Fault = found
                    Reference = reference
                    Field = field
                }
        | ValueNone -> ValueNone
