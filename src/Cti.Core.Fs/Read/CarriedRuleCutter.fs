// Rules of Suricata and Snort carried as they are: each whole, on one line, with what it says of itself, as a record of the standard fields. What it looks for is
// not looked at (RuleCutter does that).
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// Whose rules they are. A line does not say: both write most rules alike.
[<Struct; RequireQualifiedAccess>]
type IdsLanguage =
    | Suricata
    | Snort

[<Sealed; AllowNullLiteral(false)>]
type internal CarriedRuleCutter(language: IdsLanguage) =
    static let pass = "pass"B
    static let msg = "msg"B
    static let classtype = "classtype"B
    static let reference = "reference"B
    static let metadata = "metadata"B
    static let url = "url"B
    static let cve = "cve"B
    static let schemeEnd = "://"B
    static let http = "http://"B

    let observable =
        match language with
        | IdsLanguage.Suricata -> ObservableType.SuricataRule
        | IdsLanguage.Snort -> ObservableType.SnortRule

    let rule = RuleLine()
    let record = StandardRecord()
    let techniques = List<string>()
    let scratch = Utf8Writer 256

    let word (text: ReadOnlySpan<byte>) = RawBatch.TextOf(Text.trim text, 256)

    // `"…"` with its escapes undone.
    let message (value: ReadOnlySpan<byte>) =
        let struct (first, last) = RuleContent.quoted value
        scratch.Clear()
        let mutable at = first

        while at < last do
            if value[at] = '\\'B && at + 1 < last then
                at <- at + 1

            scratch.Byte value[at]
            at <- at + 1

        record.Describe scratch.Written

    // `url,example.com/x` has no scheme; `cve,2021-44228` no prefix (reference.config of both).
    let refer (batch: RawBatch) (value: ReadOnlySpan<byte>) (position: Position) =
        let comma = value.IndexOf ','B
        let system = Text.trim (if comma < 0 then value else value.Slice(0, comma))

        let id =
            Text.trim (
                if comma < 0 then
                    ReadOnlySpan<byte>.Empty
                else
                    value.Slice(comma + 1)
            )

        scratch.Clear()

        if Scan.isWordOf system url then
            if id.IndexOf(ReadOnlySpan<byte> schemeEnd) < 0 then
                scratch.Bytes(ReadOnlySpan<byte> http)

            scratch.Bytes id

            if not (record.Refer scratch.Written) then
                batch.Lose("reference", value, LossReason.UnusableValue, position)
        elif Scan.isWordOf system cve then
            let id = (word id).ToUpperInvariant()

            RuleNotes.label
                (if id.StartsWith("CVE-", StringComparison.Ordinal) then
                     id
                 else
                     "CVE-" + id)
                record
        else
            batch.Lose("reference", value, LossReason.NoPlace, position)

    // `created_at 2026_01_31`, `signature_severity Major`, `mitre_technique_id T1071`.
    let note (item: ReadOnlySpan<byte>) =
        let item = Text.trim item
        let blank = item.IndexOf ' 'B

        if blank > 0 then
            let name = (word (item.Slice(0, blank))).ToLowerInvariant()
            let said = item.Slice(blank + 1)

            match name with
            | "created_at" -> record.FirstSeen <- RuleNotes.day said
            | "tag"
            | "malware_family" -> RuleNotes.label (word said) record
            | "signature_severity" -> RuleNotes.label ("severity:" + (word said).ToLowerInvariant()) record
            | "cve" -> RuleNotes.label ((word said).ToUpperInvariant().Replace('_', '-')) record
            | "mitre_technique_id" -> RuleNotes.techniques said techniques
            | _ -> ()

    let notes (value: ReadOnlySpan<byte>) =
        let mutable rest = value
        let mutable going = true

        while going do
            let comma = rest.IndexOf ','B
            note (if comma < 0 then rest else rest.Slice(0, comma))
            going <- comma >= 0
            rest <- if comma < 0 then rest else rest.Slice(comma + 1)

    let readOption (batch: RawBatch) (option: ReadOnlySpan<byte>) (position: Position) =
        let option = option.TrimStart ' 'B
        let colon = option.IndexOf ':'B
        let name = (if colon < 0 then option else option.Slice(0, colon)).TrimEnd ' 'B

        let value =
            if colon < 0 then
                ReadOnlySpan<byte>.Empty
            else
                option.Slice(colon + 1)

        if Scan.isWordOf name msg then
            message value
        elif Scan.isWordOf name classtype then
            RuleNotes.label ("classtype:" + word value) record
        elif Scan.isWordOf name reference then
            refer batch value position
        elif Scan.isWordOf name metadata then
            notes value

    interface ILineCutter with
        member _.Columns = StandardFields.columns
        member _.Resume = StandardFields.columns

        member _.Cut(batch, _, start, finish) =
            rule.Take(batch, start, finish)
            let block = rule.Text
            let first = rule.First
            let last = rule.Last
            let opening = ReadOnlySpan<byte>(block, first, last - first).IndexOf '('B
            let headerEnd = if opening < 0 then first else first + opening
            let mutable at = first
            let mutable words = 0
            let mutable actionEnd = first
            let mutable isDirected = false

            while at < headerEnd do
                let wordEnd = RuleContent.headerWord block at headerEnd

                match words with
                | 0 -> actionEnd <- wordEnd
                | 4 -> isDirected <- RuleContent.isDirection block at wordEnd
                | _ -> ()

                words <- words + 1
                at <- Scan.pastBlanks block wordEnd headerEnd

            let action = ReadOnlySpan<byte>(block, first, actionEnd - first)
            // The batch learns a record's line only when it ends; positions of losses are the line's beginning.
            let position = batch.PositionAt(start, 0L)

            if not (words = 1 || words = 2 || (words = 7 && isDirected)) then
                Line.Faulty(ReadError.Syntax SyntaxError.RuleHeader)
            elif block[last - 1] <> ')'B then
                Line.Faulty(ReadError.Syntax SyntaxError.RuleOptions)
            elif Scan.isWordOf action pass then
                // It excepts traffic from others, which is nothing anybody looks for.
                batch.Lose("pass", ReadOnlySpan<byte>(block, first, last - first), LossReason.NoPlace, position)
                Line.Structure
            else
                record.Clear()
                techniques.Clear()
                record.Add(observable, ReadOnlySpan<byte>(block, first, last - first))
                let closing = last - 1
                at <- Scan.pastBlanks block (headerEnd + 1) closing
                let mutable good = true

                while at < closing && good do
                    let options = ReadOnlySpan<byte>(block, at, closing - at)
                    let length = RuleContent.optionEnd options 0

                    if length < 0 then
                        good <- false
                    else
                        readOption batch (options.Slice(0, length - 1)) position
                        at <- Scan.pastBlanks block (at + length) closing

                for technique in techniques do
                    RuleNotes.label technique record

                if good then
                    record.WriteFields batch |> ignore
                    Line.Record
                else
                    Line.Faulty(ReadError.Syntax SyntaxError.RuleOptions)
