// Rules of sending one by one: splitting around poison, delays between attempts, rates.
module Cti.Core.Tests.DeliveryTests

open System
open Xunit
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Support

// Sends until everything is settled, to an endpoint that refuses what holds a poison record. Gives what it took, the dead letters, and the sends.
let private sendAll (poison: Set<int>) (count: int) =
    let rec go sending taken letters sends =
        match Sending.next sending with
        | ValueNone -> List.rev taken, List.rev letters, sends
        | ValueSome segment ->
            let part = [ segment.First .. segment.First + segment.Count - 1 ]

            if part |> List.exists poison.Contains then
                match Sending.refused sending with
                | RefusalStep.Split halves -> go halves taken letters (sends + 1)
                | RefusalStep.DeadLetter(index, rest) -> go rest taken (index :: letters) (sends + 1)
            else
                go (Sending.delivered sending) (List.rev part @ taken) letters (sends + 1)

    go (Sending.start count) [] [] 0

let private batches =
    gen {
        let! count = Gen.choose (0, 200)
        let! poison = Gen.listOf (Gen.choose (0, max 0 (count - 1)))
        return count, Set.ofList poison
    }
    |> Arb.fromGen

[<Fact>]
let ``every record is delivered once, in order, but for the poison, which becomes dead letters`` () =
    checkMany
        1_000
        (Prop.forAll batches (fun (count, poison) ->
            let taken, letters, _ = sendAll poison count
            let expected = [ 0 .. count - 1 ] |> List.filter (poison.Contains >> not)

            taken = expected
            && letters = ([ 0 .. count - 1 ] |> List.filter poison.Contains)))

[<Fact>]
let ``one poison record costs about two sends for each halving, not one for each record`` () =
    for place in 0..1023 do
        let _, _, sends = sendAll (Set.singleton place) 1024
        Assert.True(sends <= 21, $"poison at %d{place}: %d{sends} sends")

[<Fact>]
let ``what stands before the first segment is settled`` () =
    let halves =
        match Sending.refused (Sending.start 10) with
        | RefusalStep.Split halves -> halves
        | RefusalStep.DeadLetter _ -> failwith "ten records are no single one"

    Assert.Equal(0, Sending.settled halves)
    Assert.Equal(5, Sending.settled (Sending.delivered halves))
    Assert.Equal(10, Sending.settled (Sending.delivered (Sending.delivered halves)))

let private seconds (value: float) = TimeSpan.FromSeconds value

let private policy =
    {
        Attempts = 5
        Base = seconds 1.0
        Max = seconds 5.0
        Total = seconds 60.0
    }

[<Theory>]
[<InlineData(1, 1.0)>]
[<InlineData(2, 2.0)>]
[<InlineData(3, 4.0)>]
[<InlineData(4, 5.0)>]
let ``delays double up to the longest`` (failures: int, expected: float) =
    Assert.Equal(ValueSome(seconds expected), RetryPolicy.afterTransient policy failures TimeSpan.Zero 1.0)

[<Fact>]
let ``the last attempt is the last`` () =
    Assert.Equal(ValueNone, RetryPolicy.afterTransient policy 5 TimeSpan.Zero 1.0)

[<Fact>]
let ``jitter takes at most half of a delay away`` () =
    Assert.Equal(ValueSome(seconds 0.5), RetryPolicy.afterTransient policy 1 TimeSpan.Zero 0.0)

[<Fact>]
let ``no attempt begins after the total time`` () =
    Assert.Equal(ValueNone, RetryPolicy.afterTransient policy 1 (seconds 59.5) 1.0)
    Assert.Equal(ValueNone, RetryPolicy.afterThrottled policy 1 (seconds 0.0) (ValueSome(seconds 61.0)) 1.0)

[<Fact>]
let ``what an endpoint asks for is kept to the second, however often, whatever the jitter`` () =
    for waits in [ 1; 5; 50 ] do
        Assert.Equal(
            ValueSome(seconds 30.0),
            RetryPolicy.afterThrottled policy waits TimeSpan.Zero (ValueSome(seconds 30.0)) 0.0
        )

[<Fact>]
let ``an endpoint that does not say for how long is left alone longer and longer`` () =
    Assert.Equal(ValueSome(seconds 4.0), RetryPolicy.afterThrottled policy 3 TimeSpan.Zero ValueNone 1.0)

[<Fact>]
let ``a rate of a thousand a second keeps the way busy for a second by a thousand records`` () =
    let rate = { Records = 1000L; Per = seconds 1.0 }

    Assert.Equal(seconds 1.0, Rate.cost rate 1000)
    Assert.Equal(1000, Rate.burst rate)

[<Fact>]
let ``a slow rate still lets one record go`` () =
    Assert.Equal(
        1,
        Rate.burst
            {
                Records = 60L
                Per = TimeSpan.FromHours 1.0
            }
    )
