// A JSON document as a stream of records: follows the records' path through it, block by block, and cuts out one record after the other.
// Only a record has to fit in memory. RFC 8259, except that a comma before a closing bracket is passed over.
namespace Cti.Core

open System
open System.Text

/// What is expected next.
[<Struct; RequireQualifiedAccess>]
type private JsonPhase =
    /// The document's one value.
    | Document
    /// A member's name, or the end of the object.
    | Member
    | Colon
    /// A value: of the document, of a member or an element.
    | Value
    /// An element, or the end of the array.
    | Element
    /// A comma or the end, behind a value.
    | After
    /// The rest of a value that is passed over.
    | Skipping
    /// Nothing but blanks.
    | Done
    | Broken

/// Reads a JSON document. It is resumed by handing it over again from its beginning (`FromBeginningOnly`). A fault in a record that leaves
/// its end known costs that record; what is no JSON at all ends the reading (`Fault`). `start` is not where it is resumed, but where the first byte
/// it is handed stands: a record that is read alone keeps its position.
[<Sealed; AllowNullLiteral(false)>]
type JsonReader(dialect: JsonDialect, start: ReaderStart) =
    inherit Reader()

    static let maxNames = 20
    static let nullWord = "null"B
    let limit = dialect.Limits.MaxRecordBytes
    let columns = List.toArray dialect.Fields
    let path = List.toArray dialect.Records

    // The number of each step that is a star among the stars, from 0.
    let stars =
        path
        |> Array.mapFold (fun count step -> if step.IsEvery then count, count + 1 else -1, count) 0
        |> fst

    let cutter = JsonCutter dialect
    let keys = JsonKeys(path |> Array.filter _.IsEvery |> Array.length)
    let skipper = JsonSkipper()
    let state = ReaderState(start, dialect.Limits)

    // Mutable state of the pass: the arrays and objects on the way to the records. One more than the path has steps, for the array at its end.
    let isArray = Array.create (path.Length + 1) false
    let numbers = Array.create (path.Length + 1) 0
    let mutable level = 0
    let mutable phase = JsonPhase.Document
    // Whether the value that comes next lies on the path.
    let mutable wanted = true
    let mutable found = false
    let mutable fault: ReaderFault voption = ValueNone
    // Names met where a step of the path looked for another: for the message when nothing is found.
    let names = Collections.Generic.List<string>()
    let name = Utf8Writer 64

    let fail (batch: RawBatch) (at: int) (error: ReadError) =
        phase <- JsonPhase.Broken

        fault <-
            ValueSome
                {
                    Error = error
                    Line = state.Line
                    Offset = batch.BaseOffset + int64 at
                }

    /// Ends the reading at a byte that is not what JSON has there: one byte is rejected, for the dead letters to show the place.
    let failAt (batch: RawBatch) (at: int) (expected: string) =
        let error = ReadError.NotJson(0, expected)
        state.Reject(batch, at, at + 1, error)
        fail batch at error

    /// What follows a value: more of the array or object around it, or the document's end.
    let closeValue (batch: RawBatch) (at: int) =
        if level > 0 then
            phase <- JsonPhase.After
        elif found then
            phase <- JsonPhase.Done
        else
            let members = names |> Seq.map (fun name -> $"`%s{name}`") |> String.concat ", "

            fail batch at (ReadError.NoRecords(JsonPath.text dialect.Records, members))

    let push (array: bool) =
        isArray[level] <- array
        numbers[level] <- 0
        level <- level + 1
        phase <- if array then JsonPhase.Element else JsonPhase.Member

    let pop (batch: RawBatch) (at: int) =
        level <- level - 1

        // Nothing at all where a star may match anything: an empty set of records, not a wrong path.
        if numbers[level] = 0 && (level >= path.Length || path[level].IsEvery) then
            found <- true

        closeValue batch at

    /// Whether the step at the innermost open object takes the member of this name.
    let isWantedMember (key: ReadOnlySpan<byte>) : bool =
        match path[level - 1] with
        | JsonStep.Every ->
            keys.Set(stars[level - 1], key)
            true
        | JsonStep.Key step ->
            let isIt = Encoding.UTF8.GetString key = step

            if not isIt && not found && names.Count < maxNames && key.Length <= 128 then
                names.Add(Encoding.UTF8.GetString key)

            isIt

    let isWantedElement () : bool =
        let number = numbers[level - 1]
        numbers[level - 1] <- number + 1

        if level > path.Length then
            true
        else
            match path[level - 1] with
            | JsonStep.Every ->
                keys.Set(stars[level - 1], ReadOnlySpan<byte>.Empty)
                true
            | JsonStep.Key step -> step = string number

    /// A member's name at `at`; gives the place behind it, -1 when it is not whole.
    let memberName (batch: RawBatch) (at: int) (finish: int) : int =
        let mutable closing = at + 1
        let mutable escaped = false
        let mutable whole = false

        while not whole && closing < finish do
            match batch.Bytes[closing] with
            | '"'B -> whole <- true
            | '\\'B ->
                escaped <- true
                closing <- closing + 2
            | _ -> closing <- closing + 1

        if closing - at > limit then
            failAt batch at "a name of bounded length"
            at
        elif not whole then
            -1
        else
            numbers[level - 1] <- numbers[level - 1] + 1
            let text = ReadOnlySpan<byte>(batch.Bytes, at + 1, closing - at - 1)

            wanted <-
                if not escaped then
                    isWantedMember text
                else
                    name.Clear()
                    JsonText.unescape text name && isWantedMember name.Written

            phase <- JsonPhase.Colon
            closing + 1

    /// Takes the record at `at`; gives the place behind it, -1 when its end is not in the block, or when the batch goes first.
    let record (batch: RawBatch) (at: int) (finish: int) (isFinal: bool) : int =
        // Never looks further than a record may be long, so that what is found does not depend on the block.
        let until = min finish (at + limit + 1)
        let ending = cutter.Cut(batch, at, until, isFinal && until = finish, keys)

        if ending = -2 then
            let error = ReadError.NotJson(cutter.BrokenAt - at, cutter.Expected)
            batch.DropOpenFields()
            state.Reject(batch, at, cutter.BrokenAt + 1, error)
            state.Pass(batch, at, cutter.BrokenAt)
            fail batch cutter.BrokenAt (ReadError.NotJson(0, cutter.Expected))
            cutter.BrokenAt
        elif ending = -1 || ending - at > limit then
            batch.DropOpenFields()

            if finish - at > limit then
                if batch.Count > 0 then
                    -1
                else
                    state.Reject(batch, at, at + limit, ReadError.TooLong limit)
                    skipper.Start batch.Bytes[at] |> ignore
                    phase <- JsonPhase.Skipping
                    at
            elif isFinal then
                state.Reject(batch, at, finish, ReadError.JsonCutOff)
                state.Pass(batch, at, finish)
                fail batch finish ReadError.JsonCutOff
                finish
            else
                -1
        else
            // `{ "data": null }`: nothing, not a record that holds nothing.
            let isNothing =
                level = path.Length
                && ReadOnlySpan<byte>(batch.Bytes, at, ending - at).SequenceEqual(ReadOnlySpan<byte> nullWord)

            if isNothing then
                batch.DropOpenFields()
            else
                let error =
                    match state.Check(batch, at, ending, finish) with
                    | ValueSome error -> ValueSome error
                    | ValueNone -> cutter.Fault

                match error with
                | ValueSome error ->
                    batch.DropOpenFields()
                    state.Reject(batch, at, ending, error)
                | ValueNone -> batch.EndRecord(at, ending, state.Line)

            state.Pass(batch, at, ending)
            closeValue batch ending
            ending

    let skip (batch: RawBatch) (at: int) (finish: int) (isFinal: bool) : int =
        let reached = skipper.Skip(batch.Bytes, at, finish, isFinal)
        state.Pass(batch, at, reached)

        if not skipper.IsSkipping then
            closeValue batch reached

        reached

    /// The value that begins at `at`, where no blank stands. Gives the place reached, -1 as `record` does.
    let value (batch: RawBatch) (at: int) (finish: int) (isFinal: bool) : int =
        let first = batch.Bytes[at]
        let isContainer = first = '{'B || first = '['B

        if wanted && isContainer && level < path.Length then
            push (first = '['B)
            at + 1
        elif wanted && first = '['B && level = path.Length then
            found <- true
            push true
            at + 1
        elif wanted && level >= path.Length && (isContainer || first = '"'B || first > ' 'B) then
            found <- true
            record batch at finish isFinal
        elif skipper.Start first then
            phase <- JsonPhase.Skipping
            at
        else
            failAt batch at "a value"
            at

    /// One step on at `at`, where no blank stands. Gives the place reached, -1 when more bytes are needed or the batch goes first.
    let step (batch: RawBatch) (at: int) (finish: int) (isFinal: bool) : int =
        let here = batch.Bytes[at]

        match phase with
        | JsonPhase.Document when here = '<'B ->
            failAt batch at "JSON, not HTML or XML: look at what the source sends"
            at
        | JsonPhase.Document when here <> '{'B && here <> '['B ->
            failAt batch at "a document, `{` or `[`"
            at
        | JsonPhase.Document
        | JsonPhase.Value -> value batch at finish isFinal
        | JsonPhase.Member when here = '}'B ->
            pop batch (at + 1)
            at + 1
        | JsonPhase.Member when here = '"'B -> memberName batch at finish
        | JsonPhase.Member ->
            failAt batch at "a name in quotes, or `}`"
            at
        | JsonPhase.Colon when here = ':'B ->
            phase <- JsonPhase.Value
            at + 1
        | JsonPhase.Colon ->
            failAt batch at "`:` between a name and its value"
            at
        | JsonPhase.Element when here = ']'B ->
            pop batch (at + 1)
            at + 1
        | JsonPhase.Element ->
            wanted <- isWantedElement ()
            phase <- JsonPhase.Value
            at
        | JsonPhase.After when here = ','B ->
            phase <-
                if isArray[level - 1] then
                    JsonPhase.Element
                else
                    JsonPhase.Member

            at + 1
        | JsonPhase.After when here = (if isArray[level - 1] then ']'B else '}'B) ->
            pop batch (at + 1)
            at + 1
        | JsonPhase.After ->
            failAt batch at (if isArray[level - 1] then "`,` or `]`" else "`,` or `}`")
            at
        | JsonPhase.Done ->
            state.Reject(batch, at, at + 1, ReadError.SecondDocument)
            fail batch at ReadError.SecondDocument
            at
        | JsonPhase.Skipping
        | JsonPhase.Broken -> skip batch at finish isFinal

    /// From the first byte of a document.
    new(dialect: JsonDialect) = JsonReader(dialect, ReaderStart.beginning)

    override _.Offset = state.Offset
    override _.Line = state.Line
    override _.Columns = columns
    override _.HeaderPending = false
    override _.Discarding = false
    override _.MaxRecordBytes = limit
    override _.Fault = fault
    override _.FromBeginningOnly = true

    override _.Census =
        ValueSome
            {
                AnyRecord = cutter.AnyRecord
                Missing = cutter.Missing
                Known = cutter.Known
            }

    override _.Read(block, start, length, isFinal, maxRecords, batch) =
        let finish = start + length
        state.Begin(block, start, batch)
        let mark = state.MarkLength(block, start, finish, isFinal)
        let mutable at = start + max 0 mark
        let mutable needMore = mark < 0
        let mutable go = not needMore

        if phase = JsonPhase.Broken then
            at <- finish
            needMore <- true
            go <- false

        while go do
            if phase <> JsonPhase.Skipping then
                while at < finish
                      && (block[at] = ' 'B || block[at] = '\t'B || block[at] = '\r'B || block[at] = '\n'B) do
                    if block[at] = '\n'B then
                        state.Line <- state.Line + 1L

                    at <- at + 1

            if at = finish then
                needMore <- true
                go <- false

                if isFinal && phase <> JsonPhase.Done && phase <> JsonPhase.Document then
                    fail batch at ReadError.JsonCutOff
            elif phase = JsonPhase.Value && not (state.HasRoom(batch, maxRecords)) then
                go <- false
            else
                let reached = step batch at finish isFinal

                if reached < 0 then
                    // A record too long for what may be held while the batch refers to this block: the batch goes first.
                    needMore <- not (batch.Count > 0 && finish - at > limit)
                    go <- false

                    if isFinal && needMore then
                        fail batch finish ReadError.JsonCutOff
                else
                    at <- reached

                    if phase = JsonPhase.Broken then
                        needMore <- true
                        go <- false

        state.End(start, at, needMore)
