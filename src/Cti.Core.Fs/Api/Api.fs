// The pure stages for C# and other .NET languages: tupled arguments, nullable instead of option, plain .NET collections. Decides nothing: every
// member asks the modules above. One value at a time; whoever moves millions uses the batches of those modules.
namespace Cti.Core.Api

open System
open System.Collections.Generic
open System.Text
open Cti.Core

/// A canonical value, or why there is none. Exactly one of `Subject` and `Code` is null.
[<Sealed; AllowNullLiteral(false)>]
type Normalisation internal (subject: Subject voption, error: NormaliseError) =
    /// The canonical value; null where the value is no observable.
    member _.Subject: Subject | null =
        match subject with
        | ValueSome found -> found
        | ValueNone -> null

    /// The stable code of the rejection (docs/codes.md); null where there is a subject.
    member _.Code: string | null =
        match subject with
        | ValueSome _ -> null
        | ValueNone -> NormaliseError.code error

    /// What is wrong and what to do; empty where there is a subject.
    member _.Message: string = NormaliseError.message error

    /// Calls one of the two: with the subject, or with code and message.
    member _.Match<'T>(onSubject: Func<Subject, 'T>, onRejected: Func<string, string, 'T>) : 'T =
        match subject with
        | ValueSome found -> onSubject.Invoke found
        | ValueNone -> onRejected.Invoke(NormaliseError.code error, NormaliseError.message error)

/// Values as written become canonical subjects.
[<AbstractClass; Sealed>]
type Observables =
    static member private Run(hint: TypeHint, value: string) =
        match Normalise.tryParse hint value with
        | Ok subject -> Normalisation(ValueSome subject, NormaliseError.None)
        | Error error -> Normalisation(ValueNone, error)

    /// Recognises the type from the value; defanged forms are understood.
    static member Normalise(value: string) : Normalisation = Observables.Run(TypeHint.Auto, value)

    /// Takes the type as known.
    static member Normalise(value: string, observable: ObservableType) : Normalisation =
        Observables.Run(TypeHint.Fixed observable, value)

    /// The name used in YAML, tables and JSON: `ipv4`, `domain`, …
    static member TypeName(subject: Subject) : string = ObservableType.name subject.Type

/// Why policy says no to a value.
[<Sealed; AllowNullLiteral(false)>]
type ScreenAnswer internal (code: string, list: string, entry: string) =
    /// Stable code, `CTI-SCREEN-001` to `-004`, or `-010`.
    member _.Code = code
    /// The list that holds the value, or the guard's rule.
    member _.List = list
    /// The entry of that list, as the list writes it.
    member _.Entry = entry

/// Warninglists, allow-lists and the guard against broad entries, ready to be asked. Never changes; threads share it.
[<Sealed; AllowNullLiteral(false)>]
type Screener private (set: ScreenSet) =
    static let message (error: ScreenError) =
        $"%s{ScreenError.code error} %s{ScreenError.message error}"

    static let orThrow (result: Result<'T, ScreenError>) : 'T =
        match result with
        | Ok value -> value
        | Error error -> raise (FormatException(message error))

    static let bytesOf (text: string) =
        ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes text)

    /// Lists by name: warninglists as MISP publishes them (JSON), allow-lists one entry a line. Of several lists that hold a value the first
    /// is reported. Throws FormatException where a list is malformed.
    static member Create
        (warninglists: IReadOnlyDictionary<string, string>, allowLists: IReadOnlyDictionary<string, string>)
        : Screener =
        let lists =
            [
                for list in warninglists do
                    Warninglist.parse list.Key (bytesOf list.Value) |> orThrow
                for list in allowLists do
                    AllowList.parse list.Key (bytesOf list.Value) |> orThrow
            ]

        match ScreenSet.Build(lists, BroadEntry.defaults) with
        | Ok set -> Screener set
        | Error errors -> raise (FormatException(errors |> List.map message |> String.concat Environment.NewLine))

    /// What says no to a value; null where nothing does.
    member _.Ask(subject: Subject) : ScreenAnswer | null =
        let hit = set.Match subject

        match hit.Reason with
        | ScreenReason.None -> null
        | reason -> ScreenAnswer(ScreenReason.code reason, set.ListName hit, set.EntryText hit)

/// How far a source is believed.
[<AbstractClass; Sealed>]
type SourceTrust =
    /// A source nothing is known of: F, 6, confidence 50, clear, no group.
    static member Unknown: Trust =
        {
            Reliability = Reliability.F
            Credibility = Credibility.Six
            Confidence = 50uy
            Tlp = Tlp.Clear
            Group = ValueNone
            License = ValueNone
        }

    /// Admiralty reliability and credibility, confidence 0 to 100, marking, and the group that counts once (null for none).
    static member Create
        (reliability: Reliability, credibility: Credibility, confidence: byte, tlp: Tlp, group: string | null)
        : Trust =
        {
            Reliability = reliability
            Credibility = credibility
            Confidence = min confidence 100uy
            Tlp = tlp
            Group =
                match group with
                | null -> ValueNone
                | name -> ValueSome name
            License = ValueNone
        }

/// What one source says of one subject.
[<Sealed; AllowNullLiteral(false)>]
type SourceClaim(subject: Subject, source: string, trust: Trust, firstSeen: DateTimeOffset, lastSeen: DateTimeOffset) =
    /// With the defaults of a source nothing is known of: F, 6, confidence 50, clear, no group.
    new(subject: Subject, source: string, firstSeen: DateTimeOffset, lastSeen: DateTimeOffset) =
        SourceClaim(subject, source, SourceTrust.Unknown, firstSeen, lastSeen)

    member _.Subject = subject
    member _.Source = source
    member _.Trust = trust
    member _.FirstSeen = firstSeen
    member _.LastSeen = lastSeen
    /// Labels of the claim; none by default.
    member val Labels: IReadOnlyList<string> = ([||] :> IReadOnlyList<string>) with get, set

/// One indicator as a viewer sees it.
[<Sealed; AllowNullLiteral(false)>]
type Indicator
    internal (id: string, subject: Subject, score: int, confidence: int, status: string, terms: ScoreTerm list) =
    /// `indicator--…`, the same on every machine.
    member _.Id = id
    member _.Subject = subject
    /// Decayed, 0 to 10,000.
    member _.Score = score
    /// Undecayed, 0 to 100.
    member _.Confidence = confidence
    /// active, expired or withdrawn.
    member _.Status = status
    /// What the score is made of.
    member _.Terms = terms :> IReadOnlyList<ScoreTerm>

/// Claims folded into indicators for one viewer, in canonical order, ready to be rendered.
[<Sealed; AllowNullLiteral(false)>]
type IndicatorSet private (batch: IndicatorBatch, indicators: IReadOnlyList<Indicator>, now: Timestamp) =
    static let claimBatch (claims: SourceClaim list) (now: Timestamp) (sources: SourceTable) (labels: NameSetTable) =
        let batch = ClaimBatch claims.Length

        for claim in claims do
            let row = batch.Add()

            let info =
                {
                    Name = claim.Source
                    Pipeline = ""
                    Trust = claim.Trust
                    Own = true
                }

            batch.Subject[row] <- Identity.subject claim.Subject
            batch.Source[row] <- sources.Set info
            batch.Type[row] <- claim.Subject.Type
            batch.Value.Add(ReadOnlySpan<byte>(Encoding.UTF8.GetBytes claim.Subject.Value))
            batch.FirstSeen[row] <- Timestamp.ofDateTimeOffset (min claim.FirstSeen claim.LastSeen)
            batch.LastSeen[row] <- Timestamp.ofDateTimeOffset claim.LastSeen
            batch.RecordedAt[row] <- now
            batch.ChangedAt[row] <- now
            batch.WithdrawnAt[row] <- Timestamp.none
            batch.Confidence[row] <- claim.Trust.Confidence
            batch.Tlp[row] <- claim.Trust.Tlp
            batch.Labels[row] <- labels.Add(NameSet.Of claim.Labels)
            batch.Observations[row] <- 1
            batch.Revision[row] <- 1
            batch.Row[row] <- -1L

        batch

    static let indicatorAt (target: IndicatorBatch) (row: int) (terms: ScoreTerm list) =
        let subject =
            {
                Type = target.Type[row]
                Value = target.Value.Text row
            }

        Indicator(
            "indicator--" + Uuid.toText target.Id[row],
            subject,
            target.Score[row],
            int target.Confidence[row],
            target.Status[row].ToString().ToLowerInvariant(),
            terms
        )

    /// Folds claims for a viewer who may see up to `maxTlp`. `lifetime` and `decaySpeed` hold for all types. At most one claim of a source
    /// about a subject: merge them first.
    static member Of
        (claims: IEnumerable<SourceClaim>, maxTlp: Tlp, now: DateTimeOffset, lifetime: TimeSpan, decaySpeed: float)
        : IndicatorSet =
        let now = Timestamp.ofDateTimeOffset now
        let microseconds = LanguagePrimitives.Int64WithMeasure(lifetime.Ticks / 10L)

        let settings: ScoreSettings =
            {
                Lifetime = Array.create 256 microseconds
                DecaySpeed = Array.create 256 decaySpeed
            }

        let viewer =
            {
                MaxTlp = maxTlp
                Now = now
                Settings = settings
                OwnOnly = false
            }

        let groups =
            claims
            |> Seq.groupBy _.Subject
            |> Seq.map (fun (subject, group) -> Encoding.UTF8.GetBytes subject.Value, subject, List.ofSeq group)
            |> Seq.sortWith (fun (left, leftSubject, _) (right, rightSubject, _) ->
                match MemoryExtensions.SequenceCompareTo(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) with
                | 0 -> compare leftSubject.Type rightSubject.Type
                | order -> order)
            |> List.ofSeq

        let sources = SourceTable()
        let labels = NameSetTable()
        let target = IndicatorBatch(max 1 groups.Length)
        let indicators = List<Indicator>()

        for _, _, group in groups do
            let batch = claimBatch group now sources labels
            let fold = Fold(viewer, sources, labels, VerdictTable.Empty)

            if fold.Add(batch, 0, batch.Count - 1, target) then
                let struct (_, terms) = fold.Terms(batch, 0, batch.Count - 1)
                indicators.Add(indicatorAt target (target.Count - 1) terms)

        IndicatorSet(target, indicators, now)

    /// In canonical order: by value (UTF-8 bytes), then type.
    member _.Indicators = indicators

    /// Renders what is active; what the format cannot hold is left out.
    member _.Render(spec: RenderSpec) : string =
        let renderer = RenderSpec.create spec
        let writer = Utf8Writer 4096

        let selected =
            [|
                for row in 0 .. batch.Count - 1 do
                    if
                        batch.Status[row] = IndicatorStatus.Active
                        && renderer.CanHold(batch.Type[row], batch.Value[row]).IsNone
                    then
                        row
            |]

        renderer.Header(
            {
                Now = now
                PreviousSerial = ValueNone
            },
            writer
        )

        for index in 0 .. selected.Length - 1 do
            batch.Number[selected[index]] <- index + 1

        renderer.Rows(batch, ReadOnlySpan<int> selected, writer)
        renderer.Footer({ Rows = int64 selected.Length }, writer)
        Encoding.UTF8.GetString writer.Written

    /// The active indicators as a STIX 2.1 bundle.
    member this.ToStix(withObservables: bool) : string =
        this.Render(
            RenderSpec.StixBundle
                {|
                    Observables = withObservables
                    Objects = false
                |}
        )
