// One walk over one JSON value: finds its end and cuts out the fields asked for. Fields nobody asks for are passed over and
// looked at only as far as their end has to be found. Depth is bounded by the paths asked for, never by the input.
namespace Cti.Core

open System
open System.Buffers
open System.Collections.Generic
open System.Text

/// Where the items of a field lie, one after the other: a field with a list has several.
[<Struct>]
type private JsonItem =
    {
        Start: int
        End: int
        Escaped: bool
        /// The next item of the same field, -1 for none.
        mutable Next: int
    }

/// Cuts the fields of records out of JSON. Not thread-safe; one per reader.
[<Sealed; AllowNullLiteral(false)>]
type internal JsonCutter(dialect: JsonDialect) =
    static let maxDepth = 64
    static let quoteOrEscape = SearchValues.Create(ReadOnlySpan<byte> "\"\\"B)
    static let structure = SearchValues.Create(ReadOnlySpan<byte> "\"{}[]"B)
    static let blanks = SearchValues.Create(ReadOnlySpan<byte> " \n\r\t"B)

    // What a number and the three words are made of; also NaN and the like, so that they are found whole.
    static let wordBytes =
        SearchValues.Create(ReadOnlySpan<byte> "+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"B)

    static let trueWord = "true"B
    static let falseWord = "false"B
    static let nullWord = "null"B

    // Keys are gathered from the first records only: enough to say what a misspelt field could have meant.
    static let recordsLookedAt = 64
    static let maxKeys = 200

    let fields =
        dialect.Fields
        |> List.map (fun name -> JsonField.tryParse name |> Result.defaultValue (JsonField.MatchedKey -1))
        |> List.toArray

    let root: JsonNode =
        let paths =
            fields
            |> Seq.indexed
            |> Seq.choose (fun (number, field) ->
                match field with
                | JsonField.At path -> Some(number, path)
                | JsonField.MatchedKey _ -> None)
            |> List.ofSeq

        JsonNode.Build(paths, "")

    let isList =
        fields
        |> Array.map (fun field ->
            match field with
            | JsonField.At path -> List.contains JsonStep.Every path
            | JsonField.MatchedKey _ -> false)

    // Mutable state of one walk; kept between walks to save the arrays.
    let first = Array.create fields.Length -1
    let last = Array.create fields.Length -1
    let mutable items: JsonItem[] = Array.zeroCreate 16
    let mutable count = 0
    let mutable block: byte[] = [||]
    let mutable finish = 0
    let mutable isFinal = false
    let mutable fault: ReadError voption = ValueNone
    let mutable brokenAt = 0
    let mutable expected = ""
    let key = Utf8Writer 64

    // Mutable state of the whole reading.
    let seen = Array.create fields.Length false
    let keys = HashSet<string>()
    let mutable looked = 0

    let span from until =
        ReadOnlySpan<byte>(block, from, until - from)

    let broken at what =
        brokenAt <- at
        expected <- what
        -2

    let spoil error =
        if fault.IsNone then
            fault <- ValueSome error

    /// First byte from `at` on that is no blank; `finish` when there is none.
    let skipBlanks at =
        if at < finish && block[at] > ' 'B then
            at
        else
            let found = (span at finish).IndexOfAnyExcept blanks
            if found < 0 then finish else at + found

    /// Behind the quote that closes the string whose text begins at `at`; -1 when it is not here.
    let stringEnd at (escaped: byref<bool>) =
        let mutable at = at
        let mutable reached = 0

        while reached = 0 do
            let stop =
                if at >= finish then
                    -1
                else
                    (span at finish).IndexOfAny quoteOrEscape

            if stop < 0 then
                reached <- -1
            elif block[at + stop] = '"'B then
                reached <- at + stop + 1
            else
                escaped <- true
                at <- at + stop + 2

        reached

    /// Behind the number or word at `at`; -1 when it may go on behind this block.
    let wordEnd at =
        let stop = (span at finish).IndexOfAnyExcept wordBytes

        if stop = 0 then broken at "a value"
        elif stop > 0 then at + stop
        elif isFinal then finish
        else -1

    /// Behind the array or object at `at`, whatever stands in it.
    let containerEnd at (depth: int) =
        let mutable depth = depth
        let outside = depth
        let mutable at = at
        let mutable reached = 0

        while reached = 0 do
            let stop =
                if at >= finish then
                    -1
                else
                    (span at finish).IndexOfAny structure

            if stop < 0 then
                reached <- -1
            else
                at <- at + stop + 1

                match block[at - 1] with
                | '"'B ->
                    let mutable escaped = false
                    at <- stringEnd at &escaped

                    if at < 0 then
                        reached <- -1
                | '{'B
                | '['B ->
                    depth <- depth + 1

                    if depth > maxDepth then
                        spoil (ReadError.TooDeep maxDepth)
                | _ ->
                    depth <- depth - 1

                    if depth = outside then
                        reached <- at

        reached

    let add field start finish escaped (isItem: bool) =
        seen[field] <- true

        if not isItem && not isList[field] then
            // Of a key given twice the last one counts.
            first[field] <- -1

        if count = items.Length then
            Array.Resize(&items, count * 2)

        items[count] <-
            {
                Start = start
                End = finish
                Escaped = escaped
                Next = -1
            }

        if first[field] < 0 then
            first[field] <- count
        else
            items[last[field]].Next <- count

        last[field] <- count
        count <- count + 1

    /// Keeps a plain value for the fields that end at `node` and for those whose array it stands in.
    let keep (node: JsonNode) (owner: JsonNode) start finish escaped =
        for field in node.Fields do
            add field start finish escaped false

        for field in owner.Fields do
            add field start finish escaped true

    let takeWord (node: JsonNode) (owner: JsonNode) at ending =
        let word = span at ending

        if word.SequenceEqual(ReadOnlySpan<byte> nullWord) then
            // There, and nothing in it.
            for field in node.Fields do
                seen[field] <- true

                if not isList[field] then
                    first[field] <- -1
        elif
            block[at] = '-'B
            || (block[at] >= '0'B && block[at] <= '9'B)
            || word.SequenceEqual(ReadOnlySpan<byte> trueWord)
            || word.SequenceEqual(ReadOnlySpan<byte> falseWord)
        then
            keep node owner at ending false
        else
            spoil (ReadError.BadJsonWord(RawBatch.TextOf(word, 64)))

    let gather (node: JsonNode) (name: ReadOnlySpan<byte>) =
        if looked < recordsLookedAt && keys.Count < maxKeys && name.Length <= 128 then
            keys.Add(node.Prefix + JsonPath.text [ JsonStep.Key(Encoding.UTF8.GetString name) ])
            |> ignore

    /// What is looked for in the member whose name stands in `[at, ending)`.
    let memberOf (node: JsonNode) at ending escaped : JsonNode =
        let name =
            if escaped then
                key.Clear()

                if not (JsonText.unescape (span at ending) key) then
                    key.Clear()

                key.Written
            else
                span at ending

        gather node name
        node.Member name

    /// Walks the value at `at`, where no blank stands; gives the place behind it, -1 when it is not whole, -2 when it is no JSON.
    let rec value (node: JsonNode) (owner: JsonNode) at depth : int =
        match block[at] with
        | '"'B ->
            let mutable escaped = false
            let ending = stringEnd (at + 1) &escaped

            if ending >= 0 then
                keep node owner (at + 1) (ending - 1) escaped

            ending
        | '{'B ->
            let ending =
                if node.IsLeaf then
                    containerEnd at depth
                else
                    members node at depth

            if ending >= 0 then
                for field in node.Fields do
                    add field at ending false false

            ending
        | '['B when node.IsLeaf && node.Fields.Length = 0 -> containerEnd at depth
        | '['B -> elements node at depth
        | _ ->
            let ending = wordEnd at

            if ending >= 0 && (node.Fields.Length > 0 || owner.Fields.Length > 0) then
                takeWord node owner at ending

            ending

    and members (node: JsonNode) at depth : int =
        let mutable at = skipBlanks (at + 1)
        let mutable reached = 0

        while reached = 0 do
            if at = finish then
                reached <- -1
            elif block[at] = '}'B then
                reached <- at + 1
            elif block[at] <> '"'B then
                reached <- broken at "a name in quotes, or `}`"
            else
                let mutable escaped = false
                let nameEnd = stringEnd (at + 1) &escaped
                let colon = if nameEnd < 0 then finish else skipBlanks nameEnd
                let start = if colon = finish then finish else skipBlanks (colon + 1)

                if colon < finish && block[colon] <> ':'B then
                    reached <- broken colon "`:` between a name and its value"
                elif start = finish then
                    reached <- -1
                else
                    let ending =
                        value (memberOf node (at + 1) (nameEnd - 1) escaped) JsonNode.Nothing start (depth + 1)

                    if ending < 0 then
                        reached <- ending
                    else
                        at <- behindComma ending '}'B "`,` or `}`"

                        if at < 0 then
                            reached <- at

        reached

    and elements (node: JsonNode) at depth : int =
        let mutable at = skipBlanks (at + 1)
        let mutable number = 0
        let mutable reached = 0

        for field in node.Fields do
            seen[field] <- true

            if not isList[field] then
                first[field] <- -1

        while reached = 0 do
            if at = finish then
                reached <- -1
            elif block[at] = ']'B then
                reached <- at + 1
            else
                let ending = value (node.Element number) node at (depth + 1)
                number <- number + 1

                if ending < 0 then
                    reached <- ending
                else
                    at <- behindComma ending ']'B "`,` or `]`"

                    if at < 0 then
                        reached <- at

        reached

    /// The next member, element or closing bracket behind a value. A comma before the bracket is passed over.
    and behindComma at (closing: byte) what : int =
        let at = skipBlanks at

        if at = finish then -1
        elif block[at] = ','B then skipBlanks (at + 1)
        elif block[at] = closing then at
        else broken at what

    /// Puts a field's items into the batch as one slice.
    let emit (batch: RawBatch) field =
        match first[field] with
        | -1 -> batch.AddField(0, 0)
        | only when items[only].Next < 0 && not items[only].Escaped ->
            batch.AddField(items[only].Start, items[only].End)
        | head ->
            let start = batch.Scratch.Length
            let mutable item = head

            while item >= 0 do
                if item <> head then
                    batch.Scratch.Byte RawBatch.ListSeparator

                let text = span items[item].Start items[item].End

                if not items[item].Escaped then
                    batch.Scratch.Bytes text
                elif not (JsonText.unescape text batch.Scratch) then
                    spoil ReadError.BadJsonText

                item <- items[item].Next

            batch.AddField(~~~start, ~~~start + batch.Scratch.Length - start)

    /// Cuts the value at `at`, where no blank stands, out of the batch's bytes before `until`; `keyOf` writes the name that a star
    /// of the records' path matched. Fields are added when it is whole and sound. Gives the place behind it, -1 when it is not
    /// whole, -2 when it is no JSON (see `Broken`).
    member _.Cut(batch: RawBatch, at: int, until: int, final: bool, keyOf: JsonKeys) : int =
        block <- batch.Bytes
        finish <- until
        isFinal <- final
        fault <- ValueNone
        count <- 0
        Array.Fill(first, -1)
        let ending = value root JsonNode.Nothing at 0

        if ending >= 0 then
            looked <- looked + 1

            for field in 0 .. fields.Length - 1 do
                match fields[field] with
                | JsonField.MatchedKey star ->
                    seen[field] <- true
                    let start = batch.Scratch.Length
                    keyOf.Write(star, batch.Scratch)
                    batch.AddField(~~~start, ~~~start + batch.Scratch.Length - start)
                | JsonField.At _ -> emit batch field

        ending

    /// What is wrong with the value that was cut, although its end is known.
    member _.Fault = fault

    /// Where the walk found no JSON, and what should stand there.
    member _.BrokenAt = brokenAt

    member _.Expected = expected

    /// Whether any record has been walked.
    member _.AnyRecord = looked > 0

    /// The fields that no record had.
    member _.Missing: string list =
        dialect.Fields
        |> List.indexed
        |> List.choose (fun (field, name) -> if seen[field] then None else Some name)

    /// The paths of members that the first records had.
    member _.Known: string list = List.ofSeq keys
