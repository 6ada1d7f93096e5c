// Where rules of YARA begin and end in a text, and where their parts lie (yara.readthedocs.io, "Writing YARA rules"; the same for YARA-X). Looks at every
// byte once; understands comments, texts, regular expressions and hexadecimal strings as far as it takes to find their ends.
namespace Cti.Core

open System
open System.Collections.Generic

/// In which part of a rule's body the scanner is.
[<Struct; RequireQualifiedAccess>]
type private YaraSection =
    | Before
    | Meta
    | Strings
    | Condition

/// Scans one text from its beginning to its end. Reused rule by rule; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type internal YaraScan() =
    static let commentEnd = "*/"B
    static let isBlank (value: byte) = value = ' 'B || value - 9uy <= 4uy

    // Parts of one kind that are kept of a rule: more belong to no rule anybody wrote, and would cost memory.
    static let mostParts = 10_000

    // Parts of the rule that was found last.
    let tags = List<TextPart>()
    let metas = List<YaraMeta>()
    let words = List<TextPart>()
    let modules = List<TextPart>()
    let mutable start = 0
    let mutable finish = 0
    let mutable name = { Begin = 0; Behind = 0 }
    // Where words stand that may belong to the next rule, when the one being scanned is not closed.
    let mutable modifiers = -1
    // Where a comment begins that is not closed; -1 where all are.
    let mutable openComment = -1

    let keep (parts: List<'T>) (part: 'T) =
        if parts.Count < mostParts then
            parts.Add part

    /// The place behind blanks and comments; the text's end where a comment is not closed.
    let skip (text: ReadOnlySpan<byte>) (at: int) : int =
        let mutable place = at
        let mutable going = true

        while going && place < text.Length do
            if isBlank text[place] then
                place <- place + 1
            elif text[place] = '/'B && place + 1 < text.Length && text[place + 1] = '/'B then
                let stop = text.Slice(place).IndexOf '\n'B
                place <- if stop < 0 then text.Length else place + stop + 1
            elif text[place] = '/'B && place + 1 < text.Length && text[place + 1] = '*'B then
                let stop = text.Slice(place + 2).IndexOf(ReadOnlySpan<byte> commentEnd)

                if stop < 0 then
                    openComment <- place

                place <- if stop < 0 then text.Length else place + 2 + stop + 2
            else
                going <- false

        place

    let fault (text: ReadOnlySpan<byte>) (from: int) (at: int) (error: SyntaxError) (next: byref<int>) =
        next <-
            if modifiers > from then
                modifiers
            else
                YaraText.resume text (min at text.Length)

        modifiers <- -1
        YaraItem.Fault(error, { Begin = from; Behind = next })

    // `= value` behind a key of `meta`; gives the place behind it, -1 where there is none.
    let metaValue (text: ReadOnlySpan<byte>) (key: TextPart) (at: int) : int =
        let equals = skip text at

        if equals >= text.Length || text[equals] <> '='B then
            -1
        else
            let from = skip text (equals + 1)

            if from >= text.Length then
                -1
            elif text[from] = '"'B then
                let ending = YaraText.closed text from '"'B

                if ending > 0 then
                    keep
                        metas
                        {
                            Key = key
                            Value =
                                {
                                    Begin = from + 1
                                    Behind = ending - 1
                                }
                        }

                ending
            else
                // A number, true or false.
                let mutable ending = if text[from] = '-'B then from + 1 else from
                ending <- YaraText.wordEnd text ending

                if ending > from then
                    keep
                        metas
                        {
                            Key = key
                            Value = { Begin = from; Behind = ending }
                        }

                    ending
                else
                    -1

    /// The body behind its opening brace at `at`. Gives the place behind the closing one; else -1 with the place in `stopped`.
    let body (text: ReadOnlySpan<byte>) (at: int) (stopped: byref<int>) : int =
        let mutable place = at + 1
        let mutable depth = 1
        let mutable section = YaraSection.Before
        let mutable found = 0
        let mutable hasCondition = false
        modifiers <- -1

        while found = 0 do
            place <- skip text place

            if place >= text.Length then
                stopped <- text.Length
                found <- -1
            else
                let here = text[place]

                if YaraText.isWordStart here then
                    let finish = YaraText.wordEnd text place

                    let isNext =
                        YaraText.isThe text place finish YaraWord.rule
                        || YaraText.isThe text place finish YaraWord.import
                        || YaraText.isThe text place finish YaraWord.includes

                    if
                        isNext
                        || YaraText.isThe text place finish YaraWord.privates
                        || YaraText.isThe text place finish YaraWord.globals
                    then
                        if modifiers < 0 then
                            modifiers <- place
                    else
                        modifiers <- -1

                    if isNext then
                        // Reserved words: the rule before is not closed.
                        stopped <- place
                        found <- -1
                    else
                        let isSection =
                            depth = 1
                            && (YaraText.isThe text place finish YaraWord.meta
                                || YaraText.isThe text place finish YaraWord.strings
                                || YaraText.isThe text place finish YaraWord.condition)

                        let colon = if isSection then skip text finish else -1

                        if colon >= 0 && colon < text.Length && text[colon] = ':'B then
                            section <-
                                match here with
                                | 'm'B -> YaraSection.Meta
                                | 's'B -> YaraSection.Strings
                                | _ -> YaraSection.Condition

                            hasCondition <- hasCondition || section = YaraSection.Condition
                            place <- colon + 1
                        elif section = YaraSection.Meta then
                            let ending = metaValue text { Begin = place; Behind = finish } finish

                            if ending < 0 then
                                stopped <- finish
                                found <- -1
                            else
                                place <- ending
                        else
                            if section = YaraSection.Condition then
                                let part = { Begin = place; Behind = finish }

                                if finish < text.Length && text[finish] = '.'B then
                                    keep modules part
                                else
                                    keep words part

                            place <- finish
                else
                    modifiers <- -1

                    match here with
                    | '"'B
                    | '/'B ->
                        let ending = YaraText.closed text place here

                        if ending < 0 then
                            stopped <- place
                            found <- -1
                        else
                            place <- ending
                    | '{'B ->
                        depth <- depth + 1
                        place <- place + 1
                    | '}'B ->
                        depth <- depth - 1
                        place <- place + 1

                        if depth = 0 then
                            if hasCondition then
                                found <- place
                            else
                                stopped <- place
                                found <- -1
                    | _ -> place <- YaraText.wordEnd text (place + 1)

        found

    /// The name, the tags and the brace behind the word `rule` that ends at `at`. Gives the place of the brace; -1 where they are none.
    let head (text: ReadOnlySpan<byte>) (at: int) : int =
        let from = skip text at
        let finish = YaraText.wordEnd text from

        if
            from >= text.Length
            || not (YaraText.isWordStart text[from])
            || finish - from > 128
        then
            -1
        else
            name <- { Begin = from; Behind = finish }
            let mutable place = skip text finish

            if place < text.Length && text[place] = ':'B then
                place <- skip text (place + 1)

                while place < text.Length && YaraText.isWordStart text[place] do
                    let ending = YaraText.wordEnd text place
                    keep tags { Begin = place; Behind = ending }
                    place <- skip text ending

            if place < text.Length && text[place] = '{'B then
                place
            else
                -1

    /// `import` or `include` and a text; the place of the text in `part`.
    let quotedBehind (text: ReadOnlySpan<byte>) (at: int) (part: byref<TextPart>) : int =
        let from = skip text at

        let ending =
            if from < text.Length && text[from] = '"'B then
                YaraText.closed text from '"'B
            else
                -1

        if ending > 0 then
            part <-
                {
                    Begin = from + 1
                    Behind = ending - 1
                }

        ending

    /// The rule that was found last: its bytes.
    member _.Start = start
    member _.Finish = finish
    member _.Name = name
    member _.Tags: List<TextPart> = tags
    member _.Metas: List<YaraMeta> = metas
    /// Words of its condition that a dot follows: modules, or variables of a loop.
    member _.Modules: List<TextPart> = modules
    /// Other words of its condition: keywords, functions, other rules.
    member _.Words: List<TextPart> = words

    /// What begins at `at` or behind blanks and comments there; `next` is the place behind it.
    member _.Item(text: ReadOnlySpan<byte>, at: int, next: byref<int>) : YaraItem =
        let from = skip text at
        tags.Clear()
        metas.Clear()
        words.Clear()
        modules.Clear()
        modifiers <- -1

        if openComment >= 0 then
            let opened = openComment
            openComment <- -1
            next <- text.Length
            YaraItem.Fault(SyntaxError.YaraComment, { Begin = opened; Behind = text.Length })
        elif from >= text.Length then
            next <- text.Length
            YaraItem.End
        else
            let mutable first = from
            let mutable wordFinish = YaraText.wordEnd text first
            let mutable part = { Begin = 0; Behind = 0 }

            if
                YaraText.isThe text first wordFinish YaraWord.import
                || YaraText.isThe text first wordFinish YaraWord.includes
            then
                let isImport = YaraText.isThe text first wordFinish YaraWord.import
                let ending = quotedBehind text wordFinish &part

                if ending < 0 then
                    fault text from wordFinish SyntaxError.YaraItem &next
                else
                    next <- ending

                    if isImport then
                        YaraItem.Import part
                    else
                        YaraItem.Include part
            else
                while YaraText.isThe text first wordFinish YaraWord.privates
                      || YaraText.isThe text first wordFinish YaraWord.globals do
                    first <- skip text wordFinish
                    wordFinish <- YaraText.wordEnd text first

                if not (YaraText.isThe text first wordFinish YaraWord.rule) then
                    fault text from (max from (wordFinish - 1)) SyntaxError.YaraItem &next
                else
                    let brace = head text wordFinish

                    if brace < 0 then
                        fault text from wordFinish SyntaxError.YaraHead &next
                    else
                        let mutable stopped = 0
                        let ending = body text brace &stopped

                        if ending < 0 then
                            openComment <- -1
                            fault text from stopped SyntaxError.YaraBody &next
                        else
                            start <- from
                            finish <- ending
                            next <- ending
                            YaraItem.Rule
