// What is known of vulnerabilities by their CVE id: CISA's catalogue of known exploited ones, and FIRST's EPSS scores. Sorted arrays; never
// changed once read.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text.Json

/// Rows by CVE, sorted.
[<RequireQualifiedAccess>]
module private CveIndex =
    /// Sorts both by key; of rows with one key the first given stays.
    let sorted (keys: List<uint64>) (values: List<'V>) : struct (uint64[] * 'V[]) =
        let order = Array.init keys.Count id
        let all = keys.ToArray()
        // Stable: by key, then by place.
        Array.Sort(
            order,
            Comparison(fun left right ->
                match all[left].CompareTo all[right] with
                | 0 -> left.CompareTo right
                | order -> order)
        )

        let kept = List<int>(order.Length)

        for place in order do
            if kept.Count = 0 || all[kept[kept.Count - 1]] <> all[place] then
                kept.Add place

        struct (Array.init kept.Count (fun at -> all[kept[at]]), Array.init kept.Count (fun at -> values[kept[at]]))

/// An entry of the catalogue.
[<Struct; NoComparison; NoEquality>]
type internal KevEntry = { Added: Timestamp; Ransomware: bool }

/// The catalogue of known exploited vulnerabilities (CISA KEV), in its JSON or CSV form.
[<Sealed; AllowNullLiteral(false)>]
type KevTable private (keys: uint64[], entries: KevEntry[], asOf: Timestamp) =
    // `2026-01-31T17:00:00.1234Z`: the catalogue's own time; anything else says nothing.
    static let timeOf (text: string) : Timestamp =
        Timestamp.tryParse text |> ValueOption.defaultValue Timestamp.none

    static let dayOf (text: ReadOnlySpan<byte>) : Timestamp =
        let year =
            if text.Length >= 10 then
                Text.readNumber (text.Slice(0, 4)) 4
            else
                -1

        let month =
            if year > 0 then
                Text.readNumber (text.Slice(5, 2)) 2
            else
                -1

        let day =
            if year > 0 then
                Text.readNumber (text.Slice(8, 2)) 2
            else
                -1

        if
            year >= 1970
            && year < 2100
            && month >= 1
            && month <= 12
            && day >= 1
            && day <= DateTime.DaysInMonth(year, month)
        then
            Timestamp.ofDateTimeOffset (DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero))
        else
            Timestamp.none

    static let known = "known"B

    static let entryOf (added: ReadOnlySpan<byte>) (ransomware: ReadOnlySpan<byte>) : KevEntry =
        {
            Added = dayOf added
            Ransomware = ransomware.Length = 5 && Text.startsWithLower ransomware known
        }

    static let build (keys: List<uint64>) (entries: List<KevEntry>) (asOf: Timestamp) =
        let struct (keys, entries) = CveIndex.sorted keys entries
        KevTable(keys, entries, asOf)

    // Where a CSV's columns stand, by the names CISA gives them.
    static let columnOf (batch: RawBatch) (name: string) : int =
        let mutable found = -1

        for field in 0 .. batch.FieldCount 0 - 1 do
            if found < 0 && RawBatch.TextOf(batch.Field(0, field), 64) = name then
                found <- field

        found

    static let ofCsv (file: string) (text: byte[]) : Result<KevTable, TableError> =
        let keys = List<uint64>()
        let entries = List<KevEntry>()
        // Where cveID, dateAdded and knownRansomwareCampaignUse stand.
        let columns = [| -1; -1; -1 |]

        let read =
            TableText.rows file text (fun batch record row ->
                if row = 0L then
                    columns[0] <- columnOf batch "cveID"
                    columns[1] <- columnOf batch "dateAdded"
                    columns[2] <- columnOf batch "knownRansomwareCampaignUse"

                    if columns[0] < 0 || columns[1] < 0 then
                        ValueSome "the first row does not name the columns cveID and dateAdded of CISA's catalogue."
                    else
                        ValueNone
                else
                    let key = TableText.cveKey (batch.Field(record, columns[0]))

                    let ransomware =
                        if columns[2] < 0 then
                            ReadOnlySpan<byte>.Empty
                        else
                            batch.Field(record, columns[2])

                    let entry = entryOf (batch.Field(record, columns[1])) ransomware

                    if key = 0UL then
                        ValueSome $"`%s{RuleText.shown (batch.Field(record, columns[0]))}` is no CVE id."
                    elif Timestamp.isNone entry.Added then
                        ValueSome $"`%s{RuleText.shown (batch.Field(record, columns[1]))}` is no day like 2026-01-31."
                    else
                        keys.Add key
                        entries.Add entry
                        ValueNone)

        match read with
        | Error error -> Error error
        | Ok _ when keys.Count = 0 -> Error(TableError.Empty file)
        | Ok _ -> Ok(build keys entries Timestamp.none)

    // One pass over the JSON: only `vulnerabilities[*]` matters, and of each three members.
    static let readJson (file: string) (text: byte[]) : Result<KevTable, TableError> =
        let mutable reader = Utf8JsonReader(TableText.withoutMark (ReadOnlySpan<byte> text))
        let keys = List<uint64>()
        let entries = List<KevEntry>()
        let mutable found = false
        let mutable released = Timestamp.none
        let mutable problem = ""
        reader.Read() |> ignore

        while problem = "" && reader.Read() && reader.TokenType = JsonTokenType.PropertyName do
            let isList = reader.ValueTextEquals "vulnerabilities"
            let isReleased = reader.ValueTextEquals "dateReleased"
            reader.Read() |> ignore

            if isReleased && reader.TokenType = JsonTokenType.String then
                released <- timeOf (RawBatch.TextOf(reader.ValueSpan, 64))
            elif not isList || reader.TokenType <> JsonTokenType.StartArray then
                reader.Skip()
            else
                found <- true

                while problem = "" && reader.Read() && reader.TokenType = JsonTokenType.StartObject do
                    let mutable key = 0UL
                    let mutable added = Timestamp.none
                    let mutable isRansomware = false

                    while reader.Read() && reader.TokenType = JsonTokenType.PropertyName do
                        let isId = reader.ValueTextEquals "cveID"
                        let isAdded = reader.ValueTextEquals "dateAdded"
                        let isUse = reader.ValueTextEquals "knownRansomwareCampaignUse"
                        reader.Read() |> ignore

                        if reader.TokenType <> JsonTokenType.String then
                            reader.Skip()
                        elif isId then
                            key <- TableText.cveKey reader.ValueSpan
                        elif isAdded then
                            added <- dayOf reader.ValueSpan
                        elif isUse then
                            isRansomware <- (entryOf ReadOnlySpan<byte>.Empty reader.ValueSpan).Ransomware

                    if key = 0UL || Timestamp.isNone added then
                        problem <-
                            $"entry %d{keys.Count + 1} of `vulnerabilities` has no CVE id in `cveID` or no day in `dateAdded`."
                    else
                        keys.Add key

                        entries.Add
                            {
                                Added = added
                                Ransomware = isRansomware
                            }

        if problem <> "" then
            Error(TableError.NotSuchTable(file, problem))
        elif not found then
            Error(TableError.NotSuchTable(file, "there is no list `vulnerabilities`: this is not CISA's catalogue."))
        elif keys.Count = 0 then
            Error(TableError.Empty file)
        else
            Ok(build keys entries released)

    /// Reads the catalogue: JSON where the first visible byte is `{`, CSV otherwise.
    static member Parse(file: string, text: byte[]) : Result<KevTable, TableError> =
        let visible = Text.trim (ReadOnlySpan<byte> text)

        if visible.Length > 0 && visible[0] = '{'B then
            try
                readJson file text
            with
            | :? JsonException as problem ->
                let line = problem.LineNumber.GetValueOrDefault() + 1L
                Error(TableError.NotSuchTable(file, $"line %d{line} is no JSON."))
            | :? InvalidOperationException -> Error(TableError.NotSuchTable(file, "a text is not valid UTF-8."))
        else
            ofCsv file text

    /// When the catalogue was made; `Timestamp.none` where it does not say (its CSV form).
    member _.AsOf = asOf
    /// Vulnerabilities in the catalogue.
    member _.Count = keys.Length

    /// What the catalogue says of a CVE id, and when it listed it.
    member _.Find(cve: ReadOnlySpan<byte>, added: byref<Timestamp>) : KevListing =
        let key = TableText.cveKey cve
        let at = Array.BinarySearch(keys, key)

        if at < 0 then
            added <- Timestamp.none
            KevListing.NotListed
        else
            added <- entries[at].Added

            if entries[at].Ransomware then
                KevListing.Ransomware
            else
                KevListing.Listed

/// A score of EPSS.
[<Struct; NoComparison; NoEquality>]
type internal EpssEntry = { Score: int; Percentile: int }

/// FIRST's exploit prediction scores: `cve,epss,percentile`, with or without a header, any separator, `#` before what is no row.
[<Sealed; AllowNullLiteral(false)>]
type EpssTable private (keys: uint64[], entries: EpssEntry[], asOf: Timestamp) =
    static let scoreDate = "score_date:"B

    // `#model_version:v2025.03.14,score_date:2026-01-31T12:55:00Z`, the first line of FIRST's files.
    static let dateOf (text: byte[]) : Timestamp =
        let span = TableText.withoutMark (ReadOnlySpan<byte> text)
        let stop = span.IndexOf '\n'B
        let line = if stop < 0 then span else span.Slice(0, stop)
        let at = line.IndexOf(ReadOnlySpan<byte> scoreDate)

        if line.Length = 0 || line[0] <> '#'B || at < 0 then
            Timestamp.none
        else
            let rest = line.Slice(at + scoreDate.Length)
            let comma = rest.IndexOf ','B

            let written =
                RawBatch.TextOf((if comma < 0 then rest else rest.Slice(0, comma)), 64)

            Timestamp.tryParse (written.Trim()) |> ValueOption.defaultValue Timestamp.none

    // Of several files the newest date; none where one has none: its scores could be of any day.
    static let newest (files: struct (string * byte[]) list) : Timestamp =
        let dates = files |> List.map (fun (struct (_, text)) -> dateOf text)

        if List.exists Timestamp.isNone dates then
            Timestamp.none
        else
            List.max dates

    /// Reads the scores of one or several files (one a year, say); of a CVE given twice the first row counts.
    static member Parse(files: struct (string * byte[]) list) : Result<EpssTable, TableError> =
        let keys = List<uint64>()
        let entries = List<EpssEntry>()

        let read (struct (file, text): struct (string * byte[])) =
            let take (batch: RawBatch) (record: int) (row: int64) =
                let key = TableText.cveKey (batch.Field(record, 0))
                let score = TableText.fraction (batch.Field(record, 1))
                let percentile = TableText.fraction (batch.Field(record, 2))

                if key = 0UL && row = 0L then
                    ValueNone
                elif key = 0UL then
                    ValueSome $"`%s{RuleText.shown (batch.Field(record, 0))}` is no CVE id."
                elif score < 0 || percentile < 0 then
                    ValueSome "score and percentile must be numbers from 0 to 1."
                else
                    keys.Add key

                    entries.Add
                        {
                            Score = score
                            Percentile = percentile
                        }

                    ValueNone

            match TableText.rows file text take with
            | Ok _ when keys.Count = 0 -> Error(TableError.Empty file)
            | result -> result |> Result.map ignore

        let rec readAll rest =
            match rest with
            | [] -> Ok()
            | file :: others -> read file |> Result.bind (fun () -> readAll others)

        readAll files
        |> Result.map (fun () ->
            let struct (keys, entries) = CveIndex.sorted keys entries
            EpssTable(keys, entries, newest files))

    member _.Count = keys.Length
    /// When the scores were made; `Timestamp.none` where the files do not say.
    member _.AsOf = asOf

    /// Score and percentile of a CVE id in parts of a thousand million; -1 both where it has none.
    member _.Find(cve: ReadOnlySpan<byte>, percentile: byref<int>) : int =
        let at = Array.BinarySearch(keys, TableText.cveKey cve)

        if at < 0 then
            percentile <- -1
            -1
        else
            percentile <- entries[at].Percentile
            entries[at].Score
