// Whether the first bytes of a source are STIX 2: objects whose ids begin with their types.
namespace Cti.Core

open System.Text.RegularExpressions

[<RequireQualifiedAccess>]
module internal StixHead =
    // Linear whatever the bytes are.
    let private expression text =
        Regex(text, RegexOptions.NonBacktracking)

    let private ids = expression "\"id\"\\s*:\\s*\"([a-z0-9-]+)--[0-9A-Za-z]"
    let private types = expression "\"type\"\\s*:\\s*\"([a-z0-9-]+)\""

    let private found (expression: Regex) (text: string) : Set<string> =
        expression.Matches text |> Seq.map (fun hit -> hit.Groups[1].Value) |> Set.ofSeq

    /// Bundles, envelopes, arrays, bare objects and lines of them; a TAXII manifest has ids and no types.
    let isStix (head: Head) : bool =
        let start = head.Text.TrimStart()

        (start.StartsWith '{' || start.StartsWith '[')
        && not (Set.isEmpty (Set.intersect (found ids head.Text) (found types head.Text)))
