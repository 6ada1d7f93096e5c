// Laws of delivery over random histories: epochs, cursors, acknowledgements, crashes anywhere, falling behind and catching up.
module Cti.Core.Tests.DeliveryModelTests

open Xunit
open FsCheck
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.DeliveryModel

let private indicators = Gen.choose (0, 9) |> Gen.listOf |> Gen.resize 12

let private commands =
    Gen.frequency
        [
            4, Gen.map Commit indicators
            1, Gen.map LogOnly indicators
            8, Gen.constant Offer
            8, Gen.constant Step
            5, Gen.map Send (Gen.frequency [ 6, Gen.constant 0; 1, Gen.choose (1, 2) ])
            4, Gen.constant Note
            1, Gen.constant Crash
        ]
    |> Gen.listOf
    |> Gen.resize 80

let private settings =
    gen {
        let! capacity = Gen.choose (1, 3)
        let! logPage = Gen.choose (1, 9)
        let! onFull = Gen.elements [ OverflowStrategy.Wait; OverflowStrategy.Spill ]

        let! maxLag =
            Gen.frequency [ 2, Gen.constant 0L; 1, Gen.map int64 (Gen.choose (1, 30)) ]

        return
            {
                Capacity = capacity
                LogPage = int64 logPage
                OnFull = onFull
                MaxLag = maxLag
            }
    }

let private histories = Arb.fromGen (Gen.zip settings commands)

let private run (settings, commands) =
    commands |> List.fold apply (start settings) |> finish

// What the endpoint must have in the end: of every indicator the newest entry, or a dead letter for it.
let private undelivered (world: World) =
    let received =
        world.Disk.Received
        |> List.map (fun (_, entry) -> entry.Indicator, entry.Revision)
        |> Set.ofList

    world.Disk.Log
    |> List.distinctBy _.Indicator
    |> List.map (fun entry -> entry.Indicator, entry.Revision)
    |> List.filter (fun last -> not (received.Contains last || world.Disk.Letters.Contains last))

let private holds (world: World) =
    let log = world.Disk.Log |> Set.ofList
    let invented = world.Disk.Received |> List.filter (snd >> log.Contains >> not)

    let isRightly (indicator, revision) =
        isPoison
            {
                Sequence = 0L
                Indicator = indicator
                Revision = revision
            }

    [
        yield! world.Broken

        for indicator, revision in undelivered world do
            yield $"revision %d{revision} of indicator %d{indicator} is lost"

        for _, entry in invented do
            yield $"entry %d{entry.Sequence} is invented"

        if world.Disk.Cursor <> world.Disk.LogEnd then
            yield "the cursor did not reach the log's end"

        for indicator, revision in world.Disk.Letters do
            if not (isRightly (indicator, revision)) then
                yield $"indicator %d{indicator} became a dead letter and is none"
    ]

[<Fact>]
let ``in ten thousand histories with crashes anywhere nothing is lost, invented or out of order, and the books balance``
    ()
    =
    checkMany
        10_000
        (Prop.forAll histories (fun history ->
            let broken = holds (run history)
            broken.IsEmpty |> Prop.label (String.concat "; " broken)))

let private isCrash command =
    match command with
    | Crash -> true
    | _ -> false

let private isLogOnly command =
    match command with
    | LogOnly _ -> true
    | _ -> false

// In lock step the state an entry is told with is the state it is about, whatever the sink's speed: that is what makes output deterministic.
[<Fact>]
let ``in lock step every entry is told, none overtaken, in the log's order, whatever the sink's speed`` () =
    checkMany
        2_000
        (Prop.forAll histories (fun (settings, commands) ->
            let lockStep =
                { settings with
                    OnFull = OverflowStrategy.Wait
                    MaxLag = 0L
                }

            let calm =
                commands
                |> List.filter (fun command -> not (isCrash command || isLogOnly command))
                |> List.map (fun command ->
                    match command with
                    | Send _ -> Send 0
                    | other -> other)

            let world = run (lockStep, calm)
            let told = world.Disk.Received |> List.map snd |> List.rev
            told = (world.Disk.Log |> List.rev |> List.filter (isPoison >> not))))

[<Fact>]
let ``a sink that spills never holds ingestion, and one that waits holds it only beyond max_lag`` () =
    checkMany
        2_000
        (Prop.forAll histories (fun (settings, commands) ->
            commands
            |> List.scan apply (start settings)
            |> List.forall (fun world ->
                let state = world.Process.State

                Handover.holdsIngestion state =
                    (settings.OnFull = OverflowStrategy.Wait && state.Lag > settings.MaxLag))))

[<Fact>]
let ``asked to drain, ingestion waits for nobody, and what is committed still goes out`` () =
    checkMany
        1_000
        (Prop.forAll histories (fun (settings, commands) ->
            let half = commands.Length / 2

            let drained =
                (List.take half commands @ [ Drain ]) |> List.fold apply (start settings)

            let ended = finish drained
            not (Handover.holdsIngestion drained.Process.State) && (holds ended).IsEmpty))

[<Fact>]
let ``a sink that stopped takes nothing and holds nobody`` () =
    checkMany
        1_000
        (Prop.forAll histories (fun (settings, commands) ->
            let world = commands |> List.fold apply (start settings)

            let stopped =
                Handover.stop (Handover.committed (world.Disk.LogEnd + 5L) world.Process.State)

            let struct (next, _) = Handover.next stopped
            let struct (offered, _) = Handover.offer (world.Disk.LogEnd + 5L) stopped

            next = HandoverStep.Finished
            && offered = OfferStep.Skip
            && not (Handover.holdsIngestion stopped)))
