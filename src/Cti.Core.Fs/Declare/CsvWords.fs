// The characters of a delimited text, as they are written in YAML.
namespace Cti.Core.Declare

open System
open Cti.Core

[<RequireQualifiedAccess>]
module internal CsvWords =
    let private isPrintable (character: char) =
        Char.IsAscii character && (not (Char.IsControl character) || character = '\t')

    /// One to eight ASCII characters, or the word whitespace; a tab is written "\t" in double quotes.
    let separator: Literal<CsvSeparator> =
        let isBlank (letter: char) = letter = ' ' || letter = '\t'

        let parse (text: string) =
            match text with
            | "whitespace" -> Ok CsvSeparator.Whitespace
            | _ when text.Length > 8 || not (Seq.forall isPrintable text) ->
                Error(
                    Fault.Malformed(
                        "a separator of one to eight ASCII characters",
                        text,
                        "`\",\"`, `\"||\"`, `\"\\t\"` (a tab, in double quotes) or `whitespace`"
                    )
                )
            | "\\t"
            | "tab" ->
                // A word that means a tab and would be taken for itself: the file would have one column.
                Error(Fault.Malformed("a separator", text, "`\"\\t\"` (a tab, in double quotes)"))
            | _ when text.Length > 1 && (isBlank text[0] || isBlank text[text.Length - 1]) ->
                Error(
                    Fault.Malformed(
                        "a separator without blanks at its ends (blanks around cells are no part of them)",
                        text,
                        $"`\"%s{text.Trim()}\"`"
                    )
                )
            | _ -> Ok(CsvSeparator.Text text)

        let print (value: CsvSeparator) =
            match value with
            | CsvSeparator.Text text -> text
            | CsvSeparator.Whitespace -> "whitespace"

        Literal.pattern "separator" "^(whitespace|.{1,8})$" parse print

    /// One ASCII character; a tab is written "\t" in double quotes.
    let private character (what: string) : Literal<char> =
        let parse (text: string) =
            if text.Length = 1 && isPrintable text[0] then
                Ok text[0]
            else
                Error(Fault.Malformed(what, text, "`\",\"`, `\";\"` or `\"\\t\"` (a tab, in double quotes)"))

        Literal.pattern "character" "^.$" parse string

    /// One ASCII character or the word none.
    let quote: Literal<char option> =
        let inner = character "a quote character or `none`"

        let parse (text: string) =
            if text = "none" then
                Ok None
            else
                inner.Parse text |> Result.map Some

        let print (value: char option) =
            value |> Option.map string |> Option.defaultValue "none"

        Literal.pattern "character or none" "^(.|none)$" parse print
