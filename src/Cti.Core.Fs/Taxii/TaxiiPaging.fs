// Which page of a TAXII collection is asked for next, and where the reading stands behind each: a pure fold over what pages say. Every way in which servers
// are known to get paging wrong ends here, in an end or in a fault, never in a loop. Knows no connection.
namespace Cti.Core

open System
open System.Collections.Generic

/// One request for objects.
type TaxiiAsk =
    {
        /// `Timestamp.none` where it does not ask by date.
        AddedAfter: Timestamp
        /// What the page before gave, to be sent back as it is.
        Next: string option
        /// Most objects that are asked for.
        Limit: int
    }

/// What a page says.
type TaxiiPage =
    {
        /// Of its objects, in order; those that were had before and those that are not kept included.
        Hashes: uint64[]
        /// `X-TAXII-Date-Added-First`; `Timestamp.none` where the server does not say.
        First: Timestamp
        /// `X-TAXII-Date-Added-Last`; the same.
        Last: Timestamp
        More: bool
        Next: string option
    }

/// Why a reading cannot go on although the server says that there is more.
[<RequireQualifiedAccess>]
type TaxiiStop =
    /// The server sends a page again that it sent before.
    | SamePage
    /// Neither `next` nor a date to go on from.
    | NoWayOn
    /// More objects were added at one time than a page holds, and the server gives no `next`.
    | TooManyAtOnce of added: Timestamp
    /// Page after page without an object.
    | EmptyForEver
    /// More pages than a reading may have.
    | TooManyPages

[<RequireQualifiedAccess>]
type TaxiiStep =
    | Ask of TaxiiAsk
    /// Everything there is now has been had.
    | Done
    | Stop of TaxiiStop

/// A reading between two pages.
[<NoComparison; NoEquality>]
type TaxiiPaging =
    private
        {
            Start: TaxiiMark
            // The request whose answer is awaited.
            Ask: TaxiiAsk
            // Requests that were sent, and the pages with objects that came, by a hash of them.
            Asked: Set<TaxiiAsk>
            Pages: Set<uint64>
            // Objects that are not wanted again: those of the mark and, by date, those of the page before.
            Known: HashSet<uint64>
            // Behind each page, the last one first.
            Marks: TaxiiMark list
            // Whether every page began where the one before ended, or behind: only then does a date stand for all before it.
            IsSorted: bool
            // Whether a page with objects came without a date, and the latest of all dates.
            HasUndated: bool
            Newest: Timestamp
            // Objects of the instant at which the last page ended, as far as they are known to be of it.
            Instant: Set<uint64>
            // Pages without objects, one after the other.
            Empty: int
            // How often the limit was raised.
            Raised: int
            Count: int
        }

[<RequireQualifiedAccess>]
module TaxiiPaging =
    /// Most pages of one reading.
    let mostPages = 100_000

    /// Most pages without objects, one after the other: filters may leave a server's page empty.
    let mostEmpty = 100

    /// How often a page that is too small for what was added at one time is asked for four times as large.
    let mostRaised = 5

    // Of a server that says no dates: what it added this long before it was asked is asked for again. Its own transactions take a while to show.
    let private slack = 300_000_000L<us>

    // A date of a server whose clock is wrong must not hide what comes after.
    let private furthest = Timestamp.day

    // The last objects that were had. None where more than can be kept are of the instant at which the page ends: those would come again with every reading.
    let private tailOf (before: TaxiiMark) (instant: Set<uint64>) (page: TaxiiPage) : uint64 list =
        if instant.Count > TaxiiMark.mostTail then
            []
        else
            let all = before.Tail @ List.ofArray page.Hashes |> List.rev |> List.distinct
            all |> List.truncate TaxiiMark.mostTail |> List.rev

    /// The first request of a reading. `addedAfter`: as declared, `Timestamp.none` where it is not; it wins where it is not
    /// before the mark.
    let start (mark: TaxiiMark) (addedAfter: Timestamp) (limit: int) : struct (TaxiiPaging * TaxiiAsk) =
        let mark =
            if not (Timestamp.isNone addedAfter) && addedAfter >= mark.Added then
                TaxiiMark.behind addedAfter []
            else
                mark

        let ask =
            {
                AddedAfter = TaxiiMark.askAfter mark
                Next = None
                Limit = limit
            }

        {
            Start = mark
            Ask = ask
            Asked = Set.singleton ask
            Pages = Set.empty
            Known = HashSet mark.Tail
            Marks = []
            IsSorted = true
            HasUndated = false
            Newest = mark.Added
            Instant = Set.empty
            Empty = 0
            Raised = 0
            Count = 0
        },
        ask

    /// Whether an object was had before: of the last instant of the reading before, or of the page before.
    let isKnown (hash: uint64) (paging: TaxiiPaging) : bool = paging.Known.Contains hash

    // In order; every hash moves the next ones.
    let private hashOf (page: TaxiiPage) =
        page.Hashes
        |> Array.fold (fun sum hash -> (sum ^^^ hash) * 0x100000001B3UL) 0xCBF29CE484222325UL

    let private byNext (next: string) (page: TaxiiPage) (wasSeen: bool) (paging: TaxiiPaging) : TaxiiStep =
        let ask = { paging.Ask with Next = Some next }

        // A token may stand for the server's own position and be the same every time: what counts is whether anything new comes.
        if wasSeen then
            TaxiiStep.Stop TaxiiStop.SamePage
        elif
            page.Hashes.Length = 0
            && (paging.Asked.Contains ask || paging.Empty >= mostEmpty)
        then
            TaxiiStep.Stop TaxiiStop.EmptyForEver
        else
            TaxiiStep.Ask ask

    let private byDate (page: TaxiiPage) (paging: TaxiiPaging) : TaxiiStep =
        if page.Hashes.Length = 0 then
            // Nothing to go on from, and nothing missed: the next reading asks the same.
            TaxiiStep.Done
        elif Timestamp.isNone page.Last then
            TaxiiStep.Stop TaxiiStop.NoWayOn
        else
            // The last instant again, whose other objects may stand on the next page; what is known of it is passed over. Never back in time: a server that
            // cuts dates to seconds would be followed to its first object.
            let ask =
                { paging.Ask with
                    AddedAfter = max paging.Ask.AddedAfter (page.Last - 1L<us>)
                    Next = None
                }

            if not (paging.Asked.Contains ask) then
                TaxiiStep.Ask ask
            elif paging.Raised < mostRaised then
                TaxiiStep.Ask { ask with Limit = ask.Limit * 4 }
            elif page.First = page.Last then
                TaxiiStep.Stop(TaxiiStop.TooManyAtOnce page.Last)
            else
                TaxiiStep.Stop TaxiiStop.SamePage

    /// Takes a page in, and says what to do next. `now`: the server's, or ours.
    let step (page: TaxiiPage) (now: Timestamp) (paging: TaxiiPaging) : struct (TaxiiPaging * TaxiiStep) =
        let last = if page.Last > now + furthest then now else page.Last
        let before = paging.Marks |> List.tryHead |> Option.defaultValue paging.Start

        let instant =
            if page.First <> last then
                Set.empty
            elif before.Added = last then
                Set.union paging.Instant (Set.ofArray page.Hashes)
            else
                Set.ofArray page.Hashes

        let mark =
            if page.Hashes.Length = 0 || Timestamp.isNone last || last < before.Added then
                before
            elif last <> page.Last then
                TaxiiMark.behind last []
            else
                TaxiiMark.behind last (tailOf before instant page)

        // A page by date may begin before the instant that was asked for: the server cuts dates.
        let isSorted =
            paging.IsSorted
            && (Timestamp.isNone page.First
                || paging.Ask.Next.IsNone
                || page.First >= before.Added)

        let hash = hashOf page
        let wasSeen = page.Hashes.Length > 0 && paging.Pages.Contains hash

        let taken =
            { paging with
                Pages =
                    if page.Hashes.Length > 0 then
                        Set.add hash paging.Pages
                    else
                        paging.Pages
                Marks = mark :: paging.Marks
                IsSorted = isSorted
                HasUndated = paging.HasUndated || (page.Hashes.Length > 0 && Timestamp.isNone page.Last)
                Newest = max paging.Newest last
                Instant = if page.Hashes.Length = 0 then paging.Instant else instant
                Empty = if page.Hashes.Length = 0 then paging.Empty + 1 else 0
                Count = paging.Count + 1
            }

        let step =
            match page.Next with
            | _ when not page.More -> TaxiiStep.Done
            | _ when taken.Count >= mostPages -> TaxiiStep.Stop TaxiiStop.TooManyPages
            | Some next -> byNext next page wasSeen taken
            | None -> byDate page taken

        match step with
        | TaxiiStep.Ask ask ->
            let known = HashSet paging.Start.Tail

            if ask.Next.IsNone then
                known.UnionWith page.Hashes

            struct ({ taken with
                        Ask = ask
                        Asked = Set.add ask taken.Asked
                        Known = known
                        Raised = taken.Raised + (if ask.Limit > taken.Ask.Limit then 1 else 0)
                    },
                    step)
        | _ -> struct (taken, step)

    /// Where the reading stands behind each page that was taken in, in their order. `isComplete`: whether it came to its end. `begun`: when the
    /// server gave the first page.
    let marks (isComplete: bool) (begun: Timestamp) (paging: TaxiiPaging) : TaxiiMark list =
        match paging.Marks with
        | [] -> []
        | _ :: earlier when isComplete && paging.HasUndated && paging.Newest = paging.Start.Added ->
            // A server without dates: its own clock has to do.
            let asked = begun - slack

            let last =
                if asked > paging.Start.Added then
                    TaxiiMark.behind asked []
                else
                    paging.Start

            List.rev (last :: earlier)
        | _ :: earlier when not paging.IsSorted ->
            // No date stands for what came before it: only the end moves the mark.
            let last =
                if isComplete then
                    TaxiiMark.behind paging.Newest []
                else
                    paging.Start

            List.rev (last :: List.map (fun _ -> paging.Start) earlier)
        | all -> List.rev all
