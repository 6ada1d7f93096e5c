// Kinds of files that are no feed, or a feed that is not read yet: named, so that nobody has to guess.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal OtherKinds =
    // First bytes, as characters of one byte each.
    let private magic =
        [
            "PK\003\004", "a ZIP archive"
            "\031\139", "gzip inside of gzip"
            "(\181/\253", "zstd-compressed data"
            "BZh", "bzip2-compressed data"
            "\253" + "7zXZ\000", "xz-compressed data"
            "7z\188\175", "a 7-Zip archive"
            "Rar!", "a RAR archive"
            "\127ELF", "a program (ELF)"
            "MZ", "a program (Windows)"
            "\137PNG", "an image (PNG)"
            "\255\216\255", "an image (JPEG)"
            "SQLite format 3\000", "a SQLite database"
            "PAR1", "a Parquet file"
            "\208\207\017\224", "an old Microsoft Office document"
            "\255\254", "text in UTF-16"
            "\254\255", "text in UTF-16"
        ]

    let private markup =
        [
            "<rss", "an RSS feed"
            "<feed", "an Atom feed"
            "<!doctype html", "an HTML page: an error or login page, perhaps, instead of the feed"
            "<html", "an HTML page: an error or login page, perhaps, instead of the feed"
        ]

    let private has (text: string) (part: string) =
        text.Contains(part, StringComparison.OrdinalIgnoreCase)

    // `"name": "value"` with any blanks between.
    let private pair (text: string) (name: string) (value: string) =
        let rec from (at: int) =
            match text.IndexOf($"\"%s{name}\"", at, StringComparison.Ordinal) with
            | -1 -> false
            | found ->
                let rest = text.AsSpan(found + name.Length + 2).TrimStart()

                (rest.StartsWith(":".AsSpan())
                 && rest.Slice(1).TrimStart().StartsWith(value.AsSpan(), StringComparison.Ordinal))
                || from (found + name.Length + 2)

        from 0

    let private ofJson (text: string) : string option =
        let has name value = pair text name value

        if has "list" "[" && has "name" "\"" && has "version" "" && has "description" "\"" then
            Some "a MISP warninglist, which belongs under `screen: warninglists`"
        elif has "$schema" "\"" && has "properties" "{" then
            Some "a JSON Schema"
        else
            None

    // `hashes.csv`: an MD5 sum of anything, and the event that holds it. Taken for files' hashes they would be false.
    let private isHashIndex (text: string) =
        let line = text.AsSpan(0, min text.Length 80)
        let mutable id = Guid.Empty

        line.Length >= 69
        && line.Slice(0, 32).IndexOfAnyExcept("0123456789abcdef".AsSpan()) < 0
        && line[32] = ','
        && Guid.TryParseExact(line.Slice(33, 36), "D".AsSpan(), &id)
        && (line.Length = 69 || line[69] = '\n' || line[69] = '\r')

    let private binary (text: string) =
        let controls =
            text
            |> Seq.truncate 4096
            |> Seq.filter (fun letter -> letter < ' ' && letter <> '\n' && letter <> '\r' && letter <> '\t')
            |> Seq.length

        controls * 10 > min 4096 text.Length

    /// What the first bytes of a source look like that no reader takes; none where they may be a feed. `text`: one character per byte.
    let tryName (text: string) : string option =
        let start = text.TrimStart()

        match
            magic
            |> List.tryFind (fun (mark, _) ->
                text.StartsWith(mark, StringComparison.Ordinal)
                && (binary text || mark = "%PDF-" || mark |> Seq.exists (Char.IsAscii >> not)))
        with
        | Some(_, kind) -> Some kind
        | None when binary text -> Some "binary data"
        | None when isHashIndex start -> Some "the index of a MISP feed (hashes of values, no values)"
        | None when start.StartsWith '<' ->
            match markup |> List.tryFind (fun (mark, _) -> has text mark) with
            | Some(_, kind) -> Some kind
            | None -> Some "XML or HTML"
        | None when start.StartsWith '{' || start.StartsWith '[' -> ofJson text
        | None -> None
