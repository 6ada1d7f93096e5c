// The members of a Sigma rule's document that stand at its top level, read line by line. No YAML reader: a rule is carried as it is written, and of what
// it says only flat texts and lists of them are looked at (docs/decisions/0025). What is nested is passed over.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// One document. Reused document by document; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type internal SigmaText() =
    static let none = List<string>()
    let members = Dictionary<string, List<string>>(StringComparer.Ordinal)
    let mutable key = ""
    // The text that is being put together over several lines, and how.
    let pending = StringBuilder()
    let mutable quote = '\000'
    let mutable isBlock = false
    let mutable isFolded = false
    let mutable isOpen = false
    // Members of mappings one level down, for `logsource`.
    let mutable nested = ""

    let limit = 65_536

    // The place of the `#` that begins a comment behind a plain text; its length where there is none.
    let commentAt (text: string) : int =
        let rec from (at: int) =
            match text.IndexOf('#', at) with
            | -1 -> text.Length
            | 0 -> 0
            | found when Char.IsWhiteSpace text[found - 1] -> found
            | found -> from (found + 1)

        from 0

    // The place of the quote that closes a text, -1 where it goes on. `at`: behind the one that opens it.
    let closing (text: string) (at: int) (quote: char) : int =
        let mutable place = at
        let mutable found = -1

        while found < 0 && place < text.Length do
            if quote = '"' && text[place] = '\\' then
                place <- place + 2
            elif text[place] = quote then
                if quote = '\'' && place + 1 < text.Length && text[place + 1] = '\'' then
                    place <- place + 2
                else
                    found <- place
            else
                place <- place + 1

        found

    let undo (text: string) (quote: char) : string =
        if quote = '\'' then
            text.Replace("''", "'")
        elif not (text.Contains '\\') then
            text
        else
            let result = StringBuilder()
            let mutable at = 0

            while at < text.Length do
                if text[at] = '\\' && at + 1 < text.Length then
                    at <- at + 1

                    result.Append(
                        match text[at] with
                        | 'n' -> '\n'
                        | 't' -> '\t'
                        | other -> other
                    )
                    |> ignore
                else
                    result.Append text[at] |> ignore

                at <- at + 1

            result.ToString()

    let add (name: string) (value: string) =
        if value <> "" then
            match members.TryGetValue name with
            | true, values -> values.Add value
            | _ -> members[name] <- List<string>([ value ])

    let close () =
        if isOpen then
            let text = pending.ToString()
            add key (if quote = '\000' then text.Trim() else undo text quote)
            pending.Clear() |> ignore
            isOpen <- false
            isBlock <- false
            quote <- '\000'

    let append (text: string) (between: char) =
        if pending.Length > 0 then
            pending.Append between |> ignore

        if pending.Length + text.Length <= limit then
            pending.Append text |> ignore

    // Begins a text behind `key:` or `- `.
    let rec start (text: string) =
        let text = text.Trim()

        if text = "" || text[0] = '#' then
            ()
        elif text[0] = '"' || text[0] = '\'' then
            isOpen <- true
            quote <- text[0]

            match closing text 1 quote with
            | -1 -> append (text.Substring 1) ' '
            | found ->
                append (text.Substring(1, found - 1)) ' '
                close ()
        elif text[0] = '|' || text[0] = '>' then
            isOpen <- true
            isBlock <- true
            isFolded <- text[0] = '>'
        elif text[0] = '[' then
            items (text.Substring 1)
        elif text[0] = '{' then
            ()
        else
            isOpen <- true
            append (text.Substring(0, commentAt text).Trim()) ' '

    // A list in one line: `[a, 'b', "c"]`.
    and items (text: string) =
        let mutable rest = text
        let mutable going = true

        while going do
            rest <- rest.TrimStart(' ', ',', '\t')

            if rest = "" || rest[0] = ']' then
                going <- false
            elif rest[0] = '"' || rest[0] = '\'' then
                match closing rest 1 rest[0] with
                | -1 -> going <- false
                | found ->
                    add key (undo (rest.Substring(1, found - 1)) rest[0])
                    rest <- rest.Substring(found + 1)
            else
                let stop = rest.IndexOfAny [| ','; ']' |]

                add
                    key
                    (if stop < 0 then
                         rest.Trim()
                     else
                         rest.Substring(0, stop).Trim())

                rest <- if stop < 0 then "" else rest.Substring stop

    // `key:` with a blank or nothing behind it; the place of the colon, -1 where the line is none.
    let colonOf (line: string) : int =
        let from =
            if line.Length > 0 && (line[0] = '"' || line[0] = '\'') then
                closing line 1 line[0] + 1
            else
                0

        let rec find (at: int) =
            match line.IndexOf(':', at) with
            | -1 -> -1
            | found when found + 1 = line.Length || line[found + 1] = ' ' || line[found + 1] = '\t' -> found
            | found -> find (found + 1)

        find from

    let continueText (line: string) =
        let text = line.Trim()

        if quote <> '\000' then
            match closing text 0 quote with
            | -1 -> append text ' '
            | found ->
                append (text.Substring(0, found)) ' '
                close ()
        elif isBlock then
            append text (if isFolded then ' ' else '\n')
        else
            append (text.Substring(0, commentAt text).Trim()) ' '

    let readLine (line: string) =
        let trimmed = line.TrimStart ' '
        let indent = line.Length - trimmed.Length
        let isItem = trimmed = "-" || trimmed.StartsWith("- ", StringComparison.Ordinal)
        let isComment = trimmed.StartsWith '#'

        if trimmed.Trim() = "" || (isComment && not isBlock && quote = '\000') then
            ()
        elif isOpen && (isBlock || quote <> '\000') && indent > 0 then
            continueText line
        elif isComment then
            close ()
        elif isItem then
            close ()

            // Items of what is nested say nothing here.
            if key <> "" && nested = "" then
                start (trimmed.Substring 1)
        elif indent = 0 then
            close ()
            nested <- ""
            let colon = colonOf trimmed

            if colon > 0 then
                key <- trimmed.Substring(0, colon).Trim().Trim('"', '\'')

                if not (members.ContainsKey key) then
                    members[key] <- List<string>()

                start (trimmed.Substring(colon + 1))
            else
                key <- ""
        elif isOpen then
            continueText line
        else
            // `key:` inside of a member: a mapping.
            let colon = colonOf trimmed

            nested <-
                if colon > 0 then
                    trimmed.Substring(0, colon).Trim()
                else
                    "?"

            if colon > 0 && key = "logsource" then
                let outer = key
                key <- outer + "." + nested
                start (trimmed.Substring(colon + 1))
                close ()
                key <- outer

    /// Reads a document, given without the `---` around it.
    member _.Read(document: string) : unit =
        members.Clear()
        pending.Clear() |> ignore
        key <- ""
        nested <- ""
        isOpen <- false
        isBlock <- false
        quote <- '\000'

        for line in document.Split '\n' do
            readLine (line.TrimEnd '\r')

        close ()

    /// Whether a member stands at the top level.
    member _.Has(name: string) : bool = members.ContainsKey name

    /// Its texts: one, or the items of a list.
    member _.All(name: string) : List<string> =
        match members.TryGetValue name with
        | true, values -> values
        | _ -> none

    /// Its first text; "" where there is none.
    member this.First(name: string) : string =
        let all = this.All name
        if all.Count = 0 then "" else all[0]
