// What rules of every language say beside what they match: ATT&CK ids, dates, addresses, labels. Knows no language.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

[<RequireQualifiedAccess>]
module internal RuleNotes =
    /// Bytes of the longest rule that is a subject (Normalise/PatternText.fs).
    [<Literal>]
    let MaxRuleBytes = 65_536

    // As many as a record has labels.
    let private mostTechniques = 128

    let private digits (text: ReadOnlySpan<byte>) (from: int) (count: int) =
        let mutable good = from + count <= text.Length
        let mutable place = from

        while good && place < from + count do
            good <- Text.isDigit text[place]
            place <- place + 1

        good

    let private isBorder (text: ReadOnlySpan<byte>) (at: int) =
        at < 0
        || at >= text.Length
        || not (Text.isLetter text[at] || Text.isDigit text[at])

    // The length of the id of a technique at `at`: T, four digits, and three more behind a dot, a slash or an underscore; 0: none.
    let private technique (text: ReadOnlySpan<byte>) (at: int) : int =
        let hasKind = (text[at] ||| 0x20uy) = 't'B && isBorder text (at - 1)

        if hasKind && digits text (at + 1) 4 then
            let isSub =
                at + 5 < text.Length
                && (text[at + 5] = '.'B || text[at + 5] = '/'B || text[at + 5] = '_'B)
                && digits text (at + 6) 3
                && isBorder text (at + 9)

            if isSub then 9
            elif isBorder text (at + 5) then 5
            else 0
        else
            0

    /// Adds every technique of ATT&CK that a text names, once, as ATT&CK writes it: `T1059.001`.
    let techniques (text: ReadOnlySpan<byte>) (into: List<string>) : unit =
        let mutable at = 0

        while at < text.Length do
            let length = technique text at

            if length > 0 then
                let id = Encoding.ASCII.GetString(text.Slice(at + 1, 4))

                let sub =
                    if length = 9 then
                        "." + Encoding.ASCII.GetString(text.Slice(at + 6, 3))
                    else
                        ""

                let found = "T" + id + sub

                if into.Count < mostTechniques && not (into.Contains found) then
                    into.Add found

            at <- at + max 1 length

    let private number (text: ReadOnlySpan<byte>) (from: int) (count: int) =
        Text.readNumber (text.Slice(from, count)) count

    /// A day: `2026-01-31`, `2026/01/31`, `2026_01_31`, `20260131`, also with a time behind a blank or `T`. `Timestamp.none` for anything else.
    let day (text: ReadOnlySpan<byte>) : Timestamp =
        let text = Text.trim text

        let isDashed =
            text.Length >= 10
            && text[4] = text[7]
            && (text[4] = '-'B || text[4] = '/'B || text[4] = '_'B || text[4] = '.'B)
            && (text.Length = 10 || text[10] = ' 'B || text[10] = 'T'B)

        let struct (year, month, day) =
            if isDashed then
                struct (number text 0 4, number text 5 2, number text 8 2)
            elif text.Length = 8 then
                struct (number text 0 4, number text 4 2, number text 6 2)
            else
                struct (-1, -1, -1)

        if
            year >= 1990
            && year < 2100
            && month >= 1
            && month <= 12
            && day >= 1
            && day <= DateTime.DaysInMonth(year, month)
        then
            Timestamp.ofDateTimeOffset (DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero))
        else
            Timestamp.none

    let private http = "http"B

    /// Adds the addresses of http and https that a text holds, parted by blanks, commas or bars, to a record.
    let refer (text: ReadOnlySpan<byte>) (record: StandardRecord) : unit =
        let mutable rest = text
        let mutable going = rest.Length > 0

        while going do
            let stop = rest.IndexOfAny(" \t\n,|<>"B)
            let part = if stop < 0 then rest else rest.Slice(0, stop)

            if Text.startsWithLower part http then
                record.Refer part |> ignore

            going <- stop >= 0
            rest <- if stop < 0 then rest else rest.Slice(stop + 1)

    /// Adds a label of a text.
    let label (text: string) (record: StandardRecord) : unit =
        record.Label(ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text)) |> ignore

    /// The marking that a text names: `TLP:AMBER`, `amber`, `tlp.white`.
    let tlp (text: ReadOnlySpan<byte>) : Tlp voption =
        let word =
            RawBatch.TextOf(text, 32).Trim().ToLowerInvariant().Replace("tlp:", "").Replace("tlp.", "").Trim()

        match word with
        | "white" -> ValueSome Tlp.Clear
        | "amber-strict" -> ValueSome Tlp.AmberStrict
        | word ->
            match Tlp.all |> Array.tryFind (fun tlp -> Tlp.name tlp = word) with
            | Some tlp -> ValueSome tlp
            | None -> ValueNone
