// A small model of a run with one stream sink: a log, a queue, an endpoint and a store, moved by commands in any order. The decisions are those of
// Handover and Sending; everything else is as plain as it can be. What survives a crash stands apart from what does not.
module Cti.Core.Tests.DeliveryModel

open Cti.Core

type Entry =
    {
        Sequence: int64
        Indicator: int
        Revision: int
    }

/// What may happen next. Where a command makes no sense, nothing happens.
type Command =
    /// An epoch that changes some indicators; its pages are offered afterwards.
    | Commit of indicators: int list
    /// Entries that are only in the log: expiry, withdrawal.
    | LogOnly of indicators: int list
    | Offer
    /// The sink does what it is told next.
    | Step
    /// The batch in hand is sent; before it is acknowledged, so many acknowledgements are lost.
    | Send of lost: int
    /// What the endpoint took is noted in the store.
    | Note
    /// Between any two of the above: the process is gone.
    | Crash
    | Drain

/// What a disk and the endpoint hold.
type Durable =
    {
        /// Newest first.
        Log: Entry list
        LogEnd: int64
        Cursor: int64
        Letters: Set<int * int>
        /// As they arrived, newest first; a life's number with each.
        Received: (int * Entry) list
        /// Entries by what became of them, as the books count them.
        Out: int64
        Rejected: int64
        Merged: int64
    }

/// What a process holds.
type Volatile =
    {
        Life: int
        State: Handover
        Queue: Entry list list
        Offers: Entry list list
        /// In order: entry, or none where it was overtaken.
        Hand: (int64 * Entry option) list
        /// Sent and not noted: through, out, letters, merged.
        Sent: (int64 * int64 * Set<int * int> * int64) option
        /// The last sequence the endpoint acknowledged in this life.
        Settled: int64
    }

type World =
    {
        Disk: Durable
        Process: Volatile
        /// What went against the rules, newest first.
        Broken: string list
    }

let pageSize = 3

/// This endpoint never takes them.
let isPoison (entry: Entry) =
    entry.Indicator = 7 && entry.Revision % 2 = 1

let private entries (through: int64) (hand: (int64 * Entry option) list) =
    hand |> List.choose snd |> List.filter (fun entry -> entry.Sequence <= through)

let private boot (settings: HandoverSettings) (life: int) (disk: Durable) : Volatile =
    {
        Life = life
        State = Handover.start settings disk.Cursor disk.LogEnd
        Queue = []
        Offers = []
        Hand = []
        Sent = None
        Settled = disk.Cursor
    }

let start (settings: HandoverSettings) : World =
    let disk =
        {
            Log = []
            LogEnd = 0L
            Cursor = 0L
            Letters = Set.empty
            Received = []
            Out = 0L
            Rejected = 0L
            Merged = 0L
        }

    {
        Disk = disk
        Process = boot settings 1 disk
        Broken = []
    }

let private expect (rule: string) holds world =
    if holds then
        world
    else
        { world with
            Broken = rule :: world.Broken
        }

let private newest (log: Entry list) indicator =
    log
    |> List.tryFind (fun entry -> entry.Indicator = indicator)
    |> Option.map _.Revision
    |> Option.defaultValue 0

let private append (indicators: int list) (disk: Durable) =
    let fresh =
        indicators
        |> List.distinct
        |> List.mapi (fun index indicator ->
            {
                Sequence = disk.LogEnd + int64 index + 1L
                Indicator = indicator
                Revision = newest disk.Log indicator + 1
            })

    fresh,
    { disk with
        Log = List.rev fresh @ disk.Log
        LogEnd = disk.LogEnd + int64 fresh.Length
    }

let private mayCommit world =
    List.isEmpty world.Process.Offers
    && not (Handover.holdsIngestion world.Process.State)
    && world.Process.State.Phase <> HandoverPhase.Completed

let private step (world: World) : World =
    let mine = world.Process
    let struct (next, state) = Handover.next mine.State
    let mine = { mine with State = state }

    match next with
    | HandoverStep.TakePage ->
        match mine.Queue with
        | page :: rest ->
            let taken = page |> List.map (fun entry -> entry.Sequence, Some entry)

            { world with
                Process =
                    { mine with
                        Queue = rest
                        Hand = mine.Hand @ taken
                        State = Handover.took (List.last page).Sequence state
                    }
            }
        | [] -> expect "a page is taken from an empty queue" false world
    | HandoverStep.ReadLog(after, upTo) ->
        let read =
            world.Disk.Log
            |> List.filter (fun entry -> entry.Sequence > after && entry.Sequence <= upTo)
            |> List.rev
            |> List.map (fun entry ->
                entry.Sequence,
                (if newest world.Disk.Log entry.Indicator > entry.Revision then
                     None
                 else
                     Some entry))

        { world with
            Process =
                { mine with
                    Hand = mine.Hand @ read
                    State = Handover.read upTo state
                }
        }
        |> expect "the log is read where nothing is" (upTo > after && upTo <= world.Disk.LogEnd)
    | HandoverStep.Idle
    | HandoverStep.Finished -> { world with Process = mine }

// The endpoint takes a segment whole or not at all, and names nobody.
let rec private deliver (lost: int) (batch: Entry array) (sending: Sending) (letters: Set<int * int>) (world: World) =
    match Sending.next sending with
    | ValueNone -> letters, world
    | ValueSome segment ->
        let part = Array.sub batch segment.First segment.Count

        if Array.exists isPoison part then
            match Sending.refused sending with
            | RefusalStep.Split halves -> deliver lost batch halves letters world
            | RefusalStep.DeadLetter(index, rest) ->
                let entry = batch[index]
                deliver lost batch rest (Set.add (entry.Indicator, entry.Revision) letters) world
        else
            let world =
                { world with
                    Disk =
                        { world.Disk with
                            Received =
                                (part
                                 |> Array.toList
                                 |> List.rev
                                 |> List.map (fun entry -> world.Process.Life, entry))
                                @ world.Disk.Received
                        }
                }
                |> expect
                    "what the endpoint acknowledged is sent again in the same life"
                    (part |> Array.forall (fun entry -> entry.Sequence > world.Process.Settled))

            if lost > 0 then
                deliver (lost - 1) batch sending letters world
            else
                let world =
                    { world with
                        Process =
                            { world.Process with
                                Settled = (Array.last part).Sequence
                            }
                    }

                deliver 0 batch (Sending.delivered sending) letters world

let private send (lost: int) (world: World) : World =
    match world.Process.Hand with
    | [] -> world
    | hand ->
        let batch = hand |> List.choose snd |> Array.ofList
        let letters, world = deliver lost batch (Sending.start batch.Length) Set.empty world
        let through = fst (List.last hand)
        let merged = hand |> List.filter (fun (_, entry) -> entry.IsNone) |> List.length
        let out = int64 (batch.Length - letters.Count)

        let sent =
            match world.Process.Sent with
            | Some(_, sofar, before, overtaken) ->
                through, sofar + out, Set.union before letters, overtaken + int64 merged
            | None -> through, out, letters, int64 merged

        { world with
            Process =
                { world.Process with
                    Hand = []
                    Sent = Some sent
                }
        }

let private note (world: World) : World =
    match world.Process.Sent with
    | None -> world
    | Some(through, out, letters, merged) ->
        { world with
            Disk =
                { world.Disk with
                    Cursor = through
                    Letters = Set.union world.Disk.Letters letters
                    Out = world.Disk.Out + out
                    Rejected = world.Disk.Rejected + int64 letters.Count
                    Merged = world.Disk.Merged + merged
                }
            Process =
                { world.Process with
                    Sent = None
                    State = Handover.acknowledged through world.Process.State
                }
        }
        |> expect "the cursor goes back" (through >= world.Disk.Cursor)

let private offer (world: World) : World =
    match world.Process.Offers with
    | [] -> world
    | page :: rest ->
        match Handover.offer (List.last page).Sequence world.Process.State with
        | struct (OfferStep.Enqueue, state) ->
            { world with
                Process =
                    { world.Process with
                        State = state
                        Queue = world.Process.Queue @ [ page ]
                        Offers = rest
                    }
            }
        | struct (OfferStep.Skip, state) ->
            { world with
                Process =
                    { world.Process with
                        State = state
                        Offers = rest
                    }
            }
        | struct (OfferStep.Wait, state) ->
            { world with
                Process = { world.Process with State = state }
            }
            |> expect "a page waits for a sink that is not behind" (state.Lag > state.Settings.MaxLag)

let private invariants (world: World) : World =
    let state = world.Process.State

    world
    |> expect "pages are counted wrongly" (state.Queued = world.Process.Queue.Length)
    |> expect "the queue is longer than it may be" (state.Queued <= state.Settings.Capacity)
    |> expect
        "positions out of order"
        (state.Acknowledged <= state.Taken
         && state.Taken <= state.LogEnd
         && state.Tail <= state.LogEnd)
    |> expect "the cursor is ahead of what was taken" (world.Disk.Cursor <= state.Taken)
    |> expect "the books do not balance" (world.Disk.Cursor = world.Disk.Out + world.Disk.Rejected + world.Disk.Merged)

let apply (world: World) (command: Command) : World =
    match command with
    | Commit indicators when mayCommit world && not indicators.IsEmpty ->
        let fresh, disk = append indicators world.Disk

        { world with
            Disk = disk
            Process =
                { world.Process with
                    State = Handover.committed disk.LogEnd world.Process.State
                    Offers = List.chunkBySize pageSize fresh
                }
        }
    | LogOnly indicators when mayCommit world ->
        let _, disk = append indicators world.Disk

        { world with
            Disk = disk
            Process =
                { world.Process with
                    State = Handover.logged disk.LogEnd world.Process.State
                }
        }
    | Commit _
    | LogOnly _ -> world
    | Offer -> offer world
    | Step -> step world
    | Send lost -> send lost world
    | Note -> note world
    | Crash ->
        { world with
            Process = boot world.Process.State.Settings (world.Process.Life + 1) world.Disk
        }
    | Drain ->
        { world with
            Process =
                { world.Process with
                    State = Handover.drain world.Process.State
                }
        }
    |> invariants

/// Lets ingestion end and the sink take all there is. Broken where it does not come to an end.
let finish (world: World) : World =
    let rec offerAll left world =
        if left = 0 then
            expect "a page is never taken" false world
        elif List.isEmpty world.Process.Offers then
            world
        else
            [ Offer; Step; Send 0; Note ] |> List.fold apply world |> offerAll (left - 1)

    let rec drainAll left world =
        let struct (next, _) = Handover.next world.Process.State

        if left = 0 then
            expect "the sink never finishes" false world
        elif next = HandoverStep.Finished then
            world
        else
            [ Step; Send 0; Note ] |> List.fold apply world |> drainAll (left - 1)

    let offered = offerAll 10_000 world

    { offered with
        Process =
            { offered.Process with
                State = Handover.complete offered.Process.State
            }
    }
    |> drainAll 10_000
    |> fun world -> [ Send 0; Note ] |> List.fold apply world
