// What the patterns of indicators look for, as values: observables where the pattern is simple, else the pattern itself.
namespace Cti.Core

open System
open System.Text

/// Reads the pattern of the object that `stix` is open at into `values`. Not thread-safe; one per reader.
[<Sealed; AllowNullLiteral(false)>]
type internal StixPatterns(stix: StixObject, values: SubjectValues, losses: StixLosses) =
    static let stixType = "stix"B

    static let ruleTypes =
        [|
            "yara"B, ObservableType.YaraRule
            "sigma"B, ObservableType.SigmaRule
            "suricata"B, ObservableType.SuricataRule
            "snort"B, ObservableType.SnortRule
        |]

    let scan = PatternScan()
    let scratch = Utf8Writer 1024

    let addMeaning (tree: JsonTree) (batch: RawBatch) (pattern: PatternObservation) (text: ReadOnlySpan<byte>) =
        match PatternMeaning.ofPattern pattern with
        | PatternMeaning.Whole -> values.Add(ObservableType.StixPattern, text)
        | PatternMeaning.Observables(found, dropped) ->
            for kind, value in found do
                values.Add(kind, ReadOnlySpan<byte>(Encoding.UTF8.GetBytes value))

            for path in dropped do
                losses.AddText(tree, batch, StixProperty.Pattern, PatternPrinter.pathText path, LossReason.Approximated)

    let addRule (tree: JsonTree) (batch: RawBatch) (kind: int) (text: ReadOnlySpan<byte>) =
        let mutable known = false

        for name, language in ruleTypes do
            if tree.Is(kind, name) then
                known <- true
                values.Add(language, text)

        if not known then
            losses.Add(tree, batch, StixProperty.PatternType, LossReason.UnknownKind)

    /// Adds what it looks for; what is wrong with it, if anything is.
    member _.Read(tree: JsonTree, batch: RawBatch) : ReadError voption =
        let kind = stix[StixProperty.PatternType]
        let text = tree.Text(stix[StixProperty.Pattern], scratch)

        if text.Length = 0 then
            ValueSome(ReadError.BrokenPart("the indicator", "it has no `pattern`"))
        elif kind >= 0 && not (tree.Is(kind, stixType)) then
            addRule tree batch kind text
            ValueNone
        elif scan.Read text then
            for index in 0 .. scan.Count - 1 do
                values.Add(scan.Kind index, text.Slice(scan.Start index, scan.End index - scan.Start index))

            ValueNone
        else
            match PatternParser.parse (Encoding.UTF8.GetString text) with
            | Error error -> ValueSome(ReadError.PatternSyntax(error.Column, error.Problem))
            | Ok parsed ->
                addMeaning tree batch parsed text
                ValueNone
