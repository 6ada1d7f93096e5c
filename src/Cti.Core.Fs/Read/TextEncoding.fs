// The encodings texts come in, and how a source's first bytes tell which it is.
namespace Cti.Core

open System

/// How a source's characters are written as bytes.
[<Struct; RequireQualifiedAccess>]
type TextEncoding =
    /// A byte order mark says; without one UTF-16 is known by its NUL bytes; anything else is UTF-8. Never guesses between alphabets: a
    /// record that is not UTF-8 is rejected, because a wrong guess would make names nobody listed.
    | Auto
    | Utf8
    /// ISO 8859-1.
    | Latin1
    | Windows1252
    /// Mac OS Roman.
    | Macintosh
    | Utf16Le
    | Utf16Be

[<RequireQualifiedAccess>]
module TextEncoding =
    /// Bytes that decide what `Auto` is.
    [<Literal>]
    let SniffBytes = 4

    let all =
        [|
            TextEncoding.Auto
            TextEncoding.Utf8
            TextEncoding.Latin1
            TextEncoding.Windows1252
            TextEncoding.Macintosh
            TextEncoding.Utf16Le
            TextEncoding.Utf16Be
        |]

    let name (encoding: TextEncoding) : string =
        match encoding with
        | TextEncoding.Auto -> "auto"
        | TextEncoding.Utf8 -> "utf-8"
        | TextEncoding.Latin1 -> "latin-1"
        | TextEncoding.Windows1252 -> "windows-1252"
        | TextEncoding.Macintosh -> "macintosh"
        | TextEncoding.Utf16Le -> "utf-16le"
        | TextEncoding.Utf16Be -> "utf-16be"

    /// What a declared encoding is for a source whose first `SniffBytes` bytes (or all, where it has fewer) are `start`: never `Auto`.
    let settle (declared: TextEncoding) (start: ReadOnlySpan<byte>) : TextEncoding =
        match declared with
        | TextEncoding.Auto ->
            if start.Length >= 2 && start[0] = 0xFFuy && start[1] = 0xFEuy then
                TextEncoding.Utf16Le
            elif start.Length >= 2 && start[0] = 0xFEuy && start[1] = 0xFFuy then
                TextEncoding.Utf16Be
            elif
                start.Length >= 4
                && start[0] <> 0uy
                && start[1] = 0uy
                && start[2] <> 0uy
                && start[3] = 0uy
            then
                TextEncoding.Utf16Le
            elif
                start.Length >= 4
                && start[0] = 0uy
                && start[1] <> 0uy
                && start[2] = 0uy
                && start[3] <> 0uy
            then
                TextEncoding.Utf16Be
            else
                TextEncoding.Utf8
        | other -> other
