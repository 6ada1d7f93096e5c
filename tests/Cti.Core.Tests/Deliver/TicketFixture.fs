// What the tests of tickets begin with: an indicator, changes of it, and how its ticket is written.
module Cti.Core.Tests.TicketFixture

open Cti.Core

/// The indicator of these tests.
let id = "indicator--11111111-1111-5111-8111-111111111111"

/// The usual custom fields, and two that show facts.
let rules: TicketRules =
    {
        IndicatorField = "CTI Indicator"
        StateField = "CTI State"
        Fields = [ "Score", "score"; "Value", "value" ]
        Resolved = "resolved"
        Reopened = "open"
    }

/// A change of it.
let change (op: ChangeOp) (facts: (string * string) list) : TicketChange =
    {
        Indicator = id
        Op = op
        Facts = facts
    }
