// Laws of plan: applying it reaches the desired state from any state, and a second plan is empty.
module Cti.Core.Tests.PlanTests

open Xunit
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Support

// What a sink holds or should hold: revision by indicator.
let private state =
    Gen.listOf (Gen.zip (Gen.choose (0, 20)) (Gen.choose (1, 4)))
    |> Gen.map Map.ofList

let private steps (desired: Map<int, int>) (held: Map<int, int>) =
    [
        for indicator in 0..20 do
            let wanted = Map.tryFind indicator desired
            let revision = defaultArg wanted 9
            let acknowledged = defaultArg (Map.tryFind indicator held) 0
            indicator, revision, Plan.step wanted.IsSome revision acknowledged
    ]

let private apply held steps =
    (held, steps)
    ||> List.fold (fun held (indicator, revision, step) ->
        match step with
        | PlanStep.Add
        | PlanStep.Change -> Map.add indicator revision held
        | PlanStep.Withdraw -> Map.remove indicator held
        | PlanStep.Keep
        | PlanStep.None -> held)

let private pairs = Arb.fromGen (Gen.zip state state)

[<Fact>]
let ``a plan applied reaches the desired state from any state`` () =
    checkMany 1000 (Prop.forAll pairs (fun (desired, held) -> apply held (steps desired held) = desired))

[<Fact>]
let ``a second plan is empty`` () =
    checkMany
        1000
        (Prop.forAll pairs (fun (desired, held) ->
            steps desired (apply held (steps desired held))
            |> List.forall (fun (_, _, step) -> step = PlanStep.Keep || step = PlanStep.None)))

let private counts held add change withdraw =
    {
        Held = held
        Add = add
        Change = change
        Withdraw = withdraw
    }

let private limits = { MaxChange = 0.3; MinEntries = 2L }

[<Fact>]
let ``a plan within its limits is allowed`` () =
    Assert.Equal(PlanVerdict.Allowed, Plan.judge limits (counts 10L 1L 1L 1L))

[<Fact>]
let ``a plan without steps is empty`` () =
    Assert.Equal(PlanVerdict.Empty, Plan.judge limits (counts 10L 0L 0L 0L))

[<Fact>]
let ``a delta beyond max_change waits`` () =
    Assert.Equal(PlanVerdict.TooMuch(0.4, 0.3), Plan.judge limits (counts 10L 2L 1L 1L))

[<Fact>]
let ``the first plan of a sink has no share to exceed`` () =
    Assert.Equal(PlanVerdict.Allowed, Plan.judge limits (counts 0L 500L 0L 0L))

[<Fact>]
let ``a plan that leaves too little waits`` () =
    Assert.Equal(PlanVerdict.TooFew(1L, 2L), Plan.judge { limits with MaxChange = 1.0 } (counts 3L 0L 0L 2L))
