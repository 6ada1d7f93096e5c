// A file of Sigma rules as raw records of the standard fields (sigmahq.io, rules, correlations and filters of specification 2; collections of 1): each
// document whole, with what its collection says of all rules, so that it can be used by itself.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text
open System.Text.Unicode

[<Sealed; AllowNullLiteral(false)>]
type internal SigmaCutter() =
    inherit DocumentCutter()

    static let maxShared = 8_192
    static let separator = "\n---\n"B
    static let matches = [ "detection"; "correlation"; "filter" ]
    static let parts = [ "logsource.product"; "logsource.category"; "logsource.service" ]

    let text = SigmaText()
    // What `action: global` said before, and the rule before for `action: repeat`.
    let globals = List<byte[]>()
    let shared = SigmaText()
    let mutable before: byte[] = Array.empty
    let record = StandardRecord()
    let value = Utf8Writer 4096
    let techniques = List<string>()
    let mutable length = 0
    let mutable at = 0
    let mutable line = 1L
    let mutable lineAt = 0

    let lineOf (all: ReadOnlySpan<byte>) (place: int) : int64 =
        line <- line + int64 (MemoryExtensions.Count(all.Slice(lineAt, place - lineAt), '\n'B))
        lineAt <- place
        line

    /// Whether the line at `from` parts documents: `---` or `...`, alone or with a blank or comment behind.
    let isSeparator (all: ReadOnlySpan<byte>) (from: int) =
        let mark = if from + 3 <= all.Length then all[from] else 0uy

        (mark = '-'B || mark = '.'B)
        && all[from + 1] = mark
        && all[from + 2] = mark
        && (from + 3 = all.Length
            || all[from + 3] = '\n'B
            || all[from + 3] = '\r'B
            || all[from + 3] = ' 'B)

    /// The beginning of the line behind `from`.
    let nextLine (all: ReadOnlySpan<byte>) (from: int) =
        let stop = all.Slice(from).IndexOf '\n'B
        if stop < 0 then all.Length else from + stop + 1

    // Bytes of all shared documents together: each rule carries them, so their size must not multiply a file.
    let mutable sharedBytes = 0

    // In the rule itself, else in what its collection shares.
    let first (name: string) =
        let own = text.First name
        if own = "" then shared.First name else own

    let hasMatch () =
        matches |> List.exists (fun name -> text.Has name || shared.Has name)

    let utf8 (said: string) = Encoding.UTF8.GetBytes said

    let describe () =
        let title = first "title"
        let said = first "description"
        let both = if said = "" then title else $"%s{title}: %s{said}"
        record.Describe(ReadOnlySpan<byte>(utf8 both))

    let addTags (source: SigmaText) =
        for tag in source.All "tags" do
            let bytes = utf8 tag
            record.Label(ReadOnlySpan<byte> bytes) |> ignore
            RuleNotes.techniques (ReadOnlySpan<byte> bytes) techniques

            if tag.StartsWith("tlp.", StringComparison.OrdinalIgnoreCase) then
                match RuleNotes.tlp (ReadOnlySpan<byte> bytes) with
                | ValueSome tlp -> record.Tlp <- tlp
                | ValueNone -> ()

    let addReferences (batch: RawBatch) (source: SigmaText) (position: Position) =
        for address in source.All "references" do
            let bytes = utf8 address

            if not (record.Refer(ReadOnlySpan<byte> bytes)) then
                batch.Lose("references", ReadOnlySpan<byte> bytes, LossReason.UnusableValue, position)

    let addPrefixed (prefix: string) (word: string) =
        if word <> "" then
            RuleNotes.label (prefix + word.ToLowerInvariant()) record

    let writeValue (own: ReadOnlySpan<byte>) (isRepeat: bool) =
        value.Clear()

        for index in 0 .. globals.Count - 1 do
            value.Bytes(ReadOnlySpan<byte> globals[index])
            value.Bytes(ReadOnlySpan<byte> separator)

        if isRepeat && before.Length > 0 then
            value.Bytes(ReadOnlySpan<byte> before)
            value.Bytes(ReadOnlySpan<byte> separator)

        value.Bytes own

    let addRule (batch: RawBatch) (own: ReadOnlySpan<byte>) (from: int) (finish: int) (lineNumber: int64) isRepeat =
        record.Clear()
        techniques.Clear()
        writeValue own isRepeat
        record.Add(ObservableType.SigmaRule, value.Written)
        describe ()
        record.Report(ReadOnlySpan<byte>(utf8 (first "author")))
        record.FirstSeen <- RuleNotes.day (ReadOnlySpan<byte>(utf8 (first "date")))
        let position = batch.PositionAt(from, lineNumber)
        addReferences batch text position
        addReferences batch shared position
        addTags text
        addTags shared
        addPrefixed "level:" (first "level")
        addPrefixed "status:" (first "status")

        for part in parts do
            addPrefixed "logsource:" (first part)

        for technique in techniques do
            RuleNotes.label technique record

        record.Write(batch, from, finish, lineNumber) |> ignore

    // The documents that `action: global` made shared, as one text.
    let share () =
        let all =
            globals
            |> Seq.map (fun bytes -> Encoding.UTF8.GetString bytes)
            |> String.concat "\n"

        shared.Read all

    let reject (batch: RawBatch) (from: int) (finish: int) (lineNumber: int64) (error: ReadError) =
        batch.RejectBytes(from, finish, lineNumber, error.code, error.message)

    /// A document of `[from, finish)`, which is not blank.
    let addDocument (batch: RawBatch) (all: ReadOnlySpan<byte>) (from: int) (finish: int) =
        let own = all.Slice(from, finish - from)
        let lineNumber = lineOf all from

        if not (Utf8.IsValid own) then
            reject batch from finish lineNumber (ReadError.InvalidUtf8 0)
        elif own.Length > RuleNotes.MaxRuleBytes then
            reject batch from finish lineNumber (ReadError.TooLong RuleNotes.MaxRuleBytes)
        else
            text.Read(Encoding.UTF8.GetString own)

            match text.First "action" with
            | "global" when sharedBytes + own.Length > maxShared ->
                reject batch from finish lineNumber (ReadError.TooLong maxShared)
            | "global" ->
                globals.Add(own.ToArray())
                sharedBytes <- sharedBytes + own.Length
                share ()
            | "reset" ->
                globals.Clear()
                sharedBytes <- 0
                share ()
            | action ->
                let isRepeat = action = "repeat"

                if first "title" = "" && not isRepeat then
                    reject batch from finish lineNumber (ReadError.Syntax SyntaxError.SigmaDocument)
                elif not (hasMatch ()) && not isRepeat then
                    reject batch from finish lineNumber (ReadError.Syntax SyntaxError.SigmaDetection)
                else
                    addRule batch own from finish lineNumber isRepeat

                    if not isRepeat then
                        before <- own.ToArray()

    override _.Open(document) =
        length <- document.Length
        ValueNone

    override _.Next(batch) =
        let all = ReadOnlySpan<byte>(batch.Bytes, 0, length)
        let mutable from = at
        let mutable finish = at

        // To the next line that parts documents.
        while finish < length && not (isSeparator all finish) do
            finish <- nextLine all finish

        at <- if finish < length then nextLine all finish else length
        let mutable last = finish
        let mutable isBlank = true

        // Comments before and blanks around a document are no part of it.
        while from < last
              && (all[from] = '\n'B
                  || all[from] = '\r'B
                  || all[from] = ' 'B
                  || all[from] = 0xEFuy
                  || all[from] = 0xBBuy
                  || all[from] = 0xBFuy) do
            from <- from + 1

        while last > from
              && (all[last - 1] = '\n'B || all[last - 1] = '\r'B || all[last - 1] = ' 'B) do
            last <- last - 1

        // A document of nothing but comments is none.
        let mutable place = from

        while isBlank && place < last do
            let stop = nextLine all place
            let visible = Text.trim (all.Slice(place, min stop last - place))
            isBlank <- visible.Length = 0 || visible[0] = '#'B || visible[0] = '%'B
            place <- stop

        if not isBlank then
            addDocument batch all from last

        at < length
