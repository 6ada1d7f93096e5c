// Laws of when a source is due: nothing is asked twice for one instant, what was missed is asked once, jitter stays within its bounds.
module Cti.Core.Tests.TimetableTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Support

let private origin = DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)

let private instant =
    Gen.choose (0, 100_000_000) |> Gen.map (fun s -> origin.AddSeconds(float s))

let private distance =
    Gen.choose (1, 1_000_000) |> Gen.map (fun s -> TimeSpan.FromSeconds(float s))

let private seed = Gen.elements [ "a"; "b"; "host/store/feed"; "" ]

let private law (gen: Gen<'T>) (check: 'T -> bool) =
    Check.One(Config.QuickThrowOnFailure.WithMaxTest 500, Prop.forAll (Arb.fromGen gen) check)

[<Fact>]
let ``the beat comes after the instant, within one distance, and keeps its phase`` () =
    law (Gen.zip3 seed distance instant) (fun (seed, distance, after) ->
        let beat = SourceTimer.every seed distance

        match beat.Invoke after with
        | ValueSome next ->
            next > after
            && next - after <= distance
            && beat.Invoke next = ValueSome(next + distance)
            // No beat between.
            && beat.Invoke(next - TimeSpan.FromTicks 1L) = ValueSome next
        | ValueNone -> false)

[<Fact>]
let ``jitter is between nothing and its bound, and always the same`` () =
    law (Gen.zip3 seed distance instant) (fun (seed, most, at) ->
        let jitter = SourceTimer.jitter seed most at

        jitter >= TimeSpan.Zero
        && jitter < most
        && jitter = SourceTimer.jitter seed most at)

[<Fact>]
let ``jitter spreads over its range`` () =
    let most = TimeSpan.FromSeconds 60.0

    let tenths =
        [ 0..999 ]
        |> List.countBy (fun hour -> int (SourceTimer.jitter "feed" most (origin.AddHours(float hour)) / most * 10.0))

    Assert.Equal(10, tenths.Length)
    Assert.All(tenths, (fun (_, count) -> Assert.InRange(count, 50, 200)))

// A service that looks at the clock now and then, and whose readings take a while: instants at which it looks, and how long each reading takes.
let private looks =
    Gen.zip (Gen.choose (1, 5_000)) (Gen.choose (0, 20_000)) |> Gen.listOfLength 40

[<Fact>]
let ``however late one looks and however long readings take, every instant that came round is answered, and none twice``
    ()
    =
    law (Gen.zip3 seed distance looks) (fun (seed, distance, looks) ->
        let next = SourceTimer.every seed distance
        let mutable now = origin
        let mutable timer = SourceTimer.start next "feed" seed (ValueSome origin) origin
        let mutable answeredUntil = origin
        let mutable holds = true

        for gap, takes in looks do
            now <- now.AddSeconds(float gap)

            match SourceTimer.dueAt TimeSpan.Zero timer with
            | ValueSome due when due <= now ->
                // Whatever is due came round after all that was answered before: nothing is asked twice.
                holds <- holds && due > answeredUntil
                timer <- SourceTimer.began next now timer
                answeredUntil <- now
                now <- now.AddSeconds(float takes)
                timer <- SourceTimer.ended ReadingOutcome.Read now timer
            | ValueSome due ->
                // Nothing due means nothing came round since the last answer.
                holds <-
                    holds
                    && (match next.Invoke answeredUntil with
                        | ValueSome first -> first = due
                        | ValueNone -> false)
            | ValueNone -> holds <- false

        holds)

[<Fact>]
let ``what was missed while nobody looked is due once`` () =
    let next = SourceTimer.every "s" (TimeSpan.FromMinutes 5.0)

    let timer =
        SourceTimer.start next "feed" "s" (ValueSome origin) (origin.AddDays 3.0)

    let now = origin.AddDays 3.0
    Assert.True((SourceTimer.dueAt TimeSpan.Zero timer).Value <= now)
    let after = SourceTimer.began next now timer
    Assert.True((SourceTimer.dueAt TimeSpan.Zero after).Value > now)

[<Fact>]
let ``a source that was never asked is due at once, one that was asked just now is not`` () =
    let next = SourceTimer.every "s" (TimeSpan.FromHours 6.0)
    Assert.Equal(ValueSome origin, SourceTimer.dueAt TimeSpan.Zero (SourceTimer.start next "feed" "s" ValueNone origin))

    let again =
        SourceTimer.start next "feed" "s" (ValueSome(origin.AddSeconds -1.0)) origin
        |> SourceTimer.dueAt TimeSpan.Zero

    Assert.Equal(next.Invoke(origin.AddSeconds -1.0), again)

[<Fact>]
let ``a clock that was set back does not keep a source waiting for the time it was set back by`` () =
    let next = SourceTimer.every "s" (TimeSpan.FromHours 1.0)

    let timer =
        SourceTimer.start next "feed" "s" (ValueSome(origin.AddDays 30.0)) origin

    Assert.True((SourceTimer.dueAt TimeSpan.Zero timer).Value <= origin.AddHours 1.0)

[<Fact>]
let ``a failure is tried again, later each time, within bounds, and forgotten by a success`` () =
    let next = SourceTimer.every "s" (TimeSpan.FromDays 1.0)
    let start = SourceTimer.start next "feed" "s" (ValueSome origin) origin

    let waits, last =
        ((([], start), [ 1..12 ])
         ||> List.fold (fun (waits, timer) _ ->
             let failed = SourceTimer.ended ReadingOutcome.Failed origin timer
             (failed.Retry.Value - origin) :: waits, failed))

    let waits = List.rev waits
    Assert.InRange(waits[0], SourceTimer.firstRetry, SourceTimer.firstRetry * 1.1)
    Assert.All(List.pairwise waits[..4], (fun (a, b) -> Assert.True(b > a * 1.5)))
    Assert.All(waits, (fun wait -> Assert.True(wait <= SourceTimer.longestRetry * 1.1)))
    let read = SourceTimer.ended ReadingOutcome.Read origin last
    Assert.Equal(0, read.Failures)
    Assert.Equal(start.Nominal, SourceTimer.dueAt TimeSpan.Zero read)

[<Fact>]
let ``a new attempt does not take the place of the regular reading`` () =
    let next = SourceTimer.every "s" (TimeSpan.FromHours 6.0)
    let timer = SourceTimer.start next "feed" "s" (ValueSome origin) origin
    let failed = SourceTimer.ended ReadingOutcome.Failed origin timer
    let retried = SourceTimer.began next failed.Retry.Value failed
    Assert.Equal(timer.Nominal, retried.Nominal)
