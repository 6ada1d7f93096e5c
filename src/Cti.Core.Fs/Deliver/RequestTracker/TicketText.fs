// The words of a ticket, for people: plain text in which nothing that a feed wrote can look like a line of ours, end a line, or turn the writing
// direction.
namespace Cti.Core

open System
open System.Text

[<RequireQualifiedAccess>]
module TicketText =
    /// RT keeps 200 characters of a subject, some databases count bytes: what is longer is cut, and ends in `…`.
    [<Literal>]
    let LongestSubject = 200

    // Line and paragraph separator, marks and overrides of the writing direction: seen by nobody, obeyed by every window.
    let private isHidden (character: char) =
        Char.IsControl character
        || character = '\u061C'
        || (character >= '\u200E' && character <= '\u200F')
        || (character >= '\u2028' && character <= '\u202E')
        || (character >= '\u2066' && character <= '\u2069')

    let private written (character: char) = $"\\u%04x{int character}"

    /// A text on one line: whatever a window would hide or obey is written as `\uXXXX`.
    let line (text: string) : string =
        if text |> Seq.exists isHidden then
            text
            |> Seq.map (fun character ->
                if isHidden character then
                    written character
                else
                    string character)
            |> String.concat ""
        else
            text

    // Rules and descriptions have lines: those behind the first are set in, where no name of a fact stands.
    let private block (text: string) : string =
        text.ReplaceLineEndings("\n").Split '\n'
        |> Seq.map line
        |> String.concat "\n    "

    let private cut (text: string) : string =
        if Encoding.UTF8.GetByteCount text <= LongestSubject then
            text
        else
            let mutable size = 3
            let kept = StringBuilder()
            let mutable runes = text.EnumerateRunes()

            while runes.MoveNext()
                  && (size <- size + runes.Current.Utf8SequenceLength
                      size <= LongestSubject) do
                kept.Append(runes.Current.ToString()) |> ignore

            kept.Append('…').ToString()

    /// `TYPE VALUE`, on one line.
    let subject (change: TicketChange) : string =
        $"""%s{TicketChange.fact "type" change} %s{TicketChange.fact "value" change}""".Trim()
        |> line
        |> cut

    let private facts (change: TicketChange) : string =
        let all = change.Facts @ [ "indicator", change.Indicator ]
        let width = all |> List.map (fun (name, _) -> name.Length) |> List.max

        all
        |> List.map (fun (name, text) -> $"%s{name.PadRight width}  %s{block text}")
        |> String.concat "\n"

    /// What a new ticket says.
    let opening (change: TicketChange) : string =
        $"A new indicator. What changes is told in comments.\n\n%s{facts change}\n"

    /// What has changed, by the names of facts, and what holds now.
    let changed (names: string list) (change: TicketChange) : string =
        let what =
            match names with
            | [] -> "Told again"
            | some -> "Changed: " + String.concat ", " some

        $"%s{what}. What holds now:\n\n%s{facts change}\n"

    /// The indicator is back.
    let again (change: TicketChange) : string =
        $"Listed again. What holds now:\n\n%s{facts change}\n"

    /// Why the indicator is gone, as far as its sink may know.
    let withdrawn (change: TicketChange) : string =
        let why =
            match TicketChange.fact "status" change with
            | "expired" -> "nobody has reported it for longer than the lifetime of its type"
            | "withdrawn" -> "no source that this sink may see stands behind it any more"
            | "revoked" -> "it was found to be a false positive"
            | _ -> "it still holds, but this sink does not want it any more: its `where` or a list says no"

        let until =
            match TicketChange.fact "valid_until" change with
            | "" -> ""
            | time -> $" (valid until %s{line time})"

        $"Withdrawn: %s{why}%s{until}.\n\nindicator  %s{change.Indicator}\n"
