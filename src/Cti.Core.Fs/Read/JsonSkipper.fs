// Passes over one JSON value of any size, block by block: what is no record, and records that are too long. Counts brackets
// and knows strings; checks nothing else.
namespace Cti.Core

open System
open System.Buffers

[<Struct; RequireQualifiedAccess>]
type private SkipState =
    | Idle
    | Word
    | Text
    /// Behind a backslash in a text.
    | Escape
    | Inside

/// The mutable state of passing over one value after the other.
[<Sealed; AllowNullLiteral(false)>]
type internal JsonSkipper() =
    static let quoteOrEscape = SearchValues.Create(ReadOnlySpan<byte> "\"\\"B)
    static let structure = SearchValues.Create(ReadOnlySpan<byte> "\"{}[]"B)

    static let wordBytes =
        SearchValues.Create(ReadOnlySpan<byte> "+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"B)

    let mutable state = SkipState.Idle
    let mutable depth = 0L

    /// Whether the end of the value has not been met yet.
    member _.IsSkipping = state <> SkipState.Idle

    /// Begins with the value whose first byte is `first`; false where no value begins so.
    member _.Start(first: byte) : bool =
        depth <- 0L

        state <-
            if first = '"'B || first = '{'B || first = '['B then
                SkipState.Inside
            elif wordBytes.Contains first then
                SkipState.Word
            else
                SkipState.Idle

        state <> SkipState.Idle

    /// Begins in the middle: passes over what is left of the value when `opened` arrays and objects are, at least 1.
    member _.StartInside(opened: int) =
        depth <- int64 opened
        state <- SkipState.Inside

    /// Goes on at `at`; gives the first byte that is not part of the value, `finish` when all of them are.
    member _.Skip(block: byte[], at: int, finish: int, isFinal: bool) : int =
        let mutable at = at

        while state <> SkipState.Idle && at < finish do
            let rest = ReadOnlySpan<byte>(block, at, finish - at)

            match state with
            | SkipState.Word ->
                let stop = rest.IndexOfAnyExcept wordBytes

                if stop >= 0 then
                    state <- SkipState.Idle

                at <- if stop < 0 then finish else at + stop
            | SkipState.Text ->
                let stop = rest.IndexOfAny quoteOrEscape

                if stop < 0 then
                    at <- finish
                else
                    state <-
                        if block[at + stop] = '\\'B then SkipState.Escape
                        elif depth = 0L then SkipState.Idle
                        else SkipState.Inside

                    at <- at + stop + 1
            | SkipState.Escape ->
                state <- SkipState.Text
                at <- at + 1
            | _ ->
                let stop = rest.IndexOfAny structure

                if stop < 0 then
                    at <- finish
                else
                    match block[at + stop] with
                    | '"'B -> state <- SkipState.Text
                    | '{'B
                    | '['B -> depth <- depth + 1L
                    | _ ->
                        depth <- depth - 1L

                        if depth = 0L then
                            state <- SkipState.Idle

                    at <- at + stop + 1

        if isFinal && state = SkipState.Word then
            state <- SkipState.Idle

        at
