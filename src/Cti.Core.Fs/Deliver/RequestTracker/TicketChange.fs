// What a line of the `ndjson` output says, as a ticket tells it: whose change it is, what kind, and the facts by name. Knows nothing of tickets.
namespace Cti.Core

open System
open System.Globalization
open System.Text.Json

/// One change of an indicator.
type TicketChange =
    {
        /// `indicator--UUID`.
        Indicator: string
        Op: ChangeOp
        /// Names and values in the line's order; lists are joined by `, `. Never empty texts.
        Facts: (string * string) list
    }

[<RequireQualifiedAccess>]
module TicketChange =
    // Whose change it is and which: no facts of the indicator. When the line was made is none either: the same state is told in the same words.
    let private notFacts = [ "sequence"; "op"; "indicator"; "created"; "modified" ]

    /// Names of the facts a line may hold, beside those that services of `enrich:` give.
    let facts: string list =
        [
            "type"
            "value"
            "first_seen"
            "last_seen"
            "confidence"
            "score"
            "tlp"
            "labels"
            "sources"
            "country"
            "asn"
            "as_name"
            "registered_domain"
            "kev"
            "kev_ransomware"
            "kev_added"
            "epss"
            "epss_percentile"
            "cvss"
            "cvss_severity"
            "cvss_version"
            "cvss_vector"
            "cwe"
            "attack_name"
            "attack_tactics"
            "attack_status"
            "attack_replacement"
            "description"
            "references"
            "status"
            "valid_until"
        ]

    let rec private textOf (element: JsonElement) : string =
        match element.ValueKind with
        | JsonValueKind.String ->
            match element.GetString() with
            | null -> ""
            | text -> text
        | JsonValueKind.Array -> element.EnumerateArray() |> Seq.map textOf |> Seq.distinct |> String.concat ", "
        | JsonValueKind.Null -> ""
        | _ -> element.GetRawText()

    let private read (line: JsonElement) : TicketChange voption =
        let members =
            line.EnumerateObject()
            |> Seq.map (fun one -> one.Name, textOf one.Value)
            |> List.ofSeq

        let named (name: string) =
            members
            |> List.tryPick (fun (known, text) -> if known = name then Some text else None)
            |> Option.defaultValue ""

        let isIdentity (text: string) =
            text.StartsWith("indicator--", StringComparison.Ordinal)
            && fst (Guid.TryParseExact(text.Substring 11, "D"))

        match named "indicator", ChangeOp.tryParse (named "op") with
        | identity, ValueSome op when isIdentity identity ->
            ValueSome
                {
                    Indicator = identity
                    Op = op
                    Facts =
                        members
                        |> List.filter (fun (name, text) -> text <> "" && not (List.contains name notFacts))
                }
        | _ -> ValueNone

    /// Reads a line; none where it is not one of `Ndjson.writeChange`.
    let tryParse (line: ReadOnlyMemory<byte>) : TicketChange voption =
        try
            use document = JsonDocument.Parse line

            if document.RootElement.ValueKind = JsonValueKind.Object then
                read document.RootElement
            else
                ValueNone
        with
        | :? JsonException
        // Half of a surrogate pair.
        | :? InvalidOperationException -> ValueNone

    /// A fact by name; "" where there is none.
    let fact (name: string) (change: TicketChange) : string =
        change.Facts
        |> List.tryPick (fun (known, text) -> if known = name then Some text else None)
        |> Option.defaultValue ""

    /// The score, 0 to 100; 0 where the line has none.
    let score (change: TicketChange) : int =
        match Int32.TryParse(fact "score" change, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, score -> min score 100
        | _ -> 0
