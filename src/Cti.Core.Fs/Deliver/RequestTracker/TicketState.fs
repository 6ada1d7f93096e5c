// What a ticket was told last, short enough for a custom field: so that the same is never told twice, and the next comment can name what is different.
namespace Cti.Core

open System
open System.Text

/// What the last thing told means.
[<Struct; RequireQualifiedAccess>]
type TicketWord =
    | Listed
    | Withdrawn

[<RequireQualifiedAccess>]
module TicketState =
    let private nameOf (word: TicketWord) =
        match word with
        | TicketWord.Listed -> "listed"
        | TicketWord.Withdrawn -> "withdrawn"

    // For recognising, not for security: whoever can write the field can write the ticket.
    let private digest (digits: int) (text: string) =
        let bytes = Array.zeroCreate<byte> 20
        Sha1.hash (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text)) (Span<byte> bytes)
        Convert.ToHexStringLower(bytes).Substring(0, digits)

    // Ends of names and texts are marked, so that two lists of facts are never written alike.
    let private written (facts: (string * string) list) =
        facts
        |> List.map (fun (name, text) -> $"%s{name}\000%s{text}\000")
        |> String.concat ""

    let private wordOfOp (op: ChangeOp) =
        match op with
        | ChangeOp.Added
        | ChangeOp.Changed -> TicketWord.Listed
        | ChangeOp.Withdrawn -> TicketWord.Withdrawn

    /// `listed DIGEST NAME:DIGEST …` with a short digest of each fact, or `withdrawn DIGEST`: an indicator that is gone is told by its end alone.
    let ofChange (change: TicketChange) : string =
        let word = wordOfOp change.Op

        match word with
        | TicketWord.Withdrawn -> $"""%s{nameOf word} %s{digest 16 (TicketChange.fact "valid_until" change)}"""
        | TicketWord.Listed ->
            let each =
                change.Facts
                |> List.map (fun (name, text) -> $" %s{name}:%s{digest 4 text}")
                |> String.concat ""

            $"%s{nameOf word} %s{digest 16 (written change.Facts)}%s{each}"

    /// What a state means; none where it is not one of ours.
    let word (state: string) : TicketWord voption =
        match state.Split ' ' |> Array.head with
        | "listed" -> ValueSome TicketWord.Listed
        | "withdrawn" -> ValueSome TicketWord.Withdrawn
        | _ -> ValueNone

    let private digests (state: string) =
        state.Split ' '
        |> Array.choose (fun part ->
            match part.Split ':' with
            | [| name; digest |] -> Some(name, digest)
            | _ -> None)

    /// Names of the facts that two states have differently, or that only one has, in their order.
    let differences (before: string) (now: string) : string list =
        let before = digests before
        let now = digests now

        [
            for name, digest in now do
                if not (Array.contains (name, digest) before) then
                    name
            for name, _ in before do
                if not (now |> Array.exists (fun (known, _) -> known = name)) then
                    name
        ]
