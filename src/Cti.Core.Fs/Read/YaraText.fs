// Words, texts and lines of YARA, and what is found in a file of rules. Knows no rules as wholes.
namespace Cti.Core

open System

/// A part of a text: from, and behind the last byte.
[<Struct>]
type internal TextPart = { Begin: int; Behind: int }

/// A line of a rule's `meta`.
[<Struct>]
type internal YaraMeta =
    {
        Key: TextPart
        /// Of a text what stands between the quotes, escapes not undone.
        Value: TextPart
    }

/// What stands at a place outside of rules.
[<Struct; RequireQualifiedAccess>]
type internal YaraItem =
    /// Nothing any more.
    | End
    /// `import "pe"`: the name.
    | Import of TextPart
    /// `include "other.yar"`: the path.
    | Include of TextPart
    /// A rule, whose parts the scanner has.
    | Rule
    /// What is no rule, or is not closed, up to where the next one may begin.
    | Fault of SyntaxError * TextPart

[<RequireQualifiedAccess>]
module internal YaraWord =
    let rule = "rule"B
    let import = "import"B
    let includes = "include"B
    let globals = "global"B
    let privates = "private"B
    let meta = "meta"B
    let strings = "strings"B
    let condition = "condition"B

[<RequireQualifiedAccess>]
module internal YaraText =
    /// Whether a word may begin with it.
    let isWordStart (value: byte) = Text.isLetter value || value = '_'B
    let private isWord (value: byte) = isWordStart value || Text.isDigit value

    /// Where the word at `at` ends.
    let wordEnd (text: ReadOnlySpan<byte>) (at: int) : int =
        let mutable place = at

        while place < text.Length && isWord text[place] do
            place <- place + 1

        place

    /// Whether a slice is a word.
    let isThe (text: ReadOnlySpan<byte>) (at: int) (finish: int) (word: byte[]) =
        text.Slice(at, finish - at).SequenceEqual(ReadOnlySpan<byte> word)

    /// The place behind a text or a regular expression that is closed by `quote` on its line; -1 where it is not.
    let closed (text: ReadOnlySpan<byte>) (at: int) (quote: byte) : int =
        let mutable place = at + 1
        let mutable found = 0

        while found = 0 do
            if place >= text.Length || text[place] = '\n'B then
                found <- -1
            elif text[place] = '\\'B then
                place <- place + 2
            elif text[place] = quote then
                found <- place + 1
            else
                place <- place + 1

        found

    /// Where something may begin again: a line that begins with a word of the top level.
    let resume (text: ReadOnlySpan<byte>) (at: int) : int =
        let mutable place = at
        let mutable found = -1

        while found < 0 do
            let stop = text.Slice(place).IndexOf '\n'B

            if stop < 0 then
                found <- text.Length
            else
                place <- place + stop + 1
                let mutable first = place

                while first < text.Length && (text[first] = ' 'B || text[first] = '\t'B) do
                    first <- first + 1

                let finish = wordEnd text first

                if
                    isThe text first finish YaraWord.rule
                    || isThe text first finish YaraWord.privates
                    || isThe text first finish YaraWord.globals
                    || isThe text first finish YaraWord.import
                    || isThe text first finish YaraWord.includes
                then
                    found <- first

        found
