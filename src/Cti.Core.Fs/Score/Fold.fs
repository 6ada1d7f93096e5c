// An indicator is the fold of a subject's claims, computed for whoever looks: a viewer sees only claims at or below its TLP.
namespace Cti.Core

open System

/// Who looks: what a sink may see, when, and by which curve.
type Viewer =
    {
        MaxTlp: Tlp
        Now: Timestamp
        Settings: ScoreSettings
        /// Only subjects that one of the running pipeline's own sources claims; false shows the whole store.
        OwnOnly: bool
    }

/// Folds claims into indicators for one viewer. One per viewer; used by one thread.
[<Sealed; AllowNullLiteral(false)>]
type Fold(viewer: Viewer, sources: SourceTable, labels: NameSetTable, verdicts: VerdictTable) =
    // Claims of the group that count, in source-name order. Scratch, so that a group costs no allocation.
    let mutable order: int[] = Array.zeroCreate 16
    let mutable visible = 0
    let maxTlp = Tlp.code viewer.MaxTlp
    let singles = Collections.Generic.List<NameSet>()
    let combined = Collections.Generic.Dictionary<struct (NameSet * NameSet), NameSet>()

    let single source =
        while singles.Count <= source do
            singles.Add(NameSet.Of [ sources[singles.Count].Name ])

        singles[source]

    let union (left: NameSet) (right: NameSet) =
        // Most indicators have one claim: its sets are theirs.
        if Object.ReferenceEquals(left, right) || right.Count = 0 then
            left
        elif left.Count = 0 then
            right
        else
            match combined.TryGetValue(struct (left, right)) with
            | true, set -> set
            | _ ->
                let set = NameSet.Union(left, right)
                combined[struct (left, right)] <- set
                set

    let groupKey source =
        match sources[source].Trust.Group with
        | ValueSome group -> group
        | ValueNone -> sources[source].Name

    // Insertion sort by source name: groups have few claims, and the order must not depend on the store's numbering.
    let insert (claims: ClaimBatch) row =
        if visible = order.Length then
            Array.Resize(&order, visible * 2)

        let name = sources[claims.Source[row]].Name
        let mutable at = visible

        while at > 0
              && String.CompareOrdinal(sources[claims.Source[order[at - 1]]].Name, name) > 0 do
            order[at] <- order[at - 1]
            at <- at - 1

        order[at] <- row
        visible <- visible + 1

    let claimValue (claims: ClaimBatch) row =
        Score.claim claims.Confidence[row] (Score.weight sources[claims.Source[row]].Trust)

    // Claims that were taken back count only where no source stands behind the subject any more.
    let counts (claims: ClaimBatch) anyStanding row =
        not anyStanding || Timestamp.isNone (claims.GoneAt(row, viewer.Now))

    // Whether no other counted claim of the same group speaks louder; of equals the first in name order speaks.
    let speaksForGroup (claims: ClaimBatch) index anyStanding =
        let row = order[index]
        let key = groupKey claims.Source[row]
        let value = claimValue claims row
        let mutable speaks = true

        for other in 0 .. visible - 1 do
            let otherRow = order[other]

            if
                other <> index
                && counts claims anyStanding otherRow
                && groupKey claims.Source[otherRow] = key
            then
                let otherValue = claimValue claims otherRow

                if otherValue > value || (otherValue = value && other < index) then
                    speaks <- false

        speaks

    let references = Utf8Writer 64
    // What an indicator shows at most: claims have up to sixteen each.
    let mostReferences = 64

    // The references of the claims that stand, with their sources, in source-name order; the description of the one that weighs most,
    // of equals the first. Weight and words change together with the log: a repeated report must not make the description another.
    let addRemarks (claims: ClaimBatch) anyStanding (target: Remarks) at =
        references.Clear()
        let mutable count = 0
        let mutable best = -1

        for index in 0 .. visible - 1 do
            let row = order[index]

            if counts claims anyStanding row then
                let weighsMore = best < 0 || claimValue claims row > claimValue claims best

                if weighsMore && (claims.Remarks.Description row).Length > 0 then
                    best <- row

                let mutable rest = claims.Remarks.References row

                while rest.Length > 0 && count < mostReferences do
                    if count > 0 then
                        references.Byte '\n'B

                    references.Text sources[claims.Source[row]].Name
                    references.Byte '\t'B
                    references.Bytes(References.first rest)
                    rest <- References.behind rest
                    count <- count + 1

        if best >= 0 then
            target.Describe(at, claims.Remarks.Description best, claims.Remarks.DescribedAt best)

        if count > 0 then
            target.Refer(at, references.Written)

    let idOf (claims: ClaimBatch) row episode =
        if episode = 0 then
            claims.Subject[row]
        else
            Identity.indicator
                {
                    Type = claims.Type[row]
                    Value = claims.Value.Text row
                }
                episode

    let collect (claims: ClaimBatch) first last =
        visible <- 0
        let mutable own = false

        for row in first..last do
            if Tlp.code claims.Tlp[row] <= maxTlp then
                insert claims row
                own <- own || sources[claims.Source[row]].Own

        visible > 0 && (own || not viewer.OwnOnly)

    /// The undecayed base over the claims `first` to `last` that this viewer sees and no source took back; 0 to 10,000, with its terms.
    member _.Terms(claims: ClaimBatch, first: int, last: int) : struct (int * ScoreTerm list) =
        collect claims first last |> ignore
        let mutable value = 0

        let terms =
            [
                for index in 0 .. visible - 1 do
                    let row = order[index]

                    if Timestamp.isNone (claims.GoneAt(row, viewer.Now)) then
                        let counted = speaksForGroup claims index true
                        let trust = sources[claims.Source[row]].Trust

                        if counted then
                            value <- Score.corroborate value (claimValue claims row)

                        {
                            Source = sources[claims.Source[row]].Name
                            Confidence = int claims.Confidence[row]
                            Trust = float (Score.weight trust) / 2.0
                            Value = claimValue claims row
                            Counted = counted
                        }
            ]

        struct (value, terms)

    /// The strictest marking this viewer may see.
    member _.MaxTlp = viewer.MaxTlp

    /// The id of the indicator that the claim in a row belongs to, whether this viewer may see it or not.
    member _.IdOf(claims: ClaimBatch, row: int) : Uuid =
        idOf claims row (verdicts.At(claims.Subject[row], viewer.Now)).Episode

    /// Adds the indicator made of the claims in rows `first` to `last` (all of one subject) to `target`. False, and nothing added, where
    /// this viewer may see none of them. The caller watches the target's capacity.
    member _.Add(claims: ClaimBatch, first: int, last: int, target: IndicatorBatch) : bool =
        if not (collect claims first last) then
            false
        else
            let kind = claims.Type[first]
            let code = int (ObservableType.code kind)
            let mutable firstSeen = claims.FirstSeen[order[0]]
            let mutable lastSeen = Timestamp.none
            let mutable created = claims.RecordedAt[order[0]]
            let mutable modified = claims.ChangedAt[order[0]]
            let mutable withdrawn = Timestamp.none
            let mutable backers = 0
            let mutable tlp = Tlp.Clear
            let mutable revision = 0
            let mutable value = 0
            let mutable names = NameSet.Empty
            let mutable tags = NameSet.Empty

            for index in 0 .. visible - 1 do
                let row = order[index]
                firstSeen <- min firstSeen claims.FirstSeen[row]
                created <- min created claims.RecordedAt[row]
                modified <- max modified claims.ChangedAt[row]
                revision <- max revision claims.Revision[row]
                tlp <- Merge.tlp tlp claims.Tlp[row]

                if Timestamp.isNone (claims.GoneAt(row, viewer.Now)) then
                    backers <- backers + 1

            for index in 0 .. visible - 1 do
                let row = order[index]
                let gone = claims.GoneAt(row, viewer.Now)
                let stands = Timestamp.isNone gone
                withdrawn <- max withdrawn gone

                // What no source stands behind any more is described by everything that was said of it.
                if stands || backers = 0 then
                    lastSeen <- max lastSeen claims.LastSeen[row]
                    names <- union names (single claims.Source[row])
                    tags <- union tags labels[claims.Labels[row]]

                    if visible = 1 || speaksForGroup claims index (backers > 0) then
                        value <- Score.corroborate value (claimValue claims row)

            let lifetime = viewer.Settings.Lifetime[code]
            let expires = lastSeen + lifetime
            let at = target.Add()
            let standing = verdicts.At(claims.Subject[first], viewer.Now)
            target.Subject[at] <- claims.Subject[first]
            target.Id[at] <- idOf claims first standing.Episode
            target.Type[at] <- kind
            target.Value.Add claims.Value[first]
            target.FirstSeen[at] <- firstSeen
            target.LastSeen[at] <- lastSeen
            // None is before every time.
            target.Created[at] <- max created standing.BeganAt
            target.Tlp[at] <- tlp
            target.Labels[at] <- tags
            target.Sources[at] <- names
            target.Revision[at] <- revision

            if not claims.Remarks.IsEmpty then
                addRemarks claims (backers > 0) target.Remarks at

            target.Confidence[at] <- byte (value / 100)

            // Whoever looks hears of a verdict as of a change of content.
            let modified = max modified standing.TurnedAt

            if standing.IsFalse then
                target.Status[at] <- IndicatorStatus.Revoked
                target.ValidUntil[at] <- standing.TurnedAt
                target.Score[at] <- 0
                target.Modified[at] <- modified
            elif backers = 0 then
                target.Status[at] <- IndicatorStatus.Withdrawn
                target.ValidUntil[at] <- withdrawn
                target.Score[at] <- 0
                target.Modified[at] <- modified
            elif expires <= viewer.Now then
                target.Status[at] <- IndicatorStatus.Expired
                target.ValidUntil[at] <- expires
                target.Score[at] <- 0
                target.Modified[at] <- max modified expires
            else
                target.Status[at] <- IndicatorStatus.Active
                target.ValidUntil[at] <- Timestamp.none

                target.Score[at] <- Score.decayed viewer.Now lastSeen lifetime viewer.Settings.DecaySpeed[code] value

                target.Modified[at] <- modified

            true
