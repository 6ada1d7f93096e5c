// Why a record could not be cut out of its source, and how much a record may be. Knows no format.
namespace Cti.Core

/// Why a record could not be read. Its neighbours are not touched.
[<Struct; RequireQualifiedAccess>]
type ReadError =
    /// The record is longer than the limit, in bytes, without its line end.
    | TooLong of maxBytes: int
    | TooManyCells of cells: int * maxCells: int
    /// Cells behind the last column of the header hold text: what stands in which column cannot be known.
    | MoreCellsThanColumns of found: int * columns: int
    /// A quoted cell (from 1) does not end before the source or the record limit does.
    | UnterminatedQuote of cell: int
    /// Text stands between a closing quote and the next separator.
    | TextAfterQuote of quotedCell: int
    /// First byte of the record, from 0, that is not UTF-8.
    | InvalidUtf8 of invalidAt: int
    | NulByte of nulAt: int
    /// No line could serve as the header that was declared.
    | NoHeader
    /// The line is none of its dialect.
    | Syntax of SyntaxError
    /// What stands at a byte of the record, from 0, is no JSON.
    | NotJson of notJsonAt: int * expected: string
    /// Arrays and objects inside each other, more of them than are read.
    | TooDeep of maxDepth: int
    /// A field's text holds an escape that is none, half a surrogate pair, or an escaped NUL.
    | BadJsonText
    /// A bare word that is no JSON value, such as NaN.
    | BadJsonWord of word: string
    /// The document ends before its last value does.
    | JsonCutOff
    /// The line of an NDJSON file holds an array.
    | ArrayLine
    /// The line of an NDJSON file ends before its value does.
    | OpenLine
    /// Another value follows the document's one value.
    | SecondDocument
    /// The document has nothing where its records should stand.
    | NoRecords of path: string * members: string
    /// A STIX pattern breaks at a character, from 1.
    | PatternSyntax of column: int * problem: string
    /// An element of a document of objects is none.
    | NotAnObject
    /// A document that is read as a whole is longer than the limit, in bytes.
    | DocumentTooLong of maxDocumentBytes: int
    /// A document is none of its format, or is broken beyond use.
    | BrokenDocument of documentFormat: string * documentFault: string
    /// A part of a document cannot be used; its neighbours can.
    | BrokenPart of part: string * partFault: string
    /// A PDF that asks for a password.
    | EncryptedDocument
    /// A document asks for more work or room than one may.
    | DocumentTooRich of limit: string
    /// A PDF whose pages are pictures.
    | DocumentWithoutText
    /// The object is no event, attribute, manifest, galaxy or taxonomy of MISP.
    | NotMisp
    /// No reader fits the first bytes of a source of which nothing was declared.
    | UnknownKind of looksLike: string

    /// Stable code; docs/codes.md lists them.
    member this.code =
        match this with
        | TooLong _ -> "CTI-READ-001"
        | TooManyCells _ -> "CTI-READ-002"
        | MoreCellsThanColumns _ -> "CTI-READ-003"
        | UnterminatedQuote _ -> "CTI-READ-004"
        | TextAfterQuote _ -> "CTI-READ-005"
        | InvalidUtf8 _ -> "CTI-READ-006"
        | NulByte _ -> "CTI-READ-007"
        | NoHeader -> "CTI-READ-008"
        | Syntax error -> error.code
        | NotJson _ -> "CTI-READ-040"
        | TooDeep _ -> "CTI-READ-041"
        | BadJsonText -> "CTI-READ-042"
        | BadJsonWord _ -> "CTI-READ-043"
        | JsonCutOff -> "CTI-READ-044"
        | ArrayLine -> "CTI-READ-045"
        | OpenLine -> "CTI-READ-046"
        | SecondDocument -> "CTI-READ-047"
        | NoRecords _ -> "CTI-READ-048"
        | NotAnObject -> "CTI-READ-049"
        | PatternSyntax _ -> "CTI-READ-063"
        | NotMisp -> "CTI-READ-070"
        | UnknownKind _ -> "CTI-READ-050"
        | DocumentTooLong _ -> "CTI-READ-060"
        | BrokenDocument _ -> "CTI-READ-061"
        | BrokenPart _ -> "CTI-READ-062"
        | EncryptedDocument -> "CTI-READ-064"
        | DocumentTooRich _ -> "CTI-READ-065"
        | DocumentWithoutText -> "CTI-READ-066"

    /// What is wrong, for a person.
    member this.message =
        match this with
        | TooLong maxBytes -> $"the record is longer than %d{maxBytes} bytes"
        | TooManyCells(cells, maxCells) -> $"the record has %d{cells} cells, more than %d{maxCells}"
        | MoreCellsThanColumns(found, columns) ->
            $"the record has %d{found} cells, but only %d{columns} columns have names"
        | UnterminatedQuote cell ->
            $"the quote that opens cell %d{cell} is not closed before the source or the record limit ends"
        | TextAfterQuote cell ->
            $"text follows the closing quote of cell %d{cell}; a quote inside a cell is written twice"
        | InvalidUtf8 at ->
            $"byte %d{at} of the record is not valid UTF-8; if the source is in another encoding, declare it, for example `encoding: windows-1252`"
        | NulByte at -> $"byte %d{at} of the record is NUL"
        | NoHeader -> "no line could serve as the header, so its columns have no names; check `header` and `comment`"
        | Syntax error -> error.message
        | NotJson(at, expected) -> $"byte %d{at} is no JSON: expected %s{expected}"
        | TooDeep maxDepth -> $"arrays and objects stand inside each other more than %d{maxDepth} deep"
        | BadJsonText -> "a field's text holds a broken escape, half a surrogate pair or a NUL, so it is no text"
        | BadJsonWord word -> $"`%s{word}` is no JSON value; a text stands in quotes"
        | JsonCutOff -> "the document is cut off: it ends before its last value does; fetch it again"
        | ArrayLine -> "the line holds an array, not a record; a document that is an array is read with `type: json`"
        | OpenLine ->
            "the line ends before its value does; a document that goes over several lines is read with `type: json`"
        | SecondDocument ->
            "another value follows the document's end; it looks like NDJSON, one value a line: write `type: ndjson`"
        | NoRecords(path, "") -> $"the document has nothing at `records: %s{path}`, and no members at all"
        | NoRecords(path, members) ->
            $"the document has nothing at `records: %s{path}`; it holds %s{members}. Correct `records`, or look at the feed"
        | PatternSyntax(column, problem) -> $"the pattern breaks at character %d{column}: %s{problem}"
        | NotAnObject -> "an object, `{ … }`, should stand here; look at what the source sends"
        | DocumentTooLong maxBytes ->
            $"the document is longer than %d{maxBytes} bytes, and this format has to be read as a whole; split it"
        | BrokenDocument(format, fault) -> $"the document cannot be read as %s{format}: %s{fault}"
        | BrokenPart(part, fault) -> $"%s{part} cannot be used: %s{fault}"
        | EncryptedDocument -> "the PDF asks for a password, and none is guessed; save a copy without one and read that"
        | DocumentTooRich limit ->
            $"the document asks for more than %s{limit}, so it is not read: split it, or print it anew if it should be smaller"
        | DocumentWithoutText ->
            "the PDF has pages but no text: they are pictures; run text recognition over it and read the result"
        | NotMisp ->
            "the object is no MISP event, attribute, manifest, galaxy or taxonomy; look at what the source sends"
        | UnknownKind looksLike -> $"the kind of this source is not recognised: %s{looksLike}"

/// How much one record may be.
type ReadLimits =
    {
        /// Bytes of a record without its line end, 1 to 67,108,864.
        MaxRecordBytes: int
        /// Cells of a record, at least 1.
        MaxCells: int
        /// Bytes of rejected originals after which a batch is closed early, so that a source of garbage stays within memory.
        MaxRejectedBytes: int
    }

[<RequireQualifiedAccess>]
module ReadLimits =
    /// 1 MiB, 1,024 cells, 4 MiB.
    let standard =
        {
            MaxRecordBytes = 1_048_576
            MaxCells = 1024
            MaxRejectedBytes = 4_194_304
        }
