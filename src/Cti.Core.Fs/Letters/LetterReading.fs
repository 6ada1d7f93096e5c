// Reading one record again, alone, from the bytes a dead letter kept: which reader does it, and when it cannot be done.
namespace Cti.Core

open System
open System.Text.Unicode

/// Why the record of a dead letter cannot be read alone.
[<Struct; RequireQualifiedAccess>]
type LetterFault =
    /// Only its beginning was kept.
    | Cut
    /// Its columns had no names yet when it was read.
    | NoHeader
    /// What the source is is recognised from its beginning, which is not at hand.
    | Undeclared
    /// A mapping asks for the name under which the record stood.
    | NeedsKey
    /// It depends on the lines before it.
    | NeedsLinesBefore
    /// It is a part of a document that is read as a whole.
    | NeedsDocument

    /// Stable code.
    member this.code =
        match this with
        | Cut -> "CTI-DEAD-002"
        | NoHeader -> "CTI-DEAD-003"
        | Undeclared -> "CTI-DEAD-004"
        | NeedsKey -> "CTI-DEAD-005"
        | NeedsLinesBefore -> "CTI-DEAD-006"
        | NeedsDocument -> "CTI-DEAD-010"

    member this.message =
        match this with
        | Cut ->
            "it is longer than a dead letter keeps, 65,536 bytes; mend the pipeline and read the source again: cti cursor reset"
        | NoHeader ->
            "the names of its columns were not known yet; declare `columns`, or read the source again: cti cursor reset"
        | Undeclared ->
            "what the source is is recognised from its beginning; declare `read`, or read the source again: cti cursor reset"
        | NeedsKey ->
            "a mapping asks for `@key`, which stands outside the record; read the source again: cti cursor reset"
        | NeedsLinesBefore -> "what it means depends on the lines before it; read the source again: cti cursor reset"
        | NeedsDocument -> "it means nothing without its document; read the source again: cti cursor reset"

[<RequireQualifiedAccess>]
module LetterReading =
    /// Bytes a rejection keeps of a record; one of exactly so many may be cut.
    [<Literal>]
    let MostOriginalBytes = 65_536

    /// The record's text in the encoding declared now. What was read in one that is no UTF-8 was decoded before it was rejected; so bytes that
    /// are no UTF-8 come from a source whose encoding was not declared then.
    let text (encoding: TextEncoding) (original: byte[]) : byte[] =
        if Utf8.IsValid(ReadOnlySpan<byte> original) || not (Transcoder.isNeeded encoding) then
            original
        else
            let room =
                Array.zeroCreate<byte>(original.Length * Transcoder.MaxCharacterBytes + Transcoder.MaxCharacterBytes)

            let decoded =
                Transcoder.decode encoding (ReadOnlySpan<byte> original) (Span<byte> room) true

            Array.sub room 0 decoded.Written

    let private isObject (original: byte[]) =
        let first = ReadOnlySpan<byte>(original).TrimStart(" \t\r\n"B)
        not first.IsEmpty && first[0] = '{'B

    let private takesKey (dialect: JsonDialect) =
        dialect.Fields
        |> List.exists (fun field ->
            match JsonField.tryParse field with
            | Ok(JsonField.MatchedKey _) -> true
            | Ok(JsonField.At _)
            | Error _ -> false)

    /// A reader for the record alone, which stands at `position` in its source; `header` is what `Reader.Resume` gave near it.
    let reader
        (spec: ReaderSpec)
        (header: string[])
        (position: Position)
        (original: byte[])
        : Result<Reader, LetterFault> =
        let start: ReaderStart =
            {
                Offset = position.Offset
                Line = position.Line
                Columns = header
            }

        if original.Length >= MostOriginalBytes then
            Error LetterFault.Cut
        else
            match spec with
            | ReaderSpec.Auto _ -> Error LetterFault.Undeclared
            | ReaderSpec.BlockList(BlockListDialect.Rpz, _) -> Error LetterFault.NeedsLinesBefore
            | ReaderSpec.Rich format ->
                match format.RecordReader start with
                | ValueSome reader -> Ok reader
                | ValueNone -> Error LetterFault.NeedsDocument
            | ReaderSpec.Json dialect when takesKey dialect -> Error LetterFault.NeedsKey
            | ReaderSpec.Json dialect when isObject original -> Ok(JsonReader({ dialect with Records = [] }, start))
            | ReaderSpec.Json dialect -> Ok(NdjsonReader(dialect, start))
            | ReaderSpec.Lines _
            | ReaderSpec.BlockList _
            | ReaderSpec.Csv _
            | ReaderSpec.Ndjson _ ->
                let reader = ReaderSpec.reader spec start

                if reader.HeaderPending && position.Offset > 0L then
                    Error LetterFault.NoHeader
                else
                    Ok reader
