// The literals a pipeline is written with: words from tables, characters, time formats, zones, predicates.
namespace Cti.Core.Declare

open System
open System.Globalization
open System.Text
open Cti.Core
open Cti.Core.Predicates

[<RequireQualifiedAccess>]
module internal Words =
    let private named (what: string) (name: 'T -> string) (all: 'T array) : Literal<'T> =
        Literal.choice what (all |> Array.map (fun value -> value, name value) |> List.ofArray)

    let observableType =
        named "an observable type" ObservableType.name ObservableType.all

    let tlp = named "a TLP marking" Tlp.name Tlp.all
    let csvColumn = named "a column" CsvColumn.name CsvColumn.all
    let reliability = named "a reliability" Reliability.name Reliability.all

    let credibility: Literal<Credibility> =
        Literal.int "credibility" 1 6
        |> Literal.map
            (fun number -> Credibility.tryOfNumber number |> ValueOption.defaultValue Credibility.Six)
            Credibility.number

    /// 0 to 100.
    let confidence: Literal<byte> =
        Literal.int "confidence" 0 100 |> Literal.map byte int

    let typeRule: Literal<TypeRule> =
        (TypeRule.Auto, "auto")
        :: (ObservableType.all
            |> Array.map (fun kind -> TypeRule.Fixed kind, ObservableType.name kind)
            |> List.ofArray)
        |> Literal.choice "an observable type"

    /// What a type's name in a record means.
    let typeChoice: Literal<TypeChoice> =
        (TypeChoice.Skip, "skip")
        :: (TypeChoice.Take TypeHint.Auto, "auto")
        :: (ObservableType.all
            |> Array.map (fun kind -> TypeChoice.Take(TypeHint.Fixed kind), ObservableType.name kind)
            |> List.ofArray)
        |> Literal.choice "an observable type, `auto` or `skip`"

    let otherType: Literal<OtherType> =
        Literal.choice
            "what becomes of other types"
            [
                OtherType.Known, "known"
                OtherType.Auto, "auto"
                OtherType.Skip, "skip"
                OtherType.Reject, "reject"
            ]

    /// An address of http or https.
    let reference: Literal<string> =
        let parse (text: string) =
            if References.isAddress (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text)) then
                Ok text
            else
                Error(Fault.Malformed("an address of http or https", text, "`https://feed.example/about`"))

        Literal.pattern "address" "^https?://" parse id

    let compression =
        Literal.choice
            "a compression"
            [
                Compression.Auto, "auto"
                Compression.None, "none"
                Compression.Gzip, "gzip"
                Compression.Zip, "zip"
                Compression.Zst, "zst"
            ]

    let encoding = named "an encoding" TextEncoding.name TextEncoding.all

    let plainFormat = named "a reader" PlainFormat.name PlainFormat.all

    let reportFormat = named "a format of reports" ReportFormat.name ReportFormat.all

    let reportRoles =
        Literal.choice "a choice of findings" [ ReportRoles.Ioc, "ioc"; ReportRoles.All, "all" ]

    let mode =
        Literal.choice "a mode" [ SourceMode.Append, "append"; SourceMode.Snapshot, "snapshot" ]

    let privateSpace =
        Literal.choice "a rule for private addresses" [ PrivateSpace.Screen, "screen"; PrivateSpace.Keep, "keep" ]

    let suffixSections =
        Literal.choice "a choice of sections" [ SuffixSections.All, "all"; SuffixSections.Icann, "icann" ]

    /// What is taken of rules of Suricata and Snort.
    let idsTake: Literal<ReaderSpec> =
        Literal.choice
            "a choice"
            [
                ReaderSpec.BlockList(BlockListDialect.IdsRules, ReadLimits.standard), "observables"
                ReaderSpec.Rich(CarriedRulesFormat IdsLanguage.Suricata), "suricata"
                ReaderSpec.Rich(CarriedRulesFormat IdsLanguage.Snort), "snort"
            ]

    /// A language of rules.
    let ruleLanguage =
        Literal.choice
            "a language of rules"
            (RuleLanguage.all
             |> Array.map (fun language -> language, RuleLanguage.name language)
             |> List.ofArray)

    let rangeColumn =
        Literal.choice
            "a column of a table of ranges"
            [
                RangeColumn.Start, "start"
                RangeColumn.End, "end"
                RangeColumn.Network, "network"
                RangeColumn.Country, "country"
                RangeColumn.Asn, "asn"
                RangeColumn.AsName, "as_name"
                RangeColumn.Skip, "skip"
            ]

    /// Tables as their publishers name them.
    let rangeFormat =
        let startEnd rest =
            RangeFormat.Columns(RangeColumn.Start :: RangeColumn.End :: rest)

        Literal.choice
            "a format of a table of ranges"
            [
                startEnd [ RangeColumn.Asn; RangeColumn.Country; RangeColumn.AsName ], "iptoasn"
                startEnd [ RangeColumn.Country ], "dbip_country"
                startEnd [ RangeColumn.Asn; RangeColumn.AsName ], "dbip_asn"
                startEnd [ RangeColumn.Country ], "ip2location_country"
                startEnd [ RangeColumn.Skip; RangeColumn.Asn; RangeColumn.AsName ], "ip2location_asn"
                RangeFormat.Columns [ RangeColumn.Network; RangeColumn.Asn; RangeColumn.AsName ], "geolite2_asn"
                RangeFormat.Columns
                    [
                        RangeColumn.Network
                        RangeColumn.Skip
                        RangeColumn.Country
                        RangeColumn.Skip
                        RangeColumn.Skip
                        RangeColumn.Asn
                        RangeColumn.AsName
                    ],
                "ipinfo_lite"
                RangeFormat.Delegated, "rir_delegated"
            ]

    /// A fact that tables of ranges give.
    let rangeFact =
        named "a fact of a table of ranges" Fact.name [| Fact.Country; Fact.Asn; Fact.AsName |]

    let apply =
        Literal.choice "a way to apply" [ ApplyMode.Auto, "auto"; ApplyMode.Manual, "manual" ]

    let rpzAction = named "an RPZ action" RpzAction.name RpzAction.all

    /// What an output is called, in words: something, and nothing a person could not read.
    let title: Literal<string> =
        Literal.text
        |> Literal.refine (fun text ->
            if text.Trim() <> "" && text |> Seq.forall (Char.IsControl >> not) then
                Ok text
            else
                Error(Fault.Malformed("a title in one line", text, "`Indicators of this week`")))

    let attackDomain = named "a matrix of ATT&CK" AttackDomain.name AttackDomain.all

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

    // Letters of strftime and of other date libraries, as this one writes them.
    let private timeLetters =
        [
            [
                "%Y", "yyyy"
                "%y", "yy"
                "%m", "MM"
                "%d", "dd"
                "%H", "HH"
                "%M", "mm"
                "%S", "ss"
                "%b", "MMM"
            ]
            @ [ "%F", "yyyy-MM-dd"; "%T", "HH:mm:ss"; "%z", "zzz"; "%e", "d" ]
            [ "Y", "y"; "D", "d"; "h", "H" ]
        ]

    let private timeFormatMeant (text: string) =
        let translated =
            timeLetters
            |> List.map (List.fold (fun (format: string) (foreign, ours: string) -> format.Replace(foreign, ours)) text)
            |> List.tryFind (fun format -> format <> text && Result.isOk (TimePattern.tryParse format 0))

        match translated with
        | Some format -> $"write it like `%s{format}`"
        | None -> "write it like `yyyy-MM-dd HH:mm:ss`, or `iso8601`, `unix`, `unix_ms`"

    /// `iso8601`, `unix`, `unix_ms` or a pattern; in UTC until `TimeFormat.inZone` says otherwise.
    let timeFormat: Literal<TimeFormat> =
        let parse (text: string) =
            TimePattern.tryParse text 0
            |> Result.mapError (fun problem ->
                Fault.Conflict($"`%s{text}` is not a time format: %s{problem}", timeFormatMeant text))

        Literal.pattern "time format" "" parse TimeFormat.text

    /// `UTC` (also `GMT`, `Z`) or an offset from it: `+02:00`. Names of zones need a table that changes from year to year, which the core has not.
    let zone: Literal<TimeSpan> =
        let parse (text: string) =
            let sign = if text.StartsWith '-' then -1.0 else 1.0

            match TimeSpan.TryParseExact(text.TrimStart('+', '-'), @"hh\:mm", CultureInfo.InvariantCulture) with
            | _ when List.contains text [ "UTC"; "GMT"; "Z" ] -> Ok TimeSpan.Zero
            | true, offset when
                (text.StartsWith '+' || text.StartsWith '-')
                && text.Length = 6
                && offset <= TimeSpan.FromHours 14.0
                ->
                Ok(offset * sign)
            | _ -> Error(Fault.Malformed("a time zone", text, "`UTC` or `+02:00` (names of zones are not supported)"))

        let print (offset: TimeSpan) =
            if offset = TimeSpan.Zero then
                "UTC"
            else
                let sign = if offset < TimeSpan.Zero then "-" else "+"
                sign + offset.ToString(@"hh\:mm", CultureInfo.InvariantCulture)

        Literal.pattern "time zone" @"^(UTC|GMT|Z|[+-]\d\d:\d\d)$" parse print

    /// A domain name in lower case, without a trailing dot, at most 200 characters: the zone is appended to listed names.
    let zoneName: Literal<string> =
        let isLabel (label: string) =
            label.Length >= 1
            && label.Length <= 63
            && label[0] <> '-'
            && label[label.Length - 1] <> '-'
            && label
               |> Seq.forall (fun letter ->
                   Char.IsAsciiLetterLower letter
                   || Char.IsAsciiDigit letter
                   || letter = '-'
                   || letter = '_')

        let parse (text: string) =
            if text.Length <= 200 && text.Split('.') |> Array.forall isLabel then
                Ok text
            else
                Error(Fault.Malformed("a zone name (lower case, no trailing dot)", text, "`rpz.local`"))

        Literal.pattern "zone name" "^[a-z0-9_-]+([.][a-z0-9_-]+)*$" parse id

    let private atLeast (least: TimeSpan) (what: string) (range: string) =
        Literal.refine (fun (value: TimeSpan) ->
            if value >= least then
                Ok value
            else
                Error(Fault.OutOfRange(what, Literal.duration.Print value, range)))

    /// Whole seconds, 1 s to 7 days.
    let ttl: Literal<TimeSpan> =
        Literal.duration
        |> Literal.refine (fun value ->
            if
                value >= TimeSpan.FromSeconds 1.0
                && value <= TimeSpan.FromDays 7.0
                && value.Milliseconds = 0
            then
                Ok value
            else
                Error(Fault.OutOfRange("a TTL of", Literal.duration.Print value, "1s to 7d, in whole seconds")))

    /// At least a second.
    let lifetime: Literal<TimeSpan> =
        Literal.duration
        |> atLeast (TimeSpan.FromSeconds 1.0) "a lifetime of" "1s or more"

    /// A fault in a part of a text: `length` characters from `offset` on.
    let internal diagnosePart
        (path: Path)
        (scalar: ScalarNode)
        (offset: int)
        (length: int)
        (fault: Fault)
        : Diagnostic =
        let start = ScalarNode.place offset scalar

        let span =
            {
                File = scalar.Span.File
                Start = start
                End =
                    { start with
                        Column = start.Column + (if ScalarNode.isExact scalar then length else 1)
                    }
            }

        Diagnostic.create path span fault

    let private predicateOf (parse: string -> Result<'T, PredicateError list>) : Decoder<'T> =
        let diagnose (path: Path) (scalar: ScalarNode) (error: PredicateError) =

            // Where lines were joined the place is the whole text's: then the words say where.
            let where =
                if ScalarNode.isExact scalar then
                    ""
                else
                    let length = min error.Length (scalar.Text.Length - error.Offset)
                    $": `%s{scalar.Text.Substring(error.Offset, length)}`"

            Fault.Predicate(error.Code, error.Message + where, error.Hint)
            |> diagnosePart path scalar error.Offset error.Length

        let parse (path: Path) (scalar: ScalarNode) =
            if String.IsNullOrWhiteSpace scalar.Text then
                Error
                    [
                        Diagnostic.create path scalar.Span (Fault.NoValue "a predicate like type = 'url'")
                    ]
            else
                parse scalar.Text |> Result.mapError (List.map (diagnose path scalar))

        Decode.scalar
            "a predicate"
            {
                Name = "predicate"
                Shape = ScalarShape.Text ""
            }
            parse

    /// A predicate over indicators, and the facts their pipeline names; its errors point into the text.
    let predicate (facts: NamedFact list) : Decoder<Predicate> = predicateOf (Predicate.parseWith facts)

    /// A predicate over the columns of a record.
    let recordPredicate: Decoder<RecordPredicate> = predicateOf RecordPredicate.parse
