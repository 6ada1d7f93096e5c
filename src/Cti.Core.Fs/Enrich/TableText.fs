// Tables as they are published: rows of cells whose separator shows itself, and what can be wrong with them. Knows no table's columns.
namespace Cti.Core

open System

/// Why a table cannot be used. A table with a bad row is not used at all: half a table would silently say "not known".
[<RequireQualifiedAccess>]
type TableError =
    /// A row does not hold what it must.
    | BadRow of file: string * line: int64 * problem: string
    /// There is nothing in it.
    | Empty of file: string
    /// It is no such table at all.
    | NotSuchTable of file: string * problem: string

[<RequireQualifiedAccess>]
module TableError =
    /// The stable code, `CTI-ENRICH-001` to `-003`.
    let code (error: TableError) : string =
        match error with
        | TableError.BadRow _ -> "CTI-ENRICH-001"
        | TableError.Empty _ -> "CTI-ENRICH-002"
        | TableError.NotSuchTable _ -> "CTI-ENRICH-003"

    /// What is wrong and what to do, for a person.
    let message (error: TableError) : string =
        match error with
        | TableError.BadRow(file, line, problem) ->
            $"%s{file}:%d{line}: %s{problem} Fetch the table again, or say what its columns are."
        | TableError.Empty file -> $"%s{file} holds no row. Fetch the table again."
        | TableError.NotSuchTable(file, problem) -> $"%s{file}: %s{problem} Fetch the table again."

[<RequireQualifiedAccess>]
module internal TableText =
    let private mark = [| 0xEFuy; 0xBBuy; 0xBFuy |]
    let private separators = "\t,;|"B

    let withoutMark (text: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        if text.StartsWith(ReadOnlySpan<byte> mark) then
            text.Slice 3
        else
            text

    // What ends the first cell of the first row: no address and no CVE holds any of these.
    let private separatorOf (text: ReadOnlySpan<byte>) : byte =
        let mutable rest = withoutMark text
        let mutable found = 0uy

        while found = 0uy && rest.Length > 0 do
            let finish = rest.IndexOf '\n'B
            let line = Text.trim (if finish < 0 then rest else rest.Slice(0, finish))

            rest <-
                if finish < 0 then
                    rest.Slice rest.Length
                else
                    rest.Slice(finish + 1)

            if line.Length > 0 && line[0] <> '#'B then
                let closing = if line[0] = '"'B then line.Slice(1).IndexOf '"'B + 1 else 0
                let behind = line.Slice(max 0 closing)
                let place = behind.IndexOfAny(ReadOnlySpan<byte> separators)
                found <- if place < 0 then ','B else behind[place]

        if found = 0uy then ','B else found

    /// Calls `take` with every row (batch, number of the record in it, number of the row from 0) until it gives a problem. `#` begins a comment
    /// line; whether there is a header is the caller's to see. The error of a row that cannot be cut is told too.
    let rows
        (file: string)
        (text: byte[])
        (take: RawBatch -> int -> int64 -> string voption)
        : Result<int64, TableError> =
        let reader =
            CsvReader(
                { CsvDialect.standard with
                    Separator = CsvSeparator.Text(string (char (separatorOf (ReadOnlySpan<byte> text))))
                    Comments = [ "#" ]
                    Header = CsvHeader.NoHeader
                },
                ReaderStart.beginning
            )

        let batch = RawBatch 4096
        let mutable at = 0
        let mutable count = 0L
        let mutable error = ValueNone
        let mutable going = true

        while going do
            batch.Clear()
            let progress = reader.Read(text, at, text.Length - at, true, 4096, batch)
            at <- at + progress.Consumed
            let mutable record = 0

            if batch.Rejections.Count > 0 then
                let first = batch.Rejections[0]
                error <- ValueSome(TableError.BadRow(file, first.Position.Line, first.Message + "."))

            while error.IsNone && record < batch.Count do
                match take batch record count with
                | ValueSome problem -> error <- ValueSome(TableError.BadRow(file, batch.Line record, problem))
                | ValueNone -> ()

                count <- count + 1L
                record <- record + 1

            going <- error.IsNone && not (progress.NeedMore && batch.Count = 0)

        match error with
        | ValueSome error -> Error error
        | ValueNone -> Ok count

    /// A decimal fraction from 0 to 1 in parts of a thousand million (see `FactColumns.Whole`); -1 for anything else. Digits behind the ninth are cut.
    let fraction (text: ReadOnlySpan<byte>) : int =
        let point = text.IndexOf '.'B
        let whole = if point < 0 then text else text.Slice(0, point)

        let part =
            if point < 0 then
                ReadOnlySpan<byte>.Empty
            else
                text.Slice(point + 1)

        let mutable value = Text.readNumber whole 9
        let mutable at = 0

        if value >= 0 && value <= 1 then
            let mutable result = int64 value
            let mutable valid = true

            while at < part.Length && valid do
                valid <- Text.isDigit part[at]

                if at < 9 then
                    result <- result * 10L + int64 (part[at] - '0'B)

                at <- at + 1

            while at < 9 do
                result <- result * 10L
                at <- at + 1

            if valid && result <= 1_000_000_000L then int result else -1
        else
            -1

    /// A CVE's year and number as one number that sorts like them; 0 for what is no CVE id (`CVE-YYYY-NNNN…`, at most 12 digits).
    let cveKey (text: ReadOnlySpan<byte>) : uint64 =
        let isPrefixed =
            text.Length >= 13
            && (text[0] ||| 0x20uy) = 'c'B
            && (text[1] ||| 0x20uy) = 'v'B
            && (text[2] ||| 0x20uy) = 'e'B
            && text[3] = '-'B
            && text[8] = '-'B

        if not isPrefixed || text.Length > 21 then
            0UL
        else
            let year = Text.readNumber (text.Slice(4, 4)) 4
            let mutable number = 0UL
            let mutable valid = year > 0

            for at in 9 .. text.Length - 1 do
                valid <- valid && Text.isDigit text[at]
                number <- number * 10UL + uint64 (text[at] - '0'B)

            if valid then (uint64 year <<< 44) ||| number else 0UL
