// How predicates stand in YAML: what is wrong with one points into its text.
namespace Cti.Core.Declare

open System
open Cti.Core
open Cti.Core.Predicates

[<RequireQualifiedAccess>]
module internal PredicateDecoder =
    /// A fault in a part of a text: `length` characters from `offset` on.
    let diagnosePart (path: Path) (scalar: ScalarNode) (offset: int) (length: int) (fault: Fault) : Diagnostic =
        let start = ScalarNode.place offset scalar

        let span =
            {
                File = scalar.Span.File
                Start = start
                End =
                    { start with
                        Column = start.Column + (if ScalarNode.isExact scalar then length else 1)
                    }
            }

        Diagnostic.create path span fault

    let private withParser (parse: string -> Result<'T, PredicateError list>) : Decoder<'T> =
        let diagnose (path: Path) (scalar: ScalarNode) (error: PredicateError) =
            // Where lines were joined the place is the whole text's: then the words say where.
            let where =
                if ScalarNode.isExact scalar then
                    ""
                else
                    let length = min error.Length (scalar.Text.Length - error.Offset)
                    $": `%s{scalar.Text.Substring(error.Offset, length)}`"

            Fault.Predicate(error.Code, error.Message + where, error.Hint)
            |> diagnosePart path scalar error.Offset error.Length

        let parse (path: Path) (scalar: ScalarNode) =
            if String.IsNullOrWhiteSpace scalar.Text then
                Error
                    [
                        Diagnostic.create path scalar.Span (Fault.NoValue "a predicate like type = 'url'")
                    ]
            else
                parse scalar.Text |> Result.mapError (List.map (diagnose path scalar))

        Decode.scalar
            "a predicate"
            {
                Name = "predicate"
                Shape = ScalarShape.Text ""
            }
            parse

    /// A predicate over indicators, and the facts their pipeline names; its errors point into the text.
    let ofIndicators (facts: NamedFact list) : Decoder<Predicate> = withParser (Predicate.parseWith facts)

    /// A predicate over the columns of a record.
    let ofRecords: Decoder<RecordPredicate> = withParser RecordPredicate.parse
