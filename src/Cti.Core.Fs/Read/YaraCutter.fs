// A file of YARA rules as raw records of the standard fields: each rule whole, with the imports it needs, so that it compiles by itself.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

[<Sealed; AllowNullLiteral(false)>]
type internal YaraCutter() =
    inherit DocumentCutter()

    static let descriptionKey = "description"B
    static let authorKey = "author"B
    static let tlpKey = "tlp"B

    static let startsWith (text: ReadOnlySpan<byte>) (prefixes: byte[][]) =
        let mutable found = false

        for prefix in prefixes do
            found <- found || Text.startsWithLower text prefix

        found

    static let referenceKeys =
        [| "reference"B; "ref"B; "link"B; "url"B; "source"B; "report"B |]

    static let createdKeys = [| "date"B; "creation_date"B; "created"B |]

    static let attackKeys = [| "mitre"B; "attack"B; "att_ck"B; "technique"B; "ttp"B |]

    // YARA has fewer than twenty modules.
    static let mostImports = 256
    static let importStart = "import \""B
    static let importEnd = "\"\n"B

    let scan = YaraScan()
    let record = StandardRecord()
    let imports = List<string>()
    let names = HashSet<string>()
    let used = HashSet<string>()
    let techniques = List<string>()
    let value = Utf8Writer 4096
    let scratch = Utf8Writer 256
    let mutable length = 0
    let mutable at = 0
    let mutable line = 1L
    let mutable lineAt = 0

    let textOf (text: ReadOnlySpan<byte>) (part: TextPart) =
        RawBatch.TextOf(text.Slice(part.Begin, part.Behind - part.Begin), 256)

    // Places are asked for in order.
    let lineOf (text: ReadOnlySpan<byte>) (place: int) : int64 =
        line <- line + int64 (MemoryExtensions.Count(text.Slice(lineAt, place - lineAt), '\n'B))
        lineAt <- place
        line

    /// A text of `meta` with its escapes undone.
    let undo (text: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        if text.Contains '\\'B then
            scratch.Clear()
            let mutable place = 0

            while place < text.Length do
                if text[place] = '\\'B && place + 1 < text.Length then
                    place <- place + 1

                    scratch.Byte(
                        match text[place] with
                        | 'n'B -> '\n'B
                        | 't'B -> '\t'B
                        | other -> other
                    )
                else
                    scratch.Byte text[place]

                place <- place + 1

            scratch.Written
        else
            text

    let addMeta (text: ReadOnlySpan<byte>) (meta: YaraMeta) =
        let key = text.Slice(meta.Key.Begin, meta.Key.Behind - meta.Key.Begin)
        let said = undo (text.Slice(meta.Value.Begin, meta.Value.Behind - meta.Value.Begin))

        if Text.startsWithLower key descriptionKey then
            record.Describe said
        elif Text.startsWithLower key authorKey then
            record.Report said
        elif startsWith key createdKeys then
            record.FirstSeen <- RuleNotes.day said
        elif startsWith key attackKeys then
            RuleNotes.techniques said techniques
        elif Text.startsWithLower key tlpKey then
            match RuleNotes.tlp said with
            | ValueSome tlp -> record.Tlp <- tlp
            | ValueNone -> ()

        if startsWith key referenceKeys then
            RuleNotes.refer said record

    /// The imports the rule uses, in the order of their names, and the rule.
    let writeValue (text: ReadOnlySpan<byte>) =
        value.Clear()

        used.Clear()

        for part in scan.Modules do
            used.Add(textOf text part) |> ignore

        for index in 0 .. imports.Count - 1 do
            if used.Contains imports[index] then
                value.Bytes(ReadOnlySpan<byte> importStart)
                value.Text imports[index]
                value.Bytes(ReadOnlySpan<byte> importEnd)

        value.Bytes(text.Slice(scan.Start, scan.Finish - scan.Start))

    let addRule (batch: RawBatch) (text: ReadOnlySpan<byte>) =
        let lineNumber = lineOf text scan.Start
        record.Clear()
        techniques.Clear()
        writeValue text
        record.Add(ObservableType.YaraRule, value.Written)

        for meta in scan.Metas do
            addMeta text meta

        for tag in scan.Tags do
            let tag = text.Slice(tag.Begin, tag.Behind - tag.Begin)
            record.Label tag |> ignore
            RuleNotes.techniques tag techniques

        for technique in techniques do
            RuleNotes.label technique record

        // A rule that builds on others does not compile by itself.
        for word in scan.Words do
            let word = textOf text word

            if names.Contains word then
                let value = Encoding.UTF8.GetBytes word
                let position = batch.PositionAt(scan.Start, lineNumber)
                batch.Lose("rule.condition", ReadOnlySpan<byte> value, LossReason.Unresolved, position)

        names.Add(textOf text scan.Name) |> ignore
        record.Write(batch, scan.Start, scan.Finish, lineNumber) |> ignore

    override _.Open(text) =
        length <- text.Length
        ValueNone

    override _.Next(batch) =
        let text = ReadOnlySpan<byte>(batch.Bytes, 0, length)
        let mutable next = at

        let going =
            match scan.Item(text, at, &next) with
            | YaraItem.End -> false
            | YaraItem.Import part ->
                let name = textOf text part

                if imports.Count = mostImports then
                    let value = text.Slice(part.Begin, part.Behind - part.Begin)

                    batch.Lose(
                        "import",
                        value,
                        LossReason.TooLarge,
                        batch.PositionAt(part.Begin, lineOf text part.Begin)
                    )
                elif not (imports.Contains name) then
                    imports.Add name
                    imports.Sort StringComparer.Ordinal

                true
            | YaraItem.Include part ->
                let path = text.Slice(part.Begin, part.Behind - part.Begin)
                let position = batch.PositionAt(part.Begin, lineOf text part.Begin)
                batch.Lose("include", path, LossReason.Unresolved, position)
                true
            | YaraItem.Rule ->
                let rule = text.Slice(scan.Start, scan.Finish - scan.Start)

                if System.Text.Unicode.Utf8.IsValid rule then
                    addRule batch text
                else
                    let error = ReadError.InvalidUtf8 0
                    batch.RejectBytes(scan.Start, scan.Finish, lineOf text scan.Start, error.code, error.message)

                true
            | YaraItem.Fault(error, part) ->
                batch.RejectBytes(part.Begin, part.Behind, lineOf text part.Begin, error.code, error.message)
                true

        at <- next
        going
