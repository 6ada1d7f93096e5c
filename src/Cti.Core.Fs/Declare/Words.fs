// The literals a pipeline is written with: words from tables, names, times to live.
namespace Cti.Core.Declare

open System
open System.Text
open Cti.Core

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
        |> Literal.refine (fun value ->
            if value >= TimeSpan.FromSeconds 1.0 then
                Ok value
            else
                Error(Fault.OutOfRange("a lifetime of", Literal.duration.Print value, "1s or more")))
