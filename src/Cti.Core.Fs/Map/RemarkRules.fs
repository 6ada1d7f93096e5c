// How one template reads what a record says in words. Called for templates that carry texts alone.
namespace Cti.Core

open System
open System.Collections.Generic

[<RequireQualifiedAccess>]
module internal RemarkRules =
    let private describe (raw: RawBatch) record (template: BoundTemplate) (memory: MapMemory) =
        match template.Template.Description with
        | ValueSome(DescriptionRule.Field _) ->
            RemarkText.description (raw.Field(record, template.Fields.Description)) memory.Text
        | ValueSome(DescriptionRule.Const _) ->
            RemarkText.description (ReadOnlySpan<byte> template.ConstDescription) memory.Text
        | ValueNone -> ()

    // `memory.References` holds the union so far.
    let private refer (address: ReadOnlySpan<byte>) (memory: MapMemory) =
        memory.Text.Clear()
        References.union memory.References.Written address memory.Text
        memory.References.Clear()
        memory.References.Bytes memory.Text.Written

    // The rejection of what stands where an address should.
    let private badReference (raw: RawBatch) record (template: BoundTemplate) rule (text: ReadOnlySpan<byte>) =
        let fault = MapFault.BadReference

        let field =
            match List.item rule template.Template.References with
            | ReferenceRule.Field(reference, _) -> FieldRules.fieldName reference
            | ReferenceRule.Const _ -> ""

        raw.Reject(record, Stage.Map, fault.code, fault.message, field, text)

    let private referField (raw: RawBatch) record (template: BoundTemplate) rule memory (rejections: List<Rejection>) =
        let cell = raw.Field(record, template.Fields.References[rule])
        let splitter = template.ReferenceSplitters[rule]
        let mutable from = 0

        while from >= 0 do
            let mutable length = 0
            let at = splitter.Find(cell, from, &length)
            let item = cell.Slice(from, (if at < 0 then cell.Length else at) - from)
            let text = item.Slice(CellText.leading item)
            let text = text.Slice(0, CellText.trailing text)

            if text.Length > 0 then
                if References.isAddress text then
                    refer text memory
                else
                    rejections.Add(badReference raw record template rule text)

            from <- if at < 0 then -1 else at + length

    /// Gives row `row` of `target` the words of a record. What is no reference is added to `rejections`; the candidate goes on without it.
    let read
        (raw: RawBatch)
        (record: int)
        (template: BoundTemplate)
        (memory: MapMemory)
        (target: Remarks)
        (row: int)
        (rejections: List<Rejection>)
        : unit =
        memory.References.Clear()

        for rule in 0 .. template.Fields.References.Length - 1 do
            if template.Fields.References[rule] >= 0 then
                referField raw record template rule memory rejections
            else
                refer (ReadOnlySpan<byte> template.ConstReferences[rule]) memory

        if memory.References.Length > 0 then
            target.Refer(row, memory.References.Written)

        memory.Text.Clear()
        describe raw record template memory

        if memory.Text.Length > 0 then
            target.Describe(row, memory.Text.Written, Timestamp.none)
