// Which step a ticket needs: from what a line of NDJSON says and what Request Tracker holds, also where deliveries are cut off and come again.
module Cti.Core.Tests.TicketTests

open Xunit
open FsCheck.FSharp
open Cti.Core
open Cti.Core.Tests.Support
open Cti.Core.Tests.TicketFixture

let private listed (score: string) =
    change ChangeOp.Added [ "type", "ipv4"; "value", "192.0.2.1"; "score", score; "tlp", "green" ]

let private gone =
    change
        ChangeOp.Withdrawn
        [
            "type", "ipv4"
            "value", "192.0.2.1"
            "status", "withdrawn"
            "valid_until", "2026-01-03T00:00:00.000Z"
        ]

// RT in memory: what becomes of its tickets when a step is taken.
let private take (step: TicketStep) (tickets: HeldTicket list) : HeldTicket list =
    let onOne (number: int64) (edit: HeldTicket -> HeldTicket) =
        tickets
        |> List.map (fun ticket -> if ticket.Id = number then edit ticket else ticket)

    let set (fields: (string * string) list) (ticket: HeldTicket) =
        let kept =
            ticket.Fields
            |> List.filter (fun (name, _) -> not (List.exists (fst >> (=) name) fields))

        { ticket with
            Fields = kept @ (fields |> List.filter (fun (_, text) -> text <> ""))
        }

    match step with
    | TicketStep.Done _ -> tickets
    | TicketStep.Create ticket ->
        tickets
        @ [
            {
                Id = int64 (tickets.Length + 1)
                Subject = ticket.Subject
                Priority = ticket.Priority
                Status = "new"
                Creator = "cti"
                Fields = ticket.Fields
            }
        ]
    | TicketStep.Merge(number, _) -> tickets |> List.filter (fun ticket -> ticket.Id <> number)
    | TicketStep.Edit(number, edit) ->
        onOne number (fun ticket ->
            { ticket with
                Subject = ValueOption.defaultValue ticket.Subject edit.Subject
                Priority = ValueOption.defaultValue ticket.Priority edit.Priority
                Status = ValueOption.defaultValue ticket.Status edit.Status
            }
            |> set edit.Fields)
    | TicketStep.Comment(number, _, state) -> onOne number (set [ rules.StateField, state ])

let rec private settle (change: TicketChange) (steps: TicketStep list) (tickets: HeldTicket list) =
    match TicketPlan.next rules change tickets with
    | TicketStep.Done _ -> tickets, List.rev steps
    | step when steps.Length > 8 -> failwith $"never done: %A{step :: steps}"
    | step -> settle change (step :: steps) (take step tickets)

let private after (change: TicketChange) (tickets: HeldTicket list) = settle change [] tickets |> fst

[<Fact>]
let ``a new indicator gets a ticket, with its score as priority and the declared fields`` () =
    let ticket = after (listed "80") [] |> Assert.Single
    Assert.Equal(("ipv4 192.0.2.1", 80, "new"), (ticket.Subject, ticket.Priority, ticket.Status))
    Assert.Contains(("CTI Indicator", id), ticket.Fields)
    Assert.Contains(("Score", "80"), ticket.Fields)
    Assert.Contains(("Value", "192.0.2.1"), ticket.Fields)

[<Fact>]
let ``what changes is set and told by name, once`` () =
    let before = after (listed "80") []
    let tickets, steps = settle (listed "90") [] before
    let ticket = Assert.Single tickets
    Assert.Equal(90, ticket.Priority)

    match steps with
    | [ TicketStep.Edit(1L, edit); TicketStep.Comment(1L, text, _) ] ->
        Assert.Equal((ValueSome 90, ValueNone, ValueNone), (edit.Priority, edit.Subject, edit.Status))
        Assert.Equal<(string * string) list>([ "Score", "90" ], edit.Fields)
        Assert.StartsWith("Changed: score. What holds now:\n", text)
    | other -> failwith $"%A{other}"

    Assert.Empty(settle (listed "90") [] tickets |> snd)

[<Fact>]
let ``a withdrawn indicator's ticket is resolved with the reason, and opened again when it is back`` () =
    let before = after (listed "80") []
    let resolved, steps = settle gone [] before
    Assert.Equal("resolved", (Assert.Single resolved).Status)

    match steps with
    | [ TicketStep.Edit _; TicketStep.Comment(1L, text, _) ] ->
        Assert.StartsWith(
            "Withdrawn: no source that this sink may see stands behind it any more (valid until 2026-01-03T00:00:00.000Z).",
            text
        )
    | other -> failwith $"%A{other}"

    let back, steps = settle (listed "70") [] resolved
    let ticket = Assert.Single back
    Assert.Equal((1L, "open", 70), (ticket.Id, ticket.Status, ticket.Priority))

    match List.last steps with
    | TicketStep.Comment(1L, text, _) -> Assert.StartsWith("Listed again.", text)
    | other -> failwith $"%A{other}"

[<Theory>]
[<InlineData("expired", "Withdrawn: nobody has reported it for longer than the lifetime of its type (valid until T).")>]
[<InlineData("revoked", "Withdrawn: it was found to be a false positive (valid until T).")>]
[<InlineData("", "Withdrawn: it still holds, but this sink does not want it any more: its `where` or a list says no.")>]
let ``a ticket says why its indicator is gone`` (status: string) (says: string) =
    let facts =
        if status = "" then
            []
        else
            [ "status", status; "valid_until", "T" ]

    Assert.StartsWith(says + "\n", TicketText.withdrawn (change ChangeOp.Withdrawn facts))

[<Fact>]
let ``what was withdrawn before it had a ticket needs none`` () =
    Assert.Equal(TicketStep.Done ValueNone, TicketPlan.next rules gone [])

[<Fact>]
let ``what people did with a ticket stands until the indicator changes`` () =
    let mine =
        after (listed "80") []
        |> List.map (fun ticket ->
            { ticket with
                Priority = 5
                Status = "rejected"
            })

    Assert.Equal(TicketStep.Done(ValueSome 1L), TicketPlan.next rules (listed "80") mine)
    // Only what we resolved is opened again.
    Assert.Equal("rejected", (after (listed "81") mine |> Assert.Single).Status)

    let reopened =
        after gone mine |> List.map (fun ticket -> { ticket with Status = "stalled" })

    Assert.Equal("stalled", (after (listed "82") reopened |> Assert.Single).Status)

[<Fact>]
let ``two tickets of one indicator become one again, but for those that people made`` () =
    let one = after (listed "80") [] |> List.head
    let twin = { one with Id = 2L }
    let clone = { one with Id = 3L; Creator = "anna" }
    Assert.Equal(TicketStep.Merge(2L, 1L), TicketPlan.next rules (listed "80") [ one; twin; clone ])
    Assert.Equal(TicketStep.Done(ValueSome 1L), TicketPlan.next rules (listed "80") [ one; clone ])

let private changes =
    Gen.frequency [ 3, Gen.choose (0, 100) |> Gen.map (string >> listed); 1, Gen.constant gone ]

let private stories =
    gen {
        let! told = Gen.listOf changes
        // After how many steps each delivery is cut off before it comes again.
        let! cuts = Gen.listOfLength told.Length (Gen.choose (0, 4))
        return List.zip told cuts
    }
    |> Arb.fromGen

[<Fact>]
let ``however often a delivery is cut off and repeated, there is one ticket, and it says what the last change said``
    ()
    =
    let cutOff (change: TicketChange) (cut: int) (tickets: HeldTicket list) =
        List.init cut ignore
        |> List.fold (fun held () -> take (TicketPlan.next rules change held) held) tickets

    checkMany
        1_000
        (Prop.forAll stories (fun story ->
            let held =
                story
                |> List.fold (fun tickets (change, cut) -> cutOff change cut tickets |> after change) []

            let isListed =
                story |> List.exists (fun (change, _) -> change.Op <> ChangeOp.Withdrawn)

            match held, List.tryLast story with
            | [], _ -> not isListed
            | [ ticket ], Some(last, _) ->
                List.contains (rules.StateField, TicketState.ofChange last) ticket.Fields
                && (last.Op = ChangeOp.Withdrawn) = (ticket.Status = "resolved")
            | _ -> false))

[<Fact>]
let ``two states name what is different between them`` () =
    let state facts =
        TicketState.ofChange (change ChangeOp.Changed facts)

    Assert.Equal<string list>(
        [ "score"; "labels"; "tlp" ],
        TicketState.differences
            (state [ "value", "a"; "score", "1"; "tlp", "green" ])
            (state [ "value", "a"; "score", "2"; "labels", "x" ])
    )

    Assert.Equal(ValueNone, TicketState.word "somebody wrote this")
