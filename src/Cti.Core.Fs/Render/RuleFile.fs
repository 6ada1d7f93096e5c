// The `rule_file` output: carried rules of one language as the file their tool loads, each as it came, none twice. Of rules with one id the newest
// revision stays: tools refuse files that name one id twice.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// Whose rules a file holds.
[<Struct; RequireQualifiedAccess>]
type RuleLanguage =
    | Yara
    | Sigma
    | Suricata
    | Snort

[<RequireQualifiedAccess>]
module RuleLanguage =
    let all =
        [|
            RuleLanguage.Yara
            RuleLanguage.Sigma
            RuleLanguage.Suricata
            RuleLanguage.Snort
        |]

    /// The name used in YAML.
    let name (language: RuleLanguage) =
        match language with
        | RuleLanguage.Yara -> "yara"
        | RuleLanguage.Sigma -> "sigma"
        | RuleLanguage.Suricata -> "suricata"
        | RuleLanguage.Snort -> "snort"

    /// The type of its rules.
    let observable (language: RuleLanguage) : ObservableType =
        match language with
        | RuleLanguage.Yara -> ObservableType.YaraRule
        | RuleLanguage.Sigma -> ObservableType.SigmaRule
        | RuleLanguage.Suricata -> ObservableType.SuricataRule
        | RuleLanguage.Snort -> ObservableType.SnortRule

[<NoComparison; NoEquality>]
type private KeptRule =
    {
        Identity: RuleIdentity
        LastSeen: Timestamp
        Text: byte[]
    }

/// Rules in the order of their ids; in YARA those a rule builds on stand before it. The one renderer that holds its rows: which revision is the newest is
/// known behind the last row.
[<Sealed; AllowNullLiteral(false)>]
type RuleFileRenderer(language: RuleLanguage) =
    static let separator = "---\n"B
    // What a collection shares holds for all documents behind it, until this (Sigma specification 1, collections).
    static let reset = "---\naction: reset\n"B
    static let globalAction = "action: global"B
    let observable = RuleLanguage.observable language
    let rules = Dictionary<string, KeptRule>(StringComparer.Ordinal)
    let losses = LossList()

    let check (kind: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        if kind <> observable then
            ValueSome RenderReason.TypeNotHeld
        elif (RuleIdentity.ofRule kind value).IsNone then
            ValueSome RenderReason.NotCanonical
        else
            ValueNone

    // Of two revisions the newer one; of equal ones the one that was seen last; of those the greater text, so that order does not matter.
    let isNewer (rule: KeptRule) (known: KeptRule) =
        match compare rule.Identity.Revision known.Identity.Revision with
        | 0 ->
            match compare rule.LastSeen known.LastSeen with
            | 0 -> ReadOnlySpan<byte>(rule.Text).SequenceCompareTo(ReadOnlySpan<byte> known.Text) > 0
            | order -> order > 0
        | order -> order > 0

    let keep (batch: IndicatorBatch) (row: int) =
        if batch.Type[row] = observable then
            match RuleIdentity.ofRule observable batch.Value[row] with
            | ValueNone -> ()
            | ValueSome identity ->
                let rule =
                    {
                        Identity = identity
                        LastSeen = batch.LastSeen[row]
                        Text = batch.Value[row].ToArray()
                    }

                match rules.TryGetValue identity.Id with
                | true, known ->
                    let id = Encoding.UTF8.GetBytes identity.Id
                    RenderLoss.add losses "rule" (ReadOnlySpan<byte> id) LossReason.NoPlace

                    if isNewer rule known then
                        rules[identity.Id] <- rule
                | _ -> rules[identity.Id] <- rule

    // Ids in an order in which what a rule needs stands before it; rules that need each other in a circle stand as they come.
    let ordered () : List<KeptRule> =
        let result = List<KeptRule>(rules.Count)
        let seen = HashSet<string>(StringComparer.Ordinal)
        let waiting = Stack<struct (KeptRule * bool)>()
        let ids = Array.ofSeq rules.Keys
        Array.Sort(ids, StringComparer.Ordinal)

        for id in ids do
            waiting.Push(struct (rules[id], false))

            while waiting.Count > 0 do
                let struct (rule, isReady) = waiting.Pop()

                if isReady then
                    result.Add rule
                elif seen.Add rule.Identity.Id then
                    waiting.Push(struct (rule, true))

                    for need in List.rev rule.Identity.Needs do
                        match rules.TryGetValue need with
                        | true, needed when not (seen.Contains need) -> waiting.Push(struct (needed, false))
                        | _ -> ()

        result

    interface IRenderer with
        member _.CanHold(kind, value) = check kind value
        member _.Losses = losses
        member _.Holds _ = false
        member _.Header(_, _) = ()

        member _.Rows(batch, selected, _) =
            for index in 0 .. selected.Length - 1 do
                keep batch selected[index]

        member _.Footer(_, writer) =
            let mutable isFirst = true

            for rule in ordered () do
                let text = ReadOnlySpan<byte> rule.Text

                match language with
                | RuleLanguage.Suricata
                | RuleLanguage.Snort -> ()
                | RuleLanguage.Yara ->
                    if not isFirst then
                        writer.Byte '\n'B
                | RuleLanguage.Sigma ->
                    if not isFirst then
                        writer.Bytes(ReadOnlySpan<byte> separator)

                writer.Bytes text
                writer.Byte '\n'B

                if
                    language = RuleLanguage.Sigma
                    && text.IndexOf(ReadOnlySpan<byte> globalAction) >= 0
                then
                    writer.Bytes(ReadOnlySpan<byte> reset)

                isFirst <- false
