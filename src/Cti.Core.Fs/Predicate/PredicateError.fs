// What can be wrong with a predicate's text, and where.
namespace Cti.Core.Predicates

/// A part of a predicate's text: from, and behind the last unit.
[<Struct>]
type TextRange = { From: int; To: int }

/// What is wrong with a predicate's text. Offsets are UTF-16 units from its start.
type PredicateError =
    {
        /// Stable: `CTI-PRED-001` to `CTI-PRED-010`.
        Code: string
        Offset: int
        /// Units concerned, at least 1.
        Length: int
        Message: string
        /// What to do; "" when the message says it all.
        Hint: string
    }

[<RequireQualifiedAccess>]
module PredicateError =
    let create (code: string) (range: TextRange) (message: string) (hint: string) : PredicateError =
        {
            Code = code
            Offset = range.From
            Length = max 1 (range.To - range.From)
            Message = message
            Hint = hint
        }

    let unreadable range message hint =
        create "CTI-PRED-001" range message hint

    let tooLarge range message hint =
        create "CTI-PRED-002" range message hint

    let unknownField range message hint =
        create "CTI-PRED-003" range message hint

    let unknownFunction range message hint =
        create "CTI-PRED-004" range message hint

    let wrongType range message hint =
        create "CTI-PRED-005" range message hint

    let wrongArguments range message hint =
        create "CTI-PRED-006" range message hint

    let unknownWord range message hint =
        create "CTI-PRED-007" range message hint

    let badLiteral range message hint =
        create "CTI-PRED-008" range message hint

    let badPattern range message hint =
        create "CTI-PRED-009" range message hint

    let notACondition range message hint =
        create "CTI-PRED-010" range message hint
