// Laws of what a service does now: no pipeline overlaps itself, pipelines of one store take turns, nothing that is due starves.
module Cti.Core.Tests.AgendaTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open Cti.Core

let private origin = DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)
let private at (seconds: int) = origin.AddSeconds(float seconds)

let private entry name store running (due: (string * int) list) : AgendaEntry =
    {
        Pipeline = name
        Store = store
        IsRunning = running
        Due = [| for source, seconds in due -> struct (source, at seconds) |]
    }

let private entries =
    gen {
        let! count = Gen.choose (0, 8)

        let! parts =
            Gen.zip3
                (Gen.elements [ "s"; "t" ])
                (Gen.frequency [ 3, Gen.constant false; 1, Gen.constant true ])
                (Gen.listOf (Gen.choose (-50, 50)))
            |> Gen.listOfLength count

        return
            [|
                for index, (store, running, due) in List.indexed parts do
                    entry $"p%d{index}" store running (due |> List.mapi (fun i seconds -> $"s%d{i}", seconds))
            |]
    }

let private law (check: AgendaEntry[] -> bool) =
    Check.One(Config.QuickThrowOnFailure.WithMaxTest 1000, Prop.forAll (Arb.fromGen entries) check)

[<Fact>]
let ``whatever runs was not running, is due, and is alone on its store`` () =
    law (fun entries ->
        let find name =
            entries |> Array.find (fun entry -> entry.Pipeline = name)

        let runs = (Agenda.decide origin entries).Runs |> Seq.map _.Pipeline |> List.ofSeq

        let busy =
            [
                for entry in entries do
                    if entry.IsRunning then
                        entry.Store
            ]

        let begun = runs |> List.map (fun name -> (find name).Store)

        runs |> List.forall (fun name -> not (find name).IsRunning)
        && begun = List.distinct begun
        && List.forall (fun store -> not (List.contains store busy)) begun)

[<Fact>]
let ``a run reads exactly the sources that are due`` () =
    law (fun entries ->
        (Agenda.decide origin entries).Runs
        |> Seq.forall (fun run ->
            let due =
                [
                    for struct (source, time) in (entries |> Array.find (fun e -> e.Pipeline = run.Pipeline)).Due do
                        if time <= origin then
                            source
                ]

            not due.IsEmpty && List.ofSeq run.Sources = due))

[<Fact>]
let ``a store that is free and has something due gets a run, of who waited longest`` () =
    law (fun entries ->
        let runs = (Agenda.decide origin entries).Runs

        entries
        |> Array.groupBy _.Store
        |> Array.forall (fun (_, group) ->
            let earliest (entry: AgendaEntry) =
                entry.Due |> Seq.map (fun (struct (_, time)) -> time) |> Seq.min

            let due = group |> Array.filter (fun e -> e.Due.Count > 0 && earliest e <= origin)

            let begun =
                runs
                |> Seq.filter (fun run -> group |> Array.exists (fun e -> e.Pipeline = run.Pipeline))
                |> List.ofSeq

            if due.Length = 0 || group |> Array.exists _.IsRunning then
                begun.IsEmpty
            else
                match begun with
                | [ run ] ->
                    earliest (group |> Array.find (fun e -> e.Pipeline = run.Pipeline)) =
                        (due |> Array.map earliest |> Array.min)
                | _ -> false))

[<Fact>]
let ``one wakes up for the next thing to come, never in the past`` () =
    law (fun entries ->
        let later =
            [
                for entry in entries do
                    if not entry.IsRunning && entry.Due.Count > 0 then
                        let first = entry.Due |> Seq.map (fun (struct (_, time)) -> time) |> Seq.min

                        if first > origin then
                            first
            ]

        match (Agenda.decide origin entries).Wake with
        | ValueSome wake -> wake = List.min later
        | ValueNone -> later.IsEmpty)

[<Fact>]
let ``a running pipeline is left alone however much of it is due`` () =
    let decision = Agenda.decide (at 10) [| entry "p" "s" true [ "a", 0; "b", 5 ] |]
    Assert.Empty decision.Runs
