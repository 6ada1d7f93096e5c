// The names of pipelines, sources and sinks.
namespace Cti.Core.Declare

open System

/// The name of a pipeline, source or sink: starts with a lower-case letter; then also digits, `_`, `-`; at most 64.
type Name =
    private
    | Name of string

    member this.Value =
        let (Name text) = this
        text

    override this.ToString() = this.Value

[<RequireQualifiedAccess>]
module Name =
    let tryParse (text: string) : Name voption =
        let inside (character: char) =
            Char.IsAsciiLetterLower character
            || Char.IsAsciiDigit character
            || character = '_'
            || character = '-'

        if
            text.Length > 0
            && text.Length <= 64
            && Char.IsAsciiLetterLower text[0]
            && Seq.forall inside text
        then
            ValueSome(Name text)
        else
            ValueNone

    let value (name: Name) = name.Value
