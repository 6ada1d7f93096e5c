// Which step comes next for a ticket to say what a change says, decided from what RT holds now. Asked again after each step, until nothing is left to
// do: so a step that was interrupted, or done twice, does no harm. Knows nothing of requests.
namespace Cti.Core

/// How tickets are written, as declared.
type TicketRules =
    {
        /// The custom field that holds `indicator--UUID`.
        IndicatorField: string
        /// The custom field that holds what was told last.
        StateField: string
        /// Custom fields, each with the name of the fact it shows.
        Fields: (string * string) list
        /// The status of a ticket whose indicator was withdrawn.
        Resolved: string
        /// The status of a resolved ticket whose indicator is back.
        Reopened: string
    }

/// A ticket as RT holds it.
type HeldTicket =
    {
        Id: int64
        Subject: string
        Priority: int
        Status: string
        Creator: string
        /// Custom fields with their first values; those without a value are missing.
        Fields: (string * string) list
    }

/// A ticket to be made.
type NewTicket =
    {
        Subject: string
        /// 0 to 100.
        Priority: int
        Content: string
        Fields: (string * string) list
    }

/// What of a ticket is to be set; what is none stays as it is. A field with an empty text loses its value.
type TicketEdit =
    {
        Subject: string voption
        Priority: int voption
        Status: string voption
        Fields: (string * string) list
    }

[<RequireQualifiedAccess>]
type TicketStep =
    /// The ticket says it; none: there is none, and none is needed.
    | Done of ticket: int64 voption
    | Create of NewTicket
    /// Two tickets were made for one indicator, because the answer to the first attempt came too late or never.
    | Merge of ticket: int64 * into: int64
    | Edit of ticket: int64 * TicketEdit
    /// Tells people, and notes what was told.
    | Comment of ticket: int64 * text: string * state: string

[<RequireQualifiedAccess>]
module TicketPlan =
    let private unedited: TicketEdit =
        {
            Subject = ValueNone
            Priority = ValueNone
            Status = ValueNone
            Fields = []
        }

    let private fieldOf (name: string) (ticket: HeldTicket) =
        ticket.Fields
        |> List.tryPick (fun (known, text) -> if known = name then Some text else None)
        |> Option.defaultValue ""

    let private shown (fact: string) (change: TicketChange) =
        TicketText.line (TicketChange.fact fact change)

    // Priority is the score: both run from 0 to 100.
    let private create (rules: TicketRules) (change: TicketChange) : NewTicket =
        {
            Subject = TicketText.subject change
            Priority = TicketChange.score change
            Content = TicketText.opening change
            Fields =
                [
                    rules.IndicatorField, change.Indicator
                    rules.StateField, TicketState.ofChange change
                    for field, fact in rules.Fields do
                        let text = shown fact change

                        if text <> "" then
                            field, text
                ]
        }

    let private unless (held: 'T) (wanted: 'T) =
        if held = wanted then ValueNone else ValueSome wanted

    // Only what we resolved is opened again: what people did with a ticket stands.
    let private listed (rules: TicketRules) (change: TicketChange) (word: TicketWord voption) (ticket: HeldTicket) =
        {
            Subject = unless ticket.Subject (TicketText.subject change)
            Priority = unless ticket.Priority (TicketChange.score change)
            Status =
                if word = ValueSome TicketWord.Withdrawn && ticket.Status = rules.Resolved then
                    ValueSome rules.Reopened
                else
                    ValueNone
            Fields =
                [
                    for field, fact in rules.Fields do
                        let text = shown fact change

                        // RT takes blanks off the ends.
                        if (fieldOf field ticket).Trim() <> text.Trim() then
                            field, text
                ]
        }

    let private update (rules: TicketRules) (change: TicketChange) (state: string) (ticket: HeldTicket) : TicketStep =
        let before = fieldOf rules.StateField ticket
        let word = TicketState.word before

        let edit, text =
            match TicketState.word state with
            | ValueSome TicketWord.Withdrawn ->
                { unedited with
                    Status = unless ticket.Status rules.Resolved
                },
                TicketText.withdrawn change
            | _ when word = ValueSome TicketWord.Withdrawn -> listed rules change word ticket, TicketText.again change
            | _ -> listed rules change word ticket, TicketText.changed (TicketState.differences before state) change

        if edit = unedited then
            TicketStep.Comment(ticket.Id, text, state)
        else
            TicketStep.Edit(ticket.Id, edit)

    /// The next step, given the tickets that RT finds for the change's indicator, the oldest first. Tickets that people made of ours, with its
    /// fields, are not ours: the oldest counts, and only what its creator made beside it is merged into it.
    let next (rules: TicketRules) (change: TicketChange) (held: HeldTicket list) : TicketStep =
        match held with
        | [] when change.Op = ChangeOp.Withdrawn -> TicketStep.Done ValueNone
        | [] -> TicketStep.Create(create rules change)
        | ticket :: others ->
            let state = TicketState.ofChange change

            match others |> List.tryFind (fun other -> other.Creator = ticket.Creator) with
            | Some twin -> TicketStep.Merge(twin.Id, ticket.Id)
            | None when fieldOf rules.StateField ticket = state -> TicketStep.Done(ValueSome ticket.Id)
            | None -> update rules change state ticket
