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

let private limits =
    {
        MaxChange = 0.3
        MaxChanged = ValueNone
        MinEntries = 2L
    }

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

[<Fact>]
let ``a delta of too many entries waits although its share is small`` () =
    let few =
        { limits with
            MaxChanged = ValueSome 100L
        }

    Assert.Equal(PlanVerdict.TooMany(101L, 100L), Plan.judge few (counts 10_000L 101L 0L 0L))
    Assert.Equal(PlanVerdict.Allowed, Plan.judge few (counts 10_000L 100L 0L 0L))

[<Fact>]
let ``an approval covers what grew a little meanwhile, and nothing that needs an approval of its own`` () =
    let approved = counts 100L 90L 0L 0L
    Assert.True(Plan.isCovered limits approved (counts 100L 90L 0L 0L))
    Assert.True(Plan.isCovered limits approved (counts 100L 100L 10L 10L))
    Assert.False(Plan.isCovered limits approved (counts 100L 100L 10L 11L))
    Assert.False(Plan.isCovered limits approved (counts 100L 0L 0L 90L))

[<Fact>]
let ``an approval to leave few does not cover leaving fewer`` () =
    let approved = counts 100L 0L 0L 99L
    Assert.True(Plan.isCovered limits approved (counts 100L 0L 0L 99L))
    Assert.False(Plan.isCovered limits approved (counts 100L 0L 0L 100L))

[<Fact>]
let ``an approved plan covers itself, and with it every plan that does less of each`` () =
    let sizes =
        Gen.zip (Gen.choose (0, 1_000)) (Gen.zip3 (Gen.choose (0, 900)) (Gen.choose (0, 900)) (Gen.choose (0, 900)))
        |> Arb.fromGen

    checkMany
        1000
        (Prop.forAll sizes (fun (stays, (add, change, withdraw)) ->
            let held = int64 (stays + withdraw)
            let approved = counts held (int64 add) (int64 change) (int64 withdraw)
            let less = counts held (int64 add) (int64 (change / 2)) (int64 (withdraw / 2))
            Plan.isCovered limits approved approved && Plan.isCovered limits approved less))
