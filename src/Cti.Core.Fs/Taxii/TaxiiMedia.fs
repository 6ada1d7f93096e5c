// Media types of TAXII 2.1 (§1.6.8): what a request accepts, and what it says it holds.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module TaxiiMedia =
    /// What every answer is, and what every request may hold.
    let current = "application/taxii+json;version=2.1"

    /// What collections hold.
    let stix = "application/stix+json;version=2.1"

    let private name = "application/taxii+json"

    // Parameters: the version asked for, and how much the type is wanted. A version that is absent means the highest there is.
    let private isWanted (parameters: string[]) : bool =
        parameters
        |> Array.forall (fun parameter ->
            match parameter.Split('=', 2) with
            | [| key; value |] ->
                match key.Trim().ToLowerInvariant() with
                | "version" -> value.Trim().Trim('"') = "2.1"
                | "q" ->
                    value.Trim().TrimStart('0').Trim('.').Trim('0') <> ""
                    || value.Trim().StartsWith '1'
                | _ -> true
            | _ -> parameter.Trim() = "")

    let private accepted (item: string) : bool =
        let parts = item.Split ';'

        match parts[0].Trim().ToLowerInvariant() with
        | "*/*"
        | "application/*" -> isWanted parts[1..]
        | written when written = name -> isWanted parts[1..]
        | _ -> false

    /// Whether an `Accept` header lets the answer be of `current`. One that is not there accepts anything (RFC 9110 §12.5.1).
    let isAccepted (header: string) : bool =
        String.IsNullOrWhiteSpace header || header.Split ',' |> Array.exists accepted

    /// Whether a `Content-Type` header says that a request holds an envelope of a version that is understood.
    let isContent (header: string) : bool =
        let parts = header.Split ';'
        parts[0].Trim().ToLowerInvariant() = name && isWanted parts[1..]
