// A JSON document as a stream of its elements, each handed whole to a format's cutter: the elements of an array that stands at one of the
// format's places, or the document itself; also one value a line. Only an element has to fit in memory.
namespace Cti.Core

open System
open System.Text

/// What is expected next.
[<Struct; RequireQualifiedAccess>]
type private ElementPhase =
    /// A value of the document's own: its one value, a line's, or an element of the array that is the document.
    | Top
    /// An element of an array that was found, or its end.
    | Element
    /// Behind such an element: a comma or the array's end.
    | AfterElement
    /// The rest of the value in which the array was found.
    | Rest
    /// Behind a value of the document's own.
    | AfterTop
    /// The rest of an element too long to be held.
    | Skipping
    /// The rest of a line of which a value is broken.
    | Discarding
    | Broken

/// Reads elements. `places`: where in a document's object the array of elements may stand, names only; a document without such an array is
/// an element itself. An element that is broken costs itself only, as long as its end can be told by its brackets; what else is no JSON ends the
/// reading (`Fault`). `start` is where the first byte it is handed stands: an element that is read alone keeps its position. Once a second value follows the first one on a line of its own, values are lines, and a fault costs its line.
[<Sealed; AllowNullLiteral(false)>]
type JsonElements(places: JsonPath list, cutter: ElementCutter, limits: ReadLimits, start: ReaderStart) =
    inherit Reader()

    let limit = limits.MaxRecordBytes
    let state = ReaderState(start, limits)
    let finder = ElementFinder places
    let skipper = JsonSkipper()
    let tree = JsonTree()
    let opened = OpenElement(tree, cutter, state)
    let waiting = UnfinishedValue()

    // Mutable state of the pass.
    let mutable phase = ElementPhase.Top
    // What comes behind the value that is passed over.
    let mutable behind = ElementPhase.AfterTop
    // The document is an array, and it is open.
    let mutable inArray = false
    let mutable byLine = false
    // The line on which the value of the document's own begins that is being read, and whether it is the first one.
    let mutable topLine = 0L
    let mutable isFirst = true
    let mutable fault: ReaderFault voption = ValueNone

    let fail (batch: RawBatch) (at: int) (error: ReadError) =
        phase <- ElementPhase.Broken

        fault <-
            ValueSome
                {
                    Error = error
                    Line = state.Line
                    Offset = batch.BaseOffset + int64 at
                }

    let discard () =
        phase <- ElementPhase.Discarding
        inArray <- false

    /// What is no JSON at `at`: the line is passed over where values are lines, else the reading ends. One byte is rejected, for the dead letters to show the place.
    let failAt (batch: RawBatch) (at: int) (error: ReadError) =
        state.Reject(batch, at, at + 1, error)

        if byLine then discard () else fail batch at error

    /// What may be looked at from `at` on: never further than an element may be long, so that what is found does not depend on the block; and not
    /// beyond the line where values are lines.
    let reach (batch: RawBatch) (at: int) (finish: int) =
        let until = min finish (at + limit + 1)

        if byLine then
            match ReadOnlySpan<byte>(batch.Bytes, at, until - at).IndexOf '\n'B with
            | -1 -> until
            | stop -> at + stop
        else
            until

    /// Nothing that belongs to the value follows at `until`.
    let isEnd (batch: RawBatch) (until: int) (finish: int) (isFinal: bool) =
        if until < finish then
            byLine && batch.Bytes[until] = '\n'B
        else
            isFinal

    /// The end of the value at `at` is not in the block. Gives the place reached, -1 when more bytes are needed, -2 when the batch goes first.
    let unfinished (batch: RawBatch) (at: int) (until: int) (finish: int) (isFinal: bool) : int =
        if isEnd batch until finish isFinal then
            state.Reject(batch, at, until, (if byLine then ReadError.OpenLine else ReadError.JsonCutOff))
            state.Pass(batch, at, until)

            if byLine then
                discard ()
            else
                fail batch until ReadError.JsonCutOff

            until
        elif finish - at > limit then
            if batch.Count + batch.Objects.Count > 0 then
                -2
            else
                state.Reject(batch, at, at + limit, ReadError.TooLong limit)
                behind <- phase
                skipper.Start batch.Bytes[at] |> ignore
                phase <- ElementPhase.Skipping
                at
        else
            -1

    let closeElement () =
        phase <-
            if phase = ElementPhase.Element then
                ElementPhase.AfterElement
            else
                ElementPhase.AfterTop

    /// Cuts what the batch takes out of the open element at `at`.
    let deliver (batch: RawBatch) (at: int) (maxRecords: int) : int =
        let reached = opened.Cut(batch, at, maxRecords)

        if not opened.IsOpen then
            closeElement ()

        reached

    /// Rejects the element `[at, ending)`.
    let refuse (batch: RawBatch) (at: int) (ending: int) (error: ReadError) : int =
        state.Reject(batch, at, ending, error)
        state.Pass(batch, at, ending)
        closeElement ()
        ending

    /// The element at `at` is no JSON: it alone is rejected where its brackets tell its end and something follows it there that may.
    let brokenElement (batch: RawBatch) (at: int) (until: int) (finish: int) (isFinal: bool) : int =
        let error =
            match tree.Refusal with
            | ValueSome error -> error
            | ValueNone -> ReadError.NotJson(tree.BrokenAt - at, tree.Expected)

        let broken = if tree.Refusal.IsSome then at else tree.BrokenAt
        let isLast = isEnd batch until finish isFinal
        let ending = finder.EndByBrackets(batch.Bytes, at, until, isLast)
        let next = if ending < 0 then until else finder.SkipBlanks ending
        let isOpenEnded = ending = -1 || (ending >= 0 && next = until)

        if isOpenEnded && not isLast then
            unfinished batch at until finish isFinal
        elif
            ending >= 0
            && (if next = until then
                    phase = ElementPhase.Top && not inArray
                else
                    batch.Bytes[next] = ','B || batch.Bytes[next] = ']'B)
        then
            refuse batch at ending error
        else
            state.Reject(batch, at, broken + 1, error)
            state.Pass(batch, at, broken)

            if byLine then discard () else fail batch broken error

            broken

    /// Takes the element at `at`. Gives the place reached; -1 and -2 as `unfinished`.
    let element (batch: RawBatch) (at: int) (finish: int) (isFinal: bool) (maxRecords: int) : int =
        let until = reach batch at finish

        let ending =
            tree.Parse(batch.Bytes, at, until, isEnd batch until finish isFinal, state.Line)

        if ending = -1 || ending - at > limit then
            unfinished batch at until finish isFinal
        elif ending = -2 then
            brokenElement batch at until finish isFinal
        else
            let error =
                match state.Check(batch, at, ending, finish) with
                | ValueSome error -> ValueSome error
                | ValueNone when tree.Fault.IsSome -> tree.Fault
                | ValueNone when tree.Kind 0 <> JsonKind.Object -> ValueSome ReadError.NotAnObject
                | ValueNone -> ValueNone

            match error with
            | ValueSome error -> refuse batch at ending error
            | ValueNone ->
                opened.Open(ending - at)
                deliver batch at maxRecords

    /// A value of the document's own at `at`, where no blank stands.
    let top (batch: RawBatch) (at: int) (finish: int) (isFinal: bool) (maxRecords: int) : int =
        let here = batch.Bytes[at]

        if here = ']'B && inArray then
            inArray <- false
            phase <- ElementPhase.AfterTop
            at + 1
        elif here = '['B && not inArray then
            inArray <- true
            topLine <- state.Line
            at + 1
        elif here = '{'B then
            if not inArray then
                topLine <- state.Line

            let until = reach batch at finish

            if finder.Find(batch.Bytes, at, until, isEnd batch until finish isFinal) then
                state.Pass(batch, at, finder.At)
                phase <- ElementPhase.Element
                finder.At + 1
            else
                // Whole, broken or not whole: as an element it says which.
                element batch at finish isFinal maxRecords
        elif inArray then
            element batch at finish isFinal maxRecords
        elif here = '<'B then
            failAt batch at (ReadError.NotJson(0, "JSON, not HTML or XML: look at what the source sends"))
            at
        else
            failAt batch at (ReadError.NotJson(0, "a document, `{` or `[`"))
            at

    /// What follows a value of the document's own.
    let afterTop (batch: RawBatch) (at: int) : int =
        let here = batch.Bytes[at]

        if inArray then
            if here = ','B then
                phase <- ElementPhase.Top
                at + 1
            elif here = ']'B then
                inArray <- false
                at + 1
            else
                failAt batch at (ReadError.NotJson(0, "`,` or `]`"))
                at
        elif state.Line > topLine then
            // A second value on a line of its own, and the first one had a line of its own too.
            isFirst <- false
            phase <- ElementPhase.Top
            at
        else
            failAt batch at ReadError.SecondDocument
            at

    /// Passes over the rest of a value, not beyond the line where values are lines.
    let passOver (batch: RawBatch) (at: int) (finish: int) (isFinal: bool) : int =
        let until =
            match ReadOnlySpan<byte>(batch.Bytes, at, finish - at).IndexOf '\n'B with
            | stop when byLine && stop >= 0 -> at + stop
            | _ -> finish

        let isLast = isEnd batch until finish isFinal
        let reached = skipper.Skip(batch.Bytes, at, until, isLast)
        state.Pass(batch, at, reached)

        if skipper.IsSkipping then
            if byLine && isLast then
                state.Reject(batch, at, reached, ReadError.OpenLine)
                discard ()
        elif phase = ElementPhase.Rest then
            phase <- ElementPhase.AfterTop
        else
            phase <- behind
            closeElement ()

        reached

    /// Whether to look at the value at `at`, again where it was not whole: nothing more of it can come, or enough of it has come since.
    let isWorthLooking (batch: RawBatch) (at: int) (finish: int) (isFinal: bool) : bool =
        let until = reach batch at finish

        finish - at > limit
        || isEnd batch until finish isFinal
        || waiting.IsWorthLooking(batch.Bytes, at, until)

    let advance (batch: RawBatch) (at: int) (finish: int) (isFinal: bool) (maxRecords: int) : int =
        match phase with
        | ElementPhase.Top -> top batch at finish isFinal maxRecords
        | ElementPhase.Element when batch.Bytes[at] = ']'B ->
            skipper.StartInside finder.Depth
            phase <- ElementPhase.Rest
            at + 1
        | ElementPhase.Element -> element batch at finish isFinal maxRecords
        | ElementPhase.AfterElement when batch.Bytes[at] = ','B ->
            phase <- ElementPhase.Element
            at + 1
        | ElementPhase.AfterElement when batch.Bytes[at] = ']'B ->
            skipper.StartInside finder.Depth
            phase <- ElementPhase.Rest
            at + 1
        | ElementPhase.AfterElement ->
            failAt batch at (ReadError.NotJson(0, "`,` or `]`"))
            at
        | ElementPhase.AfterTop -> afterTop batch at
        | ElementPhase.Rest
        | ElementPhase.Skipping -> passOver batch at finish isFinal
        | ElementPhase.Discarding ->
            match ReadOnlySpan<byte>(batch.Bytes, at, finish - at).IndexOf '\n'B with
            | -1 -> finish
            | stop ->
                phase <- ElementPhase.Top
                at + stop
        | ElementPhase.Broken -> finish

    let step (batch: RawBatch) (at: int) (finish: int) (isFinal: bool) (maxRecords: int) : int =
        let reached =
            if isWorthLooking batch at finish isFinal then
                advance batch at finish isFinal maxRecords
            else
                -1

        if reached >= 0 then
            waiting.Forget()
        elif reached = -1 then
            waiting.Note(batch.Bytes, at, reach batch at finish)

        reached

    /// Skips blanks; the first value behind the end of the line of a value makes values lines.
    let skipBlanks (batch: RawBatch) (at: int) (finish: int) : int =
        let mutable at = at

        while at < finish
              && (batch.Bytes[at] = ' 'B
                  || batch.Bytes[at] = '\t'B
                  || batch.Bytes[at] = '\r'B
                  || batch.Bytes[at] = '\n'B) do
            if batch.Bytes[at] = '\n'B then
                if phase = ElementPhase.AfterTop && not inArray && isFirst && state.Line = topLine then
                    byLine <- true

                state.Line <- state.Line + 1L

            at <- at + 1

        at

    let isWholeHere () =
        not inArray
        && (phase = ElementPhase.AfterTop
            || phase = ElementPhase.Top
            || phase = ElementPhase.Discarding)

    override _.Offset = state.Offset
    override _.Line = state.Line
    override _.Columns = cutter.Columns
    override _.HeaderPending = false
    override _.Discarding = false
    override _.MaxRecordBytes = limit
    override _.Fault = fault
    override _.FromBeginningOnly = true

    override _.Read(block, start, length, isFinal, maxRecords, batch) =
        let finish = start + length
        state.Begin(block, start, batch)
        let mark = state.MarkLength(block, start, finish, isFinal)
        let mutable at = start + max 0 mark
        let mutable needMore = mark < 0
        let mutable go = not needMore

        if opened.IsOpen then
            opened.Move(block, at)
            at <- deliver batch at maxRecords
            go <- not opened.IsOpen

        if phase = ElementPhase.Broken then
            at <- finish
            needMore <- true
            go <- false

        while go do
            if
                phase <> ElementPhase.Skipping
                && phase <> ElementPhase.Rest
                && phase <> ElementPhase.Discarding
            then
                at <- skipBlanks batch at finish

            if at = finish then
                needMore <- true
                go <- false

                if isFinal && not (isWholeHere ()) then
                    fail batch at ReadError.JsonCutOff
            elif not (state.HasRoom(batch, maxRecords)) then
                go <- false
            else
                match step batch at finish isFinal maxRecords with
                | -1 ->
                    needMore <- true
                    go <- false
                | -2 -> go <- false
                | reached ->
                    at <- reached

                    if phase = ElementPhase.Broken then
                        needMore <- true
                        go <- false
                    elif opened.IsOpen then
                        go <- false

        state.End(start, at, needMore)
